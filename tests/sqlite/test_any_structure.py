"""Any structure, default and check, and any values of others: kept as they were asked for."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backends import errors, types, values
from backends.changes import (
    AddCheck,
    AddColumn,
    RenameColumn,
    SetComment,
    SetPrimaryKey,
)
from backends.plan import Column, Comparison, Not, Operator, Select, TableName, Value
from backends.sqlite import SqliteBackend
from backends.structure import CHECKABLE, Check, Constant, Default, Index, Now, Structure
from tests.strategies import NAMES, SCALARS, TEXTS, texts_of
from tests.structures.changing import change, column, make, read, run, table, told, write

T = TableName("main", "main", "t")
KEPT: tuple[Operator, ...] = tuple(sorted(CHECKABLE))


def canonical(type_: types.Type) -> st.SearchStrategy[Value]:
    """Values of a type as a plan has them."""
    return texts_of(type_).map(lambda text: values.reader(type_)(_decoded(text, type_)))


def _decoded(text: str, type_: types.Type) -> object:
    """JSON as the gateway hands it on: of a DECIMAL all digits."""
    return json.loads(text, parse_float=str if isinstance(type_, types.Decimal) else None)


def comparisons(name: str, type_: types.Type) -> st.SearchStrategy[Comparison]:
    value = canonical(type_)

    def operands(op: Operator) -> st.SearchStrategy[Any]:
        if op in ("IS NULL", "IS NOT NULL"):
            return st.none()
        if op == "BETWEEN":
            return st.tuples(value, value)
        return st.lists(value, max_size=3).map(tuple) if op in ("IN", "NOT IN") else value

    return st.sampled_from(KEPT).flatmap(
        lambda op: st.builds(Comparison, st.just(name), st.just(op), operands(op))
    )


def defaults(type_: types.Type) -> st.SearchStrategy[Default | None]:
    clock = st.just(Now()) if isinstance(type_, types.Timestamp) else st.nothing()
    return st.none() | canonical(type_).map(Constant) | clock


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    """A table of a key and some columns with defaults, comments, checks and indexes."""
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.lower))
    comments = st.none() | st.text(st.characters(exclude_categories=["Cs"])) | st.just("*/ ' \" -- /* \\")
    columns = [Column(name, draw(SCALARS), comment=draw(comments)) for name in names]
    found = {each.name: draw(defaults(each.type)) for each in columns}
    made = table(T, column("\nid", "BIGINT"), *columns, key=("\nid",))
    checks = [Check(f"{each.name} ck", draw(comparisons(each.name, each.type))) for each in columns]
    return Structure(
        made.table,
        comment=draw(comments),
        defaults={name: default for name, default in found.items() if default is not None},
        checks=tuple(sorted(draw(st.lists(st.sampled_from(checks), unique=True)), key=lambda c: c.name)),
        indexes=(Index(draw(TEXTS), draw(st.permutations(names).map(tuple))),),
    )


@settings(max_examples=40)
@given(structures())
def test_a_structure_is_read_as_it_was_asked_for(asked: Structure) -> None:
    with TemporaryDirectory() as folder, closing(SqliteBackend(Path(folder))) as backend:
        made = make(backend, asked)
        change(backend, SetComment(T, None, "made anew"), SetComment(T, None, asked.comment))
        for name in asked.table.names[1:]:
            change(backend, RenameColumn(T, name, f"{name}x"))
            change(backend, RenameColumn(T, f"{name}x", name))
        renamed = TableName("main", "other", "t")
        assert told(backend.structure(T)) == told(made)
        assert make(backend, Structure(_renamed(asked, renamed).table)).table.name == renamed


def _renamed(asked: Structure, name: TableName) -> Structure:
    return table(name, *asked.table.columns, key=asked.table.primary_key)


@settings(max_examples=50)
@given(st.data())
def test_a_default_is_kept_as_the_value_that_it_is(data: st.DataObject) -> None:
    type_ = data.draw(SCALARS)
    value = data.draw(canonical(type_))
    with TemporaryDirectory() as folder, closing(SqliteBackend(Path(folder))) as backend:
        make(backend, table(T, column("id", "INT"), column("v", str(type_))))
        write(backend, T, {"id": 1, "v": value})
        change(backend, AddColumn(T, column("w", str(type_)), Constant(value)))
        write(backend, T, {"id": 2, "v": value})
        assert all(row["v"] == row["w"] for row in read(backend, T))


@settings(max_examples=50)
@given(st.data())
def test_a_check_refuses_the_rows_that_fail_its_condition(data: st.DataObject) -> None:
    """Those are the rows that a read with the contrary of the condition finds."""
    type_ = data.draw(SCALARS)
    rows = data.draw(st.lists(st.none() | canonical(type_), min_size=1, max_size=5))
    condition = data.draw(comparisons("v", type_) | comparisons("v", type_).map(Not))
    with TemporaryDirectory() as folder, closing(SqliteBackend(Path(folder))) as backend:
        for name in ("t", "checked"):
            make(
                backend, table(TableName("main", "main", name), column("id", "INT"), column("v", str(type_)))
            )
        write(backend, T, *({"id": at, "v": value} for at, value in enumerate(rows)))
        known = backend.table(T)
        failing = backend.execute(Select(known, ("id",), where=Not(condition))).rows
        expected = {row["id"] for row in json.loads(failing)}
        checked = TableName("main", "main", "checked")
        change(backend, AddCheck(checked, Check("ck", condition)))
        for at, value in enumerate(rows):
            if at in expected:
                with pytest.raises(errors.Conflict):
                    write(backend, checked, {"id": at, "v": value})
            else:
                write(backend, checked, {"id": at, "v": value})


DECLARED = (
    "BOOLEAN", "INTEGER", "DOUBLE", "NUMERIC(10,2)", "NUMERIC(10)", "VARCHAR(5)", "DATE", "DATETIME",
    "TIMESTAMP WITH TIME ZONE", "BLOB",
)  # fmt: skip
ODD: list[object] = [
    None, 0, 1, 2, -1, 1.0, 1.5, 1.25, 1e300, 1 << 62, float("inf"), "NaN", "", "a", "1", "1.50", "1.5",
    "007", "-0.00", "-0.50", "1.2.50", "yes", b"", b"a", "a\0b", 2460000.5,
    "2024-02-29", "2024-02-30", "2024-2-9", "0001-01-01", "10:30", "2024-02-29 10:30:00",
    "2024-02-29T10:30:00", "2024-02-29T10:30:00.5", "2024-02-29T10:30:00.50", "2024-02-29T10:30:59.999999",
    "2024-02-29T10:30:00.", "2024-02-29T10:30:00+00:00", "2024-02-29T24:00:00", "2024-02-29T10:30:00.5+00:00",
    "2024-02-29T10:30:00Z", "2024-02-29T10:30:00+02:00", "2024-02-29T10:30:00.1234567+00:00",
    "2024-02-29T10:30:00.5 +00:00", "2024-02-29T10:30:60+00:00",
]  # fmt: skip
STORED = st.one_of(
    st.sampled_from(ODD),
    st.floats(allow_nan=False),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.decimals(-9999, 9999, places=2).map(str),
)


@example("NUMERIC(10,2)", ["1.2.50"])
@example("NUMERIC(10,2)", ["NaN"])
@example("DATE", ["2024-02-30"])
@example("DATETIME", ["2024-02-30T10:30:00"])
@settings(max_examples=50)
@given(st.sampled_from(DECLARED), st.lists(STORED, min_size=1, max_size=4))
def test_what_is_read_of_others_is_read_of_ours(declared: str, stored: list[object]) -> None:
    """What cannot be read refuses to be made ours."""
    with TemporaryDirectory() as folder, closing(SqliteBackend(Path(folder))) as backend:
        with closing(sqlite3.connect(Path(folder) / "main.db")) as connection, connection:
            connection.execute(f"CREATE TABLE t (id INT NOT NULL, v {declared})")
            connection.executemany("INSERT INTO t VALUES (?, ?)", enumerate(stored))
        try:
            before = read(backend, T)
        except errors.Unsupported:
            with pytest.raises(errors.Unsupported):
                run(backend, SetPrimaryKey(T, ("id",)), backend.structure(T))
        else:
            run(backend, SetPrimaryKey(T, ("id",)), backend.structure(T))
            assert read(backend, T) == before
            assert type(read(backend, T)[0]["v"]) is type(before[0]["v"])
