"""A workspace with the SDK as its client, and a data plane alone before a Postgres."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2.extensions
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.postgres import Project, ProjectSpec
from urllib3 import HTTPSConnectionPool

from tests.workspace.handle import Workspace, running_workspace
from tests.workspace.postgres import Postgres
from tests.workspace.settings import ADMIN_TOKEN
from tests.workspace_tests import tiny_engine
from tests.workspace_tests.clients import sdk
from tests.workspace_tests.data_plane_process import DataPlaneProcess, data_plane_process, postgres_of_ann


@pytest.fixture(autouse=True)
def plain_waiting() -> None:
    """psycopg2 as it is by itself: a test of the gateway's own waiting may have run in this process."""
    psycopg2.extensions.set_wait_callback(None)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One for all tests of a process."""
    with running_workspace(tmp_path_factory.mktemp("workspace")) as found:
        yield found


@pytest.fixture
def workspace(running: Workspace) -> Iterator[Workspace]:
    """A workspace without faults that counts from here on."""
    running.forget()
    yield running
    running.mend()


@pytest.fixture
def app(workspace: Workspace) -> WorkspaceClient:
    """The SDK as the app's service principal."""
    env = workspace.environment("autoscaling")
    return sdk(
        host=env["DATABRICKS_HOST"],
        client_id=env["DATABRICKS_CLIENT_ID"],
        client_secret=env["DATABRICKS_CLIENT_SECRET"],
        auth_type="oauth-m2m",
    )


@pytest.fixture
def admin(workspace: Workspace) -> WorkspaceClient:
    """The SDK as the administrator, with a personal access token."""
    return sdk(host=workspace.url, token=ADMIN_TOKEN, auth_type="pat")


@pytest.fixture
def project(admin: WorkspaceClient, workspace: Workspace) -> Iterator[str]:
    """The name of a project of the test's own."""
    identity = f"test-{uuid4().hex[:8]}"
    admin.postgres.create_project(Project(spec=ProjectSpec(display_name="A test")), identity).wait()
    yield f"projects/{identity}"
    workspace.mend()
    if f"projects/{identity}" in [found.name for found in admin.postgres.list_projects()]:
        admin.postgres.delete_project(f"projects/{identity}", purge=True)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server with a user ann, for all tests of a process."""
    with postgres_of_ann(tmp_path_factory.mktemp("postgres")) as found:
        yield found


@pytest.fixture
def postgres(server: Postgres) -> Postgres:
    """The same with ann's table empty."""
    server.sql("TRUNCATE t")
    return server


@pytest.fixture
def plane(postgres: Postgres, tmp_path: Path) -> Iterator[DataPlaneProcess]:
    """A data plane of its own before it."""
    with data_plane_process(postgres, tmp_path / "tls") as process:
        yield process


@pytest.fixture(scope="session")
def running_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace whose warehouse has an engine for tests of the service; one for all tests of a process."""
    with running_workspace(tmp_path_factory.mktemp("warehouse"), engine=tiny_engine.NAME) as found:
        yield found


@pytest.fixture
def connector_pools(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the connector's connections: it leaves those of its sessions to the garbage collector."""
    pools: list[HTTPSConnectionPool] = []

    class Pool(HTTPSConnectionPool):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            pools.append(self)

    importlib.import_module("databricks.sql.backend.thrift_backend")  # slow, and most tests need none of it
    monkeypatch.setattr("databricks.sql.auth.thrift_http_client.HTTPSConnectionPool", Pool)
    yield
    for pool in pools:
        pool.close()


@pytest.fixture
def house(running_warehouse: Workspace, connector_pools: None) -> Iterator[Workspace]:
    """The same without faults and sessions, counting from here on."""
    running_warehouse.warehouse.end_sessions()
    running_warehouse.forget()
    yield running_warehouse
    running_warehouse.mend()


@pytest.fixture
def secure(house: Workspace, monkeypatch: pytest.MonkeyPatch) -> WorkspaceClient:
    """The SDK as the app's service principal, over TLS."""
    env = house.environment("warehouse")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", env["REQUESTS_CA_BUNDLE"])
    return sdk(
        host=env["DATABRICKS_HOST"],
        client_id=env["DATABRICKS_CLIENT_ID"],
        client_secret=env["DATABRICKS_CLIENT_SECRET"],
        auth_type="oauth-m2m",
    )
