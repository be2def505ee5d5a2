"""The schemas of `gateway.schemas` as JSON Schema: what apispec's own mapping cannot know."""

import re
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
NONE = {"type": "null"}
NEVER: dict[str, Any] = {"not": {}}
EMPTY = {"maxItems": 0}
BULK = ("key_column", "bulk_updates")
VALUES = {"type": "object", "minProperties": 1, "description": "Columns and their values."}
TYPES = ("BIGINT", "STRING", "DECIMAL(10,2)", "TIMESTAMP", "ARRAY<STRING>", "STRUCT<lat:DOUBLE,lon:DOUBLE>")

FORMS: dict[type[ma.fields.Field[Any]], dict[str, Any]] = {
    fields.Columns: {
        "oneOf": [
            {"type": "array", "items": COLUMN, "minItems": 1, "uniqueItems": True},
            {"type": "string", "minLength": 1, "examples": ["carrier,flight", "*"]},
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
    "DefineTableSchema.columns": "The columns, in this order.",
    "BulkUpdateSchema.key_value": "The rows where `key_column` is this.",
    "BulkUpdateSchema.updates": "Their columns and new values.",
    "data_type": "BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL(p,s), STRING, VARCHAR(n), "
    "CHAR(n), DATE, TIMESTAMP, TIMESTAMP_NTZ, BINARY, ARRAY<t>, MAP<k,v> or STRUCT<f:t,...>; in any case.",
    "nullable": "Whether NULL may be in it.",
    "comment": "What the column is for.",
    "from": "The connection to read from; `default` is the gateway's own database.",
    "to": "The connection to write to, or `database:` and a Lakebase database's name.",
    "mode": "`create` makes the tables; `append` adds rows to those that are there; `replace` loads beside "
    "them and takes their place; `sync` adds, changes and removes rows by the key.",
    "tables": "Their names; without it, all tables of the schema.",
    "to_schema": "The schema to write to; without it, the connection's own.",
    "on_error": "What becomes of a row that the target cannot hold: nothing is moved, or it is left out.",
    "CreateDatabaseSchema.name": "Of a Provisioned instance, or projects/P/branches/B/endpoints/E.",
    "project": "Of an Autoscaling database, in place of its name; made if it is not there.",
    "branch": "`production`, unless told; made from that if it is not there.",
    "endpoint": "`primary`, unless told.",
    "capacity": "Provisioned: CU_1 unless told.",
    "retention_days": "Provisioned: for how long one can go back in time; 7 unless told.",
    "nodes": "Provisioned: 1 unless told; more take over when one fails.",
    "least_cu": "Autoscaling: compute units at least, 0.5 unless told.",
    "most_cu": "Autoscaling: compute units at most, 2 unless told; no more than 16 above the least.",
    "suspend_seconds": "Autoscaling: idle for so long it sleeps; 300 unless told, at least 60; 0 is never.",
    "transfer": "What to move into it when it is ready.",
    "RefillSchema.schema": "The schema to read from; without it, the connection's own.",
    "BeginTransferSchema.schema": "The schema to read from; without it, the connection's own.",
    "MoveSchema.to": "A revision's id or the beginning of it, `head`, `base`, or so many on: `+1`, `-2`.",
    "UpgradeSchema.to": "A revision's id or the beginning of it, `head`, or so many on: `+1`.",
}


class WriteRecordsBody(schemas.WriteRecordsSchema):
    """Rows to write, with the rows: the gateway reads those apart, against the table."""

    data = ma.fields.List(ma.fields.Dict(), required=True, validate=ma.validate.Length(min=1))


WAYS = {
    "By one key": ("key_column", "key_value"),
    "By several keys": ("key_column", "key_values"),
    "By a composite key": ("keys",),
    "By conditions": ("filters",),
}
CHANGES = {**{title: (*way, "updates") for title, way in WAYS.items()}, "By key, each its own": BULK}


def _one_of(ways: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Exactly one of some ways, each with what it needs and without what only the others need."""
    everything = {name for way in ways.values() for name in way}
    return {"oneOf": [_way(title, way, everything.difference(way)) for title, way in ways.items()]}


def _way(title: str, needed: tuple[str, ...], unwanted: set[str]) -> dict[str, Any]:
    """One way to say which rows are meant; null for no key column is as good as none."""
    properties = {name: NONE if name == "key_column" else NEVER for name in sorted(unwanted)}
    if "key_column" in needed:
        properties["key_column"] = {"type": "string"}
    return {"title": title, "required": list(needed), "properties": properties}


# What holds between the fields of a request.
RULES: dict[type[ma.Schema], dict[str, Any]] = {
    WriteRecordsBody: {
        "oneOf": [
            {
                "title": "Into a table that is there",
                "properties": {
                    "auto_create": {"const": False},
                    "schema_definition": EMPTY,
                    "primary_key": EMPTY,
                },
            },
            {
                "title": "Into a table that may have to be created",
                "required": ["auto_create", "schema_definition"],
                "properties": {"auto_create": {"const": True}, "schema_definition": {"minItems": 1}},
            },
        ]
    },
    schemas.UpdateRecordsSchema: _one_of(CHANGES),
    schemas.DeleteRecordsSchema: _one_of(WAYS),
}


class Converter(OpenAPIConverter):
    """apispec's converter, for our kinds of fields and the rules that stand between fields."""

    def init_attribute_functions(self) -> None:
        """See `OpenAPIConverter`."""
        super().init_attribute_functions()  # type: ignore[no-untyped-call]
        self.attribute_functions.append(told)

    def schema2jsonschema(self, schema: ma.Schema) -> dict[str, Any]:
        """See `OpenAPIConverter`."""
        found: dict[str, Any] = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]
        return {"description": type(schema).__doc__, **found, **RULES.get(type(schema), {})}


class Plugin(MarshmallowPlugin):
    """apispec's plugin with our converter."""

    Converter = Converter


def told(field: ma.fields.Field[Any], ret: dict[str, Any]) -> dict[str, Any]:
    """A field's form where it is one of ours, its pattern as JavaScript has it, and what it is for."""
    if (form := FORMS.get(type(field))) is not None:
        ret.clear()
        ret.update(form)
    if isinstance(field, fields.Filters) and field.load_default is ma.missing:
        ret["minItems"] = 1  # a change of all rows has to say so
    if ret.get("default", ...) is None:
        del ret["default"]  # the words say what stands in
    if "pattern" in ret:
        ret.update(pattern_and_length(ret["pattern"]))
    return {"description": words} if (words := words_of(field)) else {}


def pattern_and_length(pattern: str) -> dict[str, Any]:
    """A pattern as JavaScript has it; where it is one class of characters, with its bounds apart."""
    pattern = pattern.replace(r"\Z", "$").replace(r"\0", r"\x00")
    if (found := re.fullmatch(r"(\^\[[^]]+\])\{(\d+),(\d+)\}\$", pattern)) is None:
        return {"pattern": pattern}
    return {"pattern": f"{found[1]}*$", "minLength": int(found[2]), "maxLength": int(found[3])}


def words_of(field: ma.fields.Field[Any]) -> str | None:
    """What a request's field is for; the elements of a list are nothing by themselves."""
    if not isinstance(field.parent, ma.Schema):
        return None
    return WORDS.get(f"{type(field.parent).__name__}.{field.name}") or WORDS.get(str(field.name))


def component_name(schema: type[ma.Schema] | ma.Schema) -> str:
    """What a schema is called in the document."""
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema").removesuffix("Body")


def plugin() -> MarshmallowPlugin:
    """The plugin for one document."""
    return Plugin(schema_name_resolver=component_name)
