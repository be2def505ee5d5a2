"""The schemas of `gateway.schemas` as JSON Schema, by apispec: what its own mapping cannot know."""

from typing import Any

import marshmallow as ma
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter

from gateway import fields, schemas

COLUMN = {"$ref": "#/components/schemas/ColumnName"}
CONDITIONS = {"type": "array", "items": {"$ref": "#/components/schemas/Condition"}}
SORT = {
    "type": "object",
    "required": ["column"],
    "properties": {
        "column": COLUMN,
        "direction": {"type": "string", "enum": ["asc", "desc"], "default": "asc"},
    },
    "additionalProperties": False,
}
VALUES = {"type": "object", "minProperties": 1, "description": "Columns and their values."}
TYPES = ("BIGINT", "STRING", "DECIMAL(10,2)", "TIMESTAMP", "ARRAY<STRING>", "STRUCT<lat:DOUBLE,lon:DOUBLE>")

FORMS: dict[type[ma.fields.Field[Any]], dict[str, Any]] = {
    fields.Columns: {
        "oneOf": [
            {"type": "array", "items": COLUMN, "minItems": 1, "uniqueItems": True},
            {"type": "string", "minLength": 1, "examples": ["carrier,flight", "*"]},
            {"type": "null"},
        ],
        "default": "*",
    },
    fields.Order: {
        "oneOf": [
            {"type": "array", "items": {"oneOf": [{"$ref": "#/components/schemas/SortKey"}, SORT]}},
            {"type": "string", "minLength": 1, "examples": ["carrier,-dep_delay"]},
        ],
        "examples": [["carrier", "-dep_delay"], [{"column": "dep_delay", "direction": "desc"}]],
    },
    fields.Filters: CONDITIONS,
    fields.DataType: {"type": "string", "examples": list(TYPES)},
    fields.Values: VALUES,
    ma.fields.Raw: {},
}

# Said of every field with the name, in whichever request.
WORDS = {
    "catalog": "Where the table is; without it, `GATEWAY_CATALOG` stands in.",
    "schema": "Where in the catalog; without it, `GATEWAY_SCHEMA` stands in.",
    "table": "The table's name.",
    "columns": "Which columns to return, in this order: a list, names with commas between them, or `*`.",
    "filters": "Conditions, all of which hold.",
    "order_by": "What to sort by, `-` before a name for descending; without it, the primary key.",
    "limit": "Rows on a page, 100 unless told; at most `GATEWAY_MAX_LIMIT`. A stream has no limit but yours.",
    "offset": "How many rows to pass over. A `cursor` is faster.",
    "cursor": "The `next_cursor` of the page before, with the same filters and order. Excludes `offset`.",
    "include_total": "Also count all rows that the filters mean.",
    "include_deleted": "Whether soft-deleted rows count as there.",
    "data": "The rows. What a row leaves out gets its column's default.",
    "auto_create": "Create the catalog, schema and table if they are missing.",
    "schema_definition": "The columns of the table, with `auto_create`.",
    "primary_key": "The names of the columns that tell rows apart.",
    "on_conflict": "What happens to a row whose primary key is taken: 409 for all, an update, or nothing.",
    "key_column": "The column that `key_value`, `key_values` or `bulk_updates` look at.",
    "key_value": "The rows where `key_column` is this; 404 if there are none.",
    "key_values": "The rows where `key_column` is one of these.",
    "keys": "The row of a composite key: its columns and their values; 404 if there is none.",
    "max_affected": "If more rows match, nothing is changed and the answer is 409.",
    "updates": "Columns and their new values.",
    "bulk_updates": "Other values for each key, all or none; in place of `updates`.",
    "soft": "Mark the rows in `deleted_at` instead of removing them.",
    "name": "A letter or `_`, then letters, digits or `_`.",
    "data_type": "BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL(p,s), STRING, VARCHAR(n), "
    "CHAR(n), DATE, TIMESTAMP, TIMESTAMP_NTZ, BINARY, ARRAY<t>, MAP<k,v> or STRUCT<f:t,...>; in any case.",
    "nullable": "Whether NULL may be in it.",
    "comment": "What the column is for.",
}
