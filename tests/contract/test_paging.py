"""Cursors: any ordering, whole and once, bound to the question they came from."""

from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from tests.client import Client, Row

COLUMNS = {
    "id": "INT", "n": "BIGINT", "d": "DECIMAL(38,18)", "f": "DOUBLE", "r": "FLOAT", "s": "STRING",
    "b": "BOOLEAN", "t": "TIMESTAMP", "z": "TIMESTAMP_NTZ", "y": "DATE", "x": "BINARY",
}  # fmt: skip
ASCENDING: dict[str, list[object]] = {
    "n": [-(2**63), -(2**53) - 1, -(2**53), 9, 10, 2**53, 2**53 + 1, 2**63 - 1, None],
    "d": ["-99999999999999999999.999999999999999999", "-10", "-9.5", "-9", "0.000000000000000001", "9", "10",
          "99999999999999999999.999999999999999998", "99999999999999999999.999999999999999999", None],
    "f": ["-Infinity", -1e308, -2, -5e-324, 0, 5e-324, 0.1, 9, 10, 1e308, "Infinity", "NaN", None],
    "r": ["-Infinity", -3e38, -2, 0, 1e-45, 0.1, 9, 10, 16777216, 3e38, "Infinity", "NaN", None],
    "s": ["", " ", "10", "9", "Z", "a", "a ", "ab", "\u00e9", "\uffff", "\U00010000", "\U0001d11e", None],
    "b": [False, True, None],
    "t": ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "2025-01-01T00:00:00Z",
          "2025-01-01T00:00:00.000001Z", "2025-01-01T00:00:00.1Z", "2025-01-01T01:00:00Z",
          "9999-12-31T23:59:59.999999Z", None],
    "z": ["0001-01-01T00:00:00", "2025-01-01T00:00:00", "2025-01-01T00:00:00.000001", "2025-01-01T00:00:00.1",
          "9999-12-31T23:59:59.999999", None],
    "y": ["0001-01-01", "1999-12-31", "2000-01-01", "9999-12-31", None],
    "x": ["", "AA==", "AAA=", "AP8=", "fw==", "gA==", "/w==", None],
}  # fmt: skip


def test_the_last_page_has_no_cursor(client: Client, table: str) -> None:
    client.fill(table, {"id": "INT"}, [{"id": number} for number in range(7)])
    assert [len(page) for page in client.pages(table, limit=3)] == [3, 3, 1]


def test_a_last_page_that_is_full_has_no_cursor(client: Client, table: str) -> None:
    client.fill(table, {"id": "INT"}, [{"id": number} for number in range(6)])
    assert [len(page) for page in client.pages(table, limit=3)] == [3, 3]


@pytest.mark.parametrize("column", ASCENDING)
@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_every_type_is_sorted_and_paged_ascending(
    client: Client, table: str, column: str, limit: int
) -> None:
    ordered = ASCENDING[column]
    client.fill(table, COLUMNS, [{"id": -at, column: value} for at, value in enumerate(ordered)])
    pages = client.pages(table, columns=["id"], order_by=[column], limit=limit)
    assert [-row["id"] for page in pages for row in page] == list(range(len(ordered)))


@pytest.mark.parametrize("column", ASCENDING)
@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_every_type_is_sorted_and_paged_descending(
    client: Client, table: str, column: str, limit: int
) -> None:
    ordered = ASCENDING[column]
    client.fill(table, COLUMNS, [{"id": at, column: value} for at, value in enumerate(ordered)])
    pages = client.pages(table, columns=["id"], order_by=[f"-{column}"], limit=limit)
    assert [row["id"] for page in pages for row in page] == list(range(len(ordered)))[::-1]


@pytest.mark.parametrize("column", ASCENDING)
def test_every_type_can_be_the_key_that_pages_go_by(client: Client, table: str, column: str) -> None:
    values = [value for value in ASCENDING[column] if value is not None]
    client.create(table, {"key": COLUMNS[column], "at": "INT"}, primary_key=["key"])
    client.write(table, [{"key": value, "at": at} for at, value in enumerate(values)])
    pages = client.pages(table, columns=["at"], limit=2)
    assert [row["at"] for page in pages for row in page] == list(range(len(values)))


