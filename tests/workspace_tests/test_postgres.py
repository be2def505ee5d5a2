"""A Postgres of one's own: complete, private, and gone without a trace, wherever its binaries come from."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from tests.workspace import postgres as module
from tests.workspace.postgres import SOURCES, Postgres, find_binaries, running_postgres
from tests.workspace_tests.data_plane_process import wait_until

PROJECT = Path(__file__).resolve().parents[2]

START = """
import sys, time
from pathlib import Path
from tests.workspace.postgres import running_postgres
with running_postgres(Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    time.sleep(600)
"""


def installed() -> Iterator[str]:
    """Where binaries can be had on this machine."""
    for source in SOURCES:
        try:
            find_binaries(source)
        except RuntimeError:
            continue
        yield source


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with running_postgres(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.mark.parametrize("source", list(installed()))
def test_it_runs_wherever_its_binaries_come_from(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEGATE_TEST_POSTGRES", source)
    with running_postgres(tmp_path / "pg", max_connections=20) as server:
        assert server.binaries == find_binaries(source)
        assert int(server.version.split(".")[0]) >= 14
        assert server.sql("SELECT current_setting('max_connections')::int") == [(20,)]
    assert not server.socket.exists() and not (server.folder / "data").exists()


def test_it_keeps_text_as_utf_8_and_orders_it_by_code_point(server: Postgres) -> None:
    server.sql("CREATE DATABASE words")
    server.sql("CREATE TABLE t AS SELECT unnest(ARRAY['b', 'ä', 'B', '😀']) AS word", "words")
    assert server.sql("SELECT word FROM t ORDER BY word", "words") == [("B",), ("b",), ("ä",), ("😀",)]
    assert server.sql("SHOW server_encoding", "words") == [("UTF8",)]


def test_statements_are_committed_at_once(server: Postgres) -> None:
    assert server.sql("CREATE TABLE committed (id int)") == []
    assert server.sql("SELECT * FROM committed") == []


def test_its_socket_trusts_every_user(server: Postgres) -> None:
    server.sql("CREATE ROLE trusted LOGIN")
    psycopg2.connect(host=str(server.folder), port=server.port, user="trusted", dbname="postgres").close()


def test_the_address_of_other_hosts_does_not_lead_it_astray(
    server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")
    assert server.sql("SELECT inet_server_addr()") == [(None,)]


def test_over_tcp_it_asks_for_the_password(server: Postgres) -> None:
    server.sql("CREATE ROLE guarded LOGIN PASSWORD 'secret'")
    url = "postgresql://guarded:{}@127.0.0.1:{}/postgres"
    psycopg2.connect(url.format("secret", server.port)).close()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url.format("guess", server.port))


def test_its_folder_is_closed_to_others(server: Postgres) -> None:
    assert server.folder.stat().st_mode & 0o777 == 0o700
    assert server.socket.is_socket()


def test_it_starts_again_in_the_same_folder_with_nothing_in_it(tmp_path: Path) -> None:
    with running_postgres(tmp_path) as server:
        server.sql("CREATE TABLE t (id int)")
    with running_postgres(tmp_path) as server:
        assert server.sql("SELECT to_regclass('t')") == [(None,)]


def test_two_of_them_do_not_meet(server: Postgres, tmp_path: Path) -> None:
    with running_postgres(tmp_path) as other:
        other.sql("CREATE ROLE stranger")
        assert other.port != server.port
        assert server.sql("SELECT 1 FROM pg_roles WHERE rolname = 'stranger'") == []


def test_a_port_that_another_program_took_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = module._free_port()
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = iter([other.getsockname()[1], free])
        monkeypatch.setattr(module, "_free_port", lambda: next(ports))
        with running_postgres(tmp_path) as server:
            assert server.port == free


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", START, str(tmp_path)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        pid = int(process.stdout.readline())
        assert Path(f"/proc/{pid}/comm").read_text().startswith("postgres")
        os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid))


def is_gone(pid: int) -> bool:
    """Whether a process has ended, its parent having seen to it or not."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


def test_a_server_that_does_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SETTINGS", {"fsync": "perhaps"})
    with (
        pytest.raises(RuntimeError, match='parameter "fsync" requires a Boolean value'),
        running_postgres(tmp_path),
    ):
        pass


def test_a_source_that_is_not_known_is_an_error() -> None:
    with pytest.raises(ValueError, match='one of debian, path, pypi, not "rpm"'):
        find_binaries("rpm")


def test_where_no_server_is_installed_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SOURCES", {})
    with pytest.raises(RuntimeError, match="install the Debian package"):
        find_binaries()
