"""Scale to zero: a suspended database has no sessions, and who logs in wakes it."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from tests.workspace.postgres import Postgres
from tests.workspace_tests.data_plane_process import (
    WAIT_SECONDS,
    DataPlaneProcess,
    query,
    wait_until,
)

PATIENCE = 0.5  # seconds in which a login that waits is not let in


def test_a_suspended_database_has_no_sessions(plane: DataPlaneProcess, postgres: Postgres) -> None:
    idle = plane.connect()
    assert plane.call("suspend", 0.0) == 1
    assert plane.get("suspended") and not plane.get("waking")
    assert postgres.sql("SELECT 1 FROM pg_stat_activity WHERE usename = 'ann'") == []
    with pytest.raises(psycopg2.OperationalError):
        query(idle, "SELECT 1")


def test_logins_at_once_wake_a_database_once(plane: DataPlaneProcess) -> None:
    plane.call("suspend", 1.0)
    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(plane.connect) for _ in range(8)]
        for login in waiting:
            assert query(login.result(WAIT_SECONDS), "SELECT 1") == [(1,)]
    assert time.monotonic() - begun >= 1.0
    assert not plane.get("suspended")
    assert (plane.statistics.wakes, plane.statistics.logins_accepted) == (1, 8)


def test_a_database_can_be_suspended_again(plane: DataPlaneProcess) -> None:
    for _ in range(3):
        plane.call("suspend", 0.1)
        assert plane.query("SELECT 1") == [(1,)]
    assert plane.statistics.wakes == 3


def test_a_login_that_is_refused_wakes_nobody(plane: DataPlaneProcess) -> None:
    plane.call("suspend", 0.0)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        plane.connect("wrong")
    assert plane.get("suspended") and plane.statistics.wakes == 0


def test_a_waking_database_may_say_so(plane: DataPlaneProcess) -> None:
    plane.call("suspend", 600.0)
    plane.set(wake_refusals=2)
    for _ in range(2):
        with pytest.raises(psycopg2.OperationalError, match="FATAL:  the database system is starting up"):
            plane.connect()
        assert plane.get("waking")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(plane.connect)
        wait_until(lambda: plane.statistics.open_connections == 1)
        time.sleep(PATIENCE)
        assert not waiting.done()
        plane.call("wake")
        assert query(waiting.result(WAIT_SECONDS), "SELECT 1") == [(1,)]
    assert not plane.get("suspended")
    assert (plane.statistics.wakes, plane.statistics.logins_refused) == (1, 2)
