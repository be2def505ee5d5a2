"""Updates and deletes: every selector, bounds, bulk changes, soft and hard, and the rows that are marked."""

from collections.abc import Iterator
from typing import Any

from tests.parity.calls import Call, Fields, Written, delete, put, read, update, where, write

COLUMNS = {
    "id": "INT",
    "n": "INT",
    "s": "VARCHAR(10)",
    "x": "DOUBLE",
    "d": "DECIMAL(6,2)",
    "raw": "BINARY",
    "at": "TIMESTAMP",
}
SEEN = ["id", "n", "s", "x", "d", "raw", "at", "updated_by"]
GONE: Fields = {"key_column": "id", "key_value": 1}
UPDATES: tuple[Fields, ...] = (
    {"n": 5}, {"n": None, "s": "\u00e9\"'\\"}, {"x": "NaN"}, {"x": Written("-0.0")}, {"d": "1.5"},
    {"raw": "AAA="}, {"at": "2025-12-06T10:30:00.123456+02:00"}, {"id": 1}, {"updated_by": "me"},
    {"deleted_at": None},
)  # fmt: skip
BAD_SELECTORS: tuple[Fields, ...] = (
    {}, {"key_column": "id"}, {"key_value": 1}, {"key_values": [1]}, {"keys": {}}, {"filters": []},
    {"key_column": "id", "key_value": None}, {"key_column": "id", "key_value": 1, "key_values": [1]},
    {"key_column": "id", "key_value": "1"}, {"key_column": "nope", "key_value": 1}, {"keys": {"nope": 1}},
    {"keys": {"id": None}}, {"keys": []}, {"keys": {"id": 1}, "filters": [where("id", "=", 1)]},
    {"keys": {"id": 1}, "key_column": "id"}, {"key_column": "id", "key_values": [1, None]},
    {"key_column": "id", "key_values": [1, "x"]}, {"key_column": "id", "key_values": 1},
    {"key_column": 1, "key_value": 1}, {"key_column": "id", "key_value": Written("1.0")},
    {"key_column": "id", "key_value": [1]}, {"filters": {}},
    {"key_column": "id", "key_value": 1, "max_affected": -1},
    {"key_column": "id", "key_value": 1, "max_affected": "1"},
    {"key_column": "id", "key_value": 1, "include_deleted": 1},
    {"key_column": "id", "key_value": 1, "limit": 1}, {"filters": [where("nope", "=", 1)]},
    {"key_column": "ID", "key_value": 1}, {"key_column": "id", "key_value": 1 << 40},
)  # fmt: skip
BAD_UPDATES: tuple[Any, ...] = (
    None, [], {}, "x", {"nope": 1}, {"n": "x"}, {"id": None}, {"n": 1 << 31}, {"s": "x" * 11},
    {"d": Written("0.001")}, {"raw": "A"}, {"at": "soon"}, {"x": "inf"}, {"n": 1, "nope": 2, "s": 3},
    {"N": 1}, {"created_at": 1}, {"s": "\0"}, {"": 1},
)  # fmt: skip
BAD_CHANGES: tuple[Any, ...] = (
    [], {}, None, [1], [{}], [{"key_value": 1}], [{"updates": {"n": 1}}],
    [{"key_value": None, "updates": {"n": 1}}], [{"key_value": 1, "updates": {"n": 1}}] * 2,
    [{"key_value": 1, "updates": {"id": 1}}],
    [{"key_value": 1, "updates": {"n": 7}}, {"key_value": 2, "updates": {"n": "x"}}],
    [{"key_value": 1, "updates": {"nope": 7}}], [{"key_value": "x", "updates": {"n": 7}}],
    [{"key_value": 1, "updates": [1]}], [{"key_value": 1, "updates": {}}],
    [{"key_value": 1, "updates": {"n": 1}, "extra": 1}],
)  # fmt: skip


def calls() -> Iterator[Call]:
    """The chapter."""
    yield put("things", COLUMNS)
    yield write("things", [{"id": at, "n": at % 4, "s": f"s{at}", "x": at / 2, "d": at} for at in range(40)])
    yield from _updates()
    yield from _refused_selectors()
    yield from _refused_updates()
    yield from _bulk()
    yield from _bulk_by_other_columns()
    yield from _bounded()
    yield from _deletes()
    yield from _marked()
    yield from _unmarked()


