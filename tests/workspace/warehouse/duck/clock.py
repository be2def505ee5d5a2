"""Dates and points in time read from the forms that Spark knows; the session's time zone is UTC."""

import datetime as dt
import re
import zoneinfo

KINDS = ("date", "timestamp", "timestamp_ntz")
WORDS = ("epoch", "now", "today", "tomorrow", "yesterday")
DATE = re.compile(
    r"(?P<year>[0-9]{4,7})(?:-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2})(?:[ T].*)?)?)?", re.DOTALL
)
TIMESTAMP = re.compile(
    r"(?P<year>[0-9]{4,6})(?:-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2})"
    r"(?:[ T](?:(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{1,2})?(?::(?P<second>[0-9]{1,2})?"
    r"(?:\.(?P<fraction>[0-9]*))?)?)?(?P<zone>[ ]*[A-Za-z+-].*)?)?)?)?)?"
)
OFFSET = re.compile(
    r"(?:(?:UTC|GMT|UT)?(?P<sign>[+-])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{1,2})(?::?(?P<seconds>[0-9]{2}))?)?)"
)
ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)


def named(text: str, kind: str) -> dt.date | dt.datetime | None:
    """What a constant such as "today" means as a date or a point in time; None if it is no such word."""
    word = text.strip().lower()
    if kind not in KINDS or word not in WORDS:
        return None
    now = dt.datetime.now(dt.UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found = {
        "epoch": dt.datetime.fromtimestamp(0, dt.UTC), "now": now, "today": midnight,
        "tomorrow": midnight + dt.timedelta(1), "yesterday": midnight - dt.timedelta(1),
    }[word]  # fmt: skip
    match kind:
        case "date":
            return found.date()
        case "timestamp":
            return found
        case _:
            return found.replace(tzinfo=None)


def read_date(text: str) -> dt.date:
    """A date; what follows a blank or T is no matter.

    Raises:
        ValueError: it is none, or not in the years 0001 to 9999.
    """
    match = DATE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return dt.date(int(match["year"]), int(match["month"] or 1), int(match["day"] or 1))


def read_timestamp(text: str) -> dt.datetime:
    """A point in time, in UTC unless the text says otherwise; digits behind the sixth are dropped.

    Raises:
        ValueError: it is none, or not in the years 0001 to 9999.
    """
    if ISO.fullmatch(text):
        found = dt.datetime.fromisoformat(text)
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else _in_utc(found)
    match = TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError(text)
    day = (int(match["year"]), int(match["month"] or 1), int(match["day"] or 1))
    time = (int(match["hour"] or 0), int(match["minute"] or 0), int(match["second"] or 0))
    micros = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    return _in_utc(dt.datetime(*day, *time, micros, tzinfo=_zone((match["zone"] or "Z").strip())))


def _in_utc(moment: dt.datetime) -> dt.datetime:
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError(str(moment)) from error


def _zone(name: str) -> dt.tzinfo:
    if name in {"Z", "UTC", "GMT", "UT"}:
        return dt.UTC
    match = OFFSET.fullmatch(name)
    if match is None:
        return _region(name)
    seconds = int(match["hours"]) * 3600 + int(match["minutes"] or 0) * 60 + int(match["seconds"] or 0)
    if seconds > 18 * 3600 or int(match["minutes"] or 0) > 59:
        raise ValueError(name)
    return dt.timezone(dt.timedelta(seconds=seconds if match["sign"] == "+" else -seconds))


def _region(name: str) -> dt.tzinfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(name) from error
