"""Canonical JSON as the Arrow columns that a warehouse sends of it."""

import datetime as dt
import json
from base64 import b64decode
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa

from backends import types
from backends.values import NON_FINITE

_TYPES: dict[type[types.Type], Any] = {
    types.Boolean: pa.bool_(),
    types.String: pa.string(),
    types.Varchar: pa.string(),
    types.Char: pa.string(),
    types.Date: pa.date32(),
    types.Timestamp: pa.timestamp("us", "UTC"),
    types.TimestampNtz: pa.timestamp("us"),
    types.Binary: pa.binary(),
}
_INTEGERS = {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}
_FLOATS = {32: pa.float32(), 64: pa.float64()}


def arrow_type(type_: types.Type) -> Any:
    """The Arrow type that Databricks sends a column of a type in."""
    match type_:
        case types.Integer(bits):
            return _INTEGERS[bits]
        case types.Float(bits):
            return _FLOATS[bits]
        case types.Decimal(precision, scale):
            return pa.decimal128(precision, scale)
        case types.Array(element):
            return pa.list_(arrow_type(element))
        case types.Map(key, value):
            return pa.map_(arrow_type(key), arrow_type(value))
        case types.Struct(fields):
            return pa.struct([(name, arrow_type(field)) for name, field in fields])
    return _TYPES[type(type_)]


def arrow(type_: types.Type, texts: list[str | None]) -> Any:
    """A column from canonical JSON texts; None is NULL."""
    found = [None if text is None else json.loads(text, parse_float=Decimal) for text in texts]
    return pa.array([_held(type_)(value) for value in found], arrow_type(type_))


def _held(type_: types.Type) -> Callable[[Any], object]:
    read = _reader(type_)
    return lambda value: None if value is None else read(value)


def _reader(type_: types.Type) -> Callable[[Any], object]:
    match type_:
        case types.Float():
            return lambda value: NON_FINITE.get(value, value) if isinstance(value, str) else float(value)
        case types.Decimal():
            return Decimal
        case types.Date():
            return dt.date.fromisoformat
        case types.Timestamp() | types.TimestampNtz():
            return dt.datetime.fromisoformat
        case types.Binary():
            return b64decode
        case types.Array(element):
            return lambda items: [_held(element)(item) for item in items]
        case types.Map(key, value):
            return lambda items: [(_key(key)(name), _held(value)(item)) for name, item in items.items()]
        case types.Struct(fields):
            return lambda item: {name: _held(field)(item[name]) for name, field in fields}
    return lambda value: value


def _key(type_: types.Type) -> Callable[[str], object]:
    if isinstance(type_, types.Boolean | types.Integer | types.Float | types.Decimal):
        return lambda text: _reader(type_)(
            text if text in NON_FINITE else json.loads(text, parse_float=Decimal)
        )
    return _reader(type_)
