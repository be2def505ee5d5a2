"""The lock that processes share: who has it, and what becomes of it when its holder is gone."""

import threading
import time
from collections.abc import Iterator

import pytest

from backends import errors
from backends.plan import TableName
from backends.warehouse import WarehouseBackend
from backends.warehouse.lease import Lease
from tests.client import new_name
from tests.structures.changing import column, make, read, table, write
from tests.warehouse.backends import backend_on
from tests.warehouse.gateways import CATALOG
from tests.workspace.handle import Workspace

LOCKS = f"{CATALOG}.lakegate.locks"


@pytest.fixture(scope="module")
def backend(lasting_workspace: Workspace) -> Iterator[WarehouseBackend]:
    lasting_workspace.mend()
    with backend_on(lasting_workspace) as backend:
        yield backend


def lease(backend: WarehouseBackend, lock: str, seconds: int = 60, wait_seconds: float = 0.5) -> Lease:
    return Lease(backend._mine, CATALOG, lock, seconds, wait_seconds)


def test_another_waits_and_is_told_who_holds_it(backend: WarehouseBackend) -> None:
    lock = new_name()
    with lease(backend, lock).held() as first:
        with pytest.raises(errors.Unavailable) as caught, lease(backend, lock).held():
            pass
        assert caught.value.details["holder"] == first.holder
        assert caught.value.details["until"]
    with lease(backend, lock).held():
        pass


def test_locks_of_other_names_are_others(backend: WarehouseBackend) -> None:
    with lease(backend, new_name()).held(), lease(backend, new_name()).held():
        pass


def test_a_holder_that_died_is_passed_over_when_its_lease_ends(backend: WarehouseBackend) -> None:
    lock, dead = new_name(), 1
    assert lease(backend, lock, dead)._taken()
    started = time.monotonic()
    with lease(backend, lock, wait_seconds=10).held():
        assert time.monotonic() - started > dead / 2


def test_a_lease_is_renewed_for_as_long_as_it_is_held(backend: WarehouseBackend) -> None:
    lock = new_name()
    with lease(backend, lock, 2).held() as held:
        time.sleep(3)
        held.confirm()
        with pytest.raises(errors.Unavailable), lease(backend, lock).held():
            pass


def test_whoever_finds_it_lost_goes_on_no_more(
    backend: WarehouseBackend, lasting_workspace: Workspace
) -> None:
    lock = new_name()
    with lease(backend, lock, 3).held() as held:
        lasting_workspace.warehouse.sql(f"UPDATE {LOCKS} SET holder = 'thief' WHERE name = '{lock}'")
        time.sleep(1.5)
        with pytest.raises(errors.Unavailable, match="lost"):
            held.confirm()
    assert lasting_workspace.warehouse.sql(f"SELECT holder FROM {LOCKS} WHERE name = '{lock}'") == [["thief"]]


def test_a_statement_within_is_refused_once_the_lock_is_lost(backend: WarehouseBackend) -> None:
    name = TableName(CATALOG, backend.schema, new_name())
    make(backend, table(name, column("id", "INT")))
    with backend.transaction(CATALOG, new_name()):
        write(backend, name, {"id": 1})
        backend._within.transaction.lease._good_until = 0.0
        with pytest.raises(errors.Unavailable, match="lost"):
            backend.run(CATALOG, "SELECT 1")
        with pytest.raises(errors.Unavailable, match="lost"):
            write(backend, name, {"id": 2})
    assert read(backend, name, "id") == [{"id": 1}]


def test_a_thread_that_is_within_may_enter_again(backend: WarehouseBackend) -> None:
    lock = new_name()
    with backend.transaction(CATALOG, lock), backend.transaction(CATALOG, lock):
        backend.run(CATALOG, "SELECT 1")


def test_of_many_at_once_one_has_it(backend: WarehouseBackend) -> None:
    lock = new_name()
    within: list[int] = []
    most: list[int] = []

    def enter() -> None:
        with lease(backend, lock, wait_seconds=30).held():
            within.append(1)
            most.append(len(within))
            time.sleep(0.05)
            within.pop()

    threads = [threading.Thread(target=enter) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 6
