"""from_json: texts of JSON into Arrow, every digit kept."""

import base64
import binascii
import decimal
import json
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec
import pyarrow as pa

from tests.workspace.warehouse.duck import values
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity.types import SqlType

NOT_FINITE = {
    "NaN": math.nan, "Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf, "INF": math.inf,
    "+INF": math.inf, "-INF": -math.inf,
}  # fmt: skip
PYTHON: dict[str, Any] = {
    "boolean": bool, "string": str, "char": str, "varchar": str, "binary": str, "date": str, "timestamp": str,
    "timestamp_ntz": str, "tinyint": int, "smallint": int, "int": int, "bigint": int, "float": float | str,
    "double": float | str, "decimal": decimal.Decimal,
}  # fmt: skip
Texts = Sequence[str | None]


class Number(str):
    """A number as it is written."""

    __slots__ = ()


class _Bad(Exception):
    """A value that does not fit its type: Spark makes it NULL."""


def parse(texts: Texts, kind: SqlType, *, fail_fast: bool = False) -> pa.Array:
    """Each text as a value of a type: what does not fit is NULL, as is what a text lacks.

    Raises:
        SqlError: something does not fit, and `fail_fast` is wanted.
    """
    try:
        return build([_fast(text, kind) for text in texts], kind)
    except (msgspec.DecodeError, _Bad, pa.ArrowInvalid, OverflowError, UnicodeEncodeError):
        fit = _refuse if fail_fast else _forgive
        return _plain([_slow(text, kind, fit) for text in texts], kind)


def _fast(text: str | None, kind: SqlType) -> Any:
    if text is None or not text.strip():
        return None
    return _decoder(kind).decode(text)


@lru_cache(1024)
def _decoder(kind: SqlType) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_python_type(kind) | None)


@lru_cache(1024)
def _python_type(kind: SqlType) -> Any:
    match kind.name:
        case "array":
            return list[_python_type(kind.parts[0]) | None]  # type: ignore[misc]  # made when it is needed
        case "map":
            return dict[str, _python_type(kind.parts[1]) | None]  # type: ignore[misc]  # made when it is needed
        case "struct":
            if any(json.dumps(name, ensure_ascii=False) != f'"{name}"' for name in kind.names):
                raise _Bad  # msgspec knows no fields whose names JSON escapes
            fields = [(f"f{n}", _python_type(part) | None, None) for n, part in enumerate(kind.parts)]
            renamed = {f"f{n}": name for n, name in enumerate(kind.names)}
            return msgspec.defstruct("Row", fields, rename=renamed, gc=False)
        case _:
            return PYTHON[kind.name]


def build(column: list[Any], kind: SqlType) -> pa.Array:
    """Decoded values as Arrow.

    Raises:
        _Bad: one of them does not fit its type.
    """
    match kind.name:
        case "array":
            return _build_lists(column, kind)
        case "map":
            return _build_maps(column, kind)
        case "struct":
            return _build_structs(column, kind)
        case "decimal":
            return pa.array(
                [value if value is None else _decimal(value, kind) for value in column], kind.arrow
            )
        case "float" | "double":
            return pa.array(
                [_double(value) if isinstance(value, str) else value for value in column], kind.arrow
            )
        case "binary" | "date" | "timestamp" | "timestamp_ntz":
            convert = _text_converter(kind)
            return pa.array([value if value is None else convert(value) for value in column], kind.arrow)
        case _:
            return pa.array(column, kind.arrow)


def _build_lists(column: list[Any], kind: SqlType) -> pa.Array:
    items = build([*chain.from_iterable(value for value in column if value is not None)], kind.parts[0])
    return pa.ListArray.from_arrays(_offsets(column), items, type=kind.arrow)


def _build_maps(column: list[Any], kind: SqlType) -> pa.Array:
    present = [value for value in column if value is not None]
    keys = pa.array([*chain.from_iterable(present)], pa.string())
    items = build([*chain.from_iterable(value.values() for value in present)], kind.parts[1])
    found = pa.MapArray.from_arrays(_offsets(column), keys, items)
    return found.cast(kind.arrow)


def _offsets(column: list[Any]) -> pa.Array:
    """Where each value's items begin; a NULL begins nowhere."""
    offsets: list[int | None] = []
    total = 0
    for value in column:
        offsets.append(None if value is None else total)
        total += 0 if value is None else len(value)
    return pa.array([*offsets, total], pa.int32())


