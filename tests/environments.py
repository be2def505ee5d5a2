"""The sites that the contract runs on: each backend, reached in every way that it has.

A new backend adds its entry to `SITES`, no more.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from tests.workspace.handle import Workspace
from tests.workspace.settings import Api

Environment = Mapping[str, str]
Workspaces = Callable[[], Workspace]  # a local Databricks workspace, started when it is first asked for


class Site(Protocol):
    """What a gateway is told there; `folder` is its own to keep files in.

    `GATEWAY_CATALOG` and `GATEWAY_SCHEMA` are always told: the tests make their tables in them.
    """

    def __call__(self, folder: Path, workspace: Workspaces, /) -> Environment: ...


def sqlite(folder: Path, _: Workspaces | None = None) -> Environment:
    """A gateway on SQLite that keeps its catalogs in a folder."""
    return {
        "GATEWAY_BACKEND": "sqlite",
        "GATEWAY_SQLITE_DIR": str(folder / "catalogs"),
        "GATEWAY_CATALOG": "main",
        "GATEWAY_SCHEMA": "main",
    }


def _lakebase(api: Api, **settings: str) -> Site:
    def environment(folder: Path, workspace: Workspaces) -> Environment:
        told = workspace().environment(api)
        return {**told, "GATEWAY_CATALOG": told["PGDATABASE"], "GATEWAY_SCHEMA": "contract", **settings}

    return environment


def _warehouse(folder: Path, workspace: Workspaces) -> Environment:
    told = workspace().environment("warehouse")
    return {**told, "GATEWAY_CATALOG": "main", "GATEWAY_SCHEMA": "contract"}


SITES: Mapping[str, Site] = {
    # no test asks so often that its statements were kept planned otherwise
    "lakebase-autoscaling": _lakebase("autoscaling", GATEWAY_PREPARE_THRESHOLD="1"),
    "lakebase-provisioned": _lakebase("provisioned"),
    "sqlite": sqlite,
    "warehouse": _warehouse,
}
# One site of each backend, for what takes long and does not depend on how a token is minted.
ONE_EACH = sorted(SITES.keys() - {"lakebase-provisioned"})
