"""The pool of connections: how many there are, who gets which, and what becomes of those that fail."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from backends.sql.pool import Full, Pool


class Connection:
    """What is pooled."""

    closed = False

    def close(self) -> None:
        self.closed = True


def new(size: int = 2, wait_seconds: float = 0.05, **options: float) -> Pool[Connection]:
    return Pool(Connection, size, wait_seconds, **options)


def test_the_connection_that_was_used_last_is_taken_first() -> None:
    pool = new()
    first, second = pool.take(), pool.take()
    pool.give_back(second)
    pool.give_back(first)
    assert (pool.take(), pool.take()) == (first, second)


def test_many_threads_share_few_connections_each_alone() -> None:
    pool, used = new(3, 30), set[Connection]()
    in_use, most = 0, 0
    lock = threading.Lock()

    def work(_: int) -> None:
        nonlocal in_use, most
        found = pool.take()
        with lock:
            assert found not in used
            used.add(found)
            most = max(most, len(used))
        time.sleep(0.0005)
        with lock:
            used.remove(found)
        pool.give_back(found)

    with ThreadPoolExecutor(16) as threads:
        assert len([*threads.map(work, range(800))]) == 800
    assert most == 3


def test_who_waits_gets_what_is_given_back() -> None:
    pool = new(1, 30)
    found = pool.take()
    threading.Timer(0.05, pool.give_back, (found,)).start()
    assert pool.take() is found


def test_nobody_waits_for_ever() -> None:
    pool = new(1)
    pool.take()
    with pytest.raises(Full):
        pool.take()


def test_who_waits_gets_a_new_one_in_the_place_of_one_discarded() -> None:
    pool = new(1, 30)
    found = pool.take()
    threading.Timer(0.05, pool.discard, (found,)).start()
    assert pool.take() is not found
    assert found.closed


def test_a_connection_that_could_not_be_made_holds_no_place() -> None:
    outcomes = [OSError("refused"), OSError("refused"), None]

    def connect() -> Connection:
        if error := outcomes.pop(0):
            raise error
        return Connection()

    pool = Pool(connect, 1, 0.05)
    for _ in range(2):
        with pytest.raises(OSError, match="refused"):
            pool.take()
    assert not pool.take().closed


def test_a_connection_that_is_too_old_is_replaced_and_the_others_when_they_are_taken() -> None:
    pool = new(2, oldest_seconds=0.01)
    other, found = pool.take(), pool.take()
    pool.give_back(other)
    pool.give_back(found)
    time.sleep(0.02)
    assert pool.take() is not found
    assert (found.closed, other.closed) == (True, False)


def test_what_is_given_back_at_the_last_moment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = new(1)
    found = pool.take()

    def too_late(self: threading.Condition, timeout: float | None = None) -> bool:
        time.sleep(timeout or 0)
        pool._idle.append(found)  # by a thread that has told another
        return False

    monkeypatch.setattr(threading.Condition, "wait", too_late)
    assert pool.take() is found


def test_after_a_loss_no_older_connection_is_used_again() -> None:
    pool = new(3)
    idle, busy = pool.take(), pool.take()
    pool.give_back(idle)
    pool.renew()
    fresh = pool.take()
    pool.give_back(busy)
    pool.give_back(fresh)
    assert (idle.closed, busy.closed, fresh.closed) == (True, True, False)
    assert pool.take() is fresh


def test_closing_ends_what_is_idle_and_a_connection_that_complains_too() -> None:
    class Dead(Connection):
        def close(self) -> None:
            super().close()
            raise OSError("gone")

    pool: Pool[Connection] = Pool(Dead, 2, 0.05)
    idle, busy = pool.take(), pool.take()
    pool.give_back(idle)
    pool.close()
    assert (idle.closed, busy.closed) == (True, False)
    pool.give_back(busy)
    assert busy.closed
    assert pool.take() not in (idle, busy)
