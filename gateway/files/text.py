"""Text as people write values in a CSV field or after `--where`, turned into JSON for a column's type.

What cannot be a value of the type becomes a JSON string, which the gateway refuses by its own words.
"""

import re
from collections.abc import Callable
from decimal import Decimal

import msgspec

from backends import types

Convert = Callable[[str], str]

BOOLEANS = {"true": "true", "t": "true", "1": "true", "false": "false", "f": "false", "0": "false"}
NON_FINITE = {
    **dict.fromkeys(("nan", "+nan", "-nan"), '"NaN"'),
    **dict.fromkeys(("inf", "+inf", "infinity", "+infinity"), '"Infinity"'),
    **dict.fromkeys(("-inf", "-infinity"), '"-Infinity"'),
}
_WHOLE = re.compile(r"([+-]?[0-9]{1,4000})(?:\.0*)?")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")


def quoted(text: str) -> str:
    """`text` as a JSON string."""
    return msgspec.json.encode(text).decode()


def converter(type_: types.Type) -> Convert:
    """What turns a text into the JSON of a value of `type_`."""
    match type_:
        case types.Boolean():
            return lambda text: BOOLEANS.get(text.strip().lower()) or quoted(text)
        case types.Integer():
            return _integer
        case types.Float():
            return _float
        case types.Decimal():
            return lambda text: quoted(_number(text.strip()) or text)
        case types.String() | types.Varchar() | types.Char():
            return quoted
        case types.Array() | types.Map() | types.Struct():
            return _nested
    return lambda text: quoted(text.strip())


def is_text(type_: types.Type) -> bool:
    """Whether an empty text is a value of the type."""
    return isinstance(type_, types.String | types.Varchar | types.Char)


def _integer(text: str) -> str:
    match = _WHOLE.fullmatch(text.strip())
    return str(int(match[1])) if match else quoted(text)


def _float(text: str) -> str:
    bare = text.strip()
    return _number(bare) or NON_FINITE.get(bare.lower()) or quoted(text)


def _number(text: str) -> str | None:
    """The JSON number of a text such as `+.5`, all digits kept; None where it is not one."""
    if _JSON_NUMBER.fullmatch(text):
        return text
    return str(Decimal(text)) if _NUMBER.fullmatch(text) else None


def _nested(text: str) -> str:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return quoted(text)
    return text
