"""Writes: good and bad rows, conflicts in all modes, rows that bring different columns, audit columns."""

from collections.abc import Iterator
from typing import Any

from tests.parity.calls import Call, Fields, Written, definition, delete, put, read, update, where, write

PEOPLE = {"id": "INT", "name": "STRING", "age": "SMALLINT", "balance": "DECIMAL(10,2)"}
MODES = ("error", "update", "ignore")
ADA: Fields = {"id": 1, "name": "Ada"}
NEVER_ROWS: tuple[Any, ...] = (
    None,
    {},
    "x",
    1,
    True,
    [],
    [[]],
    [1],
    [None],
    ["x"],
    [{"id": 1}, None],
    [[{"id": 1}]],
)
BAD_ROWS: tuple[Fields, ...] = (
    {"name": "no key"}, {"id": 1}, {"id": None, "name": "x"}, {"id": 1, "name": None},
    {**ADA, "nope": 1}, {**ADA, "ID": 1}, {**ADA, "": 1},
    {**ADA, "age": "x", "balance": "y", "id": 1.5}, {**ADA, "age": 40000},
    {**ADA, "balance": Written("1.234")}, {**ADA, "balance": Written("123456789")}, {},
    {**ADA, "name": ["x"]}, {**ADA, "a.b": 1}, {**ADA, "name; DROP": 1},
    {**ADA, "created_at": "yesterday"}, {**ADA, "created_at": 5}, {**ADA, "deleted_at": False},
    {**ADA, "created_by": 1},
)  # fmt: skip
BAD_FIELDS: tuple[Fields, ...] = (
    {"on_conflict": "replace"}, {"on_conflict": None}, {"on_conflict": ["error"]}, {"auto_create": "yes"},
    {"unknown": 1}, {"schema_definition": None}, {"primary_key": "id"}, {"schema": 1}, {"catalog": ""},
)  # fmt: skip


def calls() -> Iterator[Call]:
    """The chapter."""
    yield from _refused()
    yield from _conflicts()
    yield from _ragged()
    yield from _composite()
    yield from _keyless()
    yield from _audited()
    yield from _not_null()


def _refused() -> Iterator[Call]:
    yield put("people", definition(PEOPLE, ["name"]))
    for rows in NEVER_ROWS:
        yield write("people", rows, 400)
    for row in BAD_ROWS:
        yield write("people", [row], 400)
        yield write("people", [ADA, row, ADA], 400)
    yield write("people", [{"id": at, "name": at} for at in range(150)], 400)
    yield write("people", [{"id": "x", "name": 1, f"x{at}": at} for at in range(60)], 400)
    yield write("people", [{f"x{at}": at for at in range(150)}], 400)
    for fields in BAD_FIELDS:
        yield write("people", [ADA], 400, **fields)
    yield read("people", include_total=True)


def _conflicts() -> Iterator[Call]:
    rows = [{"id": at, "name": f"n{at}", "age": at} for at in range(10)]
    yield write("people", rows)
    for mode in MODES:
        conflicts = mode == "error"
        yield write("people", rows[:3], 409 if conflicts else 201, on_conflict=mode)
        yield write(
            "people", [*rows[8:], {"id": 20, "name": "new"}], 409 if conflicts else 201, on_conflict=mode
        )
        yield write(
            "people",
            [{"id": 30, "name": "a"}, {"id": 30, "name": "b"}],
            201 if mode == "ignore" else 409,
            on_conflict=mode,
        )
        yield write(
            "people", [{"id": 1, "name": "c", "age": None}], 409 if conflicts else 201, on_conflict=mode
        )
        yield write(
            "people",
            [{"id": 2, "name": "d"}, {"id": 3, "name": "e", "age": 5}],
            409 if conflicts else 201,
            on_conflict=mode,
        )
        yield write("people", [{"id": 4}], 400, on_conflict=mode)
        yield read("people", columns=[*PEOPLE, "created_by", "updated_by"])
        yield read("people", columns=["id"], filters=[where("updated_at", "IS NULL")])
    yield delete("people", key_column="id", key_value=5)
    for mode in MODES:
        yield write("people", [{"id": 5, "name": "again"}], 409 if mode == "error" else 201, on_conflict=mode)
        yield read("people", columns=["id", "name"], filters=[where("id", "=", 5)], include_deleted=True)
    yield write("people", [{"id": 5, "name": "back", "deleted_at": None}], on_conflict="update")
    yield read("people", columns=["id", "name"], filters=[where("id", "=", 5)])
    yield write(
        "people", [{"id": 6, "name": "gone", "deleted_at": "2025-01-01T00:00:00Z"}], on_conflict="update"
    )
    yield read(
        "people", columns=["id", "name", "deleted_at"], filters=[where("id", "=", 6)], include_deleted=True
    )


