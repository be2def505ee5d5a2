"""Values written out in a table's own SQL, where nothing can be bound; and read back from there."""

import re
import sqlite3
from base64 import b64encode
from contextlib import closing
from functools import lru_cache

from backends import types, values
from backends.plan import Column, Value
from backends.sqlite import functions, spelling
from backends.structure import Constant, Default, Now

# The canonical text of the time; SQLite's own clock tells milliseconds.
NOW = "rtrim(rtrim(strftime('%Y-%m-%dT%H:%M:%f', 'now'), '0'), '.') || '+00:00'"
_CLOCKS = frozenset({NOW, "CURRENT_TIMESTAMP"})
_EXACT = r"CAST\(-?\d+ AS REAL\)(?: [*/] CAST\(\d+ AS REAL\))*"  # as `_product` writes it
_LITERAL = re.compile(
    rf"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|x?'(?:[^']|'')*'|true|false|{_EXACT}", re.IGNORECASE
)
_STEP = 62  # the largest power of two that is an INTEGER of SQLite's
_WORDS = {float("inf"): "Infinity", float("-inf"): "-Infinity"}


def text_literal(text: str) -> str:
    """Text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def literal(type_: types.Type, value: Value) -> str:
    """A value of a type as SQL, which SQLite reads as exactly what it keeps of it. Raises Misfit."""
    canonical = values.reader(values.compared(type_))(value)
    match type_:
        case types.Boolean() | types.Integer():
            return str(int(canonical))
        case types.Float():
            return _number(functions.stored_float(canonical))
        case types.Binary():
            return f"X'{functions.from_base64(str(canonical)).hex()}'"
    return text_literal(str(canonical))


def default_sql(type_: types.Type, default: Default) -> str:
    """What stands behind DEFAULT: a literal, or an expression in parentheses."""
    if isinstance(default, Now):
        return f"({NOW})"
    found = literal(type_, default.value)
    return f"({found})" if found.startswith("CAST") else found


def default_of(connection: sqlite3.Connection, column: Column) -> Default | None:
    """The default that a column's own expression stands for; None where these words cannot say it."""
    text = column.default or ""
    if text in _CLOCKS:
        return Now() if column.type == types.Timestamp() else None
    if column.type.nested or not _LITERAL.fullmatch(text):
        return None
    (value,) = connection.execute(f"SELECT {text}").fetchone()
    try:
        return Constant(_canonical(column, value))
    except (functions.Unfit, values.Misfit):
        functions.last_fault()
        return None


def _canonical(column: Column, value: functions.Stored) -> Value:
    """The canonical value of what SQLite keeps. Raises Unfit or Misfit."""
    if spelling.is_nearest(column.type):
        value = functions.nearest_value(value, str(column.type), column.name)
    match column.type:
        case types.Boolean():
            return bool(value)
        case types.Binary() if isinstance(value, bytes):
            return b64encode(value).decode()
        case types.Float() if isinstance(value, float):
            return values.reader(column.type)(_WORDS.get(value, value))
    return values.reader(column.type)(value)


def _number(value: float | str) -> str:
    """A number that is kept as REAL, or the text NaN."""
    if isinstance(value, str):
        return text_literal(value)
    text = repr(value).replace("inf", "9e999")
    return text if _as_read(text) == value else _product(value)


@lru_cache(maxsize=256)
def _as_read(text: str) -> float:
    """The number that SQLite makes of a text: its reading may be one bit off."""
    with closing(sqlite3.connect(":memory:")) as connection:
        found: float = connection.execute(f"SELECT {text}").fetchone()[0]
        return found


def _product(value: float) -> str:
    """A finite number as an exact product of a whole number and powers of two."""
    above, below = value.as_integer_ratio()
    power = (above & -above).bit_length() - 1
    sign, power = ("*", power) if below == 1 else ("/", below.bit_length() - 1)
    whole = above >> power if below == 1 else above
    steps = [min(_STEP, power - done) for done in range(0, power, _STEP)]
    return f"CAST({whole} AS REAL)" + "".join(f" {sign} CAST({1 << step} AS REAL)" for step in steps)
