"""Warehouses that are stopped, starting, deleted or unknown."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient

from backends.credentials import Workspace as ControlPlane
from tests.client import Answer, Client
from tests.waiting import at_once, elapsed, unavailable, wait_until
from tests.warehouse.gateways import NDJSON, gateway_on, stored, writes
from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN_TOKEN

IN_TIME = 10  # seconds
STARTING = 600  # seconds, longer than any test
STARTS = "/start"


def in_time(call: Callable[[], Answer]) -> Answer:
    """The answer, which comes soon."""
    began = time.monotonic()
    answer = call()
    assert elapsed(began) < IN_TIME
    return answer


def state(workspace: Workspace) -> str:
    """What the workspace's administrator is told of the warehouse."""
    env = workspace.environment("warehouse")
    login = {"DATABRICKS_HOST": env["DATABRICKS_HOST"], "DATABRICKS_TOKEN": ADMIN_TOKEN}

    def ask(client: WorkspaceClient) -> str:
        found = client.warehouses.get(workspace.warehouse.id).state
        return found.value if found else ""

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", env["REQUESTS_CA_BUNDLE"])
        return ControlPlane(login).ask(ask, "it")


def requests_of(client: Client, table: str) -> list[Callable[[], Answer]]:
    """A read, a stream and a write."""
    return [
        lambda: client.read(table),
        lambda: client.stream(table, NDJSON),
        lambda: client.write(table, [{"id": 2}]),
    ]


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("early", [False, True])
def test_a_stopped_warehouse_makes_a_503_and_is_asked_to_start(
    workspace: Workspace, client: Client, table: str, early: bool, which: int
) -> None:
    workspace.warehouse.set_early_sessions(early)
    workspace.warehouse.stop()
    wait_until(lambda: state(workspace) == "STOPPED")
    workspace.set_start_seconds(STARTING)
    answer = in_time(requests_of(client, table)[which])
    assert unavailable(answer), answer
    assert answer.body["details"]["state"] == "starting"
    assert "outcome" not in answer.body["details"]
    assert state(workspace) == "STARTING"
    for ask in requests_of(client, table):
        assert unavailable(in_time(ask))
    workspace.mend()
    wait_until(lambda: client.read(table).status == 200)
    assert client.write(table, [{"id": 2}]).status == 201
    assert (stored(workspace, table), len(writes(workspace, table))) == (2, 1)


@pytest.mark.parametrize("early", [False, True])
def test_a_warehouse_that_stops_under_load_answers_every_request_in_time(
    workspace: Workspace, client: Client, table: str, early: bool
) -> None:
    workspace.warehouse.set_early_sessions(early)
    at_once(8, lambda _: client.ids(table))
    workspace.warehouse.stop()
    workspace.set_start_seconds(STARTING)
    workspace.forget()
    answers = at_once(16, lambda number: in_time(requests_of(client, table)[number % 3]))
    assert all(map(unavailable, answers)), [answer.content for answer in answers]
    assert {answer.body["details"].get("state") for answer in answers} == {"starting"}
    assert writes(workspace, table) == [] or early
    assert stored(workspace, table) == 1
    workspace.mend()
    wait_until(lambda: client.read(table).status == 200)


def test_readiness_says_how_the_warehouse_is_and_starts_nothing(
    workspace: Workspace, client: Client, table: str
) -> None:
    assert client.get("/api/health/ready").status == 200
    workspace.set_start_seconds(STARTING)
    workspace.warehouse.stop()
    assert client.get("/api/health/ready").status == 200  # a request starts it
    assert state(workspace) == "STOPPING"
    workspace.mend()
    workspace.warehouse.stop()
    wait_until(lambda: state(workspace) == "STOPPED")
    workspace.set_start_seconds(STARTING)
    assert [client.get("/api/health/ready").status for _ in range(3)] == [200] * 3
    assert state(workspace) == "STOPPED"
    workspace.warehouse.start()
    answer = client.get("/api/health/ready")
    assert (answer.status, answer.body["checks"][0]["status"]) == (503, "failed")
    assert "starting" in answer.body["checks"][0]["message"]
    workspace.mend()
    assert client.get("/api/health/ready").status == 200


def test_a_stopped_warehouse_that_starts_at_once_is_waited_for(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.warehouse.stop()
    wait_until(lambda: client.read(table).status == 200)
    assert state(workspace) == "RUNNING"


def test_a_warehouse_that_nobody_knows_is_named(workspace: Workspace, tmp_path: Path) -> None:
    with gateway_on(workspace, tmp_path, DATABRICKS_WAREHOUSE_ID="0000000000000000") as gateway:
        client = Client(gateway)
        for ask in requests_of(client, "people"):
            answer = in_time(ask)
            assert (answer.status, answer.error_type) == (502, "BackendError")
            assert "0000000000000000" in answer.body["message"]
        ready = client.get("/api/health/ready")
        assert ready.status == 503
        assert "0000000000000000" in ready.body["checks"][0]["message"]


def test_a_warehouse_that_is_deleted_is_named(tmp_path: Path, workspace: Workspace) -> None:
    env = workspace.environment("warehouse")
    login = {"DATABRICKS_HOST": env["DATABRICKS_HOST"], "DATABRICKS_TOKEN": ADMIN_TOKEN}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", env["REQUESTS_CA_BUNDLE"])
        control = ControlPlane(login)
        made = control.ask(
            lambda client: client.warehouses.create(name="gone", max_num_clusters=1, auto_stop_mins=10), "it"
        )
        with gateway_on(workspace, tmp_path, DATABRICKS_WAREHOUSE_ID=made.id) as gateway:
            client = Client(gateway)
            assert client.read("nothing").status == 404
            control.ask(lambda asked: asked.warehouses.delete(str(made.id)), "it")
            for ask in requests_of(client, "nothing"):
                answer = in_time(ask)
                assert answer.status in (502, 503), answer
                assert "deleted" in answer.body["message"] or str(made.id) in answer.body["message"], answer
            assert client.get("/api/health/ready").status == 503


def test_a_control_plane_that_is_down_does_not_keep_a_running_warehouse_from_work(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.fail("/api/2.0/sql/warehouses", 500, times=None)
    assert client.ids(table) == [1]
    assert client.write(table, [{"id": 2}]).status == 201
    assert client.get("/api/health/ready").status == 503
