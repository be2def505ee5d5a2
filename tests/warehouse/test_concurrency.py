"""Delta's refusals of a write that others came before: tried again, and told when that does not help."""

import time
from collections.abc import Callable

import pytest

from tests.client import Answer, Client
from tests.waiting import at_once, elapsed
from tests.warehouse.gateways import left_behind, sent, stored
from tests.workspace.handle import Workspace

APPEND = ("DELTA_CONCURRENT_APPEND", "2D521")
WRITE = "ExecuteStatement (MERGE|UPDATE|DELETE|INSERT)"
IN_TIME = 18  # seconds: ten of trying, and the last try


@pytest.mark.parametrize(
    "error_class",
    ["DELTA_CONCURRENT_APPEND", "DELTA_CONCURRENT_DELETE_READ", "DELTA_CONCURRENT_DELETE_DELETE"],
)
def test_a_write_that_others_came_before_is_tried_again(
    workspace: Workspace, client: Client, table: str, error_class: str
) -> None:
    one = [{"column": "id", "value": 1}]
    asks: tuple[Callable[[], Answer], ...] = (
        lambda: client.write(table, [{"id": 2, "n": 2}]),
        lambda: client.update(table, filters=one, updates={"n": 3}),
        lambda: client.delete(table, filters=one, soft=False),
    )
    for ask in asks:
        workspace.warehouse.refuse(WRITE, error_class, "2D521", times=3)
        assert ask().status in (200, 201)
    assert workspace.warehouse.sql(f"SELECT id, n FROM main.faults.{table}") == [[2, 2]]
    assert len(sent(workspace, "^(MERGE|UPDATE|DELETE)")) == 12


def test_a_write_that_others_always_come_before_conflicts_in_the_end(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.warehouse.refuse(WRITE, *APPEND, times=None)
    began = time.monotonic()
    answer = client.write(table, [{"id": 2, "n": 2}])
    assert elapsed(began) < IN_TIME
    assert (answer.status, answer.error_type) == (409, "Conflict")
    assert "nothing was written" in answer.body["message"]
    workspace.mend()
    assert stored(workspace, table) == 1


def test_a_large_write_is_tried_again_without_its_rows_being_sent_again(
    workspace: Workspace, client: Client, table: str
) -> None:
    rows = [{"id": number, "n": number} for number in range(2, 60_000)]
    workspace.warehouse.refuse("ExecuteStatement MERGE", *APPEND, times=2)
    assert client.write(table, rows).status == 201
    slices = len(sent(workspace, "^INSERT INTO .*lakegate_staging"))
    assert (len(sent(workspace, "^MERGE")), 1 < slices < 4) == (3, True)
    assert (stored(workspace, table), left_behind(workspace)) == (len(rows) + 1, [])


def test_many_writers_of_the_same_rows_all_succeed(workspace: Workspace, client: Client, table: str) -> None:
    key = {"id": 1, "n": 0}

    def write(n: int) -> Answer:
        return client.write(table, [{**key, "n": n}], on_conflict="update")

    answers = [each for found in at_once(8, lambda at: [write(at + n) for n in range(5)]) for each in found]
    assert [answer.content for answer in answers if answer.status != 201] == []
    assert stored(workspace, table) == 1
