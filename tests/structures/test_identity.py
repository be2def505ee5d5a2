"""A column that the database numbers, on each backend."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from backends import errors, types
from backends.base import Backend
from backends.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AdvanceIdentity,
    CreateIndex,
    CreateTable,
    DropColumn,
    RenameColumn,
    RenameTable,
    RetypeColumn,
    SetComment,
    SetDefault,
    SetNullable,
    SetPrimaryKey,
)
from backends.plan import Insert, OnConflict, TableName
from backends.structure import Constant, ForeignKey, Identity, Index, Structure
from gateway.migrations.drafting import draft
from gateway.migrations.filling import writer
from gateway.migrations.runner import Migrations
from gateway.migrations.scripts import Revisions
from gateway.rows import row_type
from tests.client import new_name
from tests.environments import Environment
from tests.structures.changing import Row, change, check, column, found, make, read, run, table, write
from tests.structures.ladder import write_revision


def numbered(name: TableName, next_: int = 1, type_: str = "BIGINT") -> Structure:
    made = table(name, column("id", type_, comment="its number"), column("n", "INT"), column("t", "STRING"))
    return replace(made, identity=Identity("id", next_))


def advance(backend: Backend, name: TableName, next_: int) -> int:
    """Let the numbers go on from one; gives the one that the table says is next."""
    run(backend, AdvanceIdentity(name, next_), found(backend, name))
    identity = backend.structure(name).identity
    assert identity is not None
    return identity.next


def put(backend: Backend, name: TableName, how: OnConflict, *rows: Row) -> int:
    """Write rows whose keys may be taken."""
    known = backend.table(name, fresh=True)
    checked = row_type(known).checked(json.dumps(rows).encode(), how, 1000)
    return backend.execute(Insert(known, checked.json, checked.columns, checked.ragged, how)).count


def ids(backend: Backend, name: TableName, key: str = "id") -> list[int]:
    return [row[key] for row in read(backend, name, key, order=key)]


def test_rows_without_a_number_are_given_one(backend: Backend, name: TableName) -> None:
    assert make(backend, numbered(name)).others == ()
    assert write(backend, name, {"n": 1}, {"n": 2}) == 2
    assert write(backend, name, {}) == 1
    assert ids(backend, name) == [1, 2, 3]
    assert backend.structure(name).identity == Identity("id", 4)


def test_it_counts_from_where_it_is_told(backend: Backend, name: TableName) -> None:
    make(backend, numbered(name, 1 << 40))
    write(backend, name, {"n": 1}, {"n": 2})
    assert ids(backend, name) == [1 << 40, (1 << 40) + 1]


def test_a_row_may_bring_its_own_number(backend: Backend, name: TableName) -> None:
    make(backend, numbered(name, 10))
    write(backend, name, {"id": 3, "n": 1}, {"n": 2}, {"id": 4})
    assert ids(backend, name) == [3, 4, 10]
    with pytest.raises(errors.Conflict):
        write(backend, name, {"id": 10})
    with pytest.raises(errors.Conflict):
        write(backend, name, {"id": 4, "n": 1}, {"n": 1})
    assert len(ids(backend, name)) == 3


@pytest.mark.parametrize("how", ["update", "ignore"])
def test_a_number_that_is_taken(backend: Backend, name: TableName, how: OnConflict) -> None:
    make(backend, numbered(name))
    write(backend, name, {"n": 1}, {"n": 2})
    put(backend, name, how, {"id": 1, "n": 5}, {"id": 7, "n": 7})
    put(backend, name, how, {"id": 2})
    expected = 5 if how == "update" else 1
    assert [(row["id"], row["n"]) for row in read(backend, name)] == [(1, expected), (2, 2), (7, 7)]
    advance(backend, name, 1)
    put(backend, name, how, {"n": 9}, {"id": 7, "n": 8})
    assert [row["n"] for row in read(backend, name)][2:] == [8 if how == "update" else 7, 9]


def test_the_numbers_go_on_beyond_what_is_there(backend: Backend, name: TableName) -> None:
    make(backend, numbered(name))
    write(backend, name, {"id": 100}, {"id": 50})
    assert advance(backend, name, 1) == 101
    write(backend, name, {"n": 1})
    assert ids(backend, name) == [50, 100, 101]


def test_the_numbers_never_go_back(backend: Backend, name: TableName) -> None:
    make(backend, numbered(name, 20))
    assert advance(backend, name, 5) == 20
    write(backend, name, {}, {})
    assert advance(backend, name, 5) == 22
    write(backend, name, {})
    assert ids(backend, name) == [20, 21, 22]


def test_the_numbers_go_on_from_one_that_is_told(backend: Backend, name: TableName) -> None:
    """Delta's do not leap, and the plan says so."""
    make(backend, numbered(name))
    write(backend, name, {})
    leaps = not any(
        each.startswith("--") for each in backend.ddl(AdvanceIdentity(name, 500), found(backend, name))
    )
    assert advance(backend, name, 500) == (500 if leaps else 2)
    write(backend, name, {})
    assert ids(backend, name) == [1, 500 if leaps else 2]


def test_everything_follows_a_renamed_column_and_table(backend: Backend, name: TableName) -> None:
    make(backend, numbered(name, 7))
    write(backend, name, {"n": 1})
    change(
        backend,
        AddCheck(name, check("positive", "id", ">", 0)),
        RenameColumn(name, "id", "number"),
        RenameTable(name, new := new_name()),
    )
    renamed = TableName(name.catalog, name.schema, new)
    write(backend, renamed, {"n": 2})
    assert ids(backend, renamed, "number") == [7, 8]
    change(backend, RenameTable(renamed, name.table), RenameColumn(name, "number", "id"))
    write(backend, name, {"n": 3})
    assert ids(backend, name) == [7, 8, 9]
    make(backend, numbered(renamed))
    write(backend, renamed, {"n": 1})
    assert ids(backend, renamed) == [1]


