"""What becomes of a control plane that fails, is slow, or is down."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from backends import errors
from backends.credentials import LoginRefused
from backends.credentials.workspace import THREADS
from backends.lakebase.access import TokenAccess
from tests.lakebase.accesses import access, logged_in, raised, until_given, without
from tests.lakebase.relay import Answer, relay
from tests.workspace.handle import Workspace

CREDENTIALS = "POST .*/credentials"
BEARERS = "POST /oidc/v1/token"


def denied(status: int, code: str) -> Answer:
    """A refusal in Databricks' own words."""
    return Answer(status, json.dumps({"error_code": code, "message": "secret text"}))


def logged_in_again(access: TokenAccess) -> str:
    """As `logged_in`, replacing a token that ended on its way to the database."""
    try:
        return logged_in(access)
    except psycopg2.OperationalError:
        access.replaced(access.password() or "")
        return logged_in(access)


@pytest.mark.parametrize("status", [429, 503])
def test_a_control_plane_that_asks_for_a_little_patience_gets_it(workspace: Workspace, status: int) -> None:
    workspace.fail(CREDENTIALS, status, retry_after=1)
    workspace.fail(BEARERS, status, retry_after=1)
    assert access(workspace.environment("autoscaling")).password()


@pytest.mark.parametrize("pattern", [CREDENTIALS, BEARERS])
@pytest.mark.parametrize("status", [429, 503])
def test_one_that_asks_for_more_is_not_waited_for(workspace: Workspace, status: int, pattern: str) -> None:
    workspace.fail(pattern, status, retry_after=1800, times=None)
    error = raised(access(workspace.environment("autoscaling")).password)
    assert isinstance(error, errors.Unavailable)
    assert error.retry_after == 1800


@pytest.mark.parametrize("pattern", [CREDENTIALS, BEARERS])
@pytest.mark.parametrize("status", [500, 502, 504])
def test_one_that_is_broken_may_soon_be_mended(workspace: Workspace, status: int, pattern: str) -> None:
    workspace.fail(pattern, status)
    found = access(workspace.environment("autoscaling"))
    error = raised(found.password)
    assert isinstance(error, errors.Unavailable)
    assert error.retry_after == 5
    assert until_given(found)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (denied(403, "PERMISSION_DENIED"), errors.Forbidden),
        (denied(401, "UNAUTHENTICATED"), LoginRefused),
        (denied(404, "NOT_FOUND"), errors.NotFound),
        (denied(404, "RESOURCE_DOES_NOT_EXIST"), errors.NotFound),
        (denied(400, "INVALID_PARAMETER_VALUE"), errors.BackendError),
        (denied(409, "ABORTED"), errors.BackendError),
        (denied(501, "NOT_IMPLEMENTED"), errors.BackendError),
        (Answer(403, "<html><title>Blocked by IP access list</title></html>"), errors.Forbidden),
        (Answer(502, "<html><title>Bad gateway</title></html>"), errors.Unavailable),
        (Answer(418, "no JSON, no HTML"), errors.Unavailable),
        (Answer(200, "{}"), errors.Unavailable),
        (Answer(200, "<html>Sign in to the network</html>"), errors.Unavailable),
        (Answer(200, '{"token": "'), errors.Unavailable),
    ],
)
def test_whatever_is_answered_becomes_an_error_of_ours(
    workspace: Workspace, answer: Answer, expected: type[errors.BackendError]
) -> None:
    with relay(workspace.url, {CREDENTIALS: answer}) as url:
        error = raised(access({**workspace.environment("autoscaling"), "DATABRICKS_HOST": url}).password)
    assert type(error) is expected
    assert "secret text" not in error.message


@pytest.mark.parametrize("pattern", ["databricks-config", "well-known/oauth", BEARERS, CREDENTIALS])
def test_no_answer_is_waited_for_longer_than_the_limit(workspace: Workspace, pattern: str) -> None:
    workspace.delay(pattern, 8, times=1)
    started = time.monotonic()
    error = raised(access(workspace.environment("autoscaling"), seconds=1).password)
    assert isinstance(error, errors.Unavailable)
    assert time.monotonic() - started < 7


def test_questions_that_nobody_answers_do_not_pile_up(workspace: Workspace) -> None:
    workspace.delay(CREDENTIALS, 5, times=None)
    control = access(workspace.environment("autoscaling"), seconds=0.05)._control
    for _ in range(20):
        assert isinstance(raised(control.mint), errors.Unavailable)
    named = [thread for thread in threading.enumerate() if thread.name == "databricks"]
    assert len(named) <= 2 * THREADS  # those of the test before may still be there
    workspace.mend()


def test_a_dropped_connection_is_made_again(workspace: Workspace) -> None:
    workspace.drop(CREDENTIALS)
    workspace.drop(BEARERS)
    assert access(workspace.environment("autoscaling")).password()


def test_while_the_control_plane_is_down_the_token_at_hand_is_given(workspace: Workspace) -> None:
    found = access(workspace.environment("autoscaling"), seconds=2)
    assert logged_in(found) == workspace.client
    workspace.set_down(True)
    assert logged_in(found) == workspace.client
    error = raised(access(workspace.environment("autoscaling"), seconds=2).password)
    assert isinstance(error, errors.Unavailable)
    workspace.set_down(False)


def test_tokens_that_live_for_two_seconds_always_log_in(workspace: Workspace) -> None:
    workspace.set_token_seconds(2.0)
    found = access(workspace.environment("autoscaling"))
    end = time.monotonic() + 5
    while time.monotonic() < end:
        assert logged_in_again(found) == workspace.client
    assert workspace.statistics().mints >= 2


def test_many_threads_mint_one_token(workspace: Workspace) -> None:
    found = access(without(workspace.environment("autoscaling"), "LAKEBASE_ENDPOINT", "PGUSER"))
    with ThreadPoolExecutor(30) as pool:
        logins = [pool.submit(logged_in, found) for _ in range(30)]
        assert {login.result() for login in logins} == {workspace.client}
    assert workspace.statistics().mints == 1
