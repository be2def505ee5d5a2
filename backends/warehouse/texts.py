"""Arrow's columns as the texts of their canonical JSON: whole columns at a time, in C.

Each function takes an array and gives an array of text as long, NULL where it is NULL.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from itertools import accumulate
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from backends import errors, types

Texts = Callable[[Any], Any]  # pyarrow has no types of its own for mypy

_encode = msgspec.json.Encoder().encode
_NEEDS_ESCAPE = '["\\\\\\x00-\\x1f]'
_FRACTION_ZEROS = "\\.?0+$"
# microseconds since 1970 of the first and last moments that the contract has
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999


def texts_of(type_: types.Type) -> Texts:
    """What makes the texts of a column of a type.

    It raises Unsupported where the column holds what the contract's type cannot.
    """
    match type_:
        case types.Decimal():
            return partial(_decimals, type_)
        case types.Array(element):
            return partial(_lists, _inner(element))
        case types.Map(key, value):
            return partial(_maps, _keys_of(key), _inner(value))
        case types.Struct(fields):
            return partial(_structs, [(name, _inner(field)) for name, field in fields])
        case types.Float(32):
            return _short_numbers
    return _SCALARS[type(type_)]


def _inner(type_: types.Type) -> Texts:
    """What makes the texts of values inside of others: numbers are spelled as `backends.values` does."""
    make = texts_of(type_)
    return partial(_respelled, make) if isinstance(type_, types.Float) else make


def objects(names: list[str], columns: list[Any], end: str) -> Any:
    """Each row as the text of a JSON object of some columns' texts, with `end` after it."""
    parts: list[Any] = []
    for at, (name, column) in enumerate(zip(names, columns, strict=True)):
        parts += [f"{',' if at else '{'}{_encode(name).decode()}:", column.fill_null("null")]
    return pc.binary_join_element_wise(*parts, "}" + end, "")


def joined(rows: Any) -> bytes:
    """All texts of an array, one after the other: as Arrow holds them."""
    if not len(rows):
        return b""
    offsets, data = rows.buffers()[1:]
    width = 8 if pa.types.is_large_string(rows.type) else 4
    first, last = (
        int.from_bytes(offsets[at * width : (at + 1) * width].to_pybytes(), "little")
        for at in (rows.offset, rows.offset + len(rows))
    )
    return bytes(data[first:last])


def _plain(column: Any) -> Any:
    return column.cast(pa.string())


def _quoted(column: Any) -> Any:
    quoted = pc.binary_join_element_wise('"', column, '"', "")
    odd = pc.match_substring_regex(column, _NEEDS_ESCAPE).fill_null(False)
    if not pc.any(odd).as_py():
        return quoted
    escaped = [_encode(text).decode() for text in column.filter(odd).to_pylist()]
    return pc.replace_with_mask(quoted, odd, pa.array(escaped, pa.string()))


def _padded(column: Any) -> Any:
    return _quoted(pc.utf8_rtrim(column, " "))


def _numbers(column: Any) -> Any:
    column = pc.add(column, 0.0)  # minus zero is zero
    finite = pc.is_finite(column)
    shown = pc.if_else(finite.fill_null(False), column, 0.0)
    digits = pa.array(_encode(shown.to_pylist())[1:-1].decode().split(",") if len(shown) else [], pa.string())
    words = pc.if_else(
        pc.is_nan(column), '"NaN"', pc.if_else(pc.greater(column, 0), '"Infinity"', '"-Infinity"')
    )
    return pc.if_else(finite, digits, words)


def _short_numbers(column: Any) -> Any:
    """The shortest digits that tell a 32-bit number, as the double that they are."""
    return _numbers(column.cast(pa.string()).cast(pa.float64()))


def _respelled(make: Texts, column: Any) -> Any:
    """Numbers whose exponents are written as Python does."""
    texts, size = make(column), pc.abs(column)
    small = pc.and_(pc.less(size, 1e-4), pc.greater(size, 0.0))
    odd = pc.and_(pc.is_finite(column), pc.or_(small, pc.greater_equal(size, 1e16))).fill_null(False)
    if not pc.any(odd).as_py():
        return texts
    spelled = [repr(float(text)) for text in texts.filter(odd).to_pylist()]
    return pc.replace_with_mask(texts, odd, pa.array(spelled, pa.string()))


