"""A gateway on SQLite and one on the simulated Lakebase, told the same names."""

from collections.abc import Iterator

import pytest

from tests.client import Client
from tests.environments import sqlite
from tests.gateway_process import running_gateway
from tests.parity.calls import CATALOG, MOST_BYTES, MOST_ROWS, SCHEMA
from tests.parity.script.catalog import OTHER_CATALOG
from tests.parity.twins import Twins
from tests.workspace.handle import Workspace

SETTINGS = {
    "GATEWAY_CATALOG": CATALOG,
    "GATEWAY_SCHEMA": SCHEMA,
    "GATEWAY_MAX_BODY_BYTES": str(MOST_BYTES),
    "GATEWAY_MAX_WRITE_ROWS": str(MOST_ROWS),
}


@pytest.fixture(scope="module")
def database(workspace: Workspace) -> Iterator[str]:
    """An empty database of the workspace, without the schema that only Postgres would have there."""
    workspace.sql(f'CREATE DATABASE {CATALOG} OWNER "{workspace.client}"')
    workspace.sql("DROP SCHEMA public", CATALOG)
    yield CATALOG
    for name in (CATALOG, OTHER_CATALOG):
        workspace.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def twins(workspace: Workspace, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """Both, running; SQLite has the catalogs that are there besides the script's, too, but empty."""
    folder = tmp_path_factory.mktemp("parity")
    on_lakebase = {**workspace.environment("autoscaling"), **SETTINGS}
    on_sqlite = {**sqlite(folder), **SETTINGS}
    with (
        running_gateway(on_lakebase, folder / "lakebase.log") as lakebase,
        running_gateway(on_sqlite, folder / "sqlite.log") as files,
    ):
        catalogs = folder / "catalogs"
        catalogs.mkdir(exist_ok=True)
        for name in Client(lakebase).get("/api/v1/catalogs").body["catalogs"]:
            (catalogs / f"{name}.db").touch()
        yield Twins(Client(files), Client(lakebase))
