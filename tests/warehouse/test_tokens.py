"""Bearer tokens that end, are refused or revoked while the gateway runs; and personal access tokens."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client import Client, new_name
from tests.waiting import at_once, unavailable, wait_until
from tests.warehouse.gateways import COLUMNS, NDJSON, gateway_on, secrets_in, stored, user_token
from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN, ADMIN_TOKEN

LIFE = 2.0  # seconds
LIVES = 2  # that a test lasts for
SELECT = "ExecuteStatement SELECT"
LOGIN = "POST /oidc/v1/token"


def logins(workspace: Workspace) -> list[int]:
    """The status of each login since `forget`."""
    return [status for _, _, status in workspace.requests("/oidc/v1/token")]


@pytest.fixture(scope="module")
def other(lasting_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Speaks to another gateway, whose tokens no other test has refused."""
    lasting_workspace.mend()
    with gateway_on(lasting_workspace, tmp_path_factory.mktemp("tokens")) as running:
        yield Client(running)


def test_tokens_that_end_while_requests_go_on_fail_none(workspace: Workspace, tmp_path: Path) -> None:
    workspace.set_bearer_seconds(LIFE)
    with gateway_on(workspace, tmp_path, GATEWAY_WORKERS=2) as gateway:
        client = Client(gateway)
        table = client.create(new_name(), COLUMNS)
        assert client.write(table, [{"id": 1}]).status == 201
        time.sleep(LIFE + 0.5)  # all tokens end while nothing is asked
        assert client.ids(table) == [1]
        end = time.monotonic() + LIVES * LIFE

        def work(number: int) -> list[int]:
            statuses, key = [], 10_000 * (number + 1)
            while time.monotonic() < end:
                key += 1
                statuses += [client.write(table, [{"id": key}]).status, client.read(table, limit=1).status]
            return statuses

        found = [status for statuses in at_once(4, work) for status in statuses]
        assert set(found) == {200, 201} and len(found) > 20
        assert stored(workspace, table) == found.count(201) + 1
    assert len(logins(workspace)) > LIVES


def test_a_token_that_is_refused_is_replaced_unseen(workspace: Workspace, client: Client, table: str) -> None:
    workspace.revoke_bearers()
    assert client.write(table, [{"id": 2}]).status == 201
    assert stored(workspace, table) == 2
    assert logins(workspace) == [200]


def test_a_token_that_is_refused_when_a_session_is_opened_is_replaced_unseen(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.warehouse.end_sessions()
    workspace.warehouse.fail("OpenSession", 403)
    assert client.ids(table) == [1]
    assert logins(workspace) == [200]


def test_a_client_secret_that_is_revoked_matters_once_the_token_is_refused(
    workspace: Workspace, other: Client
) -> None:
    table = other.fill(new_name(), COLUMNS, [{"id": 1}])
    workspace.revoke_secret()
    assert other.ids(table) == [1]  # the token is still good
    workspace.revoke_bearers()
    for answer in (other.read(table), other.write(table, [{"id": 2}]), other.stream(table, NDJSON)):
        assert answer.status in (403, 503), answer
        assert "outcome" not in answer.body["details"]
    assert other.get("/api/health/ready").status == 503
    workspace.restore_secret()
    wait_until(lambda: other.read(table).status == 200)
    assert other.ids(table) == [1]


def test_without_logins_a_token_serves_until_it_is_refused(workspace: Workspace, other: Client) -> None:
    table = other.fill(new_name(), COLUMNS, [{"id": 1}])
    workspace.fail(LOGIN, 500, times=None)
    assert other.ids(table) == [1]
    workspace.warehouse.end_sessions()
    assert other.ids(table) == [1]
    workspace.revoke_bearers()
    assert unavailable(other.read(table)) and unavailable(other.write(table, [{"id": 2}]))
    workspace.mend()
    wait_until(lambda: other.read(table).status == 200)
    assert other.ids(table) == [1]


def test_all_sessions_of_a_token_that_was_replaced_go_on_with_the_new_one(
    workspace: Workspace, other: Client
) -> None:
    table = other.fill(new_name(), COLUMNS, [{"id": 1}])
    workspace.warehouse.delay(SELECT, 0.5, times=8)
    assert at_once(8, lambda _: other.read(table).status) == [200] * 8
    workspace.revoke_bearers()
    workspace.forget()
    assert other.ids(table) == [1]
    workspace.warehouse.delay(SELECT, 0.5, times=8)
    answers = at_once(8, lambda _: other.read(table))
    assert [answer.content for answer in answers if answer.status != 200] == []
    assert logins(workspace) == [200]


def test_a_personal_access_token_will_do(workspace: Workspace, tmp_path: Path) -> None:
    login = {"DATABRICKS_TOKEN": ADMIN_TOKEN, "DATABRICKS_CLIENT_ID": None, "DATABRICKS_CLIENT_SECRET": None}
    with gateway_on(workspace, tmp_path, **login) as gateway:
        client = Client(gateway)
        table = client.fill(new_name(), COLUMNS, [{"id": 1}])
        assert client.ids(table) == [1]
    assert {statement.principal for statement in workspace.statements()} == {ADMIN}


def test_a_personal_access_token_that_nobody_knows_is_refused_with_a_reason(
    workspace: Workspace, tmp_path: Path
) -> None:
    login = {
        "DATABRICKS_TOKEN": "dapi-unknown",
        "DATABRICKS_CLIENT_ID": None,
        "DATABRICKS_CLIENT_SECRET": None,
    }
    with gateway_on(workspace, tmp_path, **login) as gateway:
        answer = Client(gateway).read("people")
    assert (answer.status, answer.error_type) in ((403, "Forbidden"), (503, "Unavailable"))
    assert "token" in answer.body["message"] and b"dapi" not in answer.content


def test_secrets_in_a_log_are_seen(workspace: Workspace, tmp_path: Path) -> None:
    token, secret = (
        user_token(workspace, ADMIN),
        workspace.environment("warehouse")["DATABRICKS_CLIENT_SECRET"],
    )
    log = tmp_path / "log"
    for text in (token, secret, ADMIN_TOKEN, f"{{'Authorization': 'Bearer {secret[4:]}'}}"):
        log.write_text(f"ERROR: {text}\n")
        assert secrets_in(log) != []
    log.write_text('return {"Authorization": f"Bearer {token}"}  # a line of source in a trace\n')
    assert secrets_in(log) == []
