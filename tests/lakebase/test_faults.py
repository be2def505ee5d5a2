"""A database that sleeps, tokens that end, a control plane that is down: what clients see of it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway import create_app
from tests.app_client import AppClient
from tests.client import Client, new_name
from tests.gateway_process import Gateway
from tests.lakebase.gateways import SCHEMA, environment, gateway_on, sessions
from tests.waiting import at_once, unavailable, wait_until
from tests.workspace.handle import Workspace
from tests.workspace.settings import USER, USER_TOKEN

CONNECT_SECONDS = 4
IN_TIME = 40  # seconds
CREDENTIALS = "POST .*/credentials"
COLUMNS = {"id": "INT", "n": "INT"}


@pytest.fixture(scope="module")
def gateway(lasting_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of one worker, which does not wait long for a database that wakes."""
    lasting_workspace.mend()
    folder = tmp_path_factory.mktemp("faults")
    with gateway_on(lasting_workspace, folder, GATEWAY_CONNECT_SECONDS=CONNECT_SECONDS) as running:
        yield running


@pytest.fixture
def client(gateway: Gateway, workspace: Workspace) -> Client:
    """Speaks to the gateway once the workspace is mended."""
    return Client(gateway)


@pytest.fixture
def table(client: Client) -> str:
    """A table of one row."""
    return client.fill(new_name(), COLUMNS, [{"id": 1, "n": 1}])


@pytest.mark.parametrize("refusals", [0, 3])
def test_requests_wake_a_sleeping_database_and_wait_for_it(
    workspace: Workspace, client: Client, table: str, refusals: int
) -> None:
    before = workspace.statistics().wakes
    workspace.suspend(1.5, refusals=refusals)
    reads = at_once(8, lambda _: client.read(table))
    assert [answer.status for answer in reads] == [200] * 8
    workspace.suspend(0.5, refusals=refusals)
    writes = at_once(8, lambda number: client.write(table, [{"id": 10 + number, "n": 0}]))
    assert [answer.status for answer in writes] == [201] * 8
    assert workspace.statistics().wakes == before + 2
    assert client.count(table) == 9


@pytest.mark.parametrize("refusals", [0, 1000])
def test_one_that_takes_longer_to_wake_may_be_asked_later(
    workspace: Workspace, client: Client, table: str, refusals: int
) -> None:
    workspace.suspend(600, refusals=refusals)
    began = time.monotonic()
    answers = at_once(10, lambda _: client.read(table))
    assert time.monotonic() - began < IN_TIME
    assert all(map(unavailable, answers))
    assert {answer.body["details"]["state"] for answer in answers} <= {"sleeping", "starting"}
    workspace.wake()
    assert client.ids(table) == [1]


