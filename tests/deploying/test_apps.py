"""Apps that others have a hand in: what is theirs stays; and deployments that go wrong."""

from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.apps import App, AppDeployment, AppResource, EnvVar

from backends import errors
from backends.provisioning import ProvisionedSpec
from gateway.deploying import run
from gateway.deploying.steps import planned
from gateway.deploying.variables import reaching, variables
from tests.deploying.deployer import Deployer
from tests.deploying.small import small
from tests.workspace.settings import ADMIN_TOKEN, NAME
from tests.workspace_tests.clients import sdk

MAKING = ("database", "app")
SHIPPING = ("source", "deployment")
TABLE = {"securable_type": "VOLUME", "securable_full_name": "main.a.b", "permission": "READ_VOLUME", "new": 1}


def admin(deployer: Deployer) -> WorkspaceClient:
    return sdk(host=deployer.workspace.url, token=ADMIN_TOKEN, auth_type="pat")


def told(deployer: Deployer, name: str) -> dict[str, Any]:
    """All that Databricks tells of the app, what the SDK does not know too."""
    found: Any = admin(deployer).api_client.do("GET", f"/api/2.0/apps/{name}")
    return dict(found)


def test_what_an_app_has_of_others_is_left_to_them(other: Deployer, name: str) -> None:
    client = admin(other)
    client.apps.create_and_wait(App(name, description="Ours", user_api_scopes=["sql"]))
    volume = {"name": "files", "description": "a volume", "uc_securable": TABLE}
    body = {"app": {"resources": [volume]}, "update_mask": "resources"}
    client.api_client.do("POST", f"/api/2.0/apps/{name}/update", body=body)
    before = told(other, name)

    other.describe(dev={"app": name, "database": {"name": name}, "size": "XLARGE"})
    assert other.take(*MAKING)["app"] == "changed its compute_size, resources"
    after = told(other, name)
    database = {
        "instance_name": name,
        "database_name": "databricks_postgres",
        "permission": "CAN_CONNECT_AND_CREATE",
    }
    assert after["resources"] == [{"name": "database", "database": database}, volume]
    changed = {"resources", "compute_size"}
    assert {key: before[key] for key in before if key not in changed} == {
        key: after[key] for key in after if key not in changed
    }

    other.workspace.forget()
    assert set(other.take(*MAKING).values()) == {"nothing"} and other.writes() == []


def test_a_database_that_the_app_has_under_another_name_keeps_it(other: Deployer, name: str) -> None:
    other.describe(dev={"app": name, "database": {"name": name}})
    other.take("database")
    database = {
        "instance_name": name,
        "database_name": "databricks_postgres",
        "permission": "CAN_CONNECT_AND_CREATE",
    }
    mine = AppResource.from_dict({"name": "store", "description": "mine", "database": database})
    admin(other).apps.create_and_wait(App(name, resources=[mine]))
    assert other.take("app") == {"app": "nothing"}


def test_variables_of_others_stay_and_ours_go_when_they_are_no_longer_wanted(
    other: Deployer, name: str
) -> None:
    small(other.folder, env='[{name: FROM_FILE, value: "1"}]')
    environment = {"app": name, "database": {"name": name}}
    other.describe(dev={**environment, "variables": {"OLD": "1", "STORE": {"valueFrom": "database"}}})
    other.take(*MAKING, *SHIPPING)
    active = other.site().app
    assert active and active.active
    theirs = [EnvVar(each.name, each.value, each.source) for each in active.active.variables]
    source = active.active.source
    again = AppDeployment(source_code_path=source, env_vars=[*theirs, EnvVar("THEIRS", "x")])
    admin(other).apps.deploy_and_wait(name, again)

    assert other.take("deployment") == {"deployment": "nothing"}
    other.describe(dev={**environment, "variables": {"FROM_FILE": "2"}})
    assert other.take("deployment")["deployment"].startswith("deployed it as")
    found = {each["name"]: each.get("value") for each in told(other, name)["active_deployment"]["env_vars"]}
    mine = {key: text for key, text in found.items() if not key.startswith("LAKEGATE_")}
    usual = {
        "GATEWAY_BACKEND": "lakebase",
        "GATEWAY_SCHEMA": name.replace("-", "_"),
        "LAKEBASE_INSTANCE": name,
    }
    assert mine == {"THEIRS": "x", "FROM_FILE": "2", **usual}


