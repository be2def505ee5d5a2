"""Streams that are cut, or that nobody reads to the end."""

from collections.abc import Iterator
from http.client import IncompleteRead

import pytest

from tests.client import Client
from tests.gateway_process import Gateway
from tests.lakebase.gateways import gateway_on, sessions
from tests.lakebase.long_tables import ROWS, large_table
from tests.reading import reading
from tests.waiting import wait_until
from tests.workspace.handle import Workspace
from tests.workspace.lakebase.faults import How

IN_TRANSACTION = "xact_start IS NOT NULL"
ACCEPTS = ("application/x-ndjson", "text/csv")


@pytest.fixture(scope="module")
def gateway(lasting_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of one worker."""
    lasting_workspace.mend()
    with gateway_on(lasting_workspace, tmp_path_factory.mktemp("streams")) as running:
        yield running


@pytest.fixture(scope="module")
def table(gateway: Gateway, lasting_workspace: Workspace) -> str:
    """A large table."""
    return large_table(lasting_workspace, Client(gateway))


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("how", ["abort", "reset", "terminate"])
def test_a_stream_that_is_cut_does_not_look_complete(
    workspace: Workspace, gateway: Gateway, table: str, accept: str, how: How
) -> None:
    with reading(gateway, table, accept) as reader:
        workspace.kill_all(how)
        with pytest.raises((IncompleteRead, ConnectionResetError)):
            reader.rest()
    wait_until(lambda: sessions(workspace, IN_TRANSACTION) == 0)
    with reading(gateway, table, accept) as reader:
        assert reader.rest().count(b"\n") > ROWS - 1000


def test_streams_that_readers_abandon_free_their_connections(
    workspace: Workspace, gateway: Gateway, table: str
) -> None:
    for _ in range(12):  # more than connections, and than places for streams
        with reading(gateway, table):
            assert sessions(workspace, IN_TRANSACTION) == 1
        wait_until(lambda: sessions(workspace, IN_TRANSACTION) == 0)
    assert Client(gateway).count(table) == ROWS


def test_a_reader_who_pauses_gets_everything(workspace: Workspace, gateway: Gateway, table: str) -> None:
    with reading(gateway, table) as reader:
        workspace.set_latency(0.01)
        assert reader.rest().count(b"\n") > ROWS - 1000
