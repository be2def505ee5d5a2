"""The real clients of a warehouse: the SQL connector, and Thrift alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from databricks import sql
from databricks.sql.exc import DatabaseError, RequestError
from databricks.sql.thrift_api.TCLIService import TCLIService
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.transport.TTransport import TMemoryBuffer

from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN_TOKEN
from tests.workspace.warehouse.thrift import T

IMPATIENT = {
    "_retry_delay_min": 0.1,
    "_retry_delay_max": 5,
    "_retry_stop_after_attempts_count": 1,
    "_retry_stop_after_attempts_duration": 1,
    "_socket_timeout": 30,
    "enable_telemetry": False,
}

Connection = Any  # the connector's; its cursors' types are of no use to a test


@contextmanager
def connected(workspace: Workspace, token: str = ADMIN_TOKEN, **options: Any) -> Iterator[Connection]:
    """A connection of somebody with a token, the administrator's if none is named."""
    connection = connect(workspace, token, **options)
    try:
        yield connection
    finally:
        connection.close()


def connect(
    workspace: Workspace, token: str = ADMIN_TOKEN, *, path: str | None = None, **options: Any
) -> Connection:
    """The same, to be closed by whoever asked."""
    env = workspace.environment("warehouse")
    place = urlsplit(env["DATABRICKS_HOST"])
    return sql.connect(
        server_hostname="127.0.0.1",
        _port=place.port,
        http_path=path or f"/sql/1.0/warehouses/{workspace.warehouse.id}",
        access_token=token,
        **{"_tls_trusted_ca_file": env["SSL_CERT_FILE"], **IMPATIENT, **options},
    )


def ask(connection: Connection, statement: str, **options: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, **options)
        return [tuple(row.values()) for row in cursor.fetchall_arrow().to_pylist()]


def authority(workspace: Workspace) -> Path:
    """The file of the authority that signed the workspace's certificate."""
    return Path(workspace.environment("warehouse")["SSL_CERT_FILE"])


def post(
    workspace: Workspace, body: bytes, token: str | None = ADMIN_TOKEN, **options: Any
) -> requests.Response:
    """One call of Thrift's, encoded already."""
    host = workspace.environment("warehouse")["DATABRICKS_HOST"]
    path = options.pop("path", f"/sql/1.0/warehouses/{workspace.warehouse.id}")
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return requests.post(
        f"{host}{path}", data=body, headers=headers, verify=str(authority(workspace)), timeout=30, **options
    )


def call(workspace: Workspace, method: str, request: Any, token: str = ADMIN_TOKEN) -> Any:
    """What a method of Thrift's answers.

    Raises:
        TApplicationException: there is no such method.
    """
    answer = post(workspace, encoded(method, request), token)
    assert answer.status_code == 200, answer.headers
    return getattr(client(TMemoryBuffer(answer.content)), f"recv_{method}")()


def encoded(method: str, request: Any) -> bytes:
    """A call of a method, as it is sent."""
    sent = TMemoryBuffer()
    getattr(client(sent), f"send_{method}")(request)
    return bytes(sent.getvalue())


def client(transport: TMemoryBuffer) -> Any:
    """Thrift's client over a buffer."""
    stub: Any = TCLIService.Client
    return stub(TBinaryProtocol(transport))


def open_session(workspace: Workspace, token: str = ADMIN_TOKEN) -> Any:
    """A session's handle."""
    return call(workspace, "OpenSession", T.TOpenSessionReq(), token).sessionHandle


def execute(
    workspace: Workspace, session: Any, statement: str, token: str = ADMIN_TOKEN, **options: Any
) -> Any:
    """What a statement is answered with."""
    options = {
        "getDirectResults": T.TSparkGetDirectResults(1000, 2**20),
        "canReadArrowResult": True,
        **options,
    }
    return call(workspace, "ExecuteStatement", T.TExecuteStatementReq(session, statement, **options), token)


@contextmanager
def request_error(status: int, text: str) -> Iterator[None]:
    """The connector is answered with an HTTP status, and a text in a header."""
    with pytest.raises(RequestError) as caught:
        yield
    assert caught.value.context["http-code"] == status
    assert text in str(caught.value)


def lost_session() -> Any:
    """The session is gone."""
    return pytest.raises(DatabaseError, match=r"^Invalid SessionHandle: SessionHandle \[[0-9a-f-]{36}\]$")
