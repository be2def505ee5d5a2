"""What is asked within a transaction, and who else is within meanwhile."""

import threading
import time

import pytest

from backends import errors
from backends.base import Backend
from backends.changes import AddColumn
from backends.plan import Comparison, Delete, TableName
from tests.structures.changing import LOCK, column, found, make, read, table, write


@pytest.fixture
def made(backend: Backend, name: TableName) -> TableName:
    make(backend, table(name, column("id", "INT"), column("n", "INT")))
    return name


def test_what_is_written_within_is_seen_within_and_after(backend: Backend, made: TableName) -> None:
    with backend.transaction(made.catalog, LOCK):
        write(backend, made, {"id": 1})
        for statement in backend.ddl(AddColumn(made, column("m", "INT")), found(backend, made)):
            backend.run(made.catalog, statement)
        write(backend, made, {"id": 2, "m": 5})
        assert [row["m"] for row in read(backend, made)] == [None, 5]
        known = backend.table(made, fresh=True)
        assert backend.execute(Delete(known, Comparison("id", "=", 1))).count == 1
    assert read(backend, made, "id", "m") == [{"id": 2, "m": 5}]


def test_an_error_undoes_all_or_leaves_whole_steps(backend: Backend, made: TableName) -> None:
    def fail() -> None:
        with backend.transaction(made.catalog, LOCK):
            write(backend, made, {"id": 1})
            for statement in backend.ddl(AddColumn(made, column("m", "INT")), found(backend, made)):
                backend.run(made.catalog, statement)
            raise errors.Conflict("enough")

    with pytest.raises(errors.Conflict, match="enough"):
        fail()
    done = (read(backend, made, "id"), [each.name for each in backend.structure(made).table.columns])
    assert done in (([], ["id", "n"]), ([{"id": 1}], ["id", "n", "m"]))
    write(backend, made, {"id": 3})


def test_one_at_a_time_is_within(backend: Backend, made: TableName) -> None:
    write(backend, made, {"id": 0, "n": 0})
    within: list[int] = []

    def enter() -> None:
        with backend.transaction(made.catalog, f"tests-{made.table}"):
            within.append(1)
            assert len(within) == 1
            count = len(read(backend, made))
            time.sleep(0.05)
            write(backend, made, {"id": count})
            within.pop()

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["id"] for row in read(backend, made)] == [0, 1, 2, 3, 4]