def _decimals(type_: types.Decimal, column: Any) -> Any:
    """All digits: Arrow itself writes a small number with an exponent, but never a whole one."""
    column = column.cast(pa.decimal128(type_.precision, type_.scale))
    whole = pa.Array.from_buffers(
        pa.decimal128(38, 0), len(column), column.buffers(), column.null_count, column.offset
    ).cast(pa.string())
    if not type_.scale:
        return whole
    sign = pc.if_else(pc.starts_with(whole, "-"), "-", "")
    digits = pc.utf8_lpad(pc.utf8_ltrim(whole, "-"), type_.scale + 1, "0")
    front = pc.utf8_slice_codeunits(digits, 0, -type_.scale)
    return pc.binary_join_element_wise(sign, front, ".", pc.utf8_slice_codeunits(digits, -type_.scale), "")


def _dates(column: Any) -> Any:
    _refuse_outside(
        column.cast(pa.int32()).cast(pa.int64()), _FIRST // 86_400_000_000, _LAST // 86_400_000_000
    )
    return pc.binary_join_element_wise('"', column.cast(pa.string()), '"', "")


def _moments(offset: str, column: Any) -> Any:
    since = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64())
    _refuse_outside(since, _FIRST, _LAST)
    text = pc.utf8_replace_slice(since.cast(pa.timestamp("us")).cast(pa.string()), 10, 11, "T")
    short = pc.replace_substring_regex(text, _FRACTION_ZEROS, "")
    return pc.binary_join_element_wise('"', short, offset + '"', "")


def _refuse_outside(since: Any, first: int, last: int) -> None:
    found = pc.min_max(since).as_py()
    if found["min"] is not None and (found["min"] < first or found["max"] > last):
        raise errors.Unsupported("a column holds a day or moment outside the years 1 to 9999")


def _binary(column: Any) -> Any:
    return pa.array(
        [None if value is None else f'"{b64encode(value).decode()}"' for value in column.to_pylist()],
        pa.string(),
    )


def _lists(element: Texts, column: Any) -> Any:
    return _grouped("[", element(column.flatten()).fill_null("null"), "]", column)


def _maps(key: Texts, value: Texts, column: Any) -> Any:
    entries = column.cast(
        pa.list_(pa.struct([("key", column.type.key_type), ("value", column.type.item_type)]))
    )
    flat = entries.flatten()
    pairs = pc.binary_join_element_wise(
        key(flat.field("key")), ":", value(flat.field("value")).fill_null("null"), ""
    )
    return _grouped("{", pairs, "}", entries)


def _keys_of(type_: types.Type) -> Texts:
    """What makes the texts of a MAP's keys: JSON has only strings there."""
    make = _key_numbers if isinstance(type_, types.Float) else texts_of(type_)

    def keys(column: Any) -> Any:
        found = make(column)
        return pc.if_else(pc.starts_with(found, '"'), found, pc.binary_join_element_wise('"', found, '"', ""))

    return keys


def _key_numbers(column: Any) -> Any:
    """Numbers as keys, whose text is their name: it is written in one way only."""
    numbers = column.cast(pa.string()).cast(pa.float64()).to_pylist()
    return pa.array([json.dumps(number + 0.0) for number in numbers], pa.string())


def _grouped(opening: str, texts: Any, closing: str, lists: Any) -> Any:
    """The texts of lists' elements, joined for each list."""
    lengths = pc.list_value_length(lists).fill_null(0).to_pylist()
    offsets = pa.array([0, *accumulate(lengths)], pa.int32())
    inside = pc.binary_join(pa.ListArray.from_arrays(offsets, texts), ",")
    joined_ = pc.binary_join_element_wise(opening, inside, closing, "")
    return pc.if_else(lists.is_valid(), joined_, None)


def _structs(fields: list[tuple[str, Texts]], column: Any) -> Any:
    found = objects(
        [name for name, _ in fields],
        [make(part) for (_, make), part in zip(fields, column.flatten(), strict=True)],
        "",
    )
    return pc.if_else(column.is_valid(), found, None)


_SCALARS: dict[type[types.Type], Texts] = {
    types.Boolean: _plain,
    types.Integer: _plain,
    types.Float: _numbers,
    types.String: _quoted,
    types.Varchar: _quoted,
    types.Char: _padded,
    types.Date: _dates,
    types.Timestamp: partial(_moments, "+00:00"),
    types.TimestampNtz: partial(_moments, ""),
    types.Binary: _binary,
}
