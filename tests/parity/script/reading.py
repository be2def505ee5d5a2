"""Reads: columns, orders with NULLs and ties, pages by offset and cursor, totals, streams."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

from tests.parity.calls import CSV, NDJSON, Call, Fields, delete, pages, put, read, stream, where, write

COLUMNS = {
    "id": "INT",
    "g": "STRING",
    "n": "BIGINT",
    "x": "DOUBLE",
    "d": "DECIMAL(20,2)",
    "at": "TIMESTAMP_NTZ",
    "b": "BOOLEAN",
}
MADE = {
    "created_at": "2020-01-01T00:00:00Z",
    "created_by": "x",
}  # or cursors would be bound to one gateway's clock
BROAD = {f"c{at}": "INT" for at in range(40)}
BIG = 9_223_372_036_854_775_000
ACCEPTS = {
    "*/*": 200, "": 200, "application/json": 200, "text/html": 200, "text/csv;q=0.5, application/json": 200,
    "application/json;q=0.1, text/csv": 200, "TEXT/CSV": 200, "application/x-ndjson;q=0": 200, "text/*": 200,
    "application/x-ndjson, text/csv": 200, "text/csv; header=absent": 200, "application/*": 200,
    "text/csv, */*;q=0.1": 200, "garbage": 200, "text/csv;q=x": 200, "application/ndjson": 200,
}  # fmt: skip
COLUMN_LISTS: tuple[Any, ...] = (
    "*", ["*"], "id", ["id"], "g,id", " g , id ", [*reversed(COLUMNS)], "created_by,id",
    ["id", "deleted_at"], None,
)  # fmt: skip
BAD_COLUMN_LISTS: tuple[Any, ...] = (
    [], "", "id,", "id,id", ["id", "id"], ["*", "id"], "ID", "nope", ["nope", "neither"], 1, {}, [1], [None],
    "id,*",
)  # fmt: skip
BAD_ORDERS: tuple[Any, ...] = (
    ["nope"], ["-"], [""], "", ["g", "g"], ["g", "-g"], [1], [None], {}, [{}],
    [{"column": "g", "direction": "up"}], [{"column": 1}], [{"direction": "asc"}],
    [{"column": "g", "nulls": "first"}], ["--g"], ["g desc"], 1, "g;",
)  # fmt: skip
BOUNDS: tuple[Fields, ...] = (
    {"limit": 1}, {"limit": 1000}, {"limit": None}, {"offset": 0}, {"offset": 55}, {"offset": 57},
    {"offset": 4000}, {"offset": (1 << 62)}, {"limit": 5, "offset": 5, "order_by": "-x"},
    {"include_total": True, "limit": 2}, {"include_total": True, "offset": 1000},
    {"include_total": True, "include_deleted": True, "limit": 1},
    {"include_total": True, "filters": [where("b", "=", True)], "limit": 1},
    {"include_deleted": True, "limit": 20},
)  # fmt: skip
BAD_BOUNDS: tuple[Fields, ...] = (
    {"limit": 0}, {"limit": -1}, {"limit": 1001}, {"limit": "5"}, {"limit": 1.0}, {"limit": True},
    {"limit": 10**30}, {"offset": -1}, {"offset": "0"}, {"offset": 1 << 63}, {"offset": None},
    {"include_total": 1}, {"include_deleted": "no"}, {"select": "id"}, {"cursor": 1},
)  # fmt: skip


def calls() -> Iterator[Call]:
    """The chapter."""
    yield put("many", COLUMNS)
    yield write("many", [_row(at) for at in range(60)])
    yield put("many_alike", COLUMNS, [])
    yield write("many_alike", [{**_row(at % 9), **MADE} for at in range(40)])
    yield delete("many", filters=[where("id", "IN", [3, 14, 15])])
    yield from _columns()
    yield from _orders()
    yield from _limits()
    yield from _cursors()
    yield from _streams()


def _row(at: int) -> dict[str, object]:
    """Ties and NULLs in every column but the key."""
    return {
        "id": at * 7 % 60,
        "g": None if at % 5 == 0 else "abAB\u00e9"[at % 5] * (at % 3),
        "n": None if at % 7 == 0 else BIG + at % 4,
        "x": [None, "NaN", "Infinity", "-Infinity", 0.1, -0.5, 1e16, 0][at % 8],
        "d": [None, "1.10", "-1.10", "123456789012345678.91", 0][at % 5],
        "at": [None, "2025-12-06T10:30:00", "2025-12-06T10:30:00.5", "0001-01-01T00:00:00"][at % 4],
        "b": [None, True, False][at % 3],
    }


def _columns() -> Iterator[Call]:
    for columns in COLUMN_LISTS:
        yield read("many", columns=columns, limit=3)
    for columns in BAD_COLUMN_LISTS:
        yield read("many", 400, columns=columns)


def _orders() -> Iterator[Call]:
    names = ("g", "n", "x", "d", "at", "b")
    for name in names:
        for sign in ("", "-"):
            yield read("many", columns=["id", name], order_by=[f"{sign}{name}"])
            yield read("many_alike", order_by=[f"{sign}{name}"], columns=[*COLUMNS], limit=40)
    for one, two, three in [*permutations(names, 3)][::6]:
        yield read("many", columns=["id"], order_by=[one, f"-{two}", {"column": three, "direction": "DESC"}])
    yield read("many", columns="id", order_by="-b,g,-id")
    yield read("many", columns="id", order_by=[{"column": "b", "direction": "asc"}, "-id"])
    yield read("many", columns="id", order_by=[])
    yield read("many", columns="b", order_by=[{"column": "b"}])
    for order in BAD_ORDERS:
        yield read("many", 400, order_by=order)


def _limits() -> Iterator[Call]:
    for fields in BOUNDS:
        yield read("many", columns="id", **fields)
    for fields in BAD_BOUNDS:
        yield read("many", 400, columns="id", **fields)
    yield read("", 400)


def _cursors() -> Iterator[Call]:
    for order in ("id", "-id", "g", "-g", "n", "-n", "x", "-x", "d", "-d", "at", "-at", "b,-x", "-b,n,-d"):
        yield pages("many", columns="id", order_by=order, limit=7)
        yield pages("many_alike", columns=["g", "b"], order_by=order, limit=6)
    yield pages("many", columns="g", limit=9, include_total=True, include_deleted=True)
    yield pages("many", columns="id", limit=3, filters=[{"or": [where("x", ">", 0), where("b", "IS NULL")]}])
    yield pages("many", limit=19)
    yield pages("many_alike", limit=13)
    yield put("broad", BROAD, [])
    yield write("broad", [{**dict.fromkeys(BROAD, at // 10), **MADE} for at in range(20)])
    yield pages("broad", limit=6)
    yield pages("broad", columns="c5,c0", limit=9, order_by=[f"-{name}" for name in BROAD])
    for cursor in ("", "x", "AAAA", "A" * 40, "\u00e9", "=", "e30", "W10" * 20, "a" * 5000):
        yield read("many", 400, cursor=cursor)
    yield read("many", 400, cursor="x", offset=5)
    yield read("many", cursor=None, limit=1, columns="id")


def _streams() -> Iterator[Call]:
    for accept in (NDJSON, CSV):
        yield stream("many", accept, columns=[*COLUMNS])
        yield stream("many_alike", accept, columns=["x", "g", "b"], order_by="-g")
        yield stream("many", accept, columns="d,g", order_by="-d", limit=5, offset=3)
        yield stream("many", accept, filters=[where("id", "<", 0)])
        yield stream("many", accept, include_deleted=True, filters=[where("id", "IN", [3, 4])])
        yield stream("many", accept, limit=5000, columns="id")
        yield stream("many", accept, 400, include_total=True)
        yield stream("many", accept, 400, limit=0)
        yield stream("many", accept, 400, columns="nope")
        yield stream("nothing", accept, 404)
        yield stream("many", accept, 400, cursor="x")
    for accept, status in ACCEPTS.items():
        yield stream("many", accept, status, columns="id,g", limit=4)
