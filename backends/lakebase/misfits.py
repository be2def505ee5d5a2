"""Stored values that the contract's type of their column cannot hold: how the database tells of one."""

import re

from backends import errors
from backends.plan import Column

_FIRST, _BETWEEN = "\x1alakegate ", "\x1a"  # a control character, so that no column's name has it
_TOLD = re.compile(f"{_FIRST}(.*?){_BETWEEN}(.*?){_BETWEEN}(.*)", re.DOTALL)
SHOWN = 60  # characters of a value


def named(column: Column) -> str:
    """What stands before a value's text to make it no value: the error that says so has the column's name."""
    return f"{_FIRST}{column.type}{_BETWEEN}{column.name}{_BETWEEN}"


def told(message: str) -> errors.Unsupported | None:
    """The error for such a value, if a message of the database's is of one."""
    match = _TOLD.search(message)
    return refused(match[2], match[1], match[3].removesuffix('"')) if match else None


def refused(column: str, type_: str, value: str) -> errors.Unsupported:
    """The error for a value of a column."""
    return errors.Unsupported(
        f'column "{column}" holds a value that its type {type_} cannot: {value[:SHOWN]}'
    )
