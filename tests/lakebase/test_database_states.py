"""The states of a database as a workspace tells them, by the real SDK."""

import pytest
from databricks.sdk.common.types.fieldmask import FieldMask
from databricks.sdk.service.database import DatabaseInstance
from databricks.sdk.service.postgres import Endpoint as PostgresEndpoint
from databricks.sdk.service.postgres import EndpointSpec, EndpointType, Project

from backends.base import Status
from tests.lakebase.accesses import access, as_admin
from tests.lakebase.relay import Answer, relay
from tests.workspace.control.endpoints import EndpointState
from tests.workspace.handle import Workspace


def new_endpoint(workspace: Workspace, project: str) -> str:
    """The path of the endpoint of a new project."""
    as_admin(workspace, lambda client: client.postgres.create_project(Project(), project).wait())
    return f"projects/{project}/branches/production/endpoints/primary"


@pytest.mark.parametrize(
    ("shown", "state"),
    [("ACTIVE", "ready"), ("IDLE", "sleeping"), ("INIT", "starting"), ("DEGRADED", "ready")],
)
def test_the_state_of_an_endpoint(workspace: Workspace, shown: EndpointState, state: str) -> None:
    workspace.show_endpoint_as(shown)
    found = access(workspace.environment("autoscaling")).status()
    assert found.state == state
    assert (found.message is None) == (shown == "ACTIVE")


def test_asking_for_the_state_does_not_wake_a_sleeping_database(workspace: Workspace) -> None:
    found = access(workspace.environment("autoscaling"))
    assert found.password()
    workspace.suspend(0.1)
    before = workspace.statistics()
    assert found.status().state == "sleeping"
    after = workspace.statistics()
    assert after.suspended and after.connections_accepted == before.connections_accepted


def test_a_disabled_endpoint_is_stopped(workspace: Workspace) -> None:
    path = new_endpoint(workspace, "disabled")
    spec = EndpointSpec(endpoint_type=EndpointType.ENDPOINT_TYPE_READ_WRITE, disabled=True)
    changed = PostgresEndpoint(spec=spec)
    mask = FieldMask()  # type: ignore[no-untyped-call]
    mask.FromJsonString("spec.disabled")
    as_admin(workspace, lambda client: client.postgres.update_endpoint(path, changed, mask).wait())
    found = access({**workspace.environment("autoscaling"), "LAKEBASE_ENDPOINT": path}).status()
    assert (found.state, found.message) == ("stopped", "the endpoint is disabled")


def test_the_states_of_an_instance(workspace: Workspace) -> None:
    env = workspace.environment("provisioned")

    def state(name: str) -> str:
        return access({**env, "LAKEBASE_INSTANCE": name}).status().state

    def make(name: str) -> None:
        made = DatabaseInstance(name=name, capacity="CU_1")
        as_admin(workspace, lambda client: client.database.create_database_instance(made).response)

    make("changing")
    assert state("changing") == "ready"
    stop = DatabaseInstance(name="changing", stopped=True)
    as_admin(workspace, lambda client: client.database.update_database_instance(stop.name, stop, "stopped"))
    assert state("changing") == "stopped"
    workspace.set_start_seconds(600)
    make("starting")
    assert state("starting") == "starting"


def test_what_may_not_be_looked_at_may_still_be_used(workspace: Workspace) -> None:
    forbidden = Answer(403, '{"error_code": "PERMISSION_DENIED", "message": "no"}')
    with relay(workspace.url, {"GET /api/2.0/postgres/.*/endpoints": forbidden}) as url:
        found = access({**workspace.environment("autoscaling"), "DATABRICKS_HOST": url}).status()
    assert found.state == "ready"
    assert "not known" in (found.message or "")


def test_a_state_is_asked_for_now_and_then(workspace: Workspace) -> None:
    found = access(workspace.environment("autoscaling"))
    assert [found.status() for _ in range(20)] == [Status()] * 20
    assert len(workspace.requests("/endpoints/")) == 1
