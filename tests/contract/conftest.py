"""Every site, each behind its own gateway; and a new name for each test's table."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.client import Client, new_name
from tests.effort import WHOLE
from tests.environments import ONE_EACH, SITES, Environment
from tests.gateway_process import Gateway, running_gateway


@dataclass(frozen=True)
class Site:
    """Where one backend's gateways run: what they are told, and the folder for their logs."""

    environment: Environment
    folder: Path


@pytest.fixture(scope="session", params=sorted(SITES) if WHOLE else ONE_EACH)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """One of the sites; a test that needs none of a workspace does not wait for one."""
    folder = tmp_path_factory.mktemp(request.param)
    return Site(SITES[request.param](folder, lambda: request.getfixturevalue("workspace")), folder)


@pytest.fixture(scope="session")
def gateway(site: Site) -> Iterator[Gateway]:
    """A gateway as it runs on a laptop."""
    with running_gateway(site.environment, site.folder / "gateway.log") as running:
        yield running


@pytest.fixture(scope="session")
def app_gateway(site: Site) -> Iterator[Gateway]:
    """A second gateway on the same database, as it runs behind a Databricks App's proxy."""
    told = {**site.environment, "DATABRICKS_APP_NAME": "lakegate", "GATEWAY_ADMINS": "lakegate"}
    with running_gateway(told, site.folder / "app_gateway.log") as running:
        yield running


@pytest.fixture(scope="session")
def client(gateway: Gateway) -> Client:
    """Speaks to the gateway."""
    return Client(gateway)


@pytest.fixture
def table() -> str:
    """A name that no other table has."""
    return new_name()
