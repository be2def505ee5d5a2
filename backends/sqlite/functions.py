"""What SQLite lacks, given to each connection as a function; and values of tables made by others."""

import decimal
import re
import sqlite3
import threading
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from backends import errors, types, values

Stored = int | float | str | bytes | None

_ABOVE_ALL: int = 10**types.MAX_PRECISION  # twice that is less than 2**128
_fault = threading.local()


class Refusal(ValueError):
    """What a statement of ours refuses. SQLite hides it: see `last_fault`."""


class Unfit(ValueError):
    """A stored value that its column's type cannot hold. SQLite hides it: see `last_fault`."""


def install(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that the grammar's statements call."""
    for name, function in FUNCTIONS.items():
        arguments = function.__code__.co_argcount
        connection.create_function(name, arguments, function, deterministic=True)
    for name, function in GUARDS.items():  # SQLite may run a deterministic one where there is no row
        connection.create_function(name, 1, function)


def last_fault() -> errors.BackendError | None:
    """What the last failed function on this thread said, once."""
    found: errors.BackendError | None = getattr(_fault, "error", None)
    _fault.error = None
    return found


def decimal_key(text: str | None) -> bytes | None:
    """Bytes that sort as the canonical text of a DECIMAL does as a number, for any precision."""
    if text is None:
        return None
    return (int(text.replace(".", "")) + _ABOVE_ALL).to_bytes(16)


def ilike(pattern: str, text: Stored) -> bool | None:
    """Whether text is like a pattern, in any case."""
    return None if text is None else bool(_ilike_pattern(pattern).fullmatch(str(text).lower()))


@lru_cache(maxsize=256)
def _ilike_pattern(pattern: str) -> re.Pattern[str]:
    """What stands between two `%` is found where it first comes, for good: no pattern makes many attempts."""
    first, *rest = like_pattern(pattern.lower(), "\0", "(?s:.)", re.escape).split("\0")
    if not rest:
        return re.compile(first)
    inner = "".join(f"(?>(?s:.*?){part})" for part in rest[:-1] if part)
    return re.compile(f"{first}{inner}(?s:.*){rest[-1]}")


def like_pattern(pattern: str, many: str, one: str, literal: Callable[[str], str]) -> str:
    """A LIKE pattern in another pattern language, given its wildcards and how it writes a literal."""
    parts = re.findall(r"\\.|[%_]|[^\\%_]+", pattern, re.DOTALL)
    wildcards = {"%": many, "_": one}
    return "".join(wildcards.get(part) or literal(part[1:] if part[0] == "\\" else part) for part in parts)


def glob_pattern(pattern: object) -> str:
    """A LIKE pattern as SQLite's GLOB has it, which tells case apart."""
    return like_pattern(str(pattern), "*", "?", lambda text: re.sub(r"([*?\[])", r"[\1]", text))


def exact_float(text: str) -> float | str:
    """The number that a text names, correctly rounded (SQLite's own reading may be one bit off)."""
    found = values.NON_FINITE.get(text)
    return float(text) if found is None else stored_float(text)


def stored_float(value: float | str) -> float | str:
    """A FLOAT or DOUBLE as SQLite keeps it: NaN as text, which sorts after every number."""
    return (
        value if value == "NaN" else values.NON_FINITE.get(value, value) if isinstance(value, str) else value
    )


def from_base64(text: str) -> bytes:
    """The bytes that base64 stands for."""
    return b64decode(text)


def nearest_value(value: Stored, type_name: str, column: str) -> Stored:
    """A value of a column that somebody else declared, as the gateway's own column would keep it.

    Raises:
        Unfit: its type cannot hold it.
    """
    if value is None:
        return None
    try:
        return _READERS[type_name.partition("(")[0]](value, type_name)
    except (values.Misfit, ValueError, OverflowError, decimal.DecimalException) as error:
        text = f'column "{column}" holds a value that its type {type_name} cannot: {_shown(value)}'
        _fault.error = errors.Unsupported(text)
        raise Unfit from error


def become(value: Stored, type_name: str, column: str) -> Stored:
    """A value as another type keeps it, of those of `becoming.can_become`.

    Raises:
        Refusal: that type cannot hold it.
    """
    try:
        return None if value is None else values.reader(types.parse(type_name))(value)
    except values.Misfit as misfit:
        text = f'column "{column}" holds a value that {type_name} cannot: {_shown(value)}'
        _fault.error = errors.Conflict(text)
        raise Refusal from misfit


def conflict(text: str) -> Stored:
    """Refuse a change. Raises Refusal."""
    _fault.error = errors.Conflict(text)
    raise Refusal


def missing(text: str) -> Stored:
    """Refuse a change that names what is not there. Raises Refusal."""
    _fault.error = errors.NotFound(text)
    raise Refusal


def _shown(value: Stored) -> str:
    text = f"{type(value).__name__} of {len(value)} bytes" if isinstance(value, bytes) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _is(*kinds: type) -> Callable[[Stored, str], Stored]:
    def read(value: Stored, type_name: str) -> Stored:
        if not isinstance(value, kinds):
            raise values.Misfit(f"not a {type_name}")
        return value

    return read


def _text(value: Stored, type_name: str) -> Stored:
    """Text; a number in a column that SQLite's affinity made one of is its own text."""
    if isinstance(value, bytes) or (isinstance(value, str) and "\0" in value):
        raise values.Misfit(f"not a {type_name}")
    return value if isinstance(value, str) else repr(value)


_TRUTH = {
    0: 0,
    1: 1,
    "0": 0,
    "1": 1,
    "f": 0,
    "t": 1,
    "false": 0,
    "true": 1,
    "n": 0,
    "y": 1,
    "no": 0,
    "yes": 1,
}


def _boolean(value: Stored, _: str) -> Stored:
    found = _TRUTH.get(value.lower() if isinstance(value, str) else value)
    if found is None:
        raise values.Misfit("not a BOOLEAN")
    return int(found)


def _float(value: Stored, type_name: str) -> Stored:
    if isinstance(value, int) and int(float(value)) != value:
        raise values.Misfit(f"more digits than a {type_name} has")
    if isinstance(value, int | float):
        return float(value)
    if value == "NaN":
        return value
    raise values.Misfit(f"not a {type_name}")


def _decimal(value: Stored, type_name: str) -> Stored:
    """What was meant by a REAL is the shortest number that rounds to it, and no more digits than declared."""
    exact = decimal.Decimal(repr(value) if isinstance(value, float) else str(value))
    if not exact.is_finite():
        raise values.Misfit(f"not a {type_name}")
    type_ = types.parse(type_name)
    if isinstance(type_, types.Decimal) and isinstance(value, float):
        exact = exact.quantize(decimal.Decimal(1).scaleb(-type_.scale))
    return values.reader(type_)(exact)


JULIAN_EPOCH = 2440587.5  # the Julian day of 1970-01-01T00:00Z


def _moment(value: Stored) -> str:
    """ISO text, a Unix time or a Julian day (https://sqlite.org/lang_datefunc.html) as ISO text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes) or value is None:
        raise values.Misfit("not a moment")
    seconds = value if isinstance(value, int) else (value - JULIAN_EPOCH) * 86400
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()


def _timestamp(value: Stored, _: str) -> Stored:
    return values.reader(types.Timestamp())(_moment(value))


def _timestamp_ntz(value: Stored, _: str) -> Stored:
    instant = values.reader(types.Timestamp())(_moment(value))
    return str(instant).removesuffix("+00:00")


def _date(value: Stored, _: str) -> Stored:
    return str(_timestamp_ntz(value, "")).partition("T")[0]


_READERS: dict[str, Callable[[Stored, str], Stored]] = {
    "BOOLEAN": _boolean,
    "BIGINT": _is(int),
    "DOUBLE": _float,
    "DECIMAL": _decimal,
    "STRING": _text,
    "VARCHAR": _text,
    "DATE": _date,
    "TIMESTAMP": _timestamp,
    "TIMESTAMP_NTZ": _timestamp_ntz,
    "BINARY": _is(bytes),
}

FUNCTIONS: dict[str, Callable[..., Stored]] = {
    "lakegate_decimal_key": decimal_key,
    "lakegate_ilike": ilike,
    "lakegate_float": exact_float,
    "lakegate_base64": from_base64,
    "lakegate_nearest": nearest_value,
    "lakegate_become": become,
}
GUARDS: dict[str, Callable[[str], Stored]] = {"lakegate_conflict": conflict, "lakegate_missing": missing}
