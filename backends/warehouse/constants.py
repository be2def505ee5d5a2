"""Values in a table's own SQL, where none can be bound: defaults and checks, written and read back."""

import re
from base64 import b64decode, b64encode
from decimal import Decimal, InvalidOperation
from itertools import accumulate, islice

from backends import types
from backends.misfit import Misfit
from backends.plan import Value
from backends.structure import Constant, Default, Now
from backends.values import NON_FINITE, reader
from backends.warehouse.grammar import text_of
from backends.warehouse.inlining import literal

_NOW = "current_timestamp()"
_TEXTS = types.String | types.Varchar | types.Char
_MOMENTS = types.Timestamp | types.TimestampNtz

_TEXT = r"(?:'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\")"
_NOW_READ = re.compile(r"(?:current_timestamp|now)\s*\(\s*\)|current_timestamp", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?\s*(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)
_WORD = re.compile(r"true|false", re.IGNORECASE)
_QUOTED = re.compile(_TEXT, re.DOTALL)
_HEX = re.compile(rf"X\s*({_TEXT})", re.IGNORECASE | re.DOTALL)
_BASE64 = re.compile(rf"unbase64\s*\(\s*({_TEXT})\s*\)", re.IGNORECASE | re.DOTALL)
_CAST = re.compile(
    rf"CAST\s*\(\s*({_TEXT}|[-+]?[\d.]+)\s+AS\s+\w+\s*(?:\([\d\s,]+\))?\s*\)", re.IGNORECASE | re.DOTALL
)
_MOMENT = re.compile(rf"(?:DATE|TIMESTAMP(?:_NTZ|_LTZ)?)\s*({_TEXT})", re.IGNORECASE | re.DOTALL)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\(.)|''|\"\"", re.DOTALL)
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}


def constant_sql(type_: types.Type, value: Value) -> str:
    """A canonical value of a type, exactly."""
    match type_:
        case types.Boolean():
            return "true" if value else "false"
        case types.String() | types.Varchar() | types.Char():
            return literal(str(value))
        case types.Binary():
            return f"X'{b64decode(str(value)).hex()}'"
    return f"CAST({literal(text_of(value))} AS {type_})"


def compared_sql(type_: types.Type, value: Value) -> str:
    """A canonical value as it stands beside a column of a type, or one that had the type when it was made."""
    match type_:
        case types.Char():
            return literal(str(value).rstrip(" "))
        case types.Integer() | types.Decimal():
            return str(value)  # as it is: a cast to a narrower DECIMAL would round it
    return constant_sql(type_, value)


def default_sql(type_: types.Type, default: Default) -> str:
    """A default as the table has it."""
    match default:
        case Constant(value):
            return constant_sql(type_, value)
        case Now():
            return _NOW


def default_of(type_: types.Type, text: str) -> Default | None:
    """The default that some SQL is; None if it is none that is the same in all databases."""
    text = _bare(text)
    if _NOW_READ.fullmatch(text):
        return Now() if isinstance(type_, types.Timestamp) else None
    said = _said(type_, text)
    if said is None or type_.nested:
        return None
    try:
        found = reader(type_)(_json(type_, said))
    except (Misfit, ValueError, InvalidOperation):
        return None
    # our own is told as it was asked for, though the column has become a DECIMAL of more decimals
    return Constant(said if isinstance(type_, types.Decimal) and _CAST.fullmatch(text) else found)


def _bare(text: str) -> str:
    """SQL without the brackets around it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and _encloses(text):
        text = text[1:-1].strip()
    return text


def _encloses(text: str) -> bool:
    """Whether the first bracket is closed by the last one, and not before."""
    depths = accumulate({"(": 1, ")": -1}.get(char, 0) for char in text)
    return all(depth > 0 for depth in islice(depths, len(text) - 1))


def _said(type_: types.Type, text: str) -> str | None:
    """The text of the value that some SQL is, if it is a literal."""
    if match := _CAST.fullmatch(text):
        text = match[1]
    if _QUOTED.fullmatch(text):
        return _unquoted(text)
    if isinstance(type_, types.Binary):
        return _bytes(text)
    if isinstance(type_, types.Date | _MOMENTS) and (match := _MOMENT.fullmatch(text)):
        return _unquoted(match[1])
    numeric = isinstance(type_, types.Integer | types.Decimal | types.Float)
    pattern = _NUMBER if numeric else _WORD
    return text if pattern.fullmatch(text) and not isinstance(type_, _TEXTS) else None


def _bytes(text: str) -> str | None:
    if match := _HEX.fullmatch(text):
        return b64encode(bytes.fromhex(_unquoted(match[1]))).decode()
    match = _BASE64.fullmatch(text)
    return _unquoted(match[1]) if match else None


def _json(type_: types.Type, said: str) -> object:
    """A value's text as JSON would have it."""
    match type_:
        case types.Boolean():
            return {"true": True, "false": False}.get(said.lower(), said)
        case types.Integer():
            return int(said.replace(" ", ""))
        case types.Decimal() | types.Float():
            return said if said in NON_FINITE else Decimal(said.replace(" ", ""))
        case types.Timestamp() | types.TimestampNtz():
            return said.replace(" ", "T", 1)
    return said


def _unquoted(text: str) -> str:
    quote = text[0]

    def meant(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2]:
            return _ESCAPES.get(match[2], match[2])
        return quote if match[0][0] == quote else match[0]

    return _ESCAPE.sub(meant, text[1:-1])
