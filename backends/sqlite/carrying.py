"""The values of a table's rows as they are when it is made anew.

A column may be one that somebody else declared, whose values are made ours then. Whether they are
is told by SQLite itself: a function of ours for each value would take ten times as long.
"""

from backends import types
from backends.plan import Column
from backends.sqlite import spelling
from backends.sqlite.grammar import quoted
from backends.sqlite.literals import text_literal

_STORED_AS = {types.Integer: "integer", types.Float: "real", types.Binary: "blob"}
_UTC = "+00:00"


def carried(column: Column, type_: types.Type) -> str:
    """A column's value as a column of the same name, and of a type that it can become, keeps it."""
    found, told = quoted(column.name), text_literal(column.name)
    if spelling.is_nearest(column.type):
        nearest = f"lakegate_nearest({found}, {text_literal(str(column.type))}, {told})"
        ours = _is_ours(found, column.type)
        found = f"CASE WHEN {found} IS NULL OR ({ours}) THEN {found} ELSE {nearest} END"
    return found if type_ == column.type else f"lakegate_become({found}, {text_literal(str(type_))}, {told})"


def _is_ours(column: str, type_: types.Type) -> str:
    """Whether a value is as our own column would keep it; it may say no where it is."""
    match type_:
        case types.Boolean():
            return f"typeof({column}) = 'integer' AND {column} IN (0, 1)"
        case types.Decimal(scale=scale):
            return _is_decimal(column, scale)
        case types.Date():
            return f"{column} = date({column}, '+0 days')"
        case types.Timestamp():
            return _is_moment(column, _UTC)
        case types.TimestampNtz():
            return _is_moment(column, "")
        case types.String() | types.Varchar():
            return f"typeof({column}) = 'text' AND instr({column}, char(0)) = 0"
    return f"typeof({column}) = '{_STORED_AS[type(type_)]}'"


def _is_decimal(column: str, scale: int) -> str:
    point = f"length({column}) - {scale}" if scale else "0"
    first = f"({column} GLOB '-[1-9]*' OR {column} GLOB '[0-9]*')"
    digits = f"NOT substr({column}, 2) GLOB '*[^0-9.]*'"
    return f"typeof({column}) = 'text' AND instr({column}, '.') = {point} AND {first} AND {digits}"


def _is_moment(column: str, offset: str) -> str:
    """Whether it is text to the second as SQLite's calendar has it, a fraction without zeros, an offset."""
    rest, most = f"substr({column}, 20)", len("0000-00-00T00:00:00.000000") + len(offset)
    fraction = f"{rest} GLOB '.*[1-9]{offset}' AND NOT {rest} GLOB '.*[^0-9]*{offset}'"
    whole = f"strftime('%Y-%m-%dT%H:%M:%S', {column}, '+0 days') = substr({column}, 1, 19)"
    return f"{whole} AND ({rest} = '{offset}' OR ({fraction} AND length({column}) <= {most}))"