def _all() -> Call:
    return read("things", columns=SEEN, include_deleted=True, limit=1000, include_total=True)


def _updates() -> Iterator[Call]:
    for updates in UPDATES:
        yield update("things", key_column="id", key_value=1, updates=updates)
        yield read("things", columns=SEEN, filters=[where("id", "=", 1)])
    yield update("things", key_column="id", key_value=2, updates={"id": 102})
    yield update("things", key_column="id", key_value=102, updates={"id": 2})
    yield update("things", key_column="id", key_value=2, updates={"id": 3}, status=409)
    yield update("things", key_column="id", key_value=1000, updates={"n": 1}, status=404)
    yield update("things", key_column="n", key_value=3, updates={"s": "three"})
    yield update("things", key_column="x", key_value="NaN", updates={"x": 1}, status=404)
    yield update("things", key_column="id", key_values=[4, 5, 5, 999], updates={"n": 50})
    yield update("things", key_column="id", key_values=[], updates={"n": 51})
    yield update("things", key_column="id", key_values=[999], updates={"n": 51})
    yield update("things", keys={"id": 6}, updates={"n": 60})
    yield update("things", keys={"id": 6, "s": "s6"}, updates={"n": 61})
    yield update("things", keys={"id": 6, "s": "other"}, updates={"n": 62}, status=404)
    yield update("things", filters=[where("n", ">=", 50)], updates={"s": "big"})
    yield update(
        "things", filters=[{"or": [where("s", "LIKE", "s1%"), where("x", "IS NULL")]}], updates={"d": "9.99"}
    )
    yield update("things", filters=[where("id", "<", 0)], updates={"n": 1})
    yield update("things", filters=[where("id", "IN", [7, 8])], updates={"id": 7}, status=409)
    yield update("things", filters=[where("id", "=", 7)], updates={"id": 7, "n": 77})
    yield _all()


def _refused_selectors() -> Iterator[Call]:
    for fields in BAD_SELECTORS:
        yield update("things", 400, updates={"n": 1}, **fields)
        yield delete("things", 400, **fields)


def _refused_updates() -> Iterator[Call]:
    one: Fields = {"key_column": "id", "key_value": 1}
    for updates in BAD_UPDATES:
        yield update("things", 400, updates=updates, **one)
    yield update("things", 400, **one)
    yield update(
        "things", 400, updates={"n": 1}, bulk_updates=[{"key_value": 1, "updates": {"n": 1}}], key_column="id"
    )
    yield update("nothing", 404, updates={"n": 1}, **one)
    yield update("things", 404, updates={"n": 1}, schema="nowhere", **one)
    yield update("things", 404, updates={"n": 1}, catalog="nowhere", **one)


def _each(changes: object, status: int = 200, **fields: Any) -> Call:
    return update("things", status, key_column="id", bulk_updates=changes, **fields)


def _bulk() -> Iterator[Call]:
    yield _each([{"key_value": at, "updates": {"n": at * 10}} for at in range(10, 15)])
    yield _each([{"key_value": 10, "updates": {"s": "a"}}, {"key_value": 11, "updates": {"x": None, "d": 1}}])
    yield _each([{"key_value": 12, "updates": {"n": 1}}, {"key_value": 13, "updates": {"raw": ""}}])
    yield _each([{"key_value": 14, "updates": {"updated_by": "own"}}, {"key_value": 15, "updates": {"n": 1}}])
    yield _each([{"key_value": 999, "updates": {"n": 1}}, {"key_value": 16, "updates": {"n": 2}}])
    yield _each([{"key_value": 999, "updates": {"n": 1}}])
    yield _each([{"key_value": at, "updates": {"x": at, "s": "all"}} for at in range(1000)])
    for changes in BAD_CHANGES:
        yield _each(changes, 400)


