"""The canonical JSON of each type's values (DESIGN section 4), checked one value at a time.

`reader(type)` gives a function from a JSON value, as decoded with floats as `decimal.Decimal`, to
its canonical form (`plan.Value`); `renderer(type)` one to its canonical JSON text, for nested
types too. Both raise `Misfit`, which says where inside the value the fault is.
"""

import decimal
import json
import math
import re
import struct
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from backends import moments, types
from backends.misfit import Misfit, not_a

__all__ = ["NON_FINITE", "Misfit", "compared", "reader", "renderer", "shortest32"]

Scalar = bool | int | float | str
Reader = Callable[[object], Scalar]
Renderer = Callable[[object], str]
T = TypeVar("T")

_LEAST_NORMAL_32 = 1.1754943508222875e-38  # below it, numbers have fewer digits
NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@lru_cache(maxsize=1024)
def reader(type_: types.Type) -> Reader:
    """What turns a JSON value (not null) into the canonical value of a scalar type."""
    match type_:
        case types.Boolean():
            return _boolean
        case types.Integer():
            return _integer(type_)
        case types.Float():
            return _float(type_)
        case types.Decimal():
            return _decimal(type_)
        case types.String():
            return _text(type_, None)
        case types.Varchar(length) | types.Char(length):
            return _text(type_, length)
        case types.Date():
            return moments.date
        case types.Timestamp():
            return moments.timestamp
        case types.TimestampNtz():
            return moments.timestamp_ntz
        case types.Binary():
            return _binary
    raise TypeError(f"{type_} is not a scalar type")


@lru_cache(maxsize=1024)
def renderer(type_: types.Type) -> Renderer:
    """What turns a JSON value (not null) into the canonical JSON text of any type."""
    match type_:
        case types.Array(element):
            return _array(type_, _nullable(element))
        case types.Map(key, value):
            return _map(type_, reader(key), _nullable(value))
        case types.Struct(fields):
            return _struct(type_, {name: _nullable(field) for name, field in fields})
        case types.Decimal():
            return _spelled(reader(type_), str)  # its digits are a number in JSON
    return _spelled(reader(type_), _dumps)


def _spelled(read: Reader, spell: Callable[[Scalar], str]) -> Renderer:
    return lambda value: spell(read(value))


@lru_cache(maxsize=1024)
def compared(type_: types.Type) -> types.Type:
    """The type that a value compared with a column of `type_` must have: text of any length."""
    match type_:
        case types.Varchar():
            return types.String()
        case types.Char():
            return types.Char(types.MAX_LENGTH)
    return type_


def shortest32(value: float) -> float:
    """The double whose shortest text is the shortest that rounds to the same 32-bit number.

    Raises:
        OverflowError: 32 bits do not reach that far.
    """
    single = struct.unpack("<f", struct.pack("<f", value))[0]
    for digits in (6, 7, 8) if abs(single) >= _LEAST_NORMAL_32 else range(1, 9):
        found = float(f"{single:.{digits}g}")
        if abs(found) < 3.4028235677973366e38 and struct.unpack("<f", struct.pack("<f", found))[0] == single:
            return found
    return float(f"{single:.9g}")


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _boolean(value: object) -> Scalar:
    if isinstance(value, bool):
        return value
    raise not_a(types.Boolean())


def _integer(type_: types.Integer) -> Reader:
    least, most = type_.least, type_.most

    def read(value: object) -> Scalar:
        if type(value) is not int:
            raise not_a(type_)
        if not least <= value <= most:
            raise Misfit(f"out of range for {type_}: {least} to {most}")
        return value

    return read


def _float(type_: types.Float) -> Reader:
    narrow = shortest32 if type_.bits == 32 else float

    def read(value: object) -> Scalar:
        if isinstance(value, str) and value in NON_FINITE:
            return value
        if isinstance(value, bool) or not isinstance(value, int | float | decimal.Decimal):
            raise not_a(type_)
        try:
            found = narrow(float(value)) + 0.0  # minus zero is zero
        except OverflowError:
            found = math.inf
        if not math.isfinite(found):
            raise Misfit(f"out of range for {type_}")
        return found

    return read


