"""Transactions of one thread: what SQLite itself must not do meanwhile, and what others see."""

import threading
from collections.abc import Callable

import pytest

from backends import errors
from backends.base import Backend
from backends.changes import AddColumn
from backends.plan import Comparison, Delete, TableName
from tests.sqlite.conftest import Others
from tests.structures.changing import column, make, read, run, table, write

T = TableName("main", "main", "t")
C = TableName("main", "main", "c")
TWO_TABLES = """
CREATE TABLE t (id INT NOT NULL, PRIMARY KEY (id));
CREATE TABLE c (id INT NOT NULL, t INT REFERENCES t);
INSERT INTO t VALUES (1); INSERT INTO c VALUES (1, 1);
"""


class Failure(Exception):
    """What a migration may fail with."""


def failing(backend: Backend, work: Callable[[], object]) -> None:
    """Do some work in a transaction that fails then."""
    with backend.transaction("main", "x"):
        work()
        raise Failure


def test_a_row_that_points_nowhere_in_the_end_undoes_all(backend: Backend, others: Others) -> None:
    others(TWO_TABLES)
    with pytest.raises(errors.Conflict), backend.transaction("main", "x"):
        write(backend, C, {"id": 2, "t": 9})
    assert (len(read(backend, T)), len(read(backend, C))) == (1, 1)
    with backend.transaction("main", "x"):
        write(backend, C, {"id": 2, "t": 9})
        write(backend, T, {"id": 9})
    with pytest.raises(errors.Conflict):
        write(backend, C, {"id": 3, "t": 8})


def test_what_points_nowhere_already_is_no_fault_of_a_transaction(backend: Backend, others: Others) -> None:
    others(
        TWO_TABLES
        + "PRAGMA foreign_keys=OFF; INSERT INTO c VALUES (2, 8); CREATE TABLE d (x REFERENCES no (y))"
    )
    with backend.transaction("main", "x"):
        write(backend, C, {"id": 3, "t": 1})
    with pytest.raises(errors.Conflict), backend.transaction("main", "x"):
        write(backend, C, {"id": 4, "t": 8})
    assert len(read(backend, C)) == 3


def test_a_write_that_is_refused_within_is_undone_alone(backend: Backend) -> None:
    make(backend, table(T, column("id", "INT")))
    with backend.transaction("main", "x"):
        write(backend, T, {"id": 1})
        with pytest.raises(errors.Conflict):
            write(backend, T, {"id": 2}, {"id": 3}, {"id": 1})
        known = backend.table(T)
        with pytest.raises(errors.Conflict):
            backend.execute(Delete(known, Comparison("id", ">", 0), max_affected=0))
    assert read(backend, T) == [{"id": 1}]


def test_a_transaction_within_another_is_undone_alone(backend: Backend) -> None:
    make(backend, table(T, column("id", "INT")))
    with backend.transaction("main", "x"):
        write(backend, T, {"id": 1})
        with pytest.raises(Failure):
            failing(backend, lambda: write(backend, T, {"id": 2}))
    assert read(backend, T) == [{"id": 1}]


@pytest.mark.parametrize(
    "statement", ["COMMIT", "ROLLBACK", "BEGIN", "SAVEPOINT x", "ATTACH ':memory:' AS x"]
)
def test_a_statement_cannot_end_the_transaction(backend: Backend, statement: str) -> None:
    make(backend, table(T, column("id", "INT")))

    def work() -> None:
        write(backend, T, {"id": 1})
        with pytest.raises(errors.Invalid):
            backend.run("main", statement)

    with pytest.raises(Failure):
        failing(backend, work)
    assert read(backend, T) == []


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELEC 1", errors.Invalid),
        ("SELECT 1; SELECT 2", errors.Invalid),
        ("SELECT ?", errors.Invalid),
        ("INSERT INTO t VALUES (1)", errors.Conflict),
        ("CREATE TABLE t (id)", errors.Conflict),
        ("CREATE TABLE other.t (id)", errors.Invalid),
        ("ALTER TABLE t DROP COLUMN id", errors.Conflict),
        ("DROP TABLE x", errors.NotFound),
    ],
)
def test_a_statement_is_refused_in_the_contracts_words(
    backend: Backend, statement: str, error: type[errors.BackendError]
) -> None:
    make(backend, table(T, column("id", "INT")))
    write(backend, T, {"id": 1})
    with pytest.raises(error):
        backend.run("main", statement)


@pytest.mark.parametrize("statement", ["CREATE TABLE t (id)", "DROP TABLE x", "ALTER TABLE t ADD COLUMN id"])
def test_what_is_so_already_is_no_error_the_second_time(backend: Backend, statement: str) -> None:
    make(backend, table(T, column("id", "INT")))
    with pytest.raises(errors.BackendError):
        backend.run("main", statement)
    backend.run("main", statement, again=True)


def test_others_see_the_table_as_it_was_until_the_end(backend: Backend) -> None:
    make(backend, table(T, column("id", "INT")))
    seen: list[int] = []

    def look() -> None:
        known = backend.table(T)
        assert known.names == ("id",)
        seen.append(len(read(backend, T)))

    with backend.transaction("main", "x"):
        run(backend, AddColumn(T, column("n", "INT")), backend.structure(T))
        write(backend, T, {"id": 1, "n": 1})
        assert backend.table(T).names == ("id", "n")
        other = threading.Thread(target=look)
        other.start()
        other.join()
        assert backend.table(T).names == ("id", "n")
    assert (seen, backend.table(T).names) == ([0], ("id", "n"))


def test_a_structure_that_was_undone_is_not_remembered(backend: Backend, others: Others) -> None:
    make(backend, table(T, column("id", "INT")))

    def work() -> None:
        run(backend, AddColumn(T, column("n", "INT")), backend.structure(T))
        assert backend.table(T).names == ("id", "n")

    with pytest.raises(Failure):
        failing(backend, work)
    others("ALTER TABLE t ADD COLUMN m TEXT")
    assert backend.table(T, fresh=True).names == ("id", "m")
    write(backend, T, {"id": 1, "m": "x"})
    assert read(backend, T) == [{"id": 1, "m": "x"}]


def test_a_transaction_in_a_catalog_that_is_not_there_is_refused(backend: Backend) -> None:
    with pytest.raises(errors.NotFound), backend.transaction("nowhere", "x"):
        pass
