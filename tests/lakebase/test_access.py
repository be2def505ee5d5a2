"""Addresses and passwords from a workspace, by the real SDK: every way to find what to mint for."""

from typing import Any

import pytest
from databricks.sdk.service.apps import App

from backends import errors
from backends.base import Status
from tests.lakebase.accesses import access, as_admin, logged_in, raised, without
from tests.lakebase.relay import Answer, relay
from tests.workspace.handle import Workspace
from tests.workspace.roles import DATABASE
from tests.workspace.settings import ADMIN, ADMIN_TOKEN, BRANCH, ENDPOINT, NAME, Api

APIS: tuple[Api, ...] = ("autoscaling", "provisioned")

FORBIDDEN = Answer(403, '{"error_code": "PERMISSION_DENIED", "message": "no"}')


@pytest.mark.parametrize("api", APIS)
def test_what_an_app_is_given_logs_it_in(workspace: Workspace, api: Api) -> None:
    found = access(workspace.environment(api))
    assert logged_in(found) == workspace.client
    assert workspace.statistics().mints == 1
    assert found.status() == Status()


@pytest.mark.parametrize("api", APIS)
def test_the_host_tells_which_database_it_is(workspace: Workspace, api: Api) -> None:
    env = without(workspace.environment(api), "LAKEBASE_ENDPOINT", "LAKEBASE_INSTANCE")
    assert logged_in(access(env)) == workspace.client
    assert logged_in(access(without(env, "PGAPPNAME"))) == workspace.client


def test_an_instance_is_found_by_the_host_in_its_variable(workspace: Workspace) -> None:
    env = workspace.environment("provisioned")
    assert logged_in(access({**env, "LAKEBASE_INSTANCE": env["PGHOST"].upper()})) == workspace.client


def test_an_endpoint_may_stand_in_the_variable_of_an_instance(workspace: Workspace) -> None:
    env = without(workspace.environment("autoscaling"), "LAKEBASE_ENDPOINT")
    assert logged_in(access({**env, "LAKEBASE_INSTANCE": ENDPOINT})) == workspace.client


@pytest.mark.parametrize("api", APIS)
def test_a_host_that_is_not_set_is_looked_up(workspace: Workspace, api: Api) -> None:
    env = workspace.environment(api)
    found = access(without(env, "PGHOST"))
    assert found.arguments()["host"] == env["PGHOST"]
    assert logged_in(found) == workspace.client


@pytest.mark.parametrize(
    "resource",
    [
        {
            "database": {
                "instance_name": NAME,
                "database_name": DATABASE,
                "permission": "CAN_CONNECT_AND_CREATE",
            }
        },
        {"postgres": {"branch": BRANCH, "permission": "CAN_CONNECT_AND_CREATE"}},
    ],
    ids=["database", "postgres"],
)
def test_an_app_finds_its_database_among_its_resources(
    workspace: Workspace, resource: dict[str, Any]
) -> None:
    kind = next(iter(resource))
    app = App.from_dict({"name": f"app-{kind}", "resources": [{"name": "it", **resource}]})
    as_admin(workspace, lambda client: client.apps.create(app))
    env = without(workspace.environment("autoscaling"), "PGHOST", "LAKEBASE_ENDPOINT")
    found = access({**env, "PGAPPNAME": f"app-{kind}"})
    expected = workspace.environment("provisioned" if kind == "database" else "autoscaling")["PGHOST"]
    assert found.arguments()["host"] == expected
    assert found.password()


def test_who_is_not_set_is_asked_for(workspace: Workspace) -> None:
    env = without(workspace.token_environment(ADMIN_TOKEN), "PGUSER")
    found = access(env)
    assert [found.arguments()["user"] for _ in range(3)] == [ADMIN] * 3
    assert len(workspace.requests("/Me")) == 1


def test_a_database_that_is_nowhere_to_be_found_tells_what_to_set(workspace: Workspace) -> None:
    env = without(workspace.environment("autoscaling"), "LAKEBASE_ENDPOINT", "PGAPPNAME")
    error = raised(access({**env, "PGHOST": "other.database.lakegate.test"}).password)
    assert isinstance(error, errors.NotFound)
    assert "LAKEBASE_ENDPOINT" in error.message and "LAKEBASE_INSTANCE" in error.message


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("LAKEBASE_INSTANCE", "none-such", 'no database instance "none-such"'),
        ("LAKEBASE_INSTANCE", "none.such", 'no database instance has the host "none.such"'),
        ("PGENDPOINT", f"{BRANCH}/endpoints/none", f'no endpoint "{BRANCH}/endpoints/none"'),
    ],
)
def test_a_database_that_is_not_there_is_named(
    workspace: Workspace, variable: str, text: str, message: str
) -> None:
    env = without(workspace.environment("autoscaling"), "LAKEBASE_ENDPOINT")
    error = raised(access({**env, variable: text}).password)
    assert isinstance(error, errors.NotFound)
    assert message in error.message


def test_places_that_may_not_be_looked_at_are_passed_over(workspace: Workspace) -> None:
    env = without(workspace.environment("autoscaling"), "LAKEBASE_ENDPOINT")
    with relay(workspace.url, {"GET /api/2.0/database/instances": FORBIDDEN}) as url:
        assert logged_in(access({**env, "DATABRICKS_HOST": url})) == workspace.client
    with relay(workspace.url, {"GET /api/2.0/(database|apps|postgres)": FORBIDDEN}) as url:
        error = raised(access({**env, "DATABRICKS_HOST": url}).password)
    assert isinstance(error, errors.Forbidden)
    assert "LAKEBASE_ENDPOINT" in error.message