@pytest.mark.parametrize(
    "order_by", [["n", "-s"], ["-n", "s"], ["s", "n"], ["-s", "-n", "-id"], ["-n", "id"]]
)
def test_ties_and_nulls_page_whole_in_mixed_directions(
    client: Client, table: str, order_by: list[str]
) -> None:
    rows: list[Row] = [
        {"id": number, "n": (None, 1, 2)[number % 3], "s": (None, "a", "b", "c")[number // 3 % 4]}
        for number in range(36)
    ]
    client.fill(table, COLUMNS, rows)
    together = client.ids(table, order_by=order_by)
    pages = client.pages(table, columns=["id"], order_by=order_by, limit=5)
    assert [row["id"] for page in pages for row in page] == together
    assert sorted(together) == list(range(36))


@pytest.mark.parametrize("order_by", [None, ["n"], ["-n", "s"]])
def test_a_table_without_a_key_is_paged_whole(client: Client, table: str, order_by: object) -> None:
    client.create(table, {"n": "INT", "s": "STRING", "tags": "ARRAY<INT>"}, primary_key=())
    values = [(1, "x"), (1, "x"), (1, None), (None, None), (None, "x"), (2, "y"), (2, "y"), (2, "y")]
    client.write(table, [{"n": n, "s": s, "tags": [1]} for n, s in values])
    asked = {"order_by": order_by} if order_by else {}
    pages = client.pages(table, columns=["n", "s"], limit=2, **asked)
    assert Counter((row["n"], row["s"]) for page in pages for row in page) == Counter(values)


def test_a_cursor_needs_no_column_that_it_goes_by(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": number, "s": "x", "n": -number} for number in range(4)])
    pages = client.pages(table, columns=["s"], order_by=["n"], limit=3)
    assert [len(page) for page in pages] == [3, 1]


def test_a_cursor_goes_on_with_another_limit_and_other_columns(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": number} for number in range(9)])
    cursor = client.read(table, limit=2).body["next_cursor"]
    rest = client.read(table, limit=5, cursor=cursor, columns=["id"])
    assert [row["id"] for row in rest.rows] == [2, 3, 4, 5, 6]


def test_an_offset_leads_to_a_cursor(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": number} for number in range(9)])
    cursor = client.read(table, limit=2, offset=3).body["next_cursor"]
    assert client.ids(table, cursor=cursor) == [5, 6, 7, 8]


def test_filters_hold_on_every_page(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": number, "n": number % 2} for number in range(20)])
    pages = client.pages(table, filters=[{"column": "n", "value": 1}], limit=3, columns=["id"])
    assert [row["id"] for page in pages for row in page] == list(range(1, 20, 2))


def test_a_cursor_survives_the_row_it_points_at(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": number, "s": f"{number}"} for number in range(6)])
    cursor = client.read(table, limit=3, order_by=["s"]).body["next_cursor"]
    client.delete(table, key_column="id", key_value=2, soft=False)
    assert client.ids(table, order_by=["s"], cursor=cursor) == [3, 4, 5]


def test_pages_read_while_others_insert_hold_every_row_once(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": number, "n": number % 7} for number in range(0, 600, 2)])
    with inserting(client, table) as inserted:
        inserted.wait(timeout=10)
        pages = client.pages(table, columns=["id"], order_by=["-n"], limit=7)
    found = Counter(row["id"] for page in pages for row in page)
    assert max(found.values()) == 1
    assert [number for number in range(0, 600, 2) if number not in found] == []


@contextmanager
def inserting(client: Client, table: str) -> Iterator[Event]:
    """Odd ids being written, one after another, until the block ends."""
    stop, begun = Event(), Event()
    own = Client(client.gateway)

    def insert() -> None:
        for number in range(1, 600, 2):
            own.write(table, [{"id": number * 389 % 600, "n": number % 7}])
            begun.set()
            if stop.is_set():
                return

    thread = Thread(target=insert)
    thread.start()
    try:
        yield begun
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def cursor(client: Client, table: str) -> str:
    """The cursor after the first of three rows, ordered by `s`."""
    client.fill(table, COLUMNS, [{"id": number, "s": f"s{number}"} for number in range(3)])
    found: str = client.read(table, limit=1, order_by=["s"]).body["next_cursor"]
    return found


@pytest.mark.parametrize(
    "fields",
    [
        {"order_by": ["-s"]},
        {"order_by": ["s", "n"]},
        {},
        {"order_by": ["s"], "filters": [{"column": "id", "op": ">", "value": 0}]},
        {"order_by": ["s"], "offset": 5},
    ],
)
def test_a_cursor_goes_only_with_the_question_it_came_from(
    client: Client, table: str, cursor: str, fields: Row
) -> None:
    answer = client.read(table, cursor=cursor, **fields)
    assert (answer.status, answer.error_type) == (400, "Invalid")


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "x",
        "null",
        "{}",
        "[]",
        "....",
        "=",
        "\u00e9",
        "\U0001f600",
        "a\u0000b",
        "' OR 1=1 --",
        "A" * 100_000,
    ]
    + [urlsafe_b64encode(text).decode() for text in (b"{}", b"[]", b"null", b"[1]", b'["x",[1]]', b"\xff")],
)
def test_a_cursor_that_never_was_is_refused(client: Client, table: str, cursor: str, garbage: str) -> None:
    answer = client.read(table, order_by=["s"], cursor=garbage)
    assert (answer.status, answer.places) == (400, [("cursor",)])


def test_a_cursor_cut_short_is_refused(client: Client, table: str, cursor: str) -> None:
    cut = (cursor[:length] for length in range(0, len(cursor) - 1, 3))
    statuses = {client.read(table, order_by=["s"], cursor=part).status for part in cut}
    assert statuses == {400}


def test_a_cursor_with_a_letter_changed_never_breaks_the_gateway(
    client: Client, table: str, cursor: str
) -> None:
    changed = (
        cursor[:at] + ("B" if cursor[at] == "A" else "A") + cursor[at + 1 :] for at in range(len(cursor))
    )
    statuses = {client.read(table, order_by=["s"], cursor=one).status for one in changed}
    assert statuses <= {200, 400}


@pytest.mark.parametrize("order_by", [["-n"], ["n"], ["-s", "n"], []])
def test_equal_rows_without_a_key_come_once_each_in_any_order(
    client: Client, table: str, order_by: list[str]
) -> None:
    client.create(table, {"n": "INT", "s": "STRING"}, primary_key=[])
    client.write(table, [{"n": at % 9, "s": "x", "created_at": "2025-01-01"} for at in range(40)])
    asked: Row = {"columns": ["n"], "limit": 6, **({"order_by": order_by} if order_by else {})}
    found = [row["n"] for page in client.pages(table, **asked) for row in page]
    assert sorted(found) == sorted(at % 9 for at in range(40))


def test_a_wide_table_without_a_key_is_paged(client: Client, table: str) -> None:
    names = [f"c{at}" for at in range(300)]
    client.create(table, dict.fromkeys(names, "INT"), primary_key=[])
    rows = [dict.fromkeys(names, row % 2) | {"c299": row} for row in range(5)]
    client.write(table, rows)
    pages = client.pages(table, columns=["c0", "c299"], limit=2)
    assert [row["c299"] for page in pages for row in page] == [0, 2, 4, 1, 3]
