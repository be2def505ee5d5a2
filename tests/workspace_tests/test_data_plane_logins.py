"""Who is let in by the data plane, who is not, and what either is told."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest

from tests.workspace.certificates import issue
from tests.workspace.lakebase import Login
from tests.workspace_tests.bare_client import (
    GSSENC_REQUEST,
    SSL_REQUEST,
    dial,
    dial_encrypted,
    introduce,
    message,
    rest_of,
    startup,
)
from tests.workspace_tests.data_plane_process import (
    HOST,
    DataPlaneProcess,
    query,
    wait_until,
)


def test_the_door_learns_what_the_client_says_of_itself(plane: DataPlaneProcess) -> None:
    plane.connect("right").close()
    assert plane.logins == [Login("ann", "postgres", "right", HOST)]


def test_a_client_that_names_no_database_wants_the_one_named_like_itself(plane: DataPlaneProcess) -> None:
    connection = introduce(plane, user="ann")
    connection.sendall(message(b"p", b"right\0"))
    assert b'database "ann" does not exist' in rest_of(connection)
    assert plane.logins == [Login("ann", "ann", "right", HOST)]


def test_a_client_that_knows_no_host_name_asks_for_none(plane: DataPlaneProcess) -> None:
    plane.connect(host="127.0.0.1", sslmode="require", sslrootcert="").close()
    assert [login.server_name for login in plane.logins] == [None]


def test_many_log_in_at_once(plane: DataPlaneProcess) -> None:
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda number: plane.query(f"SELECT {number}"), range(120)))
    assert answers == [[(number,)] for number in range(120)]


def test_a_wrong_password_is_refused_in_the_doors_words(plane: DataPlaneProcess) -> None:
    with pytest.raises(
        psycopg2.OperationalError, match='FATAL:  password authentication failed for user "ann"\n'
    ):
        plane.connect("wrong")


def test_a_refusal_has_the_fields_that_postgres_gives_it(plane: DataPlaneProcess) -> None:
    connection = introduce(plane, user="ann", database="postgres")
    connection.sendall(message(b"p", b"wrong\0"))
    fields = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "ann"\0\0'
    assert rest_of(connection) == message(b"E", fields)


def test_what_postgres_itself_refuses_passes_through(plane: DataPlaneProcess) -> None:
    with pytest.raises(psycopg2.OperationalError, match='FATAL:  role "bob" does not exist'):
        plane.connect(user="bob")
    with pytest.raises(psycopg2.OperationalError, match='database "nowhere" does not exist'):
        plane.connect(dbname="nowhere")


def test_a_client_without_tls_is_refused(plane: DataPlaneProcess) -> None:
    words = 'no pg_hba.conf entry for host "127.0.0.1", user "ann", database "postgres", no encryption'
    with pytest.raises(psycopg2.OperationalError, match=words):
        plane.connect(sslmode="disable")
    connection = dial(plane)
    connection.sendall(startup(user="ann", database="postgres"))
    assert b"\0C28000\0" in rest_of(connection)
    assert plane.logins == []


def test_a_client_that_trusts_another_authority_leaves(plane: DataPlaneProcess, tmp_path: Path) -> None:
    other = issue(tmp_path / "other", HOST)
    with pytest.raises(psycopg2.OperationalError, match="certificate verify failed"):
        plane.connect(sslrootcert=str(other.authority))
    assert plane.logins == []
    wait_until(lambda: plane.statistics.open_connections == 0)


def test_a_client_that_looks_for_another_host_leaves(plane: DataPlaneProcess) -> None:
    with pytest.raises(psycopg2.OperationalError, match=r'does not match host name "elsewhere\.example"'):
        plane.connect(host="elsewhere.example")
    assert plane.logins == []
    wait_until(lambda: plane.statistics.open_connections == 0)


def test_a_client_with_kerberos_is_told_to_try_tls(plane: DataPlaneProcess) -> None:
    connection = dial(plane)
    connection.sendall(GSSENC_REQUEST)
    assert connection.recv(1) == b"N"
    connection.sendall(SSL_REQUEST)
    assert connection.recv(1) == b"S"
    connection.close()


def test_a_client_without_a_name_is_refused(plane: DataPlaneProcess) -> None:
    connection = dial_encrypted(plane)
    connection.sendall(startup(database="postgres"))
    assert b"\0C28000\0Mno PostgreSQL user name specified" in rest_of(connection)


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="HTTP"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", id="TLS without asking"),
        pytest.param(b"\0\0\0\x07\0\0\0", id="too short"),
        pytest.param(b"\0\0\x27\x11" + bytes(9997), id="too long"),
        pytest.param(b"\0\0\0\x08\0\x02\0\0", id="version 2"),
        pytest.param(startup(user="ann")[:-2] + b"nn", id="no end"),
        pytest.param((11).to_bytes(4) + (3 << 16).to_bytes(4) + b"a\0\0", id="no value"),
        pytest.param(SSL_REQUEST + startup(user="ann"), id="more before TLS"),
    ],
)
def test_a_client_that_speaks_something_else_is_hung_up_on(plane: DataPlaneProcess, packet: bytes) -> None:
    connection = dial(plane)
    connection.sendall(packet)
    assert rest_of(connection) in {b"", b"S"}
    wait_until(lambda: plane.statistics.open_connections == 0)
    assert plane.query("SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"Q\0\0\0\x0aright\0", id="not a password"),
        pytest.param(b"p\0\0\0\x04", id="empty"),
        pytest.param(b"p\0\0\0\x09right", id="no end"),
        pytest.param(b"p\0\0\0\x0ari\0ht\0", id="two texts"),
        pytest.param(b"p\x7f\xff\xff\xff", id="endless"),
    ],
)
def test_a_client_that_gives_no_password_is_hung_up_on(plane: DataPlaneProcess, answer: bytes) -> None:
    connection = introduce(plane, user="ann", database="postgres")
    connection.sendall(answer)
    assert rest_of(connection) == b""
    assert plane.logins == []


def test_an_open_connection_outlives_its_password(plane: DataPlaneProcess) -> None:
    connection = plane.connect()
    plane.let_in("another")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        plane.connect()
    assert query(connection, "SELECT 1") == [(1,)]