_DECIMAL_TEXT = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,6})?")


def _decimal(type_: types.Decimal) -> Reader:
    exact = decimal.Context(
        prec=type_.precision, traps=[decimal.Inexact, decimal.InvalidOperation, decimal.Overflow]
    )
    step = decimal.Decimal(1).scaleb(-type_.scale)

    def read(value: object) -> Scalar:
        if isinstance(value, bool) or not isinstance(value, int | str | decimal.Decimal):
            raise not_a(type_)
        if isinstance(value, str) and not _DECIMAL_TEXT.fullmatch(value):
            raise not_a(type_)
        try:
            found = decimal.Decimal(value).quantize(step, context=exact)
        except decimal.DecimalException as error:
            raise not_a(type_) from error
        return f"{found or abs(found):f}"  # minus zero is zero

    return read


def _text(type_: types.Type, length: int | None) -> Reader:
    padded = isinstance(type_, types.Char)

    def read(value: object) -> Scalar:
        if not isinstance(value, str):
            raise not_a(type_)
        found = value.rstrip(" ") if padded else value
        if length is not None and len(found) > length:
            raise Misfit(f"{len(found)} characters are too many for {type_}")
        if "\0" in found:
            raise Misfit("text cannot hold U+0000")
        return found

    return read


def _binary(value: object) -> Scalar:
    if not isinstance(value, str):
        raise not_a(types.Binary())
    if len(value) % 4:  # the decoder passes over a "=" too many
        raise Misfit("not base64")
    try:
        return b64encode(b64decode(value, validate=True)).decode()
    except (Base64Error, ValueError) as error:
        raise Misfit("not base64") from error


def _nullable(type_: types.Type) -> Renderer:
    render = renderer(type_)
    return lambda value: "null" if value is None else render(value)


def _inside(render: Callable[[T], str], value: T, place: str | int) -> str:
    try:
        return render(value)
    except Misfit as misfit:
        raise Misfit(misfit.msg, (place, *misfit.loc)) from None


def _array(type_: types.Array, render: Renderer) -> Renderer:
    def read(value: object) -> str:
        if not isinstance(value, list):
            raise not_a(type_)
        return f"[{','.join(_inside(render, item, at) for at, item in enumerate(value))}]"

    return read


def _map(type_: types.Map, read_key: Reader, render: Renderer) -> Renderer:
    key_text = _key_text(type_.key)

    def key_of(text: str) -> str:
        key = read_key(key_text(text))
        return _dumps(key if isinstance(key, str) else _dumps(key))

    def read(value: object) -> str:
        if not isinstance(value, dict):
            raise not_a(type_)
        pairs: dict[str, str] = {}
        for name, item in value.items():
            key = _inside(key_of, name, name)
            if key in pairs:
                raise Misfit("the same key twice", (name,))
            pairs[key] = _inside(render, item, name)
        return f"{{{','.join(f'{key}:{text}' for key, text in pairs.items())}}}"

    return read


def _key_text(type_: types.Type) -> Callable[[str], object]:
    """How the text of a JSON object's key is read as a value of the MAP's key type."""
    if not isinstance(type_, types.Boolean | types.Integer | types.Float):
        return lambda text: text

    def read(text: str) -> object:
        if text in NON_FINITE:
            return text
        try:
            return json.loads(text, parse_float=decimal.Decimal)
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise not_a(type_) from error

    return read


def _struct(type_: types.Struct, renderers: dict[str, Renderer]) -> Renderer:
    def read(value: object) -> str:
        if not isinstance(value, dict):
            raise not_a(type_)
        if unknown := value.keys() - renderers.keys():
            raise Misfit("no such field", (min(unknown),))
        pairs = (
            f"{_dumps(name)}:{_inside(render, value.get(name), name)}" for name, render in renderers.items()
        )
        return f"{{{','.join(pairs)}}}"

    return read
