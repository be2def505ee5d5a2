"""What is run within a transaction: in sessions of its own, for as long as it takes."""

import time
from collections.abc import Iterator

import pytest

from backends import errors
from backends.warehouse import WarehouseBackend
from backends.warehouse.transaction import begun
from tests.client import new_name
from tests.warehouse.backends import backend_on
from tests.warehouse.gateways import CATALOG
from tests.workspace.handle import Workspace


@pytest.fixture(scope="module")
def shared(lasting_workspace: Workspace) -> Iterator[WarehouseBackend]:
    with backend_on(
        lasting_workspace, GATEWAY_POOL_SIZE="1", GATEWAY_POOL_SECONDS="1", GATEWAY_STATEMENT_SECONDS="1"
    ) as backend:
        yield backend


@pytest.fixture
def backend(shared: WarehouseBackend, workspace: Workspace) -> WarehouseBackend:
    """A backend of one session, whose requests may take a second."""
    shared.ping()
    return shared


def test_a_statement_may_take_longer_than_a_requests(backend: WarehouseBackend, workspace: Workspace) -> None:
    workspace.warehouse.set_direct_seconds(0.2)
    with backend.transaction(CATALOG, new_name()):
        workspace.warehouse.slow("ExecuteStatement SELECT", 3.5)
        backend.run(CATALOG, "SELECT 1")
    workspace.warehouse.slow("ExecuteStatement SELECT", 30)
    with pytest.raises(errors.Timeout):
        backend.ping()


def test_a_lease_is_renewed_though_all_sessions_are_in_use(backend: WarehouseBackend) -> None:
    with begun(backend._mine, CATALOG, new_name(), seconds=3) as within, backend._mine.connected():
        time.sleep(4)
        within.lease.confirm()


def test_what_a_statement_sets_is_gone_with_the_transaction(
    backend: WarehouseBackend, workspace: Workspace
) -> None:
    usual = _schema(backend)
    before = workspace.warehouse.statistics().open_sessions
    with backend.transaction(CATALOG, new_name()):
        backend.run(CATALOG, "USE SCHEMA lakegate")
        assert _schema(backend) == usual
    backend.run(CATALOG, "USE SCHEMA lakegate")
    assert _schema(backend) == usual
    assert workspace.warehouse.statistics().open_sessions == before


def test_a_comment_alone_is_nothing(backend: WarehouseBackend) -> None:
    backend.run(CATALOG, "-- nothing\n/* at\nall */")
    with pytest.raises(errors.Invalid):
        backend.run(CATALOG, "/* a */ SELECT 1 FROM /* b */")


def _schema(backend: WarehouseBackend) -> object:
    return backend._mine.read(lambda session: session.run("SELECT current_schema()"))
