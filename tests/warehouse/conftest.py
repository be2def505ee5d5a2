"""A workspace for the tests of the SQL warehouse, in which nothing is wrong to begin with."""

from collections.abc import Iterator

import pytest

from tests.client import Client, new_name
from tests.gateway_process import Gateway
from tests.warehouse.gateways import COLUMNS, gateway_on
from tests.workspace.handle import Workspace, running_workspace


@pytest.fixture(scope="session")
def lasting_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One workspace for all tests, whose warehouse runs on DuckDB."""
    with running_workspace(tmp_path_factory.mktemp("workspace"), engine="duckdb") as running:
        yield running


@pytest.fixture
def workspace(lasting_workspace: Workspace) -> Iterator[Workspace]:
    """The workspace, without faults before and after the test, and counting from nothing."""
    lasting_workspace.mend()
    lasting_workspace.forget()
    yield lasting_workspace
    lasting_workspace.mend()


@pytest.fixture(scope="session")
def gateway(lasting_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of one worker that all tests share who want nothing else."""
    with gateway_on(lasting_workspace, tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture
def client(gateway: Gateway, workspace: Workspace) -> Client:
    """Speaks to the gateway once the workspace is mended."""
    return Client(gateway)


@pytest.fixture
def table(client: Client, workspace: Workspace) -> str:
    """A table of one row; what made it is not counted."""
    name = client.fill(new_name(), COLUMNS, [{"id": 1, "n": 1}])
    workspace.forget()
    return name
