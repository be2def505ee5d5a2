"""Changes of structure in SQLite's files: tables made anew, and what depends on them."""

import sqlite3
import string
from contextlib import closing
from pathlib import Path

import pytest

from backends import errors
from backends.base import Backend
from backends.changes import (
    AddCheck,
    AddForeignKey,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropTable,
    RenameColumn,
    RenameTable,
    SetComment,
    SetPrimaryKey,
)
from backends.plan import TableName
from backends.structure import ForeignKey, Index
from tests.sqlite.conftest import Others
from tests.structures.changing import change, check, column, make, read, run, table, write

T = TableName("main", "main", "t")
TWO_TABLES = """
CREATE TABLE p (id INT NOT NULL, v TEXT, PRIMARY KEY (id));
CREATE TABLE c (id INT NOT NULL, p INT, CONSTRAINT points FOREIGN KEY (p) REFERENCES P);
INSERT INTO p VALUES (1, 'x'); INSERT INTO c VALUES (1, 1), (2, NULL);
"""


def test_rows_of_others_are_kept_as_ours_when_their_table_is_made_anew(
    backend: Backend, others: Others, folder: Path
) -> None:
    others(
        "CREATE TABLE t (id INT NOT NULL, d DATETIME, p NUMERIC(10,2), b BOOLEAN, f DOUBLE, s VARCHAR(5), x)"
    )
    row = (1, "2025-12-06 10:30:00.000000", 10.5, "t", 5, "a", 7)
    others("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    before = read(backend, T)
    run(backend, SetPrimaryKey(T, ("id",)), backend.structure(T))
    assert read(backend, T) == before
    assert backend.structure(T).table.primary_key == ("id",)
    with closing(sqlite3.connect(folder / "main.db")) as connection:
        kept = connection.execute("SELECT * FROM t").fetchone()
    assert kept == (1, "2025-12-06T10:30:00", "10.50", 1, 5.0, "a", 7)


def test_a_value_of_others_that_no_type_can_hold_refuses_it(backend: Backend, others: Others) -> None:
    others("CREATE TABLE t (id INT NOT NULL, d DATE); INSERT INTO t VALUES (1, 'soon')")
    with pytest.raises(errors.Unsupported, match="'soon'"):
        run(backend, SetPrimaryKey(T, ("id",)), backend.structure(T))
    assert backend.structure(T).table.primary_key == ()


def test_a_view_has_no_structure_and_outlives_a_table_made_anew(backend: Backend, others: Others) -> None:
    make(backend, table(T, column("id", "INT"), column("n", "INT")))
    write(backend, T, {"id": 1, "n": 2})
    others("CREATE VIEW v AS SELECT id, n FROM t")
    view = TableName("main", "main", "v")
    change(backend, AddCheck(T, check("ck", "n", ">", 0)))
    assert read(backend, view) == [{"id": 1, "n": 2}]
    with pytest.raises(errors.Unsupported):
        backend.structure(view)
    with pytest.raises(errors.Conflict):
        run(backend, DropColumn(T, "n"), backend.structure(T))
    change(backend, RenameColumn(T, "n", "m"), RenameTable(T, "u"))
    assert read(backend, view, "id") == [{"id": 1}]


def test_a_table_that_keys_point_at_is_changed_but_not_dropped(backend: Backend, others: Others) -> None:
    others(TWO_TABLES)
    child, parent = (TableName("main", "main", each) for each in "cp")
    change(backend, RenameColumn(parent, "id", "no"), SetComment(parent, None, "x"), RenameTable(parent, "q"))
    parent = TableName("main", "main", "q")
    assert backend.structure(child).foreign_keys == (ForeignKey("points", ("p",), parent, ("no",)),)
    for each in (DropTable(parent), SetPrimaryKey(parent, ())):
        with pytest.raises(errors.Conflict, match='"c"'):
            run(backend, each, backend.structure(parent))
    with pytest.raises(errors.Conflict):
        write(backend, child, {"id": 3, "p": 9})


def test_a_foreign_key_points_at_a_primary_key(backend: Backend, others: Others) -> None:
    others(TWO_TABLES)
    make(backend, table(T, column("id", "INT"), column("n", "BIGINT")))
    write(backend, T, {"id": 1, "n": 1})
    for target, columns in (("p", ("v",)), ("missing", ("id",))):
        key = ForeignKey("fk", ("n",), TableName("main", "main", target), columns)
        with pytest.raises(errors.NotFound):
            run(backend, AddForeignKey(T, key), backend.structure(T))
    elsewhere = ForeignKey("fk", ("n",), TableName("other", "main", "p"), ("id",))
    with pytest.raises(errors.Invalid):
        backend.ddl(AddForeignKey(T, elsewhere), backend.structure(T))
    change(backend, AddForeignKey(T, ForeignKey("fk", ("n",), TableName("main", "main", "p"), ("id",))))
    write(backend, T, {"id": 2})


def test_a_key_of_a_table_to_itself_is_kept_through_all(backend: Backend) -> None:
    make(backend, table(T, column("id", "INT"), column("n", "INT")))
    key = ForeignKey("fk", ("n",), T, ("id",))
    change(
        backend, AddForeignKey(T, key), SetComment(T, None, "made anew"), AddCheck(T, check("c", "n", ">", 0))
    )
    with pytest.raises(errors.Conflict):
        write(backend, T, {"id": 2, "n": 3})
    run(backend, RenameTable(T, "u"), backend.structure(T))
    renamed = TableName("main", "main", "u")
    found = backend.structure(renamed)
    assert found.foreign_keys == (ForeignKey("fk", ("n",), renamed, ("id",)),)
    with pytest.raises(errors.Conflict):
        run(backend, SetPrimaryKey(renamed, ()), found)
    run(backend, DropTable(renamed), found)


def test_rows_that_point_nowhere_refuse_a_foreign_key(backend: Backend, others: Others) -> None:
    others(TWO_TABLES)
    make(backend, table(T, column("id", "INT"), column("n", "BIGINT")))
    write(backend, T, {"id": 1, "n": 9})
    key = ForeignKey("fk", ("n",), TableName("main", "main", "p"), ("id",))
    with pytest.raises(errors.Conflict):
        run(backend, AddForeignKey(T, key), backend.structure(T))
    assert backend.structure(T).foreign_keys == ()


@pytest.mark.parametrize("name", ["sqlite_x", "s.t"])
def test_names_that_sqlite_keeps_are_refused(backend: Backend, name: str) -> None:
    refused = TableName("main", "main", name)
    with pytest.raises(errors.Unsupported):
        backend.ddl(CreateTable(table(refused, column("id", "INT"))), None)
    made = make(backend, table(T, column("id", "INT")))
    with pytest.raises(errors.Unsupported):
        backend.ddl(RenameTable(T, name), made)


@pytest.mark.parametrize("names", [("main", "T"), ("Main", "x"), ("MADE", "x")])
def test_the_same_name_in_another_case_conflicts(backend: Backend, names: tuple[str, str]) -> None:
    for name in (T, TableName("main", "made", "t")):
        make(backend, table(name, column("id", "INT")))
    before = backend.schemas("main")
    with pytest.raises(errors.Conflict):
        run(backend, CreateTable(table(TableName("main", *names), column("id", "INT"))), None)
    assert backend.schemas("main") == before


def test_an_index_of_any_name_is_made_and_follows(backend: Backend) -> None:
    make(backend, table(T, column("id", "INT"), column("n", "INT")))
    for name in (string.punctuation, "t:x", "é"):
        change(backend, CreateIndex(T, Index(name, ("n",))))
    change(backend, RenameTable(T, "u"))
