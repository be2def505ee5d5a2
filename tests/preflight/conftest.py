"""A workspace for what is broken in it on purpose, mended before and after each test."""

from collections.abc import Iterator

import pytest

from tests.client import new_name
from tests.preflight.looking import Admin
from tests.workspace.handle import Workspace, running_workspace
from tests.workspace.roles import DATABASE
from tests.workspace.settings import Api


@pytest.fixture(scope="session")
def lasting_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One workspace for all tests."""
    with running_workspace(tmp_path_factory.mktemp("workspace"), engine="duckdb") as running:
        yield running


@pytest.fixture
def workspace(lasting_workspace: Workspace) -> Iterator[Workspace]:
    """The workspace, without faults before and after the test."""
    lasting_workspace.mend()
    yield lasting_workspace
    lasting_workspace.mend()


@pytest.fixture(params=["autoscaling", "provisioned"])
def api(request: pytest.FixtureRequest) -> Api:
    """What gives credentials."""
    found: Api = request.param
    return found


@pytest.fixture
def admin(workspace: Workspace) -> Admin:
    """Who may mend Lakebase."""
    return Admin(workspace, lambda statement: workspace.sql(statement, DATABASE))


@pytest.fixture
def schema() -> str:
    """A name that no other schema has."""
    return new_name()


@pytest.fixture
def env(workspace: Workspace, api: Api, schema: str) -> dict[str, str]:
    """What a gateway on Lakebase is told, that waits no longer than a test likes to."""
    return {**workspace.environment(api), "GATEWAY_SCHEMA": schema, "GATEWAY_CONNECT_SECONDS": "3"}
