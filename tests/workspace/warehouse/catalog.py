"""What clients ask of the catalog through Thrift, answered from the engine's information schema."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from tests.workspace.warehouse.engine import EngineSession, SqlError
from tests.workspace.warehouse.results import COLUMNS, Result
from tests.workspace.warehouse.thrift import T

Row = Mapping[str, Any]
Fields = Mapping[str, str]  # of a result: each column's type

TABLE_TYPES = ("TABLE", "VIEW")
CATALOGS: Fields = {"TABLE_CAT": "string"}
SCHEMAS: Fields = {"TABLE_SCHEM": "string", "TABLE_CATALOG": "string"}
TABLES: Fields = {
    "TABLE_CAT": "string", "TABLE_SCHEM": "string", "TABLE_NAME": "string", "TABLE_TYPE": "string",
    "REMARKS": "string", "TYPE_CAT": "string", "TYPE_SCHEM": "string", "TYPE_NAME": "string",
    "SELF_REFERENCING_COL_NAME": "string", "REF_GENERATION": "string",
}  # fmt: skip
TABLE_COLUMNS: Fields = {
    "TABLE_CAT": "string", "TABLE_SCHEM": "string", "TABLE_NAME": "string", "COLUMN_NAME": "string",
    "DATA_TYPE": "int", "TYPE_NAME": "string", "COLUMN_SIZE": "int", "BUFFER_LENGTH": "tinyint",
    "DECIMAL_DIGITS": "int", "NUM_PREC_RADIX": "int", "NULLABLE": "int", "REMARKS": "string",
    "COLUMN_DEF": "string", "SQL_DATA_TYPE": "int", "SQL_DATETIME_SUB": "int", "CHAR_OCTET_LENGTH": "int",
    "ORDINAL_POSITION": "int", "IS_NULLABLE": "string", "SCOPE_CATALOG": "string", "SCOPE_SCHEMA": "string",
    "SCOPE_TABLE": "string", "SOURCE_DATA_TYPE": "smallint", "IS_AUTO_INCREMENT": "string",
}  # fmt: skip
TYPE_INFO: Fields = {
    "TYPE_NAME": "string", "DATA_TYPE": "int", "PRECISION": "int", "LITERAL_PREFIX": "string",
    "LITERAL_SUFFIX": "string", "CREATE_PARAMS": "string", "NULLABLE": "smallint",
    "CASE_SENSITIVE": "boolean", "SEARCHABLE": "smallint", "UNSIGNED_ATTRIBUTE": "boolean",
    "FIXED_PREC_SCALE": "boolean", "AUTO_INCREMENT": "boolean", "LOCAL_TYPE_NAME": "string",
    "MINIMUM_SCALE": "smallint", "MAXIMUM_SCALE": "smallint", "SQL_DATA_TYPE": "int",
    "SQL_DATETIME_SUB": "int", "NUM_PREC_RADIX": "int",
}  # fmt: skip
JDBC: Mapping[str, int] = {  # the numbers of java.sql.Types
    "BOOLEAN": 16, "TINYINT": -6, "SMALLINT": 5, "INT": 4, "BIGINT": -5, "FLOAT": 6, "DOUBLE": 8,
    "DECIMAL": 3, "STRING": 12, "VARCHAR": 12, "CHAR": 1, "DATE": 91, "TIMESTAMP": 93,
    "TIMESTAMP_NTZ": 93, "BINARY": -2, "ARRAY": 2003, "MAP": 2000, "STRUCT": 2002, "VARIANT": 1111,
    "VOID": 0, "INTERVAL": 1111,
}  # fmt: skip
ARROW = {
    "string": pa.string(), "int": pa.int32(), "tinyint": pa.int8(), "smallint": pa.int16(),
    "boolean": pa.bool_(),
}  # fmt: skip


def catalogs(session: EngineSession) -> Result:
    """The catalogs."""
    return _result(CATALOGS, ({"TABLE_CAT": name} for name in _catalogs(session, None)))


def schemas(session: EngineSession, request: Any) -> Result:
    """The schemas whose names, and their catalogs', fit two patterns."""
    found = _schemas(session, request.catalogName, request.schemaName)
    return _result(SCHEMAS, ({"TABLE_SCHEM": schema, "TABLE_CATALOG": cat} for cat, schema in found))


def tables(session: EngineSession, request: Any) -> Result:
    """The tables and views whose names fit three patterns, of all types or of some."""
    return _result(TABLES, _tables(session, request))


def columns(session: EngineSession, request: Any) -> Result:
    """The columns whose names fit four patterns."""
    return _result(TABLE_COLUMNS, _columns(session, request))


def table_types() -> Result:
    """What a table may be."""
    return _result({"TABLE_TYPE": "string"}, ({"TABLE_TYPE": name} for name in TABLE_TYPES))


