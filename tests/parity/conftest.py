"""Gateways on SQLite, on the simulated Lakebase and on the simulated warehouse, told the same names."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.client import Client
from tests.environments import Environment, sqlite
from tests.gateway_process import running_gateway
from tests.parity.calls import APART, CATALOG, MOST_BYTES, MOST_ROWS, NEW_CATALOG, OTHER_CATALOG, SCHEMA
from tests.parity.gateways import Gateways
from tests.workspace.handle import Workspace, running_workspace

SETTINGS = {
    "GATEWAY_CATALOG": CATALOG,
    "GATEWAY_SCHEMA": SCHEMA,
    "GATEWAY_MAX_BODY_BYTES": str(MOST_BYTES),
    "GATEWAY_MAX_WRITE_ROWS": str(MOST_ROWS),
}


@pytest.fixture(scope="package")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace of its own: what other tests leave behind would not be the same everywhere."""
    with running_workspace(tmp_path_factory.mktemp("workspace")) as running:
        yield running


@pytest.fixture(scope="package")
def catalogs(workspace: Workspace) -> Iterator[list[str]]:
    """The catalogs that are there before the script, the same everywhere; the script's own is empty."""
    databases = {row[0] for row in workspace.sql("SELECT datname FROM pg_database WHERE NOT datistemplate")}
    in_unity = {row[0] for row in workspace.warehouse.sql("SHOW CATALOGS")} - {"system"}
    names = databases | in_unity | {CATALOG, APART}
    for name in names - databases:
        workspace.sql(f'CREATE DATABASE "{name}" OWNER "{workspace.client}"')
    for name in names - in_unity:
        workspace.warehouse.sql(f"CREATE CATALOG `{name}`")
        workspace.warehouse.sql(f"GRANT ALL PRIVILEGES ON CATALOG `{name}` TO `{workspace.client}`")
    workspace.sql("DROP SCHEMA public", CATALOG)
    workspace.warehouse.sql(f"DROP SCHEMA `{CATALOG}`.default")
    yield sorted(names)
    names |= {OTHER_CATALOG, NEW_CATALOG}
    for name in names - databases:
        workspace.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    for name in names - in_unity:
        workspace.warehouse.sql(f"DROP CATALOG IF EXISTS `{name}` CASCADE")


@pytest.fixture(scope="package")
def gateways(
    workspace: Workspace, catalogs: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateways]:
    """All three, running; SQLite is the one that the others are compared with."""
    folder = tmp_path_factory.mktemp("parity")
    (folder / "catalogs").mkdir()
    for name in catalogs:
        (folder / "catalogs" / f"{name}.db").touch()
    environments: dict[str, Environment] = {
        "sqlite": sqlite(folder),
        "lakebase": workspace.environment("autoscaling"),
        "warehouse": workspace.environment("warehouse"),
    }
    with ExitStack() as stack:
        clients = {
            name: Client(stack.enter_context(running_gateway({**told, **SETTINGS}, folder / f"{name}.log")))
            for name, told in environments.items()
        }
        yield Gateways(clients, stack.enter_context(ThreadPoolExecutor(len(clients))))
