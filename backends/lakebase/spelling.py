"""How Postgres declares the contract's types, and which type a column declared by others is nearest to.

The gateway's own columns carry what Postgres's types cannot say in a CHECK constraint, which holds
for every writer, and whose comment is the contract's type: TINYINT's range, that a DECIMAL is a
number, the years that a moment may have, and what a nested value is made of. A nested value is kept
as `json` and not `jsonb`, which would lose the order of a STRUCT's fields and write numbers anew.
"""

import re
from dataclasses import dataclass

from backends import types

TEXT = "text"
_DECIMAL_OF_ANY = types.Decimal(38, 18)  # what Spark reads a numeric without digits as
_OUTERMOST = {
    "date": ("0001-01-01", "10000-01-01"),
    "timestamp without time zone": ("0001-01-01 00:00:00", "10000-01-01 00:00:00"),
    "timestamp with time zone": ("0001-01-01 00:00:00+00", "10000-01-01 00:00:00+00"),
}


@dataclass(frozen=True, slots=True)
class Native:
    """What only Postgres knows of a column."""

    declared: str  # its type, as `format_type` has it
    type: types.Type  # of the contract
    base: str  # the type without length, digits and domain
    taken: str  # the type that a field of JSON is taken as, to become its value
    own: bool = True  # declared by the gateway: all its values are within the contract's bounds
    collated: bool = True  # its order is by code point
    exact: bool = True  # two of its values are equal only if all code points are
    identity: bool = False  # its default is an identity's next number

    @property
    def as_text(self) -> bool:
        """Whether its values are the text of something that the contract does not have."""
        return isinstance(self.type, types.String) and self.base not in (TEXT, "character varying")

    @property
    def element(self) -> str:
        """The type of a list's items that its values are compared with."""
        if self.base == "character":  # without a length, Postgres means one character
            return "bpchar"
        if self.base == "oid":
            return "bigint"
        return self.base if self.base == "uuid" or not self.as_text else TEXT


def declared(type_: types.Type) -> str:
    """The type that a column of the gateway's own is declared with."""
    match type_:
        case types.Boolean():
            return "boolean"
        case types.Integer(bits):
            return {8: "smallint", 16: "smallint", 32: "integer", 64: "bigint"}[bits]
        case types.Float(bits):
            return "real" if bits == 32 else "double precision"
        case types.Decimal(precision, scale):
            return f"numeric({precision},{scale})"
        case types.Varchar(length):
            return f"character varying({length})"
        case types.Char(length):
            return f"character({length})"
        case types.Date():
            return "date"
        case types.Timestamp():
            return "timestamp with time zone"
        case types.TimestampNtz():
            return "timestamp without time zone"
        case types.Binary():
            return "bytea"
        case types.Array() | types.Map() | types.Struct():
            return "json"
    return TEXT


def bounds(type_: types.Type, column: str) -> str | None:
    """The condition, on a quoted column, that holds a type's values where Postgres's own type does not."""
    match type_:
        case types.Integer(8):
            return f"{column} BETWEEN {type_.least} AND {type_.most}"
        case types.Decimal():
            return f"{column} <> 'NaN'"
        case types.Array():
            return f"json_typeof({column}) = 'array'"
        case types.Map() | types.Struct():
            return f"json_typeof({column}) = 'object'"
    if outermost := _OUTERMOST.get(declared(type_)):
        return f"{column} >= '{outermost[0]}' AND {column} < '{outermost[1]}'"
    return None


def outermost(base: str) -> tuple[str, str] | None:
    """From when and to when, exclusively, a moment is one of the contract's."""
    return _OUTERMOST.get(base)


def collatable(type_: types.Type) -> bool:
    """Whether a type's order depends on a collation."""
    return isinstance(type_, types.String | types.Varchar | types.Char)


def own(comment: str | None, declared_as: str) -> types.Type | None:
    """The type that a constraint of the gateway's tells; None if the column has become another since."""
    try:
        type_ = types.parse(comment or "")
    except types.TypeSyntaxError:
        return None
    return type_ if declared(type_) == declared_as else None


_WITH_DIGITS = re.compile(r"(numeric|character varying|character)\((\d+)(?:,(-?\d+))?\)")
_NEAREST: dict[str, types.Type] = {
    "boolean": types.Boolean(),
    "smallint": types.Integer(16),
    "integer": types.Integer(32),
    "bigint": types.Integer(64),
    "oid": types.Integer(64),
    "real": types.Float(32),
    "double precision": types.Float(64),
    "numeric": _DECIMAL_OF_ANY,
    "date": types.Date(),
    "timestamp with time zone": types.Timestamp(),
    "timestamp without time zone": types.TimestampNtz(),
    "bytea": types.Binary(),
}
_MOMENT = re.compile(r"(timestamp)\(\d\)( with(?:out)? time zone)")
_REFUSED_ELEMENTS = ("bytea", "json", "jsonb")  # their JSON inside an array is not the contract's


def nearest(name: str) -> types.Type:
    """The type nearest to a scalar one, given without its domain; where there is none STRING, its text."""
    if match := _WITH_DIGITS.fullmatch(name):
        return _with_digits(match[1], int(match[2]), int(match[3] or 0))
    return _NEAREST.get(without_digits(name), types.String())


def without_digits(name: str) -> str:
    """A type's name without length and digits."""
    if match := _WITH_DIGITS.fullmatch(name):
        return match[1]
    return _MOMENT.sub(r"\1\2", name)


def nearest_array(element: str) -> types.Type | None:
    """The type nearest to an array; None if it cannot be read as the contract writes its elements."""
    found = nearest(element)
    if element in _REFUSED_ELEMENTS:
        return None
    digits = isinstance(found, types.Decimal) and declared(found) != element
    return types.Array(types.String() if digits else found)


def taken_as(type_: types.Type, base: str) -> str:
    """The type that a field of JSON is taken as, to become one of `type_`; `base` is without its domain."""
    if isinstance(type_, types.Binary) or (isinstance(type_, types.String) and base in ("json", "jsonb")):
        return TEXT  # else an object would be taken for one, and a text for a JSON string
    return "bigint" if base == "oid" else base


def _with_digits(name: str, first: int, scale: int) -> types.Type:
    if name == "character varying":
        return types.Varchar(first)
    if name == "character":
        return types.Char(first)
    if 0 <= scale <= first <= types.MAX_PRECISION:
        return types.Decimal(first, scale)
    return types.Decimal(types.MAX_PRECISION, min(max(scale, 0), types.MAX_PRECISION))
