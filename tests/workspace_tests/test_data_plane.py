"""The data plane when all is well: what passes through it arrives as it was sent, and it keeps count."""

import hashlib
import io
import socket
import threading
from pathlib import Path

import psycopg2
import psycopg2.errors
import pytest

from tests.workspace.certificates import issue
from tests.workspace.lakebase import DataPlane, Statistics
from tests.workspace.postgres import Postgres
from tests.workspace_tests.bare_client import (
    dial_encrypted,
    log_in,
    message,
    rest_of,
    take,
)
from tests.workspace_tests.data_plane_process import (
    HOST,
    WAIT_SECONDS,
    DataPlaneProcess,
    query,
    sleeps,
    wait_until,
)

BIG = 50_000_000  # bytes


def test_who_is_let_in_runs_queries(plane: DataPlaneProcess) -> None:
    assert plane.query("SELECT current_user, 1 + 1") == [("ann", 2)]


def test_transactions_hold(plane: DataPlaneProcess, postgres: Postgres) -> None:
    connection = plane.connect()
    connection.autocommit = False
    query(connection, "CREATE TABLE kept (id int)")
    connection.commit()
    query(connection, "INSERT INTO kept VALUES (1)")
    connection.rollback()
    connection.close()
    assert postgres.sql("SELECT * FROM kept") == []


def test_fifty_megabytes_come_down_intact(plane: DataPlaneProcess) -> None:
    statement = f"SELECT string_agg(md5(n::text), '' ORDER BY n) FROM generate_series(1, {BIG // 32}) n"
    [(text, digest)] = plane.query(f"SELECT text, md5(text) FROM ({statement}) AS t(text)")
    assert isinstance(text, str) and len(text) == BIG
    assert hashlib.md5(text.encode()).hexdigest() == digest


def test_fifty_megabytes_go_up_intact(plane: DataPlaneProcess) -> None:
    text = "".join(hashlib.md5(str(number).encode()).hexdigest() for number in range(BIG // 32))
    with plane.connect().cursor() as cursor:
        cursor.execute("SELECT md5(%s)", (text,))
        assert cursor.fetchone() == (hashlib.md5(text.encode()).hexdigest(),)


def test_rows_are_copied_both_ways(plane: DataPlaneProcess) -> None:
    lines = "".join(f"{number}\n" for number in range(200_000))
    connection = plane.connect()
    query(connection, "CREATE TEMPORARY TABLE numbers (n int)")
    back = io.StringIO()
    with connection.cursor() as cursor:
        cursor.copy_expert("COPY numbers FROM STDIN", io.StringIO(lines))
        cursor.copy_expert("COPY (SELECT n FROM numbers ORDER BY n) TO STDOUT", back)
    assert back.getvalue() == lines


def test_a_client_that_does_not_read_fills_no_memory(plane: DataPlaneProcess, postgres: Postgres) -> None:
    before = resident_bytes(plane.pid)
    connection, _ = log_in(plane)
    connection.sendall(message(b"Q", b"SELECT repeat('x', 1000) FROM generate_series(1, 200000)\0"))
    stalled = "SELECT 1 FROM pg_stat_activity WHERE usename = 'ann' AND wait_event = 'ClientWrite'"
    wait_until(lambda: all(postgres.sql(stalled) for _ in range(20)))
    assert resident_bytes(plane.pid) - before < 20_000_000
    assert len(take(connection, 200_000_000)) == 200_000_000
    connection.close()


def resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def test_a_query_is_cancelled(plane: DataPlaneProcess, postgres: Postgres) -> None:
    connection = plane.connect()

    def cancel() -> None:
        wait_until(lambda: sleeps(postgres, "SELECT pg_sleep(600)"))
        connection.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(psycopg2.errors.QueryCanceled):
        query(connection, "SELECT pg_sleep(600)")
    canceller.join()
    assert query(connection, "SELECT 1") == [(1,)]
    assert plane.statistics.cancels == 1


def test_a_query_is_cancelled_over_tls(plane: DataPlaneProcess, postgres: Postgres) -> None:
    victim, key = log_in(plane)
    victim.sendall(message(b"Q", b"SELECT pg_sleep(600)\0"))
    wait_until(lambda: sleeps(postgres, "SELECT pg_sleep(600)"))
    canceller = dial_encrypted(plane)
    canceller.sendall((8 + len(key)).to_bytes(4) + (80877102).to_bytes(4) + key)
    assert rest_of(canceller) == b""
    victim.sendall(message(b"X", b""))
    assert b"\0C57014\0" in rest_of(victim)
    assert plane.statistics.cancels == 1


def test_a_session_ends_in_postgres_when_the_client_leaves(
    plane: DataPlaneProcess, postgres: Postgres
) -> None:
    connection = plane.connect(application_name="leaver")
    sessions = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'leaver'"
    assert postgres.sql(sessions) == [(1,)]
    connection.close()
    wait_until(lambda: postgres.sql(sessions) == [])


def test_it_keeps_count(plane: DataPlaneProcess) -> None:
    assert plane.statistics == Statistics()
    kept = plane.connect()
    plane.connect().close()
    with pytest.raises(psycopg2.OperationalError):
        plane.connect("wrong")
    wait_until(lambda: plane.statistics.open_connections == 1)
    expected = Statistics(connections_accepted=3, logins_accepted=2, logins_refused=1, open_connections=1)
    assert plane.statistics == expected
    kept.close()
    wait_until(lambda: plane.statistics.open_connections == 0)


def test_a_port_that_is_taken_is_an_error(postgres: Postgres, tmp_path: Path) -> None:
    certificates = issue(tmp_path, HOST)
    with socket.create_server(("127.0.0.1", 0)) as other:
        plane = DataPlane(postgres.socket, certificates, lambda _: None, other.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            plane.start()
        plane.stop()


def test_it_stops_and_hangs_up(postgres: Postgres, tmp_path: Path) -> None:
    plane = DataPlane(postgres.socket, issue(tmp_path, HOST), lambda _: None)
    plane.start()
    with socket.create_connection(("127.0.0.1", plane.port), WAIT_SECONDS) as connection:
        wait_until(lambda: plane.statistics.open_connections == 1)
        plane.stop()
        assert rest_of(connection) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", plane.port), WAIT_SECONDS)


def test_a_private_key_is_kept_private(tmp_path: Path) -> None:
    assert issue(tmp_path, HOST).key.stat().st_mode & 0o777 == 0o600