def type_info() -> Result:
    """The types of SQL that there are."""
    return _result(TYPE_INFO, (_type(name, number) for name, number in JDBC.items()))


def _catalogs(session: EngineSession, pattern: str | None) -> list[str]:
    table = session.execute("SHOW CATALOGS", ()).table
    return [name for name in table.column(0).to_pylist() if _fits(pattern, name)]


def _schemas(session: EngineSession, catalog: str | None, schema: str | None) -> Iterator[tuple[str, str]]:
    for found in _catalogs(session, catalog):
        for row in _ask(session, found, "schema_name FROM {}.`schemata` ORDER BY schema_name"):
            if _fits(schema, row["schema_name"]):
                yield found, row["schema_name"]


def _tables(session: EngineSession, request: Any) -> Iterator[Row]:
    question = (
        "table_schema, table_name, table_type, comment FROM {}.`tables` ORDER BY table_schema, table_name"
    )
    for catalog in _catalogs(session, request.catalogName):
        for row in _ask(session, catalog, question):
            kind = "VIEW" if "VIEW" in row["table_type"] else "TABLE"
            if _of(row, request) and (not request.tableTypes or kind in request.tableTypes):
                yield {**_place(catalog, row), "TABLE_TYPE": kind, "REMARKS": row["comment"] or ""}


def _columns(session: EngineSession, request: Any) -> Iterator[Row]:
    question = (
        "table_schema, table_name, column_name, ordinal_position, column_default, is_nullable, "
        "full_data_type, comment FROM {}.`columns` ORDER BY table_schema, table_name, ordinal_position"
    )
    for catalog in _catalogs(session, request.catalogName):
        for row in _ask(session, catalog, question):
            if _of(row, request) and _fits(request.columnName, row["column_name"]):
                yield {**_place(catalog, row), **_column(row)}


def _column(row: Row) -> Row:
    kind = row["full_data_type"].upper()
    return {
        "COLUMN_NAME": row["column_name"],
        "DATA_TYPE": JDBC.get(re.split(r"\W", kind, maxsplit=1)[0], JDBC["VARIANT"]),
        "TYPE_NAME": kind,
        "NULLABLE": int(row["is_nullable"] == "YES"),
        "REMARKS": row["comment"] or "",
        "COLUMN_DEF": row["column_default"],
        "ORDINAL_POSITION": row["ordinal_position"],
        "IS_NULLABLE": row["is_nullable"],
        "IS_AUTO_INCREMENT": "NO",
    }


def _type(name: str, number: int) -> Row:
    return {
        "TYPE_NAME": name, "DATA_TYPE": number, "NULLABLE": 1, "CASE_SENSITIVE": name == "STRING",
        "SEARCHABLE": 3, "UNSIGNED_ATTRIBUTE": False, "FIXED_PREC_SCALE": False, "AUTO_INCREMENT": False,
        "MINIMUM_SCALE": 0, "MAXIMUM_SCALE": 0,
    }  # fmt: skip


def _place(catalog: str, row: Row) -> Row:
    return {"TABLE_CAT": catalog, "TABLE_SCHEM": row["table_schema"], "TABLE_NAME": row["table_name"]}


def _of(row: Row, request: Any) -> bool:
    return _fits(request.schemaName, row["table_schema"]) and _fits(request.tableName, row["table_name"])


def _ask(session: EngineSession, catalog: str, question: str) -> Sequence[Row]:
    """The rows of a question to the information schema of a catalog."""
    place = f"`{catalog.replace('`', '``')}`.`information_schema`"
    rows: list[Row] = session.execute(f"SELECT {question.format(place)}", ()).table.to_pylist()
    return rows


def _fits(pattern: str | None, name: str) -> bool:
    r"""Whether a name fits a pattern: % is any text, _ any character, a backslash takes that away."""
    if not pattern or pattern == "*":
        return True
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    expression = "".join({"%": ".*", "_": "."}.get(part, re.escape(part[-1])) for part in parts)
    return re.fullmatch(expression, name, re.IGNORECASE | re.DOTALL) is not None


def _result(fields: Fields, rows: Iterator[Row]) -> Result:
    found = list(rows)
    arrays = [pa.array([row.get(name) for row in found], ARROW[kind]) for name, kind in fields.items()]
    return Result(pa.table(arrays, names=list(fields)), list(fields.values()), COLUMNS)


def info(kind: int) -> Any:
    """What the service says of itself.

    Raises:
        SqlError: there is no answer to that.
    """
    answers = {
        T.TGetInfoType.CLI_SERVER_NAME: "Spark SQL",
        T.TGetInfoType.CLI_DBMS_NAME: "Spark SQL",
        T.TGetInfoType.CLI_DBMS_VER: "4.0.0",
    }
    if kind not in answers:
        raise SqlError("UNSUPPORTED_FEATURE", f"There is no info type {kind}.", "0A000")
    return T.TGetInfoValue(stringValue=answers[kind])