def test_other_changes_keep_the_numbers(backend: Backend, name: TableName) -> None:
    child = _beside(name)
    make(backend, numbered(name, 5))
    write(backend, name, {"n": 1}, {"n": 2})
    make(backend, table(child, column("id", "INT"), column("parent", "BIGINT")))
    key = ForeignKey("fk", ("parent",), name, ("id",))
    change(backend, AddCheck(name, check("ck", "n", ">", 0)), CreateIndex(name, Index("ix", ("n",))))
    change(
        backend,
        RetypeColumn(name, "n", types.parse("BIGINT")),
        SetDefault(name, "n", Constant(9)),
        SetNullable(name, "n", nullable=False),
        SetComment(name, "id", "another"),
        AddColumn(name, column("more", "STRING"), Constant("x")),
        DropColumn(name, "t"),
    )
    write(backend, name, {})
    assert [(row["id"], row["n"]) for row in read(backend, name)] == [(5, 1), (6, 2), (7, 9)]
    change(backend, AddForeignKey(child, key))
    write(backend, child, {"id": 1, "parent": 7})


def test_a_removed_row_does_not_let_numbers_go_back_when_a_table_changes(
    backend: Backend, name: TableName
) -> None:
    make(backend, numbered(name, 5))
    change(backend, SetComment(name, None, "x"), SetNullable(name, "n", nullable=False))
    assert backend.structure(name).identity == Identity("id", 5)
    write(backend, name, {"n": 1})
    assert ids(backend, name) == [5]


def test_what_is_numbered_stays_so(backend: Backend, name: TableName) -> None:
    before = make(backend, numbered(name))
    for each, error in (
        (DropColumn(name, "id"), errors.Conflict),
        (RetypeColumn(name, "id", types.parse("DECIMAL(20,0)")), errors.Invalid),
        (SetNullable(name, "id", nullable=True), errors.Invalid),
        (SetDefault(name, "id", Constant(1)), errors.Invalid),
        (AdvanceIdentity(name, 0), errors.Invalid),
        (AdvanceIdentity(name, 1 << 63), errors.Invalid),
        (CreateTable(numbered(_beside(name), type_="STRING")), errors.Invalid),
    ):
        with pytest.raises(error):
            backend.ddl(each, None if isinstance(each, CreateTable) else before)


@pytest.mark.parametrize("type_", ["TINYINT", "SMALLINT", "INT"])
def test_a_narrower_number_is_made_or_refused(backend: Backend, name: TableName, type_: str) -> None:
    """A transfer that is refused says why; nothing is made of another type."""
    made = numbered(name, 100, type_)
    try:
        backend.ddl(CreateTable(made), None)
    except errors.Unsupported:
        return
    make(backend, made)
    change(backend, SetNullable(name, "n", nullable=False), AddCheck(name, check("ck", "n", ">", 0)))
    write(backend, name, {"n": 1})
    assert ids(backend, name) == [100]


def test_a_column_beside_the_key_is_numbered_or_refused(backend: Backend, name: TableName) -> None:
    made = table(name, column("id", "INT"), column("no", "BIGINT", nullable=False))
    made = replace(made, identity=Identity("no", 3))
    try:
        backend.ddl(CreateTable(made), None)
    except errors.Unsupported:
        with pytest.raises(errors.Unsupported):
            backend.ddl(SetPrimaryKey(name, ()), numbered(name))
        return
    make(backend, made)
    write(backend, name, {"id": 1}, {"id": 2})
    assert [row["no"] for row in read(backend, name)] == [3, 4]


REVISION = """op.create_table(
    "NAME", op.column("id", "BIGINT", identity=True, comment="its number"), op.column("n", "INT"),
    primary_key=["id"],
)
op.write("NAME", [{"n": 1}, {"id": 40, "n": 2}])
op.advance_identity("NAME")
op.write("NAME", [{"n": 3}])"""


def test_a_revision_makes_one_and_is_written_from_one(
    backend: Backend, environment: Environment, name: TableName, tmp_path: Path
) -> None:
    write_revision(tmp_path, "rev1", None, REVISION.replace("NAME", name.table), "pass")
    kind = environment["GATEWAY_BACKEND"]
    Migrations(backend, kind, Revisions(tmp_path), new_name()).move("head", "upgrade", "tests")
    structure = backend.structure(name)
    assert (structure.identity, structure.others) == (Identity("id", 42), ())
    assert [row["id"] for row in read(backend, name)] == [1, 40, 41]
    drafted = Revisions(tmp_path / "drafted")
    drafted.new("as it is", *draft(structure, (backend.catalog, backend.schema)))
    backend.drop_table(name)
    Migrations(backend, kind, drafted, new_name()).move("head", "upgrade", "tests")
    assert backend.structure(name).identity == Identity("id", 1)


def test_rows_that_bring_no_number_are_not_written_twice(backend: Backend, name: TableName) -> None:
    """Whether they were written before, nobody can tell."""
    make(backend, numbered(name))
    with pytest.raises(errors.Conflict):
        writer(name, b'[{"id":1},{"n":1}]', "error")(backend, True)
    assert writer(name, b'[{"id":1},{"id":2}]', "error")(backend, True) == 2


def _beside(name: TableName) -> TableName:
    return TableName(name.catalog, name.schema, f"{name.table}_beside")
