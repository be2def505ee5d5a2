"""Each site's backend, in this process; and a new name for each test's table."""

from collections.abc import Iterator

import pytest

from backends import open_backend
from backends.base import Backend
from backends.plan import TableName
from gateway.config import chosen_backend
from tests.client import new_name
from tests.environments import ONE_EACH, SITES, Environment

TRUSTED = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@pytest.fixture(scope="session", params=ONE_EACH)
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What a gateway is told on one of the sites."""
    folder = tmp_path_factory.mktemp(request.param)
    return SITES[request.param](folder, lambda: request.getfixturevalue("workspace"))


@pytest.fixture(scope="session")
def backend(environment: Environment) -> Iterator[Backend]:
    """The site's backend; Databricks' clients look for the authorities they trust in this process's own."""
    trusted = {name: environment[name] for name in TRUSTED if name in environment}
    opened = open_backend(chosen_backend(environment), environment)
    with pytest.MonkeyPatch.context() as patched:
        for name, path in trusted.items():
            patched.setenv(name, path)
        yield opened
    opened.close()


@pytest.fixture
def name(backend: Backend) -> TableName:
    """A name that no other table has."""
    return TableName(backend.catalog, backend.schema, new_name())
