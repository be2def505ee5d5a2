"""A workspace for the tests of Lakebase, in which nothing is wrong to begin with."""

from collections.abc import Iterator

import pytest

from backends import open_backend
from backends.base import Backend
from backends.plan import TableName
from tests.client import Client, new_name
from tests.gateway_process import running_gateway
from tests.lakebase.gateways import environment
from tests.lakebase.others import SCHEMA, Others
from tests.workspace.handle import Workspace, running_workspace


@pytest.fixture(scope="session")
def lasting_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One workspace for all tests."""
    with running_workspace(tmp_path_factory.mktemp("workspace")) as running:
        yield running


@pytest.fixture
def workspace(lasting_workspace: Workspace) -> Iterator[Workspace]:
    """The workspace, without faults before and after the test, and counting from nothing."""
    lasting_workspace.mend()
    lasting_workspace.forget()
    yield lasting_workspace
    lasting_workspace.mend()


@pytest.fixture(scope="session")
def lasting_backend(lasting_workspace: Workspace) -> Iterator[Backend]:
    """A backend in this process, which lets a request's statement take two seconds."""
    told = environment(
        lasting_workspace, GATEWAY_SCHEMA="structures", GATEWAY_STATEMENT_SECONDS=2, GATEWAY_POOL_SIZE=4
    )
    opened = open_backend("lakebase", told)
    yield opened
    opened.close()


@pytest.fixture
def backend(workspace: Workspace, lasting_backend: Backend) -> Backend:
    """The same, in a workspace that is mended."""
    return lasting_backend


@pytest.fixture
def name(backend: Backend) -> TableName:
    """A name that no other table has."""
    return TableName(backend.catalog, backend.schema, new_name())


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Others]:
    """Those who made the tables of a database, in a workspace of its own, that a gateway serves."""
    folder = tmp_path_factory.mktemp("others")
    with running_workspace(folder) as workspace:
        told = workspace.environment("autoscaling")
        here = {"GATEWAY_CATALOG": told["PGDATABASE"], "GATEWAY_SCHEMA": SCHEMA}
        with running_gateway({**told, **here}, folder / "gateway.log") as gateway:
            found = Others(workspace, Client(gateway))
            found.prepare()
            yield found


@pytest.fixture
def client(others: Others) -> Client:
    """Speaks to the gateway that serves what others made."""
    return others.client


@pytest.fixture
def table() -> str:
    """A name that no other table has."""
    return new_name()
