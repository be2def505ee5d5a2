"""Days and moments: how they may be written, their canonical text, and that it sorts as time does."""

import datetime as dt
import decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends import types
from backends.misfit import Misfit
from backends.values import reader, renderer

FLOAT, DOUBLE = types.Float(32), types.Float(64)
TIMESTAMP, NTZ = types.Timestamp(), types.TimestampNtz()
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(
    lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))
)
EXACT = decimal.Context(prec=100)


def canonical(type_: types.Type, value: object) -> object:
    """What a scalar type makes of a JSON value as Python holds it."""
    return reader(type_)(value)


def accepts(type_: types.Type, value: object) -> bool:
    try:
        renderer(type_)(value)
    except Misfit:
        return False
    return True


@given(st.datetimes(timezones=OFFSETS), st.sampled_from(["T", " ", "t"]))
def test_a_timestamp_is_its_instant_in_utc(moment: dt.datetime, separator: str) -> None:
    text = moment.isoformat().replace("T", separator)
    try:
        instant = moment.astimezone(dt.UTC)
    except OverflowError:
        assert not accepts(TIMESTAMP, text)
    else:
        found = canonical(TIMESTAMP, text)
        assert isinstance(found, str)
        assert dt.datetime.fromisoformat(found) == instant
        assert found == shortened(instant.replace(tzinfo=None)) + "+00:00"


def shortened(moment: dt.datetime) -> str:
    """ISO text whose fraction has no trailing zeros."""
    text = moment.isoformat()
    return text.rstrip("0") if "." in text else text


@given(st.datetimes())
def test_a_moment_without_an_offset_is_utc_or_has_no_zone(moment: dt.datetime) -> None:
    text = moment.isoformat()
    assert canonical(TIMESTAMP, text) == shortened(moment) + "+00:00"
    assert canonical(NTZ, text) == shortened(moment)


@pytest.mark.parametrize("type_", [TIMESTAMP, NTZ])
@given(first=st.datetimes(), second=st.datetimes(), near=st.integers(-2_000_000, 2_000_000))
def test_moments_sort_as_text_as_they_follow_in_time(
    type_: types.Type, first: dt.datetime, second: dt.datetime, near: int
) -> None:
    close = first + dt.timedelta(microseconds=near) if 1 < first.year < 9999 else first
    for one, other in ((first, second), (first, close)):
        texts = [str(canonical(type_, moment.isoformat())) for moment in (one, other)]
        assert (texts[0] < texts[1], texts[0] == texts[1]) == (one < other, one == other)


@given(st.dates(), st.dates())
def test_days_sort_as_text_as_they_follow_in_time(first: dt.date, second: dt.date) -> None:
    texts = [str(canonical(types.Date(), day.isoformat())) for day in (first, second)]
    assert texts == [first.isoformat(), second.isoformat()]
    assert (texts[0] < texts[1]) == (first < second)


@pytest.mark.parametrize("type_", [TIMESTAMP, NTZ])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2025-12-06", "2025-12-06T00:00:00"),
        ("2025-12-06T10:30", "2025-12-06T10:30:00"),
        ("2025-12-06 10:30:00.500", "2025-12-06T10:30:00.5"),
        ("2025-12-06t10:30:00.1234560000", "2025-12-06T10:30:00.123456"),
        ("0001-01-01", "0001-01-01T00:00:00"),
        ("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999"),
    ],
)
def test_moments_may_be_written_in_several_ways(type_: types.Type, text: str, found: str) -> None:
    assert canonical(type_, text) == (found if type_ == NTZ else f"{found}+00:00")


@pytest.mark.parametrize("type_", [TIMESTAMP, NTZ])
@pytest.mark.parametrize(
    "text",
    [
        "", "2025-12-06T", "2025-12-06T10", "2025-12-06T10:30:00.", "2025-12-06T10:30:00.1234567",
        "2025-02-30",
        "2025-12-06T24:00:00", "2025-12-06T10:60", "2025-12-06T10:30:60", "20251206T103000", "2025-W49-6",
        "now",
        "2025-12-06T10:30:00+24:00", "2025-12-06T10:30:00+1", "2025-12-06Z", " 2025-12-06", "2025-12-06\n",
        "0000-01-01", "10000-01-01", "-2025-12-06", "\u0662\u0660\u0662\u0665-12-06", "infinity",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(type_: types.Type, text: str) -> None:
    assert not accepts(type_, text)


@pytest.mark.parametrize("offset", ["Z", "z", "+00:00", "-00:00", "+0530", "-11:30"])
def test_a_moment_without_a_zone_takes_no_offset(offset: str) -> None:
    assert accepts(TIMESTAMP, f"2025-12-06T10:30:00{offset}")
    assert not accepts(NTZ, f"2025-12-06T10:30:00{offset}")
