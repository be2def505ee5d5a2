"""Answers of the warehouse that are late, or are none of Thrift's: requests are answered in time."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.client import Answer, Client, new_name
from tests.gateway_process import Gateway
from tests.waiting import at_once, elapsed, unavailable, wait_until
from tests.warehouse.gateways import COLUMNS, NDJSON, gateway_on, outcome_is_unknown, stored, writes
from tests.workspace.handle import Workspace

LIMIT = 2  # seconds, for a statement
GRACE = 12  # seconds above it: the watch looks once in a second, and the machine may be busy
SLOW = 60  # seconds
SELECT = "ExecuteStatement SELECT"
MERGE = "ExecuteStatement MERGE"


@pytest.fixture(scope="module")
def gateway(lasting_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of one worker whose statements may take two seconds."""
    lasting_workspace.mend()
    folder = tmp_path_factory.mktemp("answers")
    with gateway_on(lasting_workspace, folder, GATEWAY_STATEMENT_SECONDS=LIMIT) as running:
        yield running


def in_time(call: Callable[[], Answer]) -> Answer:
    """The answer, which comes within the limit."""
    began = time.monotonic()
    answer = call()
    assert elapsed(began) < LIMIT + GRACE
    return answer


def is_overdue(answer: Answer) -> bool:
    """Whether an answer says that the warehouse took too long."""
    return (answer.status, answer.error_type) == (504, "Timeout")


def nothing_runs(workspace: Workspace) -> bool:
    """Whether all statements have ended in the warehouse."""
    return workspace.warehouse.statistics().open_operations == 0


@pytest.mark.parametrize("retry_after", [None, 30])
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_warehouse_makes_a_503_at_once(
    workspace: Workspace, client: Client, table: str, status: int, retry_after: int | None
) -> None:
    workspace.warehouse.fail("ExecuteStatement", status, retry_after=retry_after, times=None)
    for answer in (
        in_time(lambda: client.read(table)),
        in_time(lambda: client.stream(table, NDJSON)),
        in_time(lambda: client.write(table, [{"id": 2}])),
    ):
        assert unavailable(answer) and "outcome" not in answer.body["details"]
    workspace.mend()
    assert client.ids(table) == [1]
    assert client.write(table, [{"id": 2}]).status == 201


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_proxy_that_fails_leaves_a_write_in_doubt_and_sends_it_once(
    workspace: Workspace, client: Client, table: str, status: int
) -> None:
    workspace.warehouse.fail(MERGE, status, times=None)
    answer = in_time(lambda: client.write(table, [{"id": 2}]))
    assert unavailable(answer) and outcome_is_unknown(answer)
    assert (
        workspace.warehouse.statistics().calls["ExecuteStatement"] <= 2
    )  # the other one described the table
    assert stored(workspace, table) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_proxy_that_fails_once_does_not_fail_a_read(
    workspace: Workspace, client: Client, table: str, status: int
) -> None:
    workspace.warehouse.fail(SELECT, status)
    assert in_time(lambda: client.read(table)).status == 200
    workspace.warehouse.fail(SELECT, status, times=None)
    assert unavailable(in_time(lambda: client.read(table)))


def test_a_read_that_takes_too_long_is_a_504_and_is_cancelled(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.warehouse.set_direct_seconds(0.2)
    client.ids(table)
    workspace.warehouse.slow(SELECT, SLOW, times=None)
    assert is_overdue(in_time(lambda: client.read(table)))
    assert is_overdue(in_time(lambda: client.stream(table, NDJSON)))
    wait_until(lambda: nothing_runs(workspace))
    workspace.mend()
    assert client.ids(table) == [1]


def test_a_write_that_takes_too_long_is_a_504_and_writes_nothing(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.warehouse.set_direct_seconds(0.2)
    workspace.warehouse.slow(MERGE, SLOW)
    assert is_overdue(in_time(lambda: client.write(table, [{"id": 2}])))
    wait_until(lambda: nothing_runs(workspace))
    assert (stored(workspace, table), len(writes(workspace, table))) == (1, 1)
    assert client.write(table, [{"id": 2}]).status == 201


def test_an_answer_that_comes_late_counts(workspace: Workspace, client: Client, table: str) -> None:
    workspace.warehouse.slow(MERGE, LIMIT + 2)  # within the five seconds that a statement is waited for
    answer = in_time(lambda: client.write(table, [{"id": 2}]))
    assert (answer.status, stored(workspace, table)) == (201, 2)


def test_a_statement_that_is_waited_for_beyond_the_limit_is_cancelled_afterwards(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.warehouse.set_direct_seconds(LIMIT + 2)
    workspace.warehouse.slow(MERGE, SLOW)
    assert is_overdue(in_time(lambda: client.write(table, [{"id": 2}])))
    wait_until(lambda: nothing_runs(workspace))
    assert (stored(workspace, table), len(writes(workspace, table))) == (1, 1)


def test_slow_statements_hold_up_no_others(workspace: Workspace, client: Client, table: str) -> None:
    workspace.warehouse.set_direct_seconds(0.2)
    client.ids(table)
    workspace.warehouse.slow(SELECT, SLOW, times=4)
    answers = at_once(8, lambda _: in_time(lambda: client.read(table)))
    assert sorted(answer.status for answer in answers) == [200] * 4 + [504] * 4


def test_statements_that_are_not_done_at_once_are_asked_for_again(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.warehouse.set_direct_seconds(0)
    rows = [{"id": number, "n": number} for number in range(2, 400)]
    assert client.write(table, rows).body["count"] == 398
    assert client.update(table, key_column="id", key_value=2, updates={"n": 5}).body["count"] == 1
    assert (
        client.delete(table, filters=[{"column": "id", "op": ">", "value": 300}], soft=False).body["count"]
        == 99
    )
    assert [row for page in client.pages(table, limit=100, columns=["id"]) for row in page] == [
        {"id": number} for number in range(1, 301)
    ]
    assert client.stream(table, NDJSON).content.count(b"\n") == 300
    assert client.create(new_name(), COLUMNS)
    assert client.write(table, [{"id": 1}]).status == 409
    assert workspace.warehouse.statistics().calls["GetOperationStatus"] > 5


@pytest.mark.parametrize("method", ["GetOperationStatus", "FetchResults"])
def test_a_connection_lost_while_asking_again_fails_no_read(
    workspace: Workspace, client: Client, table: str, method: str
) -> None:
    workspace.warehouse.set_direct_seconds(0)
    client.ids(table)
    workspace.warehouse.drop(method)
    assert client.ids(table) == [1]


def test_a_connection_lost_while_asking_after_a_write_leaves_it_in_doubt(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.warehouse.set_direct_seconds(0)
    client.ids(table)
    workspace.warehouse.drop("GetOperationStatus", times=None)
    answer = client.write(table, [{"id": 2}])
    assert unavailable(answer) and outcome_is_unknown(answer)
    wait_until(lambda: nothing_runs(workspace))
    assert stored(workspace, table) in (1, 2)
    assert len(writes(workspace, table)) == 1
