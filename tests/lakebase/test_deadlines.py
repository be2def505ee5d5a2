"""Deadlines: whatever hangs, a request is answered in time, and all is well once it hangs no more."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import IncompleteRead

import pytest

from tests.client import Answer, Client, new_name
from tests.gateway_process import Gateway
from tests.lakebase.gateways import gateway_on, sessions
from tests.lakebase.long_tables import large_table, slow_table, slow_view
from tests.reading import reading
from tests.waiting import at_once, elapsed, unavailable, wait_until
from tests.workspace.handle import Workspace

LIMIT = 2  # seconds, for each of a connection, a statement and a place in the pool
# Seconds: the three limits, five of grace, and what a busy machine may add; the usual limits are far above.
IN_TIME = 30
COLUMNS = {"id": "INT", "n": "INT"}


@pytest.fixture(scope="module")
def gateway(lasting_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of one worker, with short limits."""
    lasting_workspace.mend()
    limits = {f"GATEWAY_{name}_SECONDS": LIMIT for name in ("CONNECT", "STATEMENT", "POOL")}
    with gateway_on(lasting_workspace, tmp_path_factory.mktemp("deadlines"), **limits) as running:
        yield running


@pytest.fixture
def client(gateway: Gateway, workspace: Workspace) -> Client:
    """Speaks to the gateway once the workspace is mended."""
    return Client(gateway)


@pytest.fixture
def table(client: Client) -> str:
    """A table of one row."""
    return client.fill(new_name(), COLUMNS, [{"id": 1, "n": 1}])


@contextmanager
def black_hole(workspace: Workspace) -> Iterator[None]:
    """Let the network to the database swallow everything."""
    workspace.set_black_hole(True)
    yield
    workspace.set_black_hole(False)


def in_time(call: Callable[[], Answer]) -> Answer:
    """The answer, which comes within the limits."""
    began = time.monotonic()
    answer = call()
    assert elapsed(began) < IN_TIME
    return answer


def is_overdue(answer: Answer) -> bool:
    """Whether the database did not answer in time."""
    return answer.status == 504 and answer.error_type == "Timeout"


def test_a_network_that_swallows_statements_makes_a_504(
    workspace: Workspace, client: Client, table: str
) -> None:
    assert client.ids(table) == [1]
    with black_hole(workspace):
        assert is_overdue(in_time(lambda: client.read(table)))
    assert in_time(lambda: client.read(table)).rows
    with black_hole(workspace):
        written = in_time(lambda: client.write(table, [{"id": 2, "n": 2}]))
    assert is_overdue(written) and written.body["details"]["outcome"] == "unknown"
    assert in_time(lambda: client.write(table, [{"id": 3, "n": 3}])).status == 201
    assert client.ids(table) == [1, 3]


def test_a_network_that_swallows_an_answer_makes_a_504(
    workspace: Workspace, client: Client, table: str
) -> None:
    view = slow_view(workspace, client, 1.5)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(in_time, lambda: client.read(view))
        wait_until(lambda: sessions(workspace, "state = 'active'"))
        with black_hole(workspace):
            assert is_overdue(asked.result())
    assert client.ids(table) == [1]


def test_a_network_that_swallows_the_answer_to_a_write_makes_a_504(
    workspace: Workspace, client: Client
) -> None:
    table = slow_table(workspace, client, 1.5, "INSERT")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(in_time, lambda: client.write(table, [{"id": 1}]))
        wait_until(lambda: sessions(workspace, "state = 'active'"))
        with black_hole(workspace):
            answer = asked.result()
    assert is_overdue(answer) and answer.body["details"]["outcome"] == "unknown"
    assert client.ids(table) == [1]


def test_a_network_that_swallows_logins_makes_a_503(workspace: Workspace, client: Client, table: str) -> None:
    workspace.kill_all()
    with black_hole(workspace):
        answers = at_once(12, lambda _: in_time(lambda: client.read(table)))
    assert all(map(unavailable, answers))
    assert in_time(lambda: client.read(table)).rows


def test_logins_that_take_too_long_make_a_503(workspace: Workspace, client: Client, table: str) -> None:
    workspace.kill_all()
    workspace.set_login_delay(60)
    assert unavailable(in_time(lambda: client.write(table, [{"id": 2}])))
    workspace.set_login_delay(0)
    assert in_time(lambda: client.write(table, [{"id": 2}])).status == 201


def test_a_network_that_swallows_the_first_statements_makes_a_503(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("first")
    with gateway_on(workspace, folder, GATEWAY_CONNECT_SECONDS=LIMIT) as gateway:
        client = Client(gateway)
        workspace.set_latency(0.6)  # the login itself does not fit into the limit
        assert unavailable(in_time(lambda: client.write(new_name(), [{"id": 1}])))
        workspace.set_latency(0)
        assert client.create(new_name(), COLUMNS)


def test_a_stream_in_a_network_that_swallows_it_ends_in_time(
    workspace: Workspace, client: Client, gateway: Gateway, table: str
) -> None:
    large = large_table(workspace, client)
    with reading(gateway, large) as reader, black_hole(workspace):
        began = time.monotonic()
        with pytest.raises((IncompleteRead, ConnectionResetError)):
            reader.rest()
        assert elapsed(began) < IN_TIME
    assert client.ids(table) == [1]


def test_a_read_that_takes_too_long_is_ended_in_the_database_too(
    workspace: Workspace, client: Client
) -> None:
    view = slow_view(workspace, client, 600)
    assert is_overdue(in_time(lambda: client.read(view)))
    assert is_overdue(in_time(lambda: client.stream(view, "application/x-ndjson")))
    assert sessions(workspace, "state <> 'idle'") == 0


@pytest.mark.parametrize("bound", [{}, {"max_affected": 1}])
def test_a_write_that_takes_too_long_writes_nothing(
    workspace: Workspace, client: Client, bound: dict[str, int]
) -> None:
    table = slow_table(workspace, client, 600, "UPDATE")
    client.write(table, [{"id": 1}])
    condition = [{"column": "id", "op": "=", "value": 1}]
    answer = in_time(lambda: client.update(table, filters=condition, updates={"id": 2}, **bound))
    assert is_overdue(answer) and "nothing was written" in answer.body["message"]
    assert "outcome" not in answer.body["details"]
    assert sessions(workspace, "state <> 'idle'") == 0
    assert client.ids(table) == [1]
