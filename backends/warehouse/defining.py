"""How a table is created: its columns, its key, and what it keeps in mind."""

import json
from collections.abc import Iterator, Mapping

from backends import types
from backends.plan import Column, TableName
from backends.structure import Structure, condition_text
from backends.warehouse.constants import default_sql
from backends.warehouse.inlining import literal, quoted
from backends.warehouse.names import comment_for

CHECK, INDEX = "lakegate.check.", "lakegate.index."  # the properties' names begin so
DEFAULTS = ("delta.feature.allowColumnDefaults", "supported")
MAPPING = ("delta.columnMapping.mode", "name")
LOCAL_TIMES = ("delta.feature.timestampNtz", "supported")

_NOT_IN_FILES = frozenset(
    " ,;{}()\n\t="
)  # names with these need column mapping: Delta's files cannot have them


def full_name(name: TableName) -> str:
    """A table's three names as SQL has them."""
    return f"{quoted(name.catalog)}.{quoted(name.schema.lower())}.{quoted(name.table.lower())}"


def create_schema(name: TableName) -> str:
    """The statement that creates a table's schema, if it is missing."""
    comment = comment_for(name.schema)
    told = f" COMMENT {literal(comment)}" if comment else ""
    return f"CREATE SCHEMA IF NOT EXISTS {quoted(name.catalog)}.{quoted(name.schema.lower())}{told}"


def create_table(structure: Structure) -> str:
    """The statement that creates a table, but for its checks and foreign keys.

    Defaults are those of the structure, else the database's own of its columns.
    """
    table = structure.table
    parts = [column_sql(column, default_of(structure, column)) for column in table.columns]
    if table.primary_key:
        parts.append(f"PRIMARY KEY ({listed(table.primary_key)})")
    options = " ".join(_options(structure))
    return f"CREATE TABLE {full_name(table.name)} ({', '.join(parts)}){options and f' {options}'}"


def default_of(structure: Structure, column: Column) -> str | None:
    """The SQL of a column's default."""
    default = structure.defaults.get(column.name)
    return column.default if default is None else default_sql(column.type, default)


def column_sql(column: Column, default: str | None = None) -> str:
    """A column as it is created."""
    null = "" if column.nullable else " NOT NULL"
    given = f" DEFAULT {default}" if default is not None else ""
    comment = f" COMMENT {literal(column.comment)}" if column.comment else ""
    return f"{quoted(column.name)} {column.type}{null}{given}{comment}"


def listed(names: tuple[str, ...]) -> str:
    """Names as SQL has them, one after the other."""
    return ", ".join(map(quoted, names))


def kept(structure: Structure) -> dict[str, str]:
    """What a table keeps in mind in its properties: its checks as they were asked for, its indexes.

    They are in hexadecimal: SHOW TBLPROPERTIES hides what looks like a secret, a "token" or a "url".
    """
    checks = {CHECK + _hex(each.name): _hex(condition_text(each.condition)) for each in structure.checks}
    indexes = {INDEX + _hex(each.name): _hex(json.dumps(each.columns)) for each in structure.indexes}
    return {**checks, **indexes}


def kept_in(properties: Mapping[str, str], kind: str) -> dict[str, str]:
    """What a table keeps in mind of one kind, `CHECK` or `INDEX`, by name; but for what others wrote."""
    pairs = ((key.removeprefix(kind), value) for key, value in properties.items() if key.startswith(kind))
    read = ((_unhex(name), _unhex(text)) for name, text in pairs)
    return {name: text for name, text in read if name is not None and text is not None}


def properties_sql(properties: Mapping[str, str]) -> str:
    """Properties as SQL has them."""
    pairs = (f"{literal(key)} = {literal(value)}" for key, value in properties.items())
    return f"TBLPROPERTIES ({', '.join(pairs)})"


def features_added(column: Column, default: str | None) -> tuple[tuple[str, str], ...]:
    """What has to be switched on in a table before it can have another column."""
    needed = {
        MAPPING: _needs_mapping(column),
        LOCAL_TIMES: _holds_local_times(column.type),
        DEFAULTS: default is not None,
    }
    return tuple(feature for feature, is_needed in needed.items() if is_needed)


def _hex(text: str) -> str:
    return text.encode().hex()


def _unhex(text: str) -> str | None:
    try:
        return bytes.fromhex(text).decode()
    except ValueError:
        return None


def _needs_mapping(*columns: Column) -> bool:
    """Whether the name of a column, or of a field in it, cannot stand in Delta's files."""
    return any(_NOT_IN_FILES & set(name) for column in columns for name in _names(column.name, column.type))


def _options(structure: Structure) -> Iterator[str]:
    if structure.clustering:
        yield f"CLUSTER BY ({listed(structure.clustering)})"
    if comment := comment_for(structure.table.name.table, structure.comment):
        yield f"COMMENT {literal(comment)}"
    if properties := {**dict(_features(structure)), **kept(structure)}:
        yield properties_sql(properties)


def _features(structure: Structure) -> Iterator[tuple[str, str]]:
    columns = structure.table.columns
    if any(default_of(structure, column) is not None for column in columns):
        yield DEFAULTS
    if _needs_mapping(*columns):
        yield MAPPING


def _names(name: str, type_: types.Type) -> Iterator[str]:
    """The name of a column or field, and those of the fields in it."""
    yield name
    match type_:
        case types.Array(element):
            yield from _names("", element)
        case types.Map(key, value):
            yield from (*_names("", key), *_names("", value))
        case types.Struct(fields):
            for each, field in fields:
                yield from _names(each, field)


def _holds_local_times(type_: types.Type) -> bool:
    match type_:
        case types.Array(element):
            return _holds_local_times(element)
        case types.Map(key, value):
            return _holds_local_times(key) or _holds_local_times(value)
        case types.Struct(fields):
            return any(_holds_local_times(field) for _, field in fields)
    return isinstance(type_, types.TimestampNtz)
