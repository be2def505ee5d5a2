"""A column of moments is seen to be canonical at once, and only if each of its values is."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends import types
from backends.moments import are_canonical
from backends.values import reader

DATE, TIMESTAMP, NTZ = types.Date(), types.Timestamp(), types.TimestampNtz()
KINDS = [
    (DATE, st.dates().map(dt.date.isoformat)),
    (TIMESTAMP, st.datetimes().map(lambda moment: moment.isoformat() + "+00:00")),
    (NTZ, st.datetimes().map(dt.datetime.isoformat)),
]


@pytest.mark.parametrize(("type_", "texts"), KINDS)
def test_what_is_canonical_one_by_one_is_so_together(
    type_: types.Type, texts: st.SearchStrategy[str]
) -> None:
    @given(st.lists(texts))
    def holds(values: list[str]) -> None:
        read = [str(reader(type_)(value)) for value in values]
        assert are_canonical(read, type_)
        assert are_canonical(values, type_) == (read == values)

    holds()


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (DATE, "2025-02-29"),
        (DATE, "2025-01-01\n2025-01-02"),
        (DATE, "2025-01-01\n"),
        (DATE, ""),
        (TIMESTAMP, "2025-01-01T24:00:00+00:00"),
        (TIMESTAMP, "2025-01-01T10:00:00Z"),
        (TIMESTAMP, "2025-01-01T10:00:00.50+00:00"),
        (TIMESTAMP, "2025-01-01T10:00:00.1234567+00:00"),
        (TIMESTAMP, "2025-01-01T10:00:00+00:00\n2025-01-01T25:00:00+00:00"),
        (TIMESTAMP, "\u0662025-01-01T10:00:00+00:00"),
        (NTZ, "2025-01-01T10:00:00+00:00"),
        (NTZ, "2025-01-01 10:00:00"),
        (NTZ, "0000-01-01T10:00:00"),
    ],
)
def test_what_is_not_canonical_is_seen(type_: types.Type, value: str) -> None:
    sound = {DATE: "2025-01-01", TIMESTAMP: "2025-01-01T10:00:00+00:00", NTZ: "2025-01-01T10:00:00"}[type_]
    assert are_canonical([sound], type_)
    assert not are_canonical([sound, value, sound], type_)
