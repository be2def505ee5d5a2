"""The data plane when it is told to misbehave: each fault does what it says, and no more."""

import errno
import select
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import psycopg2
import psycopg2.extensions
import pytest

from tests.workspace.lakebase.faults import How
from tests.workspace.postgres import Postgres
from tests.workspace_tests.bare_client import (
    dial,
    log_in,
    message,
    rest_of,
)
from tests.workspace_tests.data_plane_process import (
    CLOSED,
    WAIT_SECONDS,
    DataPlaneProcess,
    ids,
    query,
    sleeps,
    wait_until,
)

PATIENCE = 0.5  # seconds in which nothing comes out of a black hole
HOWS: tuple[How, ...] = ("abort", "reset", "terminate")  # psycopg2 tells none from another


@contextmanager
def asked(
    connection: psycopg2.extensions.connection, statement: str
) -> Iterator["Future[list[tuple[object, ...]]]"]:
    """The answer to a statement, once there is one."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(query, connection, statement)


def has_news(connection: psycopg2.extensions.connection) -> bool:
    """Whether there is something to read for a client that has asked nothing: bad news, then."""
    return bool(select.select([connection], [], [], 0)[0])


@pytest.mark.parametrize("how", HOWS)
def test_killing_ends_queries_that_run(plane: DataPlaneProcess, postgres: Postgres, how: How) -> None:
    statement = f"SELECT pg_sleep(20) AS {how}"
    with asked(plane.connect(), statement) as answer:
        wait_until(lambda: sleeps(postgres, statement))
        assert plane.call("kill_all", how) == 1
        with pytest.raises(psycopg2.OperationalError, match=CLOSED):
            answer.result(WAIT_SECONDS)
    assert plane.query("SELECT 1") == [(1,)]


@pytest.mark.parametrize("how", HOWS)
def test_killing_ends_connections_that_idle(plane: DataPlaneProcess, how: How) -> None:
    idle = [plane.connect() for _ in range(5)]
    assert not any(map(has_news, idle))
    assert plane.call("kill_all", how) == 5
    assert plane.statistics.open_connections == 0
    wait_until(lambda: all(map(has_news, idle)))
    for connection in idle:
        with pytest.raises(psycopg2.OperationalError):
            query(connection, "SELECT 1")


def test_a_client_that_is_aborted_reads_nothing_more(plane: DataPlaneProcess) -> None:
    connection, _ = log_in(plane)
    plane.call("kill_all", "abort")
    assert select.select([connection], [], [], WAIT_SECONDS)[0]
    assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    assert connection.recv(1000) == b""
    connection.close()


def test_a_client_that_is_reset_has_a_broken_connection(plane: DataPlaneProcess) -> None:
    connection, _ = log_in(plane)
    plane.call("kill_all", "reset")
    wait_until(lambda: connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET)
    connection.close()


@pytest.mark.parametrize("statement", [b"SELECT 1\0", b"SELECT pg_sleep(600)\0"])
def test_a_client_that_is_terminated_reads_why(plane: DataPlaneProcess, statement: bytes) -> None:
    connection, _ = log_in(plane)
    connection.sendall(message(b"Q", statement))
    plane.call("kill_all", "terminate")
    reason = b"\0C57P01\0Mterminating connection due to administrator command\0"
    assert reason in rest_of(connection)


def test_killing_ends_connections_that_have_not_logged_in(plane: DataPlaneProcess) -> None:
    connection = dial(plane)
    wait_until(lambda: plane.statistics.open_connections == 1)
    assert plane.call("kill_all", "terminate") == 1
    assert b"\0C57P01\0" in rest_of(connection)


def test_killing_nobody_is_no_error(plane: DataPlaneProcess) -> None:
    assert [plane.call("kill_all", how) for how in HOWS] == [0, 0, 0]


def test_what_is_terminated_is_undone(plane: DataPlaneProcess, postgres: Postgres) -> None:
    with asked(plane.connect(), "INSERT INTO t SELECT 1 FROM pg_sleep(600)") as answer:
        wait_until(lambda: sleeps(postgres, "INSERT"))
        plane.call("kill_all", "terminate")
        assert isinstance(answer.exception(WAIT_SECONDS), psycopg2.OperationalError)
    assert not sleeps(postgres, "INSERT") and ids(postgres) == []


def test_what_a_client_lost_sight_of_is_finished(plane: DataPlaneProcess, postgres: Postgres) -> None:
    with asked(plane.connect(), "INSERT INTO t SELECT 1 FROM pg_sleep(2)") as answer:
        wait_until(lambda: sleeps(postgres, "INSERT"))
        plane.call("kill_all", "abort")
        assert isinstance(answer.exception(WAIT_SECONDS), psycopg2.OperationalError)
    wait_until(lambda: ids(postgres) == [1])


def test_connections_past_the_plane_are_not_terminated(plane: DataPlaneProcess, postgres: Postgres) -> None:
    postgres.sql("CREATE ROLE direct LOGIN PASSWORD 'secret'")
    connection = psycopg2.connect(f"postgresql://direct:secret@127.0.0.1:{postgres.port}/postgres")
    proxied = plane.connect()
    assert plane.call("kill_all", "terminate") == 1
    wait_until(lambda: has_news(proxied))
    assert query(connection, "SELECT 1") == [(1,)]
    connection.close()


def test_every_login_is_refused_until_it_is_not(plane: DataPlaneProcess) -> None:
    open_ = plane.connect()
    plane.set(refuse=("53300", "too many connections for role"))
    with pytest.raises(psycopg2.OperationalError, match="FATAL:  too many connections for role"):
        plane.connect()
    assert query(open_, "SELECT 1") == [(1,)]
    plane.set(refuse=None)
    assert plane.query("SELECT 1") == [(1,)]
    assert plane.statistics.logins_refused == 1


def test_every_connection_is_refused_until_it_is_not(plane: DataPlaneProcess) -> None:
    open_ = plane.connect()
    plane.set(refuse_connections=True)
    with pytest.raises(psycopg2.OperationalError, match=f"{CLOSED}|Connection reset"):
        plane.connect()
    assert query(open_, "SELECT 1") == [(1,)]
    plane.set(refuse_connections=False)
    assert plane.query("SELECT 1") == [(1,)]
    assert (plane.statistics.connections_refused, plane.statistics.connections_accepted) == (1, 2)


def test_logins_take_their_time(plane: DataPlaneProcess) -> None:
    plane.set(login_delay=0.5)
    begun = time.monotonic()
    connection = plane.connect()
    assert time.monotonic() - begun >= 0.5
    plane.set(login_delay=600)
    assert query(connection, "SELECT 1") == [(1,)]
    with pytest.raises(psycopg2.OperationalError, match="timeout expired"):
        plane.connect(connect_timeout=2)
    wait_until(lambda: plane.statistics.open_connections == 1)


def test_messages_are_under_way_for_a_while_each_way(plane: DataPlaneProcess) -> None:
    connection = plane.connect()
    plane.set(latency=0.2)
    begun = time.monotonic()
    assert query(connection, "SELECT 1") == [(1,)]
    assert time.monotonic() - begun >= 0.4
    plane.connect()  # logs in nonetheless
    plane.set(latency=0.0)
    assert query(connection, "SELECT 1") == [(1,)]


def test_what_is_under_way_stays_in_order(plane: DataPlaneProcess) -> None:
    connection = plane.connect()
    text = "".join(map(str, range(2_000_000)))
    plane.set(latency=0.05)
    with connection.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        asking = pool.submit(cursor.execute, "SELECT %s", (text,))
        for latency in (0.01, 0.0, 0.1, 0.0):
            time.sleep(0.02)
            plane.set(latency=latency)
        asking.result(WAIT_SECONDS)
        assert cursor.fetchone() == (text,)


def test_a_last_word_is_under_way_before_the_connection_ends(plane: DataPlaneProcess) -> None:
    plane.set(latency=0.1)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        plane.connect("wrong")


def test_nothing_comes_out_of_a_black_hole(plane: DataPlaneProcess, postgres: Postgres) -> None:
    spared, lost = plane.connect(), plane.connect()
    plane.set(black_hole=True)
    with asked(lost, "INSERT INTO t VALUES (1)") as answer:
        with pytest.raises(psycopg2.OperationalError, match="timeout expired"):
            plane.connect(connect_timeout=2)
        assert not answer.done() and not has_news(spared)
        plane.set(black_hole=False)
        assert query(spared, "SELECT 1") == [(1,)]
        assert plane.query("SELECT 1") == [(1,)]
        assert not answer.done()
        plane.call("kill_all", "abort")
        assert isinstance(answer.exception(WAIT_SECONDS), psycopg2.OperationalError)
    assert ids(postgres) == []


def test_an_answer_can_be_lost_in_a_black_hole(plane: DataPlaneProcess, postgres: Postgres) -> None:
    with asked(plane.connect(), "INSERT INTO t SELECT 1 FROM pg_sleep(1)") as answer:
        wait_until(lambda: sleeps(postgres, "INSERT"))
        plane.set(black_hole=True)
        wait_until(lambda: ids(postgres) == [1])
        time.sleep(PATIENCE)
        assert not answer.done()
        plane.call("kill_all", "reset")
        assert isinstance(answer.exception(WAIT_SECONDS), psycopg2.OperationalError)


def test_a_client_in_a_black_hole_does_not_learn_that_postgres_hung_up(
    plane: DataPlaneProcess, postgres: Postgres
) -> None:
    connection = plane.connect(application_name="victim")
    plane.set(black_hole=True)
    victim = "FROM pg_stat_activity WHERE application_name = 'victim'"
    postgres.sql(f"SELECT pg_terminate_backend(pid) {victim}")
    wait_until(lambda: postgres.sql(f"SELECT 1 {victim}") == [])
    time.sleep(PATIENCE)
    assert not has_news(connection)
    assert plane.statistics.open_connections == 1
