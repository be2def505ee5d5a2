"""Arrow's types and ours: which holds which, and how their values become JSON."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.types as at

from backends import types

Simplify = Callable[[Any], object]  # Any: what Arrow gives for a type that it alone knows


@dataclass(frozen=True, slots=True)
class Mapped:
    """A type of ours, and the Arrow type that a column is cast to on the way."""

    type: types.Type
    arrow: pa.DataType


_INTEGERS = {
    "int8": (8, pa.int8()),
    "int16": (16, pa.int16()),
    "int32": (32, pa.int32()),
    "int64": (64, pa.int64()),
    "uint8": (16, pa.int16()),
    "uint16": (32, pa.int32()),
    "uint32": (64, pa.int64()),
}
_RULES: tuple[tuple[Callable[[pa.DataType], bool], Mapped], ...] = (
    (at.is_boolean, Mapped(types.Boolean(), pa.bool_())),
    (at.is_uint64, Mapped(types.Decimal(20, 0), pa.decimal128(20, 0))),
    (at.is_float16, Mapped(types.Float(32), pa.float32())),
    (at.is_float32, Mapped(types.Float(32), pa.float32())),
    (at.is_float64, Mapped(types.Float(64), pa.float64())),
    (at.is_null, Mapped(types.String(), pa.string())),
    (at.is_string, Mapped(types.String(), pa.string())),
    (at.is_large_string, Mapped(types.String(), pa.string())),
    (at.is_string_view, Mapped(types.String(), pa.string())),
    (at.is_date, Mapped(types.Date(), pa.date32())),
    (at.is_binary, Mapped(types.Binary(), pa.binary())),
    (at.is_large_binary, Mapped(types.Binary(), pa.binary())),
    (at.is_binary_view, Mapped(types.Binary(), pa.binary())),
    (at.is_fixed_size_binary, Mapped(types.Binary(), pa.binary())),
)


def mapped(arrow: pa.DataType) -> Mapped | None:
    """The type that holds every value of an Arrow type; None where there is none."""
    if at.is_dictionary(arrow):
        return mapped(arrow.value_type)
    if str(arrow) in _INTEGERS:
        bits, narrow = _INTEGERS[str(arrow)]
        return Mapped(types.Integer(bits), narrow)  # type: ignore[arg-type]
    if at.is_timestamp(arrow):
        return _timestamp(arrow)
    if at.is_decimal(arrow):
        return _decimal(arrow)
    if at.is_nested(arrow):
        return _nested(arrow)
    return next((found for applies, found in _RULES if applies(arrow)), None)


def _timestamp(arrow: pa.TimestampType) -> Mapped:
    if arrow.tz is None:
        return Mapped(types.TimestampNtz(), pa.timestamp("us"))
    return Mapped(types.Timestamp(), pa.timestamp("us", "UTC"))


def _decimal(arrow: pa.DataType) -> Mapped | None:
    precision, scale = arrow.precision, arrow.scale
    if precision > types.MAX_PRECISION or not 0 <= scale <= precision:
        return None
    return Mapped(types.Decimal(precision, scale), pa.decimal128(precision, scale))


def _nested(arrow: pa.DataType) -> Mapped | None:
    if at.is_map(arrow):
        return _map(arrow)
    if at.is_struct(arrow):
        return _struct(arrow)
    if not any(applies(arrow) for applies in (at.is_list, at.is_large_list, at.is_fixed_size_list)):
        return None
    element = mapped(arrow.value_type)
    return Mapped(types.Array(element.type), pa.list_(element.arrow)) if element else None


def _map(arrow: pa.MapType) -> Mapped | None:
    key, item = mapped(arrow.key_type), mapped(arrow.item_type)
    if key is None or item is None or key.type.nested:
        return None
    return Mapped(types.Map(key.type, item.type), pa.map_(key.arrow, item.arrow))


def _struct(arrow: pa.StructType) -> Mapped | None:
    fields = [(field.name, mapped(field.type)) for field in arrow]
    found = [(name, field) for name, field in fields if field]
    if not found or len(found) < len(fields) or len(dict(found)) < len(found):
        return None
    return Mapped(
        types.Struct(tuple((name, field.type) for name, field in found)),
        pa.struct([(name, field.arrow) for name, field in found]),
    )


def plain(arrow: pa.DataType) -> Simplify | None:
    """What makes a Python value of an Arrow type ready for JSON; None where it already is."""
    if at.is_floating(arrow):
        return _finite
    if at.is_list(arrow):
        return _list(plain(arrow.value_type))
    if at.is_map(arrow):
        return _mapping(plain(arrow.item_type) or _same)
    if at.is_struct(arrow):
        return _fields({field.name: plain(field.type) for field in arrow})
    return None


def _same(value: object) -> object:
    return value


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _list(inner: Simplify | None) -> Simplify | None:
    if inner is None:
        return None
    return lambda items: [None if item is None else inner(item) for item in items]


def _mapping(inner: Simplify) -> Simplify:
    """An Arrow map is a list of pairs; a JSON object's keys are text."""

    def simplify(pairs: list[tuple[object, object]]) -> object:
        found = {_key(key): None if item is None else inner(item) for key, item in pairs}
        if len(found) < len(pairs):
            raise ValueError("a key is there twice")
        return found

    return simplify


def _key(value: object) -> str:
    text = msgspec.json.encode(_finite(value)).decode()
    return text.strip('"') if not isinstance(value, str) else value


def _fields(inner: dict[str, Simplify | None]) -> Simplify | None:
    needed = {name: simplify for name, simplify in inner.items() if simplify}
    if not needed:
        return None

    def simplify(value: dict[str, object]) -> object:
        changed = {name: change(value[name]) for name, change in needed.items() if value[name] is not None}
        return {**value, **changed}

    return simplify
