"""The control plane over plain HTTP: what is refused, what is counted, and what goes wrong on demand."""

import os
import time

import pytest
import requests
from databricks.sdk import WorkspaceClient, errors

from tests.workspace.handle import Workspace, WorkspaceError
from tests.workspace.settings import ADMIN_TOKEN, ENDPOINT, NAME

CREDENTIALS = "POST /api/2.0/postgres/credentials"


def ask(workspace: Workspace, method: str, path: str, **how: object) -> requests.Response:
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    body = how.get("data")
    assert body is None or isinstance(body, str)
    return requests.request(method, f"{workspace.url}{path}", headers=headers, data=body, timeout=30)


def mint(client: WorkspaceClient) -> str | None:
    return client.postgres.generate_database_credential(ENDPOINT).token


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api/2.0/clusters/list"),
        ("PUT", "/api/2.0/database/instances"),
        ("POST", "/api/2.0/database/instances/lakegate"),
        ("GET", "/api/2.0/postgres/projects/lakegate/"),
        ("GET", "/api/2.0/database/instances/a/b"),
    ],
)
def test_an_unknown_path_is_not_found(workspace: Workspace, method: str, path: str) -> None:
    answer = ask(workspace, method, path)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    assert answer.json()["message"] == f"No API found for '{method} {path}'"


def test_nobody_unknown_learns_what_there_is(workspace: Workspace) -> None:
    answer = requests.get(f"{workspace.url}/api/2.0/nothing", timeout=20)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"instance_name": ["lakegate"]}', "unknown field 'instance_name'"),
        ('{"instance_names": "lakegate"}', "'instance_names' has the wrong type"),
        ('{"instance_names": [7]}', "'instance_names[0]' has the wrong type"),
        ('{"claims": [{"resources": [{"table": "t"}]}]}', "unknown field 'claims[0].resources[0].table'"),
        ("{", "not JSON"),
        ("[]", "expected an object"),
    ],
)
def test_a_body_with_anything_unknown_is_refused(workspace: Workspace, body: str, message: str) -> None:
    answer = ask(workspace, "POST", "/api/2.0/database/credentials", data=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "MALFORMED_REQUEST")
    assert message in answer.json()["message"]


@pytest.mark.parametrize("query", ["page_size=-1", "page_size=101", "page_size=x", "page_token=!"])
def test_a_page_that_cannot_be_is_refused(workspace: Workspace, query: str) -> None:
    answer = ask(workspace, "GET", f"/api/2.0/database/instances?{query}")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_requests_and_mints_are_counted(app: WorkspaceClient, workspace: Workspace) -> None:
    workspace.forget()
    mint(app)
    mint(app)
    app.database.generate_database_credential(instance_names=[NAME])
    found = workspace.statistics()
    assert (found.mints, found.mints_by_subject) == (3, {workspace.client: 3})
    assert found.mints_by_process == {os.getpid(): 3}
    assert workspace.requests("credentials") == [
        ("POST", "/api/2.0/postgres/credentials", 200),
        ("POST", "/api/2.0/postgres/credentials", 200),
        ("POST", "/api/2.0/database/credentials", 200),
    ]
    workspace.forget()
    assert (workspace.statistics().mints, workspace.requests()) == (0, [])


@pytest.mark.parametrize(("status", "retry_after"), [(429, 0), (503, 1), (503, None)])
def test_the_sdk_tries_again_when_it_is_told_to(
    app: WorkspaceClient, workspace: Workspace, status: int, retry_after: int | None
) -> None:
    workspace.fail("POST .*/credentials", status, retry_after=retry_after)
    assert mint(app)
    assert [found[2] for found in workspace.requests("credentials")] == [status, 200]


def test_the_sdk_does_not_try_again_after_an_internal_error(
    app: WorkspaceClient, workspace: Workspace
) -> None:
    workspace.fail(CREDENTIALS, 500)
    with pytest.raises(errors.InternalError):
        mint(app)
    assert mint(app)


def test_a_fault_hits_only_what_it_is_for(app: WorkspaceClient, workspace: Workspace) -> None:
    workspace.fail(CREDENTIALS, 500, times=None)
    app.database.generate_database_credential(instance_names=[NAME])
    for _ in range(2):
        with pytest.raises(errors.InternalError):
            mint(app)
    workspace.mend()
    assert mint(app)


def test_a_fault_hits_as_often_as_it_says(workspace: Workspace) -> None:
    workspace.fail("GET /api/2.0/apps", 500, times=2)
    statuses = [ask(workspace, "GET", "/api/2.0/apps").status_code for _ in range(3)]
    assert statuses == [500, 500, 200]


def test_an_answer_may_be_late(app: WorkspaceClient, workspace: Workspace) -> None:
    mint(app)
    workspace.delay(CREDENTIALS, 0.5)
    began = time.monotonic()
    mint(app)
    assert time.monotonic() - began >= 0.5


def test_a_late_answer_holds_up_no_other(workspace: Workspace, app: WorkspaceClient) -> None:
    workspace.delay("GET /api/2.0/apps", 30)
    with pytest.raises(requests.Timeout):
        requests.get(
            f"{workspace.url}/api/2.0/apps", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}, timeout=0.1
        )
    assert mint(app)


def test_a_connection_may_be_dropped_and_the_sdk_tries_again(
    app: WorkspaceClient, workspace: Workspace
) -> None:
    workspace.drop(CREDENTIALS)
    assert mint(app)
    assert [found[2] for found in workspace.requests("credentials")] == [0, 200]


def test_all_may_be_down_but_for_the_switches(workspace: Workspace) -> None:
    workspace.set_down(True)
    for path in ("/.well-known/databricks-config", "/api/2.0/apps"):
        with pytest.raises(requests.ConnectionError):
            ask(workspace, "GET", path)
    workspace.set_down(False)
    assert ask(workspace, "GET", "/api/2.0/apps").ok


def test_the_superuser_can_be_asked_anything(workspace: Workspace) -> None:
    assert workspace.sql("SELECT 1, 'a', NULL, true, 1.5::float8, DATE '2025-12-06'") == [
        [1, "a", None, True, 1.5, "2025-12-06"]
    ]
    with pytest.raises(WorkspaceError, match="does not exist"):
        workspace.sql("SELECT * FROM nowhere")
