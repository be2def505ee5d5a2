"""The control plane over TLS, and what the process is told and writes down."""

import json
import os
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from databricks.sdk import WorkspaceClient

from tests.workspace.handle import Workspace, running_workspace
from tests.workspace.settings import ADMIN_TOKEN, NAME
from tests.workspace_tests.tiny_engine import NAME as ENGINE
from tests.workspace_tests.warehouse_clients import ask, authority, connected


def test_the_sdk_works_over_tls(house: Workspace, secure: WorkspaceClient) -> None:
    assert secure.current_user.me().user_name == house.client
    assert secure.apps.get(NAME).service_principal_client_id == house.client


def test_discovery_names_the_url_that_it_was_asked_at(house: Workspace) -> None:
    host = house.environment("warehouse")["DATABRICKS_HOST"]
    for url, verify in ((host, str(authority(house))), (house.url, None)):
        found = requests.get(f"{url}/.well-known/databricks-config", verify=verify, timeout=30).json()
        assert found["oidc_endpoint"] == f"{url}/oidc"
        metadata = f"{found['oidc_endpoint']}/.well-known/oauth-authorization-server"
        endpoints = requests.get(metadata, verify=verify, timeout=30).json()
        assert endpoints["token_endpoint"] == f"{url}/oidc/v1/token"


def test_the_process_that_asks_for_a_token_is_seen_over_tls_too(
    house: Workspace, secure: WorkspaceClient
) -> None:
    secure.database.generate_database_credential(instance_names=[NAME])
    (process,) = house.statistics().mints_by_process
    assert process == os.getpid()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_its_certificate_is_good_for_this_machine(house: Workspace, name: str) -> None:
    port = urlsplit(house.environment("warehouse")["DATABRICKS_HOST"]).port
    assert (
        requests.get(f"https://{name}:{port}/", verify=str(authority(house)), timeout=30).status_code == 401
    )


def test_a_connection_is_kept(house: Workspace) -> None:
    place = urlsplit(house.environment("warehouse")["DATABRICKS_HOST"])
    context = ssl.create_default_context(cafile=str(authority(house)))
    asked = b"GET /.well-known/databricks-config HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", place.port or 0), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        for _ in range(3):
            connection.sendall(asked)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_a_client_that_speaks_no_tls_disturbs_nobody(house: Workspace) -> None:
    place = urlsplit(house.environment("warehouse")["DATABRICKS_HOST"])
    written = house.log.read_text()
    with socket.create_connection(("127.0.0.1", place.port or 0), timeout=30) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        while plain.recv(4096):
            pass
    with connected(house) as connection:
        assert ask(connection, "SELECT 1") == [(1,)]
    assert house.log.read_text() == written


def test_requests_of_the_control_plane_are_remembered_and_calls_counted(
    house: Workspace, secure: WorkspaceClient
) -> None:
    house.forget()
    secure.warehouses.get(house.warehouse.id)
    with connected(house, ADMIN_TOKEN) as connection:
        ask(connection, "SELECT 1")
    assert [path for _, path, _ in house.requests("warehouses")] == [
        f"/api/2.0/sql/warehouses/{house.warehouse.id}"
    ]
    assert house.warehouse.statistics().calls["ExecuteStatement"] == 1


def test_each_statement_s_text_is_written_down_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEGATE_STATEMENTS", str(tmp_path / "statements"))
    with running_workspace(tmp_path / "log", engine=ENGINE) as workspace:
        with connected(workspace) as connection:
            for statement in ("SELECT 1", "INSERT 'ü'", "SELECT 1"):
                ask(connection, statement)
        (file,) = (tmp_path / "statements").iterdir()
        assert file.name == f"statements-{workspace.pid}.jsonl"
        lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert lines == [{"statement": "SELECT 1"}, {"statement": "INSERT 'ü'"}]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"BREW /pot HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / SPDY/9\r\n\r\n", b"400"),
        (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"GET / HTTP/1.0\r\n\r\n", b"401"),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", b"401"),
    ],
)
def test_what_is_no_request_or_the_last_one_ends_a_connection(
    house: Workspace, sent: bytes, status: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(house.url).port or 0), timeout=30) as connection:
        connection.sendall(sent)
        received = b""
        while more := connection.recv(4096):
            received += more
    assert received.split()[1] == status


def test_a_client_that_asks_first_is_told_to_go_on(house: Workspace) -> None:
    head = b"POST /oidc/v1/token HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", urlsplit(house.url).port or 0), timeout=30) as connection:
        connection.sendall(head)
        assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"a=b&")
        assert connection.recv(4096).startswith(b"HTTP/1.1 401")
