"""The real clients of a workspace: databricks-sdk and psycopg2."""

from contextlib import AbstractContextManager
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.common.types.fieldmask import FieldMask
from databricks.sdk.core import Config
from databricks.sdk.service.postgres import EndpointStatusState
from google.protobuf.duration_pb2 import Duration  # type: ignore[import-untyped]
from google.protobuf.timestamp_pb2 import Timestamp  # type: ignore[import-untyped]

from tests.workspace.handle import Workspace
from tests.workspace.settings import ENDPOINT, Api

Connection = psycopg2.extensions.connection


def sdk(**config: Any) -> WorkspaceClient:
    """The SDK, not as patient as it is by default."""
    return WorkspaceClient(config=Config(retry_timeout_seconds=30, http_timeout_seconds=20, **config))


def seconds(number: int) -> Any:
    """A duration as the SDK takes it."""
    return Duration(seconds=number)


def moment(since_1970: float) -> Any:
    """A moment as the SDK takes it."""
    return Timestamp(seconds=int(since_1970))


def mask(*paths: str) -> FieldMask:
    """The fields that an update is about."""
    return FieldMask(list(paths))  # type: ignore[no-untyped-call]


def state(client: WorkspaceClient, endpoint: str = ENDPOINT) -> EndpointStatusState | None:
    """The state that an endpoint is shown in."""
    status = client.postgres.get_endpoint(endpoint).status
    assert status
    return status.current_state


def connect(workspace: Workspace, password: str, api: Api, **changes: Any) -> Connection:
    """Log in to Lakebase as the environment of an app says."""
    env = workspace.environment(api)
    told: dict[str, Any] = {
        "host": env["PGHOST"],
        "hostaddr": env["PGHOSTADDR"],
        "port": env["PGPORT"],
        "dbname": env["PGDATABASE"],
        "user": env["PGUSER"],
        "sslmode": env["PGSSLMODE"],
        "sslrootcert": env["PGSSLROOTCERT"],
        "password": password,
    }
    connection: Connection = psycopg2.connect(**{**told, **changes})
    return connection


def ask(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement on a connection, which is then closed."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()
    finally:
        connection.close()


def login_refused(text: str) -> AbstractContextManager[Any]:
    """A login is refused with a text in it."""
    return pytest.raises(psycopg2.OperationalError, match=text)
