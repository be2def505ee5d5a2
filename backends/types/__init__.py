"""The 18 column types of the contract: what they are, their bounds, and their names.

BOOLEAN TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DECIMAL STRING VARCHAR CHAR DATE TIMESTAMP
TIMESTAMP_NTZ BINARY ARRAY MAP STRUCT, as Databricks SQL names them. `str(type)` is the canonical
name, which `parse` reads back. How their values look in JSON is `backends.values`.
"""

from backends.types.kinds import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_PRECISION,
    Array,
    Binary,
    Boolean,
    Char,
    Date,
    Decimal,
    Float,
    Integer,
    Map,
    String,
    Struct,
    Timestamp,
    TimestampNtz,
    Type,
    Varchar,
)
from backends.types.parser import TypeSyntaxError, parse

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_PRECISION",
    "Array",
    "Binary",
    "Boolean",
    "Char",
    "Date",
    "Decimal",
    "Float",
    "Integer",
    "Map",
    "String",
    "Struct",
    "Timestamp",
    "TimestampNtz",
    "Type",
    "TypeSyntaxError",
    "Varchar",
    "parse",
]
