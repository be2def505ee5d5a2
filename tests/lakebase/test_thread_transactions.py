"""A thread's transaction on one connection: what it waits for, what undoes it, what it keeps from others."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from backends import errors
from backends.base import Backend
from backends.changes import AddColumn, CreateIndex
from backends.plan import And, Delete, Select, Sort, TableName
from backends.structure import Index
from tests.lakebase.gateways import sessions
from tests.lakebase.test_structures import place
from tests.structures.changing import column, found, make, read, table, write
from tests.waiting import wait_until
from tests.workspace.handle import Workspace
from tests.workspace.lakebase.faults import When

LOCK = "tests"


@pytest.fixture
def made(backend: Backend, name: TableName) -> TableName:
    make(backend, table(name, column("id", "INT"), column("n", "INT")))
    return name


def ids(backend: Backend, name: TableName) -> list[int]:
    return [row["id"] for row in read(backend, name, "id")]


def add(backend: Backend, name: TableName, new: str) -> None:
    for statement in backend.ddl(AddColumn(name, column(new, "INT")), found(backend, name)):
        backend.run(name.catalog, statement)


def test_it_is_one_connection_that_goes_back(workspace: Workspace, backend: Backend, made: TableName) -> None:
    workspace.kill_all()
    for _ in range(3):
        with backend.transaction(made.catalog, LOCK):
            write(backend, made, {"id": 1})
            ids(backend, made)
            assert backend.execute(Delete(backend.table(made), And(()), max_affected=9)).count == 1
        assert sessions(workspace) == 1


def test_a_connection_on_which_statements_were_run_is_used_by_nobody_else(
    workspace: Workspace, backend: Backend, made: TableName
) -> None:
    workspace.kill_all()
    for _ in range(3):
        with backend.transaction(made.catalog, LOCK):
            add(backend, made, "m")
            write(backend, made, {"id": 1})
            assert backend.execute(Delete(backend.table(made), And(()), max_affected=9)).count == 1
            backend.run(made.catalog, f"ALTER TABLE {place(made)} DROP COLUMN m")
            assert sessions(workspace) == 1
        wait_until(lambda: sessions(workspace) == 0)


def test_what_is_refused_within_and_caught_undoes_no_more(backend: Backend, made: TableName) -> None:
    with backend.transaction(made.catalog, LOCK):
        write(backend, made, {"id": 1}, {"id": 2})
        with pytest.raises(errors.Conflict):
            write(backend, made, {"id": 3}, {"id": 2})
        with pytest.raises(errors.Conflict):
            backend.execute(Delete(backend.table(made), And(()), max_affected=1))
        with pytest.raises(errors.Conflict):
            backend.run(made.catalog, f"ALTER TABLE {place(made)} ALTER COLUMN n SET NOT NULL")
        with pytest.raises(errors.NotFound):
            backend.table(TableName(made.catalog, made.schema, "none"))
        assert ids(backend, made) == [1, 2]
    assert ids(backend, made) == [1, 2]


def test_one_within_another_is_a_part_of_it(backend: Backend, made: TableName) -> None:
    with backend.transaction(made.catalog, LOCK):
        write(backend, made, {"id": 1})
        with backend.transaction(made.catalog, LOCK):
            write(backend, made, {"id": 2})
        with suppress(errors.Conflict), backend.transaction(made.catalog, f"{LOCK} too"):
            write(backend, made, {"id": 3})
            write(backend, made, {"id": 3})
        add(backend, made, "m")
        assert ids(backend, made) == [1, 2]
    assert ids(backend, made) == [1, 2]
    with suppress(errors.Conflict), backend.transaction(made.catalog, LOCK):
        with backend.transaction(made.catalog, LOCK):
            write(backend, made, {"id": 4})
        raise errors.Conflict("enough")
    assert ids(backend, made) == [1, 2]


def test_other_threads_know_nothing_of_it(backend: Backend, made: TableName) -> None:
    told: list[object] = []

    def look() -> None:
        known = backend.table(made)
        told.append((known.names, write(backend, made, {"id": len(told)})))

    def as_another() -> None:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    as_another()
    with suppress(errors.Conflict), backend.transaction(made.catalog, LOCK):
        for statement in backend.ddl(CreateIndex(made, Index("ix", ("n",))), found(backend, made)):
            backend.run(made.catalog, statement)
        raise errors.Conflict("enough")
    as_another()
    with backend.transaction(made.catalog, LOCK):
        assert backend.table(made).names == ("id", "n")
        other = TableName(made.catalog, made.schema, f"{made.table}_too")
        make(backend, table(other, column("id", "INT")))
        thread_sees: list[bool] = []
        thread = threading.Thread(target=lambda: thread_sees.append(found(backend, other) is None))
        thread.start()
        thread.join()
        assert thread_sees == [True]
    add(backend, made, "m")
    as_another()
    assert told == [(("id", "n"), 1), (("id", "n"), 1), (("id", "n", "m"), 1)]


def test_tables_are_made_and_dropped_within(backend: Backend, made: TableName) -> None:
    other = TableName(made.catalog, made.schema, f"{made.table}_too")
    with suppress(errors.Conflict), backend.transaction(made.catalog, LOCK):
        assert backend.create_table(table(other, column("id", "INT"), column("n", "TINYINT")).table)
        write(backend, other, {"id": 1, "n": 2})
        backend.drop_table(made)
        assert [each.name for each in backend.tables(made.catalog, made.schema)].count(other.table) == 1
        with pytest.raises(errors.NotFound):
            backend.table(made)
        raise errors.Conflict("enough")
    assert (found(backend, other), ids(backend, made)) == (None, [])


def test_a_stream_within_sees_what_is_written_and_may_be_left(backend: Backend, made: TableName) -> None:
    with backend.transaction(made.catalog, LOCK):
        write(backend, made, *({"id": at} for at in range(500)))
        select = Select(backend.table(made), ("id",), order=(Sort("id"),), limit=None)
        one, other = backend.stream(select), backend.stream(select)
        assert next(one).count(b"\n") == next(other).count(b"\n") == 100
        write(backend, made, {"id": 500})
        assert b"".join(one).count(b"\n") == 400
        other.close()  # type: ignore[attr-defined]
        add(backend, made, "m")
        left = backend.stream(Select(backend.table(made), ("id",), order=(Sort("id"),), limit=None))
        assert next(left)
    with pytest.raises(errors.Unavailable):
        list(left)
    assert ids(backend, made) == list(range(501))


def test_a_change_may_take_longer_than_a_request(backend: Backend, made: TableName) -> None:
    began = time.monotonic()
    with backend.transaction(made.catalog, LOCK):
        for _ in range(2):
            ids(backend, made)
            backend.run(made.catalog, "SELECT pg_sleep(2.5)")
        slow = f'CREATE VIEW {place(made)[:-1]}_slow" AS SELECT 1 AS id FROM pg_sleep(3)'
        backend.run(made.catalog, slow)
        view = backend.table(TableName(made.catalog, made.schema, f"{made.table}_slow"))
        with pytest.raises(errors.Timeout):
            backend.execute(Select(view, ("id",), order=(Sort("id"),)))
        write(backend, made, {"id": 1})
    assert time.monotonic() - began > 5
    with pytest.raises(errors.Timeout):
        backend.run(made.catalog, "SELECT pg_sleep(3)")
    assert ids(backend, made) == [1]


def test_one_waits_longer_for_its_turn_than_a_statement_may_take(backend: Backend, made: TableName) -> None:
    entered = threading.Event()

    def stay() -> None:
        with backend.transaction(made.catalog, made.table):
            entered.set()
            time.sleep(3.5)

    thread = threading.Thread(target=stay)
    thread.start()
    entered.wait()
    with backend.transaction(made.catalog, made.table):
        write(backend, made, {"id": 1})
    thread.join()


def test_one_does_not_wait_for_ever(
    backend: Backend, made: TableName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.lakebase.transactions.LOCK_SECONDS", 1)
    refused: list[errors.Unavailable] = []

    def try_it() -> None:
        with pytest.raises(errors.Unavailable) as raised, backend.transaction(made.catalog, made.table):
            write(backend, made, {"id": 1})
        refused.append(raised.value)

    with backend.transaction(made.catalog, made.table):
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
    assert [error.message for error in refused] == ["others were within for too long"]
    assert ids(backend, made) == []


def test_a_lost_connection_writes_nothing(workspace: Workspace, backend: Backend, made: TableName) -> None:
    def go_on() -> None:
        write(backend, made, {"id": 2})

    def go_on_in_spite_of_it() -> None:
        for _ in range(2):
            with pytest.raises(errors.Unavailable):
                ids(backend, made)

    def lose(then: Callable[[], None]) -> None:
        with backend.transaction(made.catalog, LOCK):
            write(backend, made, {"id": 1})
            workspace.kill_all()
            then()

    for then in (go_on, go_on_in_spite_of_it):
        with pytest.raises(errors.Unavailable) as raised:
            lose(then)
        assert "outcome" not in raised.value.details
    assert ids(backend, made) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_of_a_lost_commit_nobody_knows(
    workspace: Workspace, backend: Backend, made: TableName, when: When
) -> None:
    def lose() -> None:
        with backend.transaction(made.catalog, LOCK):
            write(backend, made, {"id": 1})
            workspace.sever("COMMIT", when)

    with pytest.raises(errors.Unavailable) as raised:
        lose()
    assert raised.value.details == {"outcome": "unknown"}
    assert ids(backend, made) == ([] if when == "before" else [1])


def test_what_holds_at_the_end_is_refused_there(
    workspace: Workspace, backend: Backend, made: TableName
) -> None:
    at = place(made)
    workspace.sql(f"ALTER TABLE {at} ADD FOREIGN KEY (n) REFERENCES {at} (id) DEFERRABLE INITIALLY DEFERRED")
    with pytest.raises(errors.Conflict), backend.transaction(made.catalog, LOCK):
        write(backend, made, {"id": 1, "n": 7})
    assert ids(backend, made) == []


@pytest.mark.parametrize("statement", ["COMMIT", "ROLLBACK"])
def test_a_statement_may_not_end_it(backend: Backend, made: TableName, statement: str) -> None:
    with backend.transaction(made.catalog, LOCK):
        write(backend, made, {"id": 2})
        with pytest.raises(errors.Invalid):
            backend.run(made.catalog, statement)
    assert ids(backend, made) == [2]
    with pytest.raises(errors.Invalid):
        backend.run(made.catalog, statement)


@pytest.mark.parametrize("statement", ["COMMIT", "ROLLBACK"])
def test_nothing_is_done_in_one_that_was_ended(backend: Backend, made: TableName, statement: str) -> None:
    def go_on() -> None:
        with backend.transaction(made.catalog, LOCK):
            backend.run(made.catalog, "SET LOCAL standard_conforming_strings = off")
            with pytest.raises(errors.Invalid):
                backend.run(made.catalog, f"SELECT '\\''; {statement}; --'")
            write(backend, made, {"id": 1})

    with pytest.raises(errors.BackendError):
        go_on()
    assert ids(backend, made) == []