def _ragged() -> Iterator[Call]:
    yield put("ragged", {"id": "INT", "a": "INT", "b": "STRING", "c": "DOUBLE", "d": "BOOLEAN"})
    yield write("ragged", [{"id": 1}, {"id": 2, "a": 1}, {"b": "x", "id": 3}, {"d": True, "c": 1, "id": 4}])
    yield write("ragged", [{"id": 5, "created_by": "me"}, {"id": 6}, {"id": 7, "created_at": "2020-01-01"}])
    yield write(
        "ragged",
        [{"id": 1, "a": 2}, {"id": 2, "b": "y"}, {"id": 9, "c": 0.5}, {"id": 3}],
        on_conflict="update",
    )
    yield write("ragged", [{"id": 1, "a": 3}, {"id": 10, "b": "z"}, {"id": 11}], on_conflict="ignore")
    yield write("ragged", [{"id": 12}, {"a": 1}], 400)
    yield write("ragged", [{"id": 12}, {"id": 13, "a": "x"}], 400)
    yield write("ragged", [{"id": 12, "a": 1}, {"id": 1, "b": "x"}], 409)
    yield write("ragged", [{"id": 12, "a": 1}, {"id": 12, "b": "x"}], 409)
    yield write("ragged", [{"id": 12, "a": 1}, {"id": 12, "b": "x"}], on_conflict="ignore")
    yield read("ragged", columns=["id", "a", "b", "c", "d", "created_by", "updated_by"])


def _composite() -> Iterator[Call]:
    yield put(
        "composite",
        {"n": "INT", "region": "CHAR(2)", "day": "DATE", "units": "BIGINT"},
        ["region", "day", "n"],
    )
    rows = [
        {"n": at % 2, "region": "EU" if at < 4 else "U", "day": f"2025-01-0{at // 2 + 1}", "units": at}
        for at in range(8)
    ]
    yield write("composite", rows)
    for mode in MODES:
        yield write("composite", rows[:2], 409 if mode == "error" else 201, on_conflict=mode)
        yield write(
            "composite",
            [{**rows[7], "region": "U ", "units": 70}],
            409 if mode == "error" else 201,
            on_conflict=mode,
        )
        yield write(
            "composite",
            [{**rows[7], "n": 9}, {**rows[7], "n": 9, "region": "U "}],
            201 if mode == "ignore" else 409,
            on_conflict=mode,
        )
    for missing in ("n", "region", "day"):
        yield write("composite", [{key: value for key, value in rows[0].items() if key != missing}], 400)
    yield read("composite", columns=["units", "region", "day", "n"])
    keys = {"n": 1, "region": "EU", "day": "2025-01-01"}
    yield update("composite", keys=keys, updates={"units": 11})
    yield update("composite", keys={**keys, "n": 5}, updates={"units": 11}, status=404)
    yield update("composite", keys={"region": "EU"}, updates={"units": 12})
    yield update("composite", keys={**keys, "region": "EU   "}, updates={"units": 13})
    yield update("composite", keys={"region": "EU", "day": "2025-01-01"}, updates={"n": 3}, status=409)
    yield update("composite", keys=keys, updates={"n": 8, "units": None})
    yield delete("composite", keys={"n": 8, "region": "EU", "day": "2025-01-01"})
    yield delete("composite", keys={"region": "U"}, soft=False)
    yield read("composite", columns=["units", "region", "day", "n"], include_deleted=True)