def _bulk_by_other_columns() -> Iterator[Call]:
    yield update("things", 400, key_column="nope", bulk_updates=[{"key_value": 1, "updates": {"n": 1}}])
    yield update("things", 400, bulk_updates=[{"key_value": 1, "updates": {"n": 1}}])
    yield _each(
        [{"key_value": 17, "updates": {"n": 1}}, {"key_value": 18, "updates": {"n": 1}}], 409, max_affected=1
    )
    yield _each(
        [{"key_value": 17, "updates": {"n": 1}}, {"key_value": 998, "updates": {"n": 1}}], max_affected=1
    )
    yield update(
        "things",
        key_column="s",
        bulk_updates=[{"key_value": "all", "updates": {"n": 3}}, {"key_value": "x", "updates": {"n": 8}}],
    )
    yield update(
        "things",
        key_column="x",
        bulk_updates=[
            {"key_value": 1, "updates": {"n": 4}},
            {"key_value": Written("2.0"), "updates": {"n": 5}},
        ],
    )
    yield update(
        "things",
        400,
        key_column="x",
        bulk_updates=[{"key_value": 1, "updates": {"n": 4}}, {"key_value": Written("1.0"), "updates": {}}],
    )
    yield _all()


def _bounded() -> Iterator[Call]:
    for most, status in ((0, 409), (1, 409), (39, 409), (40, 200), (1000, 200)):
        yield update("things", status, filters=[where("id", ">=", 0)], updates={"n": most}, max_affected=most)
    for most, status in ((0, 409), (1, 200)):
        yield update("things", status, key_column="id", key_value=1, updates={"n": 9}, max_affected=most)
        yield delete("things", status, key_column="id", key_value=20 + most, max_affected=most)
    yield delete("things", 409, filters=[where("id", ">", 30)], max_affected=8)
    yield delete("things", 409, filters=[where("id", ">", 30)], max_affected=8, soft=False)
    yield delete("things", filters=[where("id", ">", 35)], max_affected=4, soft=False)
    yield update("things", 404, key_column="id", key_value=999, updates={"n": 9}, max_affected=0)
    yield _all()


def _deletes() -> Iterator[Call]:
    yield delete("things", **GONE)
    yield delete("things", 404, **GONE)
    yield update("things", 404, updates={"n": 1}, **GONE)
    yield update("things", updates={"n": 1}, include_deleted=True, **GONE)
    yield delete("things", include_deleted=True, **GONE)
    yield read("things", columns=["id", "deleted_at"], filters=[where("deleted_at", "IS NOT NULL")])
    yield read(
        "things",
        columns=["id", "deleted_at"],
        filters=[where("deleted_at", "IS NOT NULL")],
        include_deleted=True,
    )
    yield update("things", updates={"deleted_at": None}, include_deleted=True, **GONE)
    yield delete("things", key_column="id", key_values=[1, 2, 3, 3, 999])
    yield delete("things", key_column="id", key_values=[])
    yield delete("things", keys={"id": 4, "s": "all"})
    yield delete("things", 404, keys={"id": 4, "s": "all"})
    yield delete("things", filters=[where("n", "=", 40), where("id", "<", 8)])
    yield delete("things", soft=False, key_column="id", key_value=9)
    yield delete("things", 404, soft=False, **GONE)
    yield delete("things", soft=False, include_deleted=True, **GONE)
    yield delete("things", soft=False, key_column="id", key_values=[2, 3], include_deleted=True)
    yield delete("things", 400, soft="yes", **GONE)
    yield delete("things", 400, updates={"n": 1}, **GONE)
    yield delete("nothing", 404, **GONE)


def _marked() -> Iterator[Call]:
    yield write("things", [{"id": 4}], 409)
    yield update(
        "things",
        key_column="id",
        bulk_updates=[{"key_value": at, "updates": {"n": 0}} for at in range(4, 12)],
    )
    yield update(
        "things",
        key_column="id",
        bulk_updates=[{"key_value": at, "updates": {"n": 1}} for at in range(4, 12)],
        include_deleted=True,
    )
    yield _all()
    yield delete("things", filters=[where("id", ">=", 0)], soft=False, include_deleted=True)
    yield _all()


def _unmarked() -> Iterator[Call]:
    """A table whose `deleted_at` is not the gateway's."""
    yield put("unmarked", {"id": "INT", "deleted_at": "INT", "updated_at": "STRING"})
    yield write("unmarked", [{"id": 1, "deleted_at": 5}, {"id": 2}])
    yield delete("unmarked", 400, key_column="id", key_value=1)
    yield read("unmarked")
    yield update("unmarked", key_column="id", key_value=1, updates={"updated_at": "x"})
    yield delete("unmarked", soft=False, key_column="id", key_value=1)
    yield read("unmarked")