def test_an_app_may_have_a_database_and_a_warehouse(other: Deployer, name: str) -> None:
    other.describe(dev={"app": name, "database": {"project": name}, "warehouse": {"name": NAME}})
    site = other.site()
    assert other.take("database", "warehouse", "app", site=site)["warehouse"] == "nothing"
    assert site.app and site.warehouse
    assert [each["name"] for each in site.app.resources] == ["postgres", "sql-warehouse"]
    told = {each.name: each.value or each.source for each in variables(site, {})}
    assert told["GATEWAY_BACKEND"] == "lakebase" and told["DATABRICKS_WAREHOUSE_ID"] == "sql-warehouse"
    assert told["LAKEBASE_ENDPOINT"] == f"projects/{name}/branches/production/endpoints/primary"
    assert reaching(site)["DATABRICKS_WAREHOUSE_ID"] == site.warehouse.id


def test_a_variable_from_a_resource_that_is_not_there_is_refused_before_anything_is_made(
    other: Deployer, name: str
) -> None:
    variables = {"PASS": {"valueFrom": "vault"}}
    other.describe(dev={"app": name, "database": {"name": name}, "variables": variables})
    found = other.run("--environment", "dev", "--dry-run")
    assert found.exit_code == 1
    assert 'variables.PASS: the app has no resource "vault"; it has: database' in found.stderr


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ('["python", "-c", "raise SystemExit(3)"]', "FAILED: Error: app crashed unexpectedly"),
        ('["no-such-program"]', "FAILED: Error: app command not found: no-such-program"),
    ],
)
def test_a_deployment_that_fails_ends_with_its_reason_and_is_tried_again_when_it_is_mended(
    other: Deployer, name: str, command: str, reason: str
) -> None:
    small(other.folder, command)
    other.describe(dev={"app": name, "database": {"name": name}})
    with pytest.raises(errors.Conflict, match=reason):
        other.take(*MAKING, *SHIPPING)
    small(other.folder)
    assert other.take(*SHIPPING)["source"] == "sent 1"
    assert other.take(*SHIPPING) == {"source": "nothing", "deployment": "nothing"}


def test_a_deployment_that_is_cancelled_ends_with_its_reason(other: Deployer, name: str) -> None:
    other.describe(dev={"app": name, "database": {"name": name}})
    other.take(*MAKING, "source")
    other.workspace.set_start_seconds(5.0)

    def cancel(step: str, words: str) -> None:
        if "IN_PROGRESS" in words:
            other.workspace.cancel_deployment(name)

    with pytest.raises(errors.Conflict, match="is CANCELLED: Deployment was cancelled"):
        other.take("deployment", report=cancel)


def test_what_sleeps_is_started_and_what_has_another_size_is_resized(other: Deployer, name: str) -> None:
    other.describe(dev={"app": name, "database": {"name": name}})
    other.take(*MAKING)
    admin(other).apps.stop_and_wait(name)
    other.site().workshop.instances.stop(name)
    other.describe(dev={"app": name, "database": {"name": name, "capacity": "CU_4"}})
    found = {row.step: row.did for row in planned(run.steps(other.site()), other.site())}
    assert found["database"] == "would start it, resize it: capacity CU_1 -> CU_4"
    assert found["app"] == "would start its compute"
    assert other.take(*MAKING) == {"database": "started it, resized it", "app": "started it"}
    assert set(other.take(*MAKING).values()) == {"nothing"}


def test_a_size_that_the_file_does_not_tell_is_left_to_whoever_chose_it(other: Deployer, name: str) -> None:
    other.describe(dev={"app": name, "database": {"name": name}})
    instances = other.site().workshop.instances
    instances.create(ProvisionedSpec(name, "CU_8", 30, 2))
    assert other.take("database") == {"database": "nothing"}
    other.describe(dev={"app": name, "database": {"name": name, "nodes": 1}})
    assert other.take("database") == {"database": "resized it"}
    assert instances.find(name).size == ProvisionedSpec(name, "CU_8", 30, 1).size


def test_a_file_that_changes_after_it_was_sent_is_deployed_by_the_next_run(
    other: Deployer, name: str
) -> None:
    other.describe(dev={"app": name, "database": {"name": name}})
    site = other.site()
    other.take(*MAKING, "source", site=site)
    (other.folder / "late.txt").write_text("late")
    other.take("deployment", site=site)
    did = other.take(*SHIPPING)
    assert did["source"] == "sent 1" and did["deployment"].startswith("deployed it as")
