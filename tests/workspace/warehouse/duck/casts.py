"""CAST between types, as Spark's ANSI mode does it."""

from __future__ import annotations

from tests.workspace.warehouse.duck.binding import Bind
from tests.workspace.warehouse.duck.compiler import Compiler
from tests.workspace.warehouse.duck.dialect import duck_type, quoted
from tests.workspace.warehouse.duck.functions_python import text_cast, text_of_number
from tests.workspace.warehouse.duck.scope import Typed
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.types import STRING, SqlType

MOMENTS = ("date", "timestamp", "timestamp_ntz")


def cast(compiler: Compiler, value: Typed, kind: SqlType) -> Typed:
    """A value as one of another type.

    Raises:
        SqlError: there is no such cast.
    """
    if value.type == kind:
        return value
    if value.type.name == "void":
        return Typed(f"CAST({value.sql} AS {duck_type(kind)})", kind, foldable=value.foldable)
    if value.type.is_text and kind.is_text:
        return Typed(value.sql, kind, value.parameter, value.constant, value.foldable)
    if value.type.is_text:
        return _of_text(compiler, value, kind)
    if kind.is_text:
        return Typed(_text(value), kind, foldable=value.foldable)
    return Typed(_plain(compiler, value, kind), kind, foldable=value.foldable)


def _of_text(compiler: Compiler, value: Typed, kind: SqlType) -> Typed:
    if kind.is_nested:
        raise _impossible(value.type, kind)
    if value.parameter is not None:
        return Typed(compiler.bound(Bind(kind, value.parameter)), kind, foldable=True)
    if value.constant is not None:
        return Typed(compiler.bound(Bind(kind, text=value.constant)), kind, foldable=True)
    if kind.name == "binary":
        return Typed(f"encode({value.sql})", kind, foldable=value.foldable)
    return Typed(text_cast(value.sql, kind), kind, foldable=value.foldable)


def _text(value: Typed) -> str:
    match value.type.name:
        case "float" | "double":
            return text_of_number(value.sql, value.type)
        case "timestamp":
            return f"CAST(CAST({value.sql} AS TIMESTAMP) AS VARCHAR)"
        case "binary":
            return f"decode({value.sql})"
        case "array" | "map" | "struct":
            raise errors.unsupported(f"CAST of {value.type.text.upper()} to STRING")
        case _:
            return f"CAST({value.sql} AS VARCHAR)"


def _plain(compiler: Compiler, value: Typed, kind: SqlType) -> str:
    source, target = value.type, duck_type(kind)
    match source.name, kind.name:
        case (("float" | "double" | "decimal"), _) if kind.is_integer:
            return f"CAST(trunc({value.sql}) AS {target})"
        case _, ("float" | "double") if source.name == "decimal":
            return f"CAST(CAST({value.sql} AS VARCHAR) AS {target})"
        case "double", "float":
            return _narrow(value.sql)
        case (("float" | "double"), "decimal"):
            return text_cast(text_of_number(value.sql, source), kind)
        case _ if source.is_numeric and kind.is_numeric:
            return f"CAST({value.sql} AS {target})"
        case "boolean", _ if kind.is_numeric:
            return f"CAST({value.sql} AS {target})"
        case _, "boolean" if source.is_numeric:
            return f"({value.sql} <> 0)"
        case _ if source.name in MOMENTS and kind.name in MOMENTS:
            return f"CAST({value.sql} AS {target})"
        case "array", "array":
            return _array(compiler, value, kind)
        case "struct", "struct" if len(source.parts) == len(kind.parts):
            return _struct(compiler, value, kind)
        case "map", "map":
            return _map(compiler, value, kind)
        case _:
            raise _impossible(source, kind)


def _narrow(sql: str) -> str:
    edge = "3.4028235677973366e38"
    return (
        f"CASE WHEN {sql} >= {edge} AND NOT isnan({sql}) THEN 'Infinity'::FLOAT WHEN {sql} <= -{edge} THEN "
        f"'-Infinity'::FLOAT ELSE CAST({sql} AS FLOAT) END"
    )


def _array(compiler: Compiler, value: Typed, kind: SqlType) -> str:
    name = compiler.alias()
    inner = cast(compiler, Typed(name, value.type.parts[0]), kind.parts[0])
    return value.sql if inner.sql == name else f"list_transform({value.sql}, lambda {name}: {inner.sql})"


def _map(compiler: Compiler, value: Typed, kind: SqlType) -> str:
    name = compiler.alias()
    key = cast(compiler, Typed(f"{name}.key", value.type.parts[0]), kind.parts[0])
    item = cast(compiler, Typed(f"{name}.value", value.type.parts[1]), kind.parts[1])
    if (key.sql, item.sql) == (f"{name}.key", f"{name}.value"):
        return value.sql
    entries = (
        f"list_transform(map_entries({value.sql}), lambda {name}: {{'key': {key.sql}, 'value': {item.sql}}})"
    )
    return f"map_from_entries({entries})"


def _struct(compiler: Compiler, value: Typed, kind: SqlType) -> str:
    fields = [
        f"{quoted(name)} := {cast(compiler, field_of(value, place), part).sql}"
        for place, (name, part) in enumerate(zip(kind.names, kind.parts, strict=True))
    ]
    return f"CASE WHEN {value.sql} IS NOT NULL THEN struct_pack({', '.join(fields)}) END"


def field_of(value: Typed, place: int) -> Typed:
    """A struct's field."""
    return Typed(f"struct_extract_at({value.sql}, {place + 1})", value.type.parts[place])


def _impossible(source: SqlType, kind: SqlType) -> SqlError:
    pair = f'"{source.text.upper()}" to "{kind.text.upper()}"'
    message = f"Cannot resolve the CAST due to data type mismatch: cannot cast {pair}."
    if {source.name, kind.name} & {"date"} and (source.is_numeric or kind.is_numeric):
        function = "`UNIX_DATE`" if source.name == "date" else "`DATE_FROM_UNIX_DATE`"
        message += f" To convert values, you can use the functions {function} instead."
        return SqlError("DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION", message, "42K09")
    return SqlError("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", message, "42K09")


def as_text(compiler: Compiler, value: Typed) -> Typed:
    """A value as a STRING, as functions of texts take their arguments."""
    return cast(compiler, value, STRING)
