"""Values and defaults in a table's own SQL: written, and read from what Postgres makes of them."""

import re
from base64 import b64decode, b64encode
from decimal import Decimal, InvalidOperation

from backends import types
from backends.lakebase import quoting
from backends.lakebase.spelling import Native
from backends.misfit import Misfit
from backends.plan import Value
from backends.structure import Constant, Default, Now
from backends.values import compared, reader

NOW = "CURRENT_TIMESTAMP"
_NOW = frozenset({"now()", NOW, "transaction_timestamp()", "statement_timestamp()", "clock_timestamp()"})

_TEXT = r"E?'(?:[^']|'')*'"
_CAST = r"::(?:\"(?:[^\"]|\"\")+\"|[\w .]+)(?:\([\d,]+\))?(?: with(?:out)? time zone)?"
_LITERAL = re.compile(rf"\(*({_TEXT}|-?\d[\d.]*(?:e[+-]?\d+)?|true|false)((?:\)*{_CAST})*)\)*", re.IGNORECASE)
_WHOLE = ("smallint", "integer", "bigint", "numeric")
_OFFSET = re.compile(r"[+-]\d\d$")  # of an hour, as Postgres writes it


def literal(type_: types.Type, value: Value) -> str:
    """A canonical value, not null; beside a column it is of that column's type, whoever declared it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and isinstance(type_, types.Integer):
        return str(value)
    held = str(value)
    if isinstance(type_, types.Binary):
        held = rf"\x{b64decode(held).hex()}"
    return quoting.text(held)


def default_sql(type_: types.Type, default: Default) -> str:
    """A default of a column."""
    return NOW if isinstance(default, Now) else literal(type_, default.value)


def default_of(native: Native, expression: str) -> Default | None:
    """The default that an expression of the catalog's is; None if it is another than these words can say."""
    if expression in _NOW and native.type == types.Timestamp():
        return Now()
    match = _LITERAL.fullmatch(expression)
    if match is None or native.type.nested or not _keeps(native, match[2]):
        return None
    try:
        return Constant(_value(native.type, match[1]))
    except (Misfit, ValueError, InvalidOperation):
        return None


def _keeps(native: Native, casts: str) -> bool:
    """Whether a value that is cast so is the same afterwards, or could not be."""
    found = re.findall(_CAST, casts)
    allowed = {native.declared, native.base, *_exact_casts(native.type)}
    return all(cast.removeprefix("::") in allowed for cast in found)


def _exact_casts(type_: types.Type) -> tuple[str, ...]:
    match type_:
        case types.Integer() | types.Decimal():
            return _WHOLE
        case types.Float():
            return (*_WHOLE, "double precision")
        case types.String() | types.Varchar():
            return ("text", "character varying")
        case types.Char():
            return ("text", "character varying", "bpchar")
    return ()


def _value(type_: types.Type, written: str) -> Value:
    """The canonical value of a literal.

    Raises:
        Misfit, ValueError, InvalidOperation: it is none of the type's.
    """
    quoted = written.endswith("'")
    plain = _unquoted(written) if quoted else written
    match type_:
        case types.Boolean():
            return reader(type_)({"true": True, "false": False}.get(plain.lower()))
        case types.Integer():
            return reader(type_)(int(plain))
        case types.Decimal():
            reader(type_)(plain)
            return f"{Decimal(plain):f}"  # the digits that were asked for
        case types.Float():
            return reader(type_)(plain if plain.strip("-").isalpha() else Decimal(plain))
        case types.Timestamp():
            return reader(type_)(plain + ":00" if _OFFSET.search(plain) else plain)
        case types.Binary():
            return b64encode(bytes.fromhex(plain.removeprefix(r"\x"))).decode()
    if not quoted:
        raise ValueError("not a text")
    return reader(compared(type_))(plain)


def _unquoted(written: str) -> str:
    inner = written.removeprefix("E").removeprefix("e")[1:-1].replace("''", "'")
    return inner.replace("\\\\", "\\") if written[0] in "Ee" else inner
