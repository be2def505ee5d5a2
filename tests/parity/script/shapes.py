"""Arrays, maps and structs: kept with their fields' order and digits, refused with the place inside."""

from collections.abc import Iterator

from tests.parity.calls import (
    CSV,
    NDJSON,
    Call,
    Fields,
    Written,
    describe,
    pages,
    put,
    read,
    stream,
    update,
    where,
    write,
)

COLUMNS = {
    "id": "INT",
    "list": "ARRAY<DECIMAL(6,2)>",
    "days": "MAP<DATE,INT>",
    "flags": "MAP<BOOLEAN,DOUBLE>",
    "numbers": "MAP<INT,STRING>",
    "place": "STRUCT<z:INT,a:STRING,`a b`:ARRAY<FLOAT>,at:TIMESTAMP>",
    "deep": "ARRAY<MAP<STRING,ARRAY<STRUCT<raw:BINARY,c:CHAR(2)>>>>",
}
GOOD: tuple[Fields, ...] = (
    {"list": Written('[1, 1.1, "2.20", null, 1e2, -0.0]')},
    {"list": []},
    {"list": None, "days": {}, "place": {}},
    {"days": {"2025-12-06": 1, "0001-01-01": None, "9999-12-31": -1}},
    {"flags": Written('{"true": 1, "false": "NaN"}')},
    {"flags": Written('{"false": 1e22, "true": 0.00001}')},
    {"numbers": {"10": "ten", "9": "", "-1": None}},
    {"place": Written('{"a": "x", "z": 5}')},
    {
        "place": Written(
            '{"at": "2025-12-06T10:30:00+01:00", "a b": [0.1, 1, "Infinity", null], "a": "\\ud83d\\ude00\\n"}'
        )
    },
    {"deep": [{"k": [{"raw": "AA==", "c": "a "}, None]}, {}, None]},
    {"deep": [{"": [], '\u00e9"\\': None}]},
    {"place": {"z": None, "a": None, "a b": None, "at": None}},
    {"list": Written("[" + ", ".join(["9999.99"] * 300) + "]")},
)
FEW: tuple[Fields, ...] = (
    {"a": [2]}, {"a": [10]}, {"a": [2]}, {"m": {"x": 1}}, {}, {"a": [], "m": {}}, {"a": [2]},
)  # fmt: skip
BAD: tuple[Fields, ...] = (
    {"list": {}}, {"list": "[]"}, {"list": [1.001]}, {"list": [[1]]}, {"list": [True]}, {"list": 1},
    {"days": []}, {"days": {"2025-02-29": 1}}, {"days": {"2025-12-06": 1.5}}, {"days": {"": 1}},
    {"flags": {"yes": 1}}, {"flags": {"true": "x"}}, {"numbers": {"1.0": "x"}}, {"numbers": {"a": "x"}},
    {"numbers": {"2147483648": "x"}}, {"numbers": Written('{"1": "a", "01": "b"}')},
    {"numbers": Written('{"1": "a", "1": "b"}')}, {"place": {"y": 1}}, {"place": {"Z": 1}}, {"place": []},
    {"place": {"z": "1"}}, {"place": {"a b": [1e39]}}, {"place": {"at": "yesterday"}},
    {"place": {"a": "a\0"}}, {"deep": [{"k": [{"raw": "A"}]}]}, {"deep": [{"k": [{"c": "abc"}]}]},
    {"deep": [{"k": {}}]}, {"deep": [[]]}, {"place": Written('{"z": 1, "z": 2}')},
)  # fmt: skip


def calls() -> Iterator[Call]:
    """The chapter."""
    yield put("shapes", COLUMNS)
    yield describe("shapes")
    yield write("shapes", [{"id": at, **row} for at, row in enumerate(GOOD)])
    yield read("shapes")
    yield from _refused()
    yield from _read()
    yield from _changed()
    yield put("shapes_only", {"a": "ARRAY<INT>", "m": "MAP<STRING,INT>"}, [])
    for row in FEW:
        yield write("shapes_only", [row])
    yield read("shapes_only", filters=[where("a", "IS NOT NULL"), where("m", "IS NULL")], include_total=True)
    yield update(
        "shapes_only", filters=[where("a", "IS NULL")], updates={"a": [1, 2, None], "m": {"y": None}}
    )
    yield read("shapes_only", filters=[where("m", "IS NOT NULL"), where("a", "IS NULL")], columns=["m", "a"])


def _refused() -> Iterator[Call]:
    for row in BAD:
        yield write("shapes", [{"id": 100, **row}], status=400)
    yield write("shapes", [{"id": 100 + at, **row} for at, row in enumerate(BAD)], 400)
    for column in COLUMNS:
        if column != "id":
            yield read("shapes", 400, filters=[where(column, "=", [1])])
            yield read("shapes", 400, filters=[where(column, "IN", [1])])
            yield read("shapes", 400, filters=[where(column, "LIKE", "%")])
            yield read("shapes", 400, order_by=[f"-{column}"])
            yield update("shapes", 400, key_column=column, key_value=[1], updates={"id": 1})


def _read() -> Iterator[Call]:
    for column in COLUMNS:
        yield read("shapes", columns=["id"], filters=[where(column, "IS NULL")])
        yield read("shapes", columns=[column], filters=[where(column, "is not null")])
    yield stream("shapes", NDJSON, columns=[*reversed(COLUMNS)])
    yield stream("shapes", CSV, columns=[*COLUMNS])
    yield pages("shapes", columns=["place", "id"], limit=3, order_by="-id")


def _changed() -> Iterator[Call]:
    for at, row in enumerate(GOOD):
        yield update("shapes", key_column="id", key_value=len(GOOD) - at - 1, updates=row)
    yield update(
        "shapes",
        key_column="id",
        bulk_updates=[{"key_value": at, "updates": row} for at, row in enumerate(GOOD)],
    )
    for row in BAD[:20:3]:
        yield update("shapes", 400, key_column="id", key_value=1, updates=row)
    yield read("shapes", columns=[*COLUMNS])
    yield write("shapes", [{"id": at, **row} for at, row in enumerate(reversed(GOOD))], on_conflict="update")
    yield read("shapes", columns=[*COLUMNS], order_by=["-id"])
