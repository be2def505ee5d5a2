"""The canonical text of days and moments: it sorts, as text, as they follow each other in time."""

import datetime as dt
import re
from collections.abc import Sequence

from backends import types
from backends.misfit import Misfit, not_a

_UTC = ("", "Z", "z", "+00:00")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def date(value: object) -> str:
    """The canonical text of a DATE. Raises Misfit."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return dt.date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise not_a(types.Date()) from error
    raise not_a(types.Date())


_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{0,5}[1-9])?"
# lines of canonical texts, and how much of one the calendar and the clock have a say in
_SHAPES = {
    types.Date: (re.compile(rf"(?:{_DAY}\n)*+"), 10),
    types.Timestamp: (re.compile(rf"(?:{_DAY}{_CLOCK}\+00:00\n)*+"), 19),
    types.TimestampNtz: (re.compile(rf"(?:{_DAY}{_CLOCK}\n)*+"), 19),
}
# what follows the second of most moments: a fraction without trailing zeros, and UTC
_PLAIN_FRACTION = re.compile(r"(\.[0-9]{0,5}[1-9])?(?:\+00:00|Z)?").fullmatch
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def _moment(value: object, type_: types.Type) -> tuple[str, str, str]:
    """A moment's canonical text without offset to the second, its fraction (".5"), its offset."""
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise not_a(type_)
    day, minute, second, fraction, offset = match.groups("")
    fraction = fraction.rstrip("0")
    if len(fraction) > 6:
        raise Misfit(f"a {type_} has at most 6 digits of fraction")
    return f"{day}T{minute or '00:00'}:{second or '00'}", f".{fraction}" if fraction else "", offset


def timestamp(value: object) -> str:
    """The canonical text of a TIMESTAMP: an instant, in UTC. Raises Misfit."""
    if isinstance(value, str) and value[4:17:3] == "--T::":
        plain = _PLAIN_FRACTION(value[19:])
        if plain:
            return f"{_checked(value[:19], types.Timestamp())}{plain[1] or ''}+00:00"
    whole, fraction, offset = _moment(value, types.Timestamp())
    try:
        found = dt.datetime.fromisoformat(whole + (offset.upper() or "Z"))
        if offset not in _UTC:
            whole = found.astimezone(dt.UTC).replace(tzinfo=None).isoformat()
    except (ValueError, OverflowError) as error:
        raise not_a(types.Timestamp()) from error
    return f"{whole}{fraction}+00:00"


def timestamp_ntz(value: object) -> str:
    """The canonical text of a TIMESTAMP_NTZ. Raises Misfit."""
    whole, fraction, offset = _moment(value, types.TimestampNtz())
    if offset:
        raise Misfit("a TIMESTAMP_NTZ takes no offset")
    return _checked(whole, types.TimestampNtz()) + fraction


def _checked(whole: str, type_: types.Type) -> str:
    """A moment to the second, if the calendar and the clock have it."""
    try:
        dt.datetime.fromisoformat(whole)
    except ValueError as error:
        raise not_a(type_) from error
    return whole


def are_canonical(values: Sequence[str], type_: types.Type) -> bool:
    """Whether all of these are canonical texts of DATE, TIMESTAMP or TIMESTAMP_NTZ already."""
    shape, length = _SHAPES[type(type_)]
    lines = "".join([value + "\n" for value in values])
    if lines.count("\n") != len(values) or not shape.fullmatch(lines):
        return False
    try:
        for value in values:
            dt.datetime.fromisoformat(value[:length])
    except ValueError:
        return False
    return True