def _keyless() -> Iterator[Call]:
    yield put("bag", {"a": "INT", "b": "STRING"}, [])
    yield write("bag", [{"a": 1, "b": "x"}] * 3)
    yield write("bag", [{"a": None}, {"b": "y"}, {"a": 1, "b": None}, {"b": None, "a": None}])
    for mode in MODES:
        yield write("bag", [{"a": 2}], 201 if mode == "error" else 400, on_conflict=mode)
    yield write("bag", [{}])
    yield write("bag", [{}, {}, {"a": 3}])
    yield read("bag", columns=["a", "b", "created_by"], include_total=True)
    yield update("bag", key_column="a", key_value=1, updates={"b": "z"})
    yield delete("bag", key_column="a", key_value=2)
    yield delete("bag", filters=[where("a", "IS NULL")], soft=False)
    yield read("bag", columns=["a", "b"], include_total=True)


def _audited() -> Iterator[Call]:
    own = {
        "created_at": "2001-02-03T04:05:06.7+01:00",
        "created_by": "x",
        "updated_at": None,
        "updated_by": "y",
    }
    yield put("audited", {"id": "INT", "v": "INT"})
    yield write("audited", [{"id": 1, **own}, {"id": 2, "deleted_at": "1999-01-01T00:00:00Z"}, {"id": 3}])
    yield read("audited")
    yield read("audited", include_deleted=True)
    yield write("audited", [{"id": 1, "v": 1, "created_by": "other"}], on_conflict="update")
    yield write(
        "audited", [{"id": 1, "v": 1, "updated_by": "mine", "updated_at": "2002-01-01"}], on_conflict="update"
    )
    yield read("audited", filters=[where("id", "=", 1)])
    yield update("audited", key_column="id", key_value=1, updates={"v": 2, "updated_by": "z"})
    yield update(
        "audited", key_column="id", key_value=1, updates={"created_at": "2003-01-01", "created_by": None}
    )
    yield read("audited", include_deleted=True)
    yield put(
        "typed_audit",
        {"id": "INT", "created_at": "TIMESTAMP_NTZ", "created_by": "VARCHAR(3)", "updated_at": "STRING"},
    )
    yield write("typed_audit", [{"id": 1}], 400)
    yield put("fitting_audit", {"id": "INT", "updated_at": "TIMESTAMP_NTZ", "created_by": "VARCHAR(8)"})
    yield write("fitting_audit", [{"id": 1}])
    yield update("fitting_audit", key_column="id", key_value=1, updates={"id": 2})
    yield read("fitting_audit")


def _not_null() -> Iterator[Call]:
    yield put(
        "strict", definition({"id": "INT", "a": "INT", "created_by": "STRING"}, ["a", "created_by"]), []
    )
    yield write("strict", [{"id": 1}], 400)
    yield write("strict", [{"a": None}], 400)
    yield write("strict", [{"a": 1}])
    yield write("strict", [{"a": 1, "created_by": None}], 400)
    yield update("strict", key_column="a", key_value=1, updates={"a": None}, status=400)
    yield update("strict", key_column="a", key_value=1, updates={"created_by": None}, status=400)
    yield update(
        "strict",
        key_column="a",
        bulk_updates=[
            {"key_value": 1, "updates": {"id": 2}},
            {"key_value": 9, "updates": {"created_by": None}},
        ],
        status=400,
    )
    yield read("strict", columns=["id", "a", "created_by"])
