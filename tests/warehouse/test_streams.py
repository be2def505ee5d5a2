"""Streams that are cut, that nobody reads to the end, or that take their time."""

import time
from collections.abc import Iterator
from http.client import IncompleteRead

import pytest

from tests.client import Client, new_name
from tests.gateway_process import Gateway
from tests.reading import reading
from tests.waiting import wait_until
from tests.warehouse.gateways import full, gateway_on
from tests.warehouse.long_tables import ROW_BYTES, ROWS, large_table
from tests.workspace.handle import Workspace

LIMIT = 2  # seconds, for a statement
PAUSE = 4.5  # seconds: what a reader takes longer than that; the watch looks once in a second
ACCEPTS = ("application/x-ndjson", "text/csv")
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def gateway(lasting_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of one worker whose statements may take two seconds."""
    lasting_workspace.mend()
    folder = tmp_path_factory.mktemp("streams")
    with gateway_on(lasting_workspace, folder, GATEWAY_STATEMENT_SECONDS=LIMIT) as running:
        yield running


@pytest.fixture(scope="module")
def large(gateway: Gateway, lasting_workspace: Workspace) -> str:
    """A large table."""
    return large_table(lasting_workspace, Client(gateway))


def operations(workspace: Workspace) -> int:
    """How many statements have rows that nobody has fetched."""
    return workspace.warehouse.statistics().open_operations


@pytest.mark.parametrize("accept", ACCEPTS)
def test_a_stream_whose_connection_is_lost_does_not_look_complete(
    workspace: Workspace, gateway: Gateway, large: str, accept: str
) -> None:
    workspace.warehouse.drop("FetchResults")
    with reading(gateway, large, accept) as reader, pytest.raises((IncompleteRead, ConnectionResetError)):
        reader.rest()
    with reading(gateway, large, accept) as reader:
        assert reader.rest().count(b"\n") > ROWS - 1000


def test_streams_that_readers_abandon_free_their_sessions(
    workspace: Workspace, gateway: Gateway, large: str
) -> None:
    for _ in range(12):  # more than sessions, and than places for streams
        with reading(gateway, large):
            assert operations(workspace) == 1
        wait_until(lambda: operations(workspace) == 0)
    assert Client(gateway).count(large) == ROWS
    assert workspace.warehouse.statistics().open_sessions <= 8


def test_a_reader_who_takes_longer_than_a_statement_may_gets_everything(
    workspace: Workspace, gateway: Gateway, large: str
) -> None:
    with reading(gateway, large) as reader:
        time.sleep(PAUSE)
        assert reader.rest().count(b"\n") > ROWS - 1000


def test_a_session_that_a_slow_reader_used_tells_failures_right(
    workspace: Workspace, gateway: Gateway, large: str
) -> None:
    with reading(gateway, large) as reader:
        time.sleep(PAUSE)
        reader.rest()
    answer = Client(gateway).write(large, [{"id": 1, "text": ""}])
    assert (answer.status, answer.error_type) == (409, "Conflict")


def peak(gateway: Gateway, table: str) -> int:
    """The most memory that the gateway has while it streams a table, and before."""
    found = gateway.resident_bytes()
    with reading(gateway, table) as reader:
        while reader.response.read(MEBIBYTE):
            found = max(found, gateway.resident_bytes())
    return found


def test_more_rows_take_no_more_memory(workspace: Workspace, gateway: Gateway, large: str) -> None:
    first = peak(gateway, large)
    again = [peak(gateway, large) for _ in range(2)]
    assert max(again) - first < ROWS * ROW_BYTES // 2


def test_large_rows_take_no_more_memory(workspace: Workspace, gateway: Gateway, large: str) -> None:
    client = Client(gateway)
    first = peak(gateway, large)
    table = client.create(new_name(), {"id": "INT", "text": "STRING"})
    texts = f"SELECT max(text) FROM {full(large)}"
    long = "concat(" + ", ".join(["text"] * 16) + ")"
    workspace.warehouse.sql(
        f"INSERT INTO {full(table)} (id, text)"
        f" SELECT id, {long} FROM {full(large)} WHERE id < 4000 AND text = ({texts})"
    )
    assert peak(gateway, table) - first < 80 * MEBIBYTE  # the rows have 128
