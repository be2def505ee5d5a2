"""Sessions that the warehouse forgets, and connections that are lost: what became of it is told."""

from http.client import IncompleteRead

import pytest

from tests.client import Answer, Client, Row
from tests.gateway_process import Gateway
from tests.reading import reading
from tests.waiting import at_once, unavailable, wait_until
from tests.warehouse.gateways import NDJSON, outcome_is_unknown, sent, stored, writes
from tests.warehouse.long_tables import ROWS, large_table
from tests.workspace.handle import Workspace
from tests.workspace.warehouse.faults import Lost

SELECT = "ExecuteStatement SELECT"
WRITE = "ExecuteStatement (MERGE|INSERT|UPDATE|DELETE)"
THOUSAND: list[Row] = [{"id": number, "n": number} for number in range(2, 1002)]


def change(client: Client, table: str, which: str) -> Answer:
    """What one of the ways to write answers; each changes or adds one row, or removes it."""
    one = [{"column": "id", "value": 1}]
    match which:
        case "insert":
            return client.write(table, [{"id": 2, "n": 2}])
        case "upsert":
            return client.write(table, [{"id": 1, "n": 2}], on_conflict="update")
        case "update":
            return client.update(table, filters=one, updates={"n": 2})
        case "guarded":
            return client.update(table, filters=one, updates={"n": 2}, max_affected=1)
        case "bulk":
            bulk = [{"key_value": 1, "updates": {"n": 2}}]
            return client.update(table, key_column="id", bulk_updates=bulk)
    return client.delete(table, filters=one, soft=False)


AFTER: dict[str, list[list[int]]] = {
    "insert": [[1, 1], [2, 2]],
    "upsert": [[1, 2]],
    "update": [[1, 2]],
    "guarded": [[1, 2]],
    "bulk": [[1, 2]],
    "delete": [],
}
WAYS = list(AFTER)


def rows(workspace: Workspace, table: str) -> list[list[object]]:
    """What a table holds, by another way than the gateway."""
    return workspace.warehouse.sql(f"SELECT id, n FROM main.faults.{table} ORDER BY id")


def test_sessions_that_were_forgotten_are_opened_anew_for_a_read(
    workspace: Workspace, client: Client, table: str
) -> None:
    for _ in range(3):
        assert client.ids(table) == [1]
        assert workspace.warehouse.end_sessions() > 0
    assert client.ids(table) == [1]
    assert client.stream(table, NDJSON, columns=["id"]).content == b'{"id":1}\n'


@pytest.mark.parametrize("which", WAYS)
def test_a_write_to_a_session_that_was_forgotten_runs_once(
    workspace: Workspace, client: Client, table: str, which: str
) -> None:
    workspace.warehouse.end_sessions()
    assert change(client, table, which).status in (200, 201)
    assert rows(workspace, table) == AFTER[which]
    assert len(writes(workspace, table)) == 1


def test_sessions_that_were_idle_for_too_long_are_opened_anew(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.warehouse.set_session_seconds(0)
    wait_until(lambda: workspace.warehouse.statistics().open_sessions == 0)
    workspace.mend()
    assert change(client, table, "insert").status == 201
    assert client.ids(table) == [1, 2]
    assert len(writes(workspace, table)) == 1


@pytest.mark.parametrize("write", [False, True])
def test_one_request_does_not_fail_because_all_sessions_of_the_pool_were_forgotten(
    workspace: Workspace, client: Client, table: str, write: bool
) -> None:
    workspace.warehouse.delay(SELECT, 0.5, times=8)
    at_once(8, lambda _: client.ids(table))
    assert workspace.warehouse.end_sessions() > 4
    if write:
        assert change(client, table, "insert").status == 201
        assert len(writes(workspace, table)) == 1
    else:
        assert client.read(table).status == 200


def test_many_requests_at_once_find_their_sessions_forgotten(
    workspace: Workspace, client: Client, table: str
) -> None:
    at_once(8, lambda _: client.ids(table))
    workspace.warehouse.end_sessions()
    answers = at_once(8, lambda number: client.write(table, [{"id": 10 + number, "n": 0}]))
    assert [answer.status for answer in answers] == [201] * 8
    assert stored(workspace, table) == 9
    assert len(writes(workspace, table)) == 8


def test_a_stream_whose_session_is_forgotten_does_not_look_complete(
    workspace: Workspace, client: Client, gateway: Gateway
) -> None:
    large = large_table(workspace, client)
    with reading(gateway, large) as reader:
        workspace.warehouse.end_sessions()
        with pytest.raises((IncompleteRead, ConnectionResetError)):
            reader.rest()
    with reading(gateway, large) as reader:
        assert reader.rest().count(b"\n") > ROWS - 1000


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_read_whose_connection_is_lost_is_tried_once_more(
    workspace: Workspace, client: Client, table: str, when: Lost
) -> None:
    workspace.warehouse.drop(SELECT, when)
    assert client.ids(table) == [1]
    workspace.warehouse.drop(SELECT, when)
    assert client.stream(table, NDJSON, columns=["id"]).content == b'{"id":1}\n'
    workspace.warehouse.drop(SELECT, when)
    assert client.count(table) == 1


def test_a_read_whose_connection_is_lost_again_makes_a_503(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.warehouse.drop(SELECT, "after", times=None)
    assert unavailable(client.read(table))
    assert unavailable(client.stream(table, NDJSON))
    assert len(sent(workspace, f"(?s)^SELECT.*{table}")) == 4, workspace.statements()
    workspace.mend()
    assert client.ids(table) == [1]


@pytest.mark.parametrize("which", WAYS)
def test_a_write_that_was_carried_out_and_not_answered_is_never_sent_again(
    workspace: Workspace, client: Client, table: str, which: str
) -> None:
    workspace.warehouse.drop(WRITE, "after", times=None)
    answer = change(client, table, which)
    assert unavailable(answer) and outcome_is_unknown(answer)
    wait_until(lambda: rows(workspace, table) == AFTER[which])
    assert len(writes(workspace, table)) == 1


@pytest.mark.parametrize("which", WAYS)
def test_a_write_whose_connection_is_lost_on_its_way_is_never_sent_again(
    workspace: Workspace, client: Client, table: str, which: str
) -> None:
    workspace.warehouse.drop(WRITE, "before")
    answer = change(client, table, which)
    assert unavailable(answer) and outcome_is_unknown(answer)
    assert rows(workspace, table) == [[1, 1]]
    assert writes(workspace, table) == []
    assert change(client, table, which).status in (200, 201)


@pytest.mark.parametrize(("when", "count"), [("before", 1), ("after", 1001)])
def test_a_thousand_rows_whose_connection_is_lost_are_written_once_or_not_at_all(
    workspace: Workspace, client: Client, table: str, when: Lost, count: int
) -> None:
    workspace.warehouse.drop("ExecuteStatement MERGE", when)
    answer = client.write(table, THOUSAND)
    assert unavailable(answer) and outcome_is_unknown(answer)
    wait_until(lambda: stored(workspace, table) == count)
    assert len(writes(workspace, table)) == (when == "after")
    again = client.write(table, THOUSAND, on_conflict="ignore")
    assert (again.status, stored(workspace, table)) == (201, 1001)


def test_a_lost_connection_ends_no_other_session(workspace: Workspace, client: Client, table: str) -> None:
    at_once(8, lambda _: client.ids(table))
    workspace.warehouse.drop(SELECT, times=1)
    answers = at_once(8, lambda _: client.read(table).status)
    assert answers == [200] * 8
