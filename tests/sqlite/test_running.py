"""Statements of a migration's own: what they leave behind, and what is refused."""

import shutil
import threading
from pathlib import Path

import pytest

from backends import errors
from backends.base import Backend
from backends.changes import RenameTable
from backends.plan import TableName
from backends.structure import ForeignKey
from tests.sqlite.conftest import Others
from tests.structures.changing import change, column, make, read, run, table, write

T = TableName("main", "main", "t")
C = TableName("main", "main", "c")
ORPHAN = """
CREATE TABLE t (id INT NOT NULL, PRIMARY KEY (id));
CREATE TABLE c (id INT NOT NULL, t INT REFERENCES t);
INSERT INTO c VALUES (1, 8);
"""


@pytest.mark.parametrize("statement", ["CREATE TEMP TABLE t (id)", "PRAGMA query_only=ON"])
def test_what_a_statement_leaves_on_its_connection_reaches_no_request(
    backend: Backend, statement: str
) -> None:
    make(backend, table(T, column("id", "INT")))
    backend.run("main", statement)
    write(backend, T, {"id": 1})
    assert read(backend, T) == [{"id": 1}]
    with backend.transaction("main", "x"):
        backend.run("main", statement)
    write(backend, T, {"id": 2})
    assert read(backend, T) == [{"id": 1}, {"id": 2}]


def test_text_that_is_not_utf8_refuses_a_statement_that_reads_it(backend: Backend) -> None:
    with pytest.raises(errors.Unsupported):
        backend.run("main", "SELECT CAST(X'FF' AS TEXT)")


def test_a_table_is_renamed_to_its_name_in_another_case(backend: Backend) -> None:
    make(backend, table(T, column("id", "INT")))
    write(backend, T, {"id": 1})
    change(backend, RenameTable(T, "T"))
    assert read(backend, TableName("main", "main", "T")) == [{"id": 1}]


@pytest.mark.parametrize("name", [C, T])
def test_a_row_that_points_nowhere_already_does_not_mind_a_name(
    backend: Backend, others: Others, name: TableName
) -> None:
    others(ORPHAN)
    run(backend, RenameTable(name, "renamed"), backend.structure(name))
    assert backend.structure(TableName("main", "main", "renamed")).others == ()
    with pytest.raises(errors.Conflict), backend.transaction("main", "x"):
        backend.run("main", f"INSERT INTO {'renamed' if name == C else 'c'} VALUES (2, 9)")


def test_keys_that_have_no_names_are_told_apart(backend: Backend, others: Others) -> None:
    others(
        "CREATE TABLE t (id INT NOT NULL, PRIMARY KEY (id)); CREATE TABLE p (id INT NOT NULL PRIMARY KEY);"
        "CREATE TABLE c (id INT, t INT, FOREIGN KEY (t) REFERENCES t, FOREIGN KEY (t) REFERENCES p)"
    )
    parent = TableName("main", "main", "p")
    assert backend.structure(C).foreign_keys == (
        ForeignKey("c_t_fkey", ("t",), T, ("id",)),
        ForeignKey("c_t_fkey1", ("t",), parent, ("id",)),
    )


@pytest.mark.parametrize("opened_by_another", [False, True])
def test_a_transaction_stays_in_the_file_that_it_began_in(
    backend: Backend, folder: Path, opened_by_another: bool
) -> None:
    make(backend, table(T, column("id", "INT")))

    def replace_file() -> None:
        shutil.copy(folder / "main.db", folder / "copy")
        (folder / "copy").replace(folder / "main.db")
        if opened_by_another:
            other = threading.Thread(target=lambda: backend.table(T, fresh=True))
            other.start()
            other.join()

    def work() -> None:
        with backend.transaction("main", "x"):
            write(backend, T, {"id": 1})
            replace_file()
            write(backend, T, {"id": 2})
            assert read(backend, T) == [{"id": 1}, {"id": 2}]
            raise errors.Conflict("enough")

    with pytest.raises(errors.Conflict, match="enough"):
        work()


def test_all_forget_a_file_that_a_transaction_in_another_finds_replaced(
    backend: Backend, others: Others, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.sqlite.folder.LOOK_SECONDS", 0)
    others("CREATE TABLE x (n INT)", catalog="other")
    others("CREATE TABLE t (id INT)")
    assert backend.table(T).names == ("id",)
    with backend.transaction("other", "x"):
        (folder / "main.db").unlink()
        others("CREATE TABLE t (n INT)")
        assert backend.table(T).names == ("n",)
    assert backend.table(T).names == ("n",)