def test_readiness_does_not_wake_a_sleeping_database(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.suspend(0.1)
    time.sleep(5.1)  # for so long a state that was told is not asked for again
    before = workspace.statistics()
    for _ in range(5):
        answer = client.get("/api/health/ready")
        assert (answer.status, answer.body["status"]) == (200, "ready")
    after = workspace.statistics()
    assert after.suspended
    assert (after.wakes, after.connections_accepted) == (before.wakes, before.connections_accepted)
    assert client.ids(table) == [1]


def test_readiness_does_not_keep_an_unused_database_awake(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.lakebase.AT_WORK_SECONDS", 1.0)
    told = environment(workspace)
    client = AppClient(create_app(told), told["GATEWAY_CATALOG"], SCHEMA)
    table = client.create(new_name(), COLUMNS)
    assert client.get("/api/health/ready").status == 200
    assert client.ids(table) == []
    time.sleep(1.1)
    workspace.suspend(0.1)
    workspace.wake()  # so that it runs, and whoever uses it has to connect
    before = workspace.statistics().connections_accepted
    assert [client.get("/api/health/ready").status for _ in range(5)] == [200] * 5
    assert workspace.statistics().connections_accepted == before
    assert client.ids(table) == []
    assert workspace.statistics().connections_accepted == before + 1


def test_a_token_that_ends_on_its_way_is_replaced_unseen(
    workspace: Workspace, client: Client, table: str, gateway: Gateway
) -> None:
    workspace.set_token_seconds(2)
    with gateway_on(workspace, gateway.log.parent, GATEWAY_POOL_SIZE=1) as other:
        before = workspace.statistics()
        workspace.set_login_delay(3)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(lambda: Client(other).read(table))
            wait_until(lambda: workspace.statistics().connections_accepted > before.connections_accepted)
            time.sleep(1)  # until the login is held
            workspace.set_login_delay(0)
            assert asked.result().rows
        after = workspace.statistics()
    assert (after.logins_refused, after.mints) == (before.logins_refused + 1, before.mints + 2)


def test_without_a_control_plane_a_token_serves_until_it_ends(
    workspace: Workspace, table: str, gateway: Gateway
) -> None:
    workspace.set_token_seconds(12)
    with gateway_on(workspace, gateway.log.parent, GATEWAY_POOL_SIZE=2) as other:
        client = Client(other)
        assert client.ids(table) == [1]
        workspace.set_down(True)
        workspace.kill_all()
        assert client.ids(table) == [1]
        time.sleep(12)
        assert client.ids(table) == [1]  # what is connected stays connected
        workspace.kill_all()
        assert unavailable(client.read(table)) and unavailable(client.write(table, [{"id": 2}]))
        workspace.set_down(False)
        wait_until(lambda: client.read(table).status == 200)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_control_plane_that_fails_makes_a_503_until_it_is_mended(
    workspace: Workspace, gateway: Gateway, status: int
) -> None:
    workspace.fail(CREDENTIALS, status, retry_after=30, times=None)
    with gateway_on(workspace, gateway.log.parent) as other:
        client = Client(other)
        assert unavailable(client.read("nothing"))
        assert client.get("/api/v1/healthcheck").status == 200
        workspace.mend()
        wait_until(lambda: client.read("nothing").status == 404)


def test_a_control_plane_that_hangs_makes_a_503(workspace: Workspace, gateway: Gateway) -> None:
    workspace.delay(CREDENTIALS, 60, times=None)
    with gateway_on(workspace, gateway.log.parent) as other:
        began = time.monotonic()
        answers = at_once(8, lambda _: Client(other).read("nothing"))
        assert time.monotonic() - began < IN_TIME + 30
        assert all(map(unavailable, answers))
        workspace.mend()
        wait_until(lambda: Client(other).read("nothing").status == 404)


def test_who_has_no_role_is_told_so(workspace: Workspace, gateway: Gateway) -> None:
    login = {"DATABRICKS_TOKEN": USER_TOKEN, "PGUSER": USER}
    usual = {"DATABRICKS_CLIENT_ID": None, "DATABRICKS_CLIENT_SECRET": None}
    with gateway_on(workspace, gateway.log.parent, 1, **login, **usual) as other:
        answer = Client(other).read("nothing")
        assert (answer.status, answer.error_type) == (403, "Forbidden")
        assert "role" in answer.body["message"]


@pytest.mark.parametrize(
    ("sqlstate", "message", "status"),
    [
        ("28P01", "password authentication failed for user 'app'", 403),
        ("53300", "sorry, too many clients already", 503),
        ("57P03", "the database system is shutting down", 503),
        ("XX000", "something else", 503),
    ],
)
def test_logins_that_are_refused_for_a_while_work_again_afterwards(
    workspace: Workspace, client: Client, table: str, sqlstate: str, message: str, status: int
) -> None:
    workspace.refuse_logins(sqlstate, message)
    workspace.kill_all()
    answer = client.read(table)
    assert answer.status == status
    assert unavailable(answer) == (status == 503) and message not in answer.content.decode()
    workspace.accept_logins()
    wait_until(lambda: client.read(table).status == 200)


def test_each_worker_mints_one_token(workspace: Workspace, gateway: Gateway, table: str) -> None:
    with gateway_on(workspace, gateway.log.parent, workers=3) as other:
        workspace.forget()
        answers = at_once(16, lambda _: [Client(other).read(table).status for _ in range(5)])
        assert answers == [[200] * 5] * 16
        by_process = workspace.statistics().mints_by_process
    assert set(by_process.values()) == {1} and len(by_process) <= 3
    assert sessions(workspace) <= 8  # those of the other gateway
