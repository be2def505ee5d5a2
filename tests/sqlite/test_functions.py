"""What SQLite is given: keys that sort as numbers, patterns, numbers read exactly."""

import re
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backends import types
from backends.sqlite import functions
from tests.strategies import with_point

MOST = 10**types.MAX_PRECISION - 1
DIGITS = st.integers(-MOST, MOST) | st.integers(-1000, 1000)
TEXTS = st.text(alphabet="aAbB*?[]^-!%_\\.\n\u00e9\u00c9\u0436\u0416\U0001d11e", max_size=6)
PATTERNS = st.lists(
    st.sampled_from(["%", "_", "\\%", "\\_", "\\\\", *"aAbB*?[]^-!.\n", "\u00e9", "\u0436", "\U0001d11e"]),
    max_size=6,
).map("".join)  # fmt: skip


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    """A database with the gateway's functions."""
    with closing(sqlite3.connect(":memory:")) as found:
        functions.install(found)
        yield found


def like(pattern: str, text: str) -> bool:
    """LIKE as the standard tells it, one character after another; a backslash escapes the next."""
    match pattern[:1]:
        case "":
            return not text
        case "%":
            return any(like(pattern[1:], text[at:]) for at in range(len(text) + 1))
        case "_":
            return bool(text) and like(pattern[1:], text[1:])
        case "\\":
            return text[:1] == pattern[1] and like(pattern[2:], text[1:])
    return text[:1] == pattern[0] and like(pattern[1:], text[1:])


@given(DIGITS, DIGITS, st.integers(0, types.MAX_PRECISION))
@example(-MOST, MOST, 38)
@example(-1, 0, 38)
def test_the_keys_of_decimals_sort_as_the_numbers_do(first: int, second: int, scale: int) -> None:
    keys = [functions.decimal_key(with_point(digits, scale)) for digits in (first, second)]
    assert keys[0] is not None and keys[1] is not None
    assert (keys[0] < keys[1], keys[0] == keys[1]) == (first < second, first == second)


def test_null_has_no_key() -> None:
    assert functions.decimal_key(None) is None


@settings(max_examples=300)
@given(PATTERNS, TEXTS)
def test_glob_finds_what_like_means(connection: sqlite3.Connection, pattern: str, text: str) -> None:
    found = connection.execute("SELECT ? GLOB ?", (text, functions.glob_pattern(pattern))).fetchone()
    assert bool(found[0]) == like(pattern, text)


@settings(max_examples=300)
@given(PATTERNS, TEXTS)
def test_ilike_finds_what_like_means_in_any_case(
    connection: sqlite3.Connection, pattern: str, text: str
) -> None:
    found = connection.execute("SELECT lakegate_ilike(?, ?)", (pattern, text)).fetchone()
    assert bool(found[0]) == like(pattern.lower(), text.lower())


@given(TEXTS)
def test_a_text_escaped_is_like_itself_alone(text: str) -> None:
    pattern = re.sub(r"([%_\\])", r"\\\1", text)
    assert like(pattern, text)
    assert functions.ilike(pattern, text)


@pytest.mark.parametrize("pattern", ["%" * 3000 + "x", "%a" * 12 + "b", "_%" * 200 + "x"])
def test_a_pattern_of_many_wildcards_ends(connection: sqlite3.Connection, pattern: str) -> None:
    text = "a" * 60
    assert not connection.execute("SELECT ? GLOB ?", (text, functions.glob_pattern(pattern))).fetchone()[0]
    assert not functions.ilike(pattern, text)


def test_null_is_like_nothing() -> None:
    assert functions.ilike("%", None) is None


@given(st.floats(allow_nan=False))
def test_a_number_in_a_list_is_read_exactly(value: float) -> None:
    word = {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(value, repr(value))
    assert functions.exact_float(word) == value


def test_nan_is_kept_as_text_that_sorts_after_every_number(connection: sqlite3.Connection) -> None:
    values = [functions.exact_float(word) for word in ("NaN", "Infinity", "1", "-Infinity")]
    ordered = connection.execute(
        "SELECT column1 FROM (VALUES (?), (?), (?), (?)) ORDER BY 1", values
    ).fetchall()
    assert [value for (value,) in ordered] == [float("-inf"), 1.0, float("inf"), "NaN"]


@given(st.binary(max_size=40))
def test_base64_in_a_list_is_read_as_its_bytes(value: bytes) -> None:
    assert functions.from_base64(b64encode(value).decode()) == value


def test_a_fault_is_told_once(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("SELECT lakegate_nearest('x', 'BIGINT', 'n')").fetchone()
    assert str(functions.last_fault()) == "column \"n\" holds a value that its type BIGINT cannot: 'x'"
    assert functions.last_fault() is None


@pytest.mark.parametrize(
    ("value", "type_", "found"),
    [
        (1, "BOOLEAN", 1),
        ("t", "BOOLEAN", 1),
        ("FALSE", "BOOLEAN", 0),
        (5, "BIGINT", 5),
        (5, "DOUBLE", 5.0),
        ("NaN", "DOUBLE", "NaN"),
        (1, "DECIMAL(10,2)", "1.00"),
        (0.1 + 0.2, "DECIMAL(10,2)", "0.30"),
        ("-0.0", "DECIMAL(10,2)", "0.00"),
        ("1e2", "DECIMAL(10,2)", "100.00"),
        (7, "STRING", "7"),
        (1.5, "STRING", "1.5"),
        ("2025-12-06 10:30:00.500000", "TIMESTAMP_NTZ", "2025-12-06T10:30:00.5"),
        ("2025-12-06T10:30:00+02:00", "TIMESTAMP_NTZ", "2025-12-06T08:30:00"),
        (0, "TIMESTAMP", "1970-01-01T00:00:00+00:00"),
        (-1, "TIMESTAMP_NTZ", "1969-12-31T23:59:59"),
        (2440587.5, "TIMESTAMP_NTZ", "1970-01-01T00:00:00"),
        ("2025-12-06", "DATE", "2025-12-06"),
        ("2025-12-06 23:59:59", "DATE", "2025-12-06"),
        (86400, "DATE", "1970-01-02"),
        (b"x", "BINARY", b"x"),
        (None, "BIGINT", None),
    ],
)
def test_what_others_kept_is_read_as_the_nearest_value(
    value: functions.Stored, type_: str, found: functions.Stored
) -> None:
    assert functions.nearest_value(value, type_, "c") == found


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (2, "BOOLEAN"),
        ("maybe", "BOOLEAN"),
        (b"\x01", "BOOLEAN"),
        (1.5, "BIGINT"),
        ("5", "BIGINT"),
        ("5", "DOUBLE"),
        ("1.234", "DECIMAL(10,2)"),
        (10**9, "DECIMAL(5,2)"),
        (float("inf"), "DECIMAL(5,2)"),
        ("x", "DECIMAL(5,2)"),
        (b"x", "STRING"),
        ("a\0b", "STRING"),
        ("", "TIMESTAMP_NTZ"),
        ("06.12.2025", "DATE"),
        (10**15, "TIMESTAMP_NTZ"),
        (float("inf"), "TIMESTAMP_NTZ"),
        ("x", "BINARY"),
    ],
)
def test_what_a_type_cannot_hold_is_unfit(value: functions.Stored, type_: str) -> None:
    with pytest.raises(functions.Unfit):
        functions.nearest_value(value, type_, "c")
    assert str(functions.last_fault()).startswith('column "c" holds a value that its type')