def _build_structs(column: list[Any], kind: SqlType) -> pa.Array:
    names = [f"f{n}" for n in range(len(kind.parts))]
    children = [
        build([None if value is None else getattr(value, name) for value in column], part)
        for name, part in zip(names, kind.parts, strict=True)
    ]
    missing = pa.array([value is None for value in column], pa.bool_()) if None in column else None
    return pa.StructArray.from_arrays(children, fields=list(kind.arrow), mask=missing)


def _decimal(value: decimal.Decimal, kind: SqlType) -> decimal.Decimal:
    if not value.is_finite():
        raise _Bad
    try:
        return values.rounded(value, kind)
    except SqlError as error:
        raise _Bad from error


def _double(value: str) -> float:
    if value not in NOT_FINITE:
        raise _Bad
    return NOT_FINITE[value]


def _text_converter(kind: SqlType) -> Callable[[str], Any]:
    if kind.name == "binary":
        return _binary
    read = values.reader(kind)

    def convert(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise _Bad from error

    return convert


def _binary(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _Bad from error


def _plain(column: list[Any], kind: SqlType) -> pa.Array:
    return pa.array(column, kind.arrow)


def _slow(text: str | None, kind: SqlType, misfit: Callable[[], None]) -> Any:
    """One text, value by value: what does not fit is NULL where it stands, unless `misfit` raises."""
    if text is None or not text.strip():
        return None
    try:
        found = json.loads(text, parse_float=Number, parse_int=Number, parse_constant=_no_constant)
    except (ValueError, RecursionError, _Bad):
        misfit()
        return dict.fromkeys(kind.names) if kind.name == "struct" else None
    if kind.name == "array" and kind.parts[0].name == "struct" and isinstance(found, dict):
        found = [found]
    return _fitting(found, kind, misfit)


def _forgive() -> None:
    """Let what does not fit be NULL."""


def _refuse() -> None:
    message = "Malformed records are detected in record parsing. Parse Mode: FAILFAST."
    raise SqlError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", message, "22023")


def _no_constant(name: str) -> Any:
    raise _Bad(name)


def _fitting(value: Any, kind: SqlType, misfit: Callable[[], None]) -> Any:
    try:
        return None if value is None else _converted(value, kind, misfit)
    except (_Bad, ValueError, ArithmeticError):
        return misfit()


def _converted(value: Any, kind: SqlType, misfit: Callable[[], None]) -> Any:
    match kind.name:
        case "array" if isinstance(value, list):
            return [_fitting(item, kind.parts[0], misfit) for item in value]
        case "map" if isinstance(value, dict):
            return [(key, _fitting(item, kind.parts[1], misfit)) for key, item in value.items()]
        case "struct" if isinstance(value, dict):
            pairs = zip(kind.names, kind.parts, strict=True)
            return {name: _fitting(value.get(name), part, misfit) for name, part in pairs}
        case "string" | "char" | "varchar":
            return value if type(value) is str else _written(value)
        case "boolean" if isinstance(value, bool):
            return value
        case _ if isinstance(value, str):
            return _scalar(value, kind)
        case _:
            raise _Bad


def _scalar(value: str, kind: SqlType) -> Any:
    is_number = isinstance(value, Number)
    match kind.name:
        case "tinyint" | "smallint" | "int" | "bigint" if is_number:
            return values.reader(kind)(value)
        case "float" | "double":
            number = float(value) if is_number else _double(value)
            return number if kind.name == "double" else values.narrowed(number)
        case "decimal" if value == value.strip():
            return _decimal(decimal.Decimal(value), kind)
        case "binary" | "date" | "timestamp" | "timestamp_ntz" if not is_number:
            return _text_converter(kind)(value)
        case _:
            raise _Bad


def _written(value: Any) -> str:
    """JSON again, for what is to be a text and is none."""
    match value:
        case str() if isinstance(value, Number):
            whole = value.lstrip("-").isdecimal()
            return str(value) if whole else values.java_text(float(value), single=False)
        case dict():
            return (
                "{"
                + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{_written(v)}" for k, v in value.items())
                + "}"
            )
        case list():
            return "[" + ",".join(map(_written, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)
