"""Databases over HTTP, from a real gateway whose own database is a file."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.provisioning import STEPS, AutoscalingSpec, named
from gateway import create_app
from tests.app_client import AppClient
from tests.client import Client, new_name
from tests.environments import Environment, sqlite
from tests.gateway_process import running_gateway
from tests.provisioning.asking import PATH, done, ended
from tests.provisioning.conftest import environment_of
from tests.waiting import wait_until
from tests.workspace.handle import Workspace
from tests.workspace.settings import NAME

ENDPOINT = AutoscalingSpec("shop").name
BODIES = {
    "shop": {"name": "shop", "capacity": "CU_2", "nodes": 2},
    ENDPOINT: {"project": "shop", "least_cu": 1, "most_cu": 4.0, "suspend_seconds": 0},
}
NAMES = pytest.mark.parametrize("name", BODIES, ids=["provisioned", "autoscaling"])
ONE = "/api/v1/databases/shop"
EVERY_REQUEST = (
    ("GET", PATH, None),
    ("POST", PATH, {"name": "shop"}),
    ("GET", ONE, None),
    ("PATCH", ONE, {"nodes": 2}),
    ("DELETE", f"{ONE}?confirm=shop", None),
    ("POST", f"{ONE}/start", None),
    ("POST", f"{ONE}/stop", None),
    ("POST", f"{ONE}/test", None),
    ("GET", f"{PATH}/jobs/none", None),
)


@pytest.fixture(scope="module")
def lasting_client(
    lasting_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """Speaks to one such gateway."""
    folder = tmp_path_factory.mktemp("http")
    told = {**environment_of(lasting_workspace), **sqlite(folder)}
    with running_gateway(told, folder / "gateway.log") as running:
        yield Client(running)


@pytest.fixture
def client(lasting_client: Client, workspace: Workspace) -> Client:
    """The same, in a workspace that is as it was at the start."""
    return lasting_client


def sent(client: Client, method: str, path: str, body: object) -> tuple[int, str, str]:
    """Status, type and message of the answer to a request that is refused."""
    answer = client.send(method, path, None if body is None else json.dumps(body))
    return answer.status, answer.error_type, answer.body["message"]


@NAMES
def test_a_database_is_made_changed_and_deleted(client: Client, workspace: Workspace, name: str) -> None:
    wanted = dict(
        named(name, {key: each for key, each in BODIES[name].items() if key not in ("name", "project")}).size
    )
    made = done(client, client.post(PATH, BODIES[name]))
    assert (made["name"], made["state"], made["size"], made["changing"]) == (name, "READY", wanted, False)
    assert made["databricks_state"] in ("AVAILABLE", "ACTIVE")
    assert done(client, client.post(PATH, BODIES[name])) == made
    assert made in client.get(PATH).body["databases"]
    assert client.get(f"{PATH}/{name}").body == made

    size = {"capacity": "CU_4"} if name == "shop" else {"most_cu": 8}
    resized = client.send("PATCH", f"{PATH}/{name}", json.dumps(size))
    assert done(client, resized)["size"] == {**wanted, **size}
    assert sent(client, "POST", PATH, BODIES[name])[:2] == (409, "Conflict")

    tested = client.post(f"{PATH}/{name}/test", {}).body
    assert (tested["name"], tested["ok"], [step["step"] for step in tested["steps"]]) == (
        name,
        True,
        [*STEPS],
    )
    assert done(client, client.post(f"{PATH}/{name}/stop", {}))["state"] == "STOPPED"
    tested = client.post(f"{PATH}/{name}/test", {}).body
    assert (tested["ok"], tested["steps"][-1]["step"]) == (False, "login")
    assert done(client, client.post(f"{PATH}/{name}/start", {})) == {**made, "size": {**wanted, **size}}

    for confirm in ("", "?confirm=other", "?sure=yes"):
        assert sent(client, "DELETE", f"{PATH}/{name}{confirm}", None)[:2] == (400, "Invalid")
    gone = done(client, client.send("DELETE", f"{PATH}/{name}?confirm={name}"))
    assert (gone["state"], gone["size"]) == ("NOT_CREATED", None)
    assert client.get(f"{PATH}/{name}").status == 404


def test_a_job_tells_how_far_it_is_whichever_worker_is_asked(client: Client, workspace: Workspace) -> None:
    workspace.set_start_seconds(2)
    answer = client.post(PATH, {"name": "shop"})
    for _ in range(8):
        job = client.get(answer.headers["Location"]).body
        assert (job["state"], job["result"], job["begun_by"]) == ("running", None, "lakegate")
        assert job["progress"]["database"]["state"] == "CREATING"
        assert job["progress"]["database"]["databricks_state"] == "STARTING"
    assert done(client, answer)["state"] == "READY"


def test_a_job_that_fails_tells_why(client: Client, workspace: Workspace) -> None:
    workspace.fail_operation("QUOTA_EXCEEDED", "internal words")
    workspace.set_start_seconds(0.5)
    job = ended(client, client.post(PATH, {"project": "shop"}))
    assert (job["state"], job["result"]["details"]) == ("failed", {"reason": "quota"})
    assert "internal" not in json.dumps(job)


def test_a_transfer_that_cannot_begin_leaves_a_database_that_is_ready(client: Client) -> None:
    filling = {"from": "default", "mode": "create", "tables": ["never_made"]}
    job = ended(client, client.post(PATH, {"name": "shop", "transfer": filling}))
    assert (job["state"], "the database is ready, but" in job["result"]["message"]) == ("failed", True)
    assert client.get(ONE).body["state"] == "READY"


@NAMES
def test_a_new_database_is_filled_from_another(client: Client, name: str) -> None:
    things = client.create(new_name(), {"id": "BIGINT", "name": "STRING"}, primary_key=["id"])
    assert client.write(things, [{"id": 1, "name": "one"}, {"id": 2, "name": None}]).status == 201
    filling = {"from": "default", "mode": "create", "tables": [things], "to_schema": new_name()}
    job = ended(client, client.post(PATH, {**BODIES[name], "transfer": filling}))
    assert job["state"] == "done", job
    path = f"/api/v1/transfers/{job['result']['transfer']}"
    wait_until(lambda: client.get(path).body["state"] != "running")
    found = client.get(path).body
    assert (found["state"], found["to"]) == ("done", f"database:{name}"), found
    assert found["tables"][0]["rows"] == 2
    assert client.get(f"{path}/report").body["tables"][0]["same"] is True


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, ["name"]),
        ({"name": "shop", "capacity": "CU_3"}, ["capacity"]),
        ({"name": "shop", "retention_days": 36}, ["retention_days"]),
        ({"name": "shop", "most_cu": 2}, ["most_cu"]),
        ({"name": "sh op"}, ["name"]),
        ({"project": "shop", "least_cu": "1"}, ["least_cu"]),
        ({"project": "shop", "least_cu": 4}, ["most_cu"]),
        ({"project": "shop", "suspend_seconds": 1}, ["suspend_seconds"]),
        ({"name": "shop", "transfer": {"from": "default", "mode": "move"}}, ["transfer", "mode"]),
        ({"name": "shop", "transfer": {"from": "nowhere", "mode": "create"}}, ["transfer.from"]),
        ({"name": "shop", "size": 1}, ["size"]),
    ],
)
def test_a_fault_has_its_place_and_nothing_is_made(
    environment: Environment, workspace: Workspace, tmp_path: Path, body: object, place: list[str]
) -> None:
    client = AppClient(create_app({**environment, **sqlite(tmp_path)}))
    answer = client.post(PATH, body)
    assert (answer.status, answer.places) == (400, [tuple(place)]), answer
    assert workspace.requests("/api/2.0/") == []


def test_who_is_no_admin_may_do_nothing(
    environment: Environment, workspace: Workspace, tmp_path: Path
) -> None:
    app = {
        **environment,
        **sqlite(tmp_path),
        "DATABRICKS_APP_NAME": "lakegate",
        "GATEWAY_ADMINS": "ada@example.com",
    }
    client = AppClient(create_app(app))
    for request in EVERY_REQUEST:
        status, kind, message = sent(client, *request)
        assert (status, kind, "GATEWAY_ADMINS" in message) == (403, "Forbidden", True)
    assert workspace.requests("/api/2.0/") == []
    assert client.send("GET", PATH, headers={"X-Forwarded-Email": "Ada@example.com"}).status == 200


def test_a_page_of_another_site_changes_nothing(
    environment: Environment, workspace: Workspace, tmp_path: Path
) -> None:
    client = AppClient(create_app({**environment, **sqlite(tmp_path)}))
    for method, path, _ in EVERY_REQUEST:
        for site in ("cross-site", "same-site"):  # another port of localhost is the same site
            answer = client.send(method, path, headers={"Sec-Fetch-Site": site})
            assert (answer.status == 403) == (method != "GET"), answer
    assert not any(method != "GET" for method, _, _ in workspace.requests("/api/2.0/"))
    for site in ("same-origin", "none"):
        answer = client.send("POST", f"{ONE}/stop", headers={"Sec-Fetch-Site": site})
        assert (answer.status, answer.error_type) == (404, "NotFound")


def test_without_a_workspace_the_variables_are_named(tmp_path: Path) -> None:
    client = AppClient(create_app(sqlite(tmp_path)))
    for request in EVERY_REQUEST[:-1]:
        status, kind, message = sent(client, *request)
        assert (status, kind, "DATABRICKS_HOST" in message) == (400, "Unsupported", True)


def test_what_databricks_refuses_is_refused_at_once(
    environment: Environment, workspace: Workspace, tmp_path: Path
) -> None:
    client = AppClient(create_app({**environment, **sqlite(tmp_path)}))
    assert sent(client, "POST", f"{PATH}/{NAME}/stop", None)[:2] == (403, "Forbidden")
    assert sent(client, "POST", f"{PATH}/nowhere/stop", None)[:2] == (404, "NotFound")
    assert sent(client, "GET", f"{PATH}/jobs/nothing", None)[:2] == (404, "NotFound")
    assert sent(client, "GET", f"{PATH}/a%2F%2Fb", None)[:2] == (400, "Invalid")
    workspace.refuse("POST .*/instances", 400, "FEATURE_DISABLED", "internal words")
    assert sent(client, "POST", PATH, {"name": "shop"})[:2] == (400, "Unsupported")
    workspace.set_down(True)
    assert sent(client, "GET", PATH, None)[:2] == (503, "Unavailable")
