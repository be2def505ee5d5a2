"""Lakebase Autoscaling's endpoints, roles, databases and credentials, as the real SDK speaks of them."""

import time
from typing import Any
from uuid import uuid4

import pytest
from databricks.sdk import WorkspaceClient, errors
from databricks.sdk.service import postgres
from databricks.sdk.service.postgres import (
    Database,
    DatabaseDatabaseSpec,
    Endpoint,
    EndpointSpec,
    EndpointStatusState,
    EndpointType,
    Role,
    RoleIdentityType,
    RoleRoleSpec,
)

from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN, BRANCH, ENDPOINT
from tests.workspace_tests.clients import mask, moment, seconds, state

STATE = EndpointStatusState


def test_a_branch_has_one_endpoint_that_writes_and_others_that_read(
    admin: WorkspaceClient, project: str
) -> None:
    branch = f"{project}/branches/production"
    with pytest.raises(errors.InvalidParameterValue, match="read-write"):
        admin.postgres.create_endpoint(
            branch, Endpoint(spec=EndpointSpec(EndpointType.ENDPOINT_TYPE_READ_WRITE)), "second"
        )
    reads = Endpoint(spec=EndpointSpec(EndpointType.ENDPOINT_TYPE_READ_ONLY, autoscaling_limit_max_cu=2))
    made = admin.postgres.create_endpoint(branch, reads, "second").wait()
    assert made.status and made.status.hosts and made.status.hosts.read_only_host == made.status.hosts.host
    assert made.status.autoscaling_limit_max_cu == 2
    admin.postgres.delete_endpoint(f"{branch}/endpoints/second").wait()
    with pytest.raises(errors.NotFound):
        admin.postgres.get_endpoint(f"{branch}/endpoints/second")


@pytest.mark.parametrize(
    "sizes",
    [
        {"autoscaling_limit_min_cu": 0.25},
        {"autoscaling_limit_max_cu": 65},
        {"autoscaling_limit_min_cu": 1, "autoscaling_limit_max_cu": 18},
        {"autoscaling_limit_min_cu": 4, "autoscaling_limit_max_cu": 2},
        {"suspend_timeout_duration": seconds(59)},
        {"suspend_timeout_duration": seconds(300), "no_suspension": True},
        {"group": postgres.EndpointGroupSpec(1, 2)},
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(
    admin: WorkspaceClient, project: str, sizes: dict[str, object]
) -> None:
    spec = postgres.EndpointSpec(EndpointType.ENDPOINT_TYPE_READ_ONLY)
    for name, value in sizes.items():
        setattr(spec, name, value)
    with pytest.raises(errors.InvalidParameterValue):
        admin.postgres.create_endpoint(f"{project}/branches/production", Endpoint(spec=spec), "second")


def test_a_disabled_endpoint_is_idle(admin: WorkspaceClient, project: str) -> None:
    name = f"{project}/branches/production/endpoints/primary"
    kind = EndpointType.ENDPOINT_TYPE_READ_WRITE
    for disabled, shown in [(True, STATE.IDLE), (False, STATE.ACTIVE)]:
        wanted = Endpoint(spec=EndpointSpec(kind, disabled=disabled))
        changed = admin.postgres.update_endpoint(name, wanted, mask("spec.disabled")).wait()
        assert changed.status and (changed.status.disabled, changed.status.current_state) == (disabled, shown)


def test_how_it_suspends_is_changed_as_one(admin: WorkspaceClient, project: str) -> None:
    name = f"{project}/branches/production/endpoints/primary"
    kind = EndpointType.ENDPOINT_TYPE_READ_WRITE
    wanted = Endpoint(spec=EndpointSpec(kind, suspend_timeout_duration=seconds(600)))
    with pytest.raises(errors.InvalidParameterValue, match=r"use 'spec\.suspension'"):
        admin.postgres.update_endpoint(name, wanted, mask("spec.suspend_timeout_duration"))
    changed = admin.postgres.update_endpoint(name, wanted, mask("spec.suspension")).wait()
    assert changed.status and changed.status.suspend_timeout_duration == seconds(600)
    never = Endpoint(spec=EndpointSpec(kind, no_suspension=True))
    changed = admin.postgres.update_endpoint(name, never, mask("spec.suspension")).wait()
    assert changed.status and changed.status.suspend_timeout_duration is None


def test_a_sleeping_database_makes_endpoints_idle(app: WorkspaceClient, workspace: Workspace) -> None:
    assert state(app) == STATE.ACTIVE
    workspace.suspend(wake_seconds=0)
    assert state(app) == STATE.IDLE
    workspace.wake()
    assert state(app) == STATE.ACTIVE


def test_an_endpoint_is_shown_in_the_state_that_a_test_wants(
    app: WorkspaceClient, workspace: Workspace
) -> None:
    workspace.show_endpoint_as("DEGRADED")
    assert state(app) == STATE.DEGRADED
    workspace.show_endpoint_as(None)
    assert state(app) == STATE.ACTIVE


def test_a_role_is_made_in_postgres_too(admin: WorkspaceClient, workspace: Workspace) -> None:
    client = str(uuid4())
    spec = RoleRoleSpec(postgres_role=client, identity_type=RoleIdentityType.SERVICE_PRINCIPAL)
    role = admin.postgres.create_role(BRANCH, Role(spec=spec)).wait()
    assert role.name and role.status and role.status.postgres_role == client
    assert role.status.auth_method == postgres.RoleAuthMethod.LAKEBASE_OAUTH_V1
    rights = "has_database_privilege(oid, 'databricks_postgres', 'CREATE'), rolcreatedb"
    public = "has_schema_privilege(oid, 'public', 'CREATE')"
    question = f"SELECT {rights}, {public} FROM pg_roles WHERE rolname = '{client}'"
    assert workspace.sql(question) == [[True, True, False]]
    with pytest.raises(errors.InvalidParameterValue, match="already exists"):
        admin.postgres.create_role(BRANCH, Role(spec=spec))
    admin.postgres.delete_role(role.name).wait()
    assert workspace.sql(question) == []


def test_a_role_needs_a_name(admin: WorkspaceClient) -> None:
    with pytest.raises(errors.InvalidParameterValue, match="postgres_role"):
        admin.postgres.create_role(BRANCH, Role(spec=RoleRoleSpec()), role_id="nobody")
    with pytest.raises(errors.InvalidParameterValue, match="role_id"):
        admin.postgres.create_role(BRANCH, Role(spec=RoleRoleSpec(postgres_role="x")), role_id="x")


def test_a_database_is_made_in_postgres_too(admin: WorkspaceClient, workspace: Workspace) -> None:
    [owner] = [
        role.name
        for role in admin.postgres.list_roles(BRANCH)
        if role.status and role.status.postgres_role == ADMIN
    ]
    assert owner
    spec = DatabaseDatabaseSpec(owner, postgres_database="second_one")
    made = admin.postgres.create_database(BRANCH, Database(spec=spec), database_id="second-one").wait()
    assert made.name == f"{BRANCH}/databases/second-one"
    assert workspace.sql("SELECT current_database()", "second_one") == [["second_one"]]
    admin.postgres.delete_database(made.name).wait()
    assert workspace.sql("SELECT FROM pg_database WHERE datname = 'second_one'") == []


def test_a_credential_says_when_it_expires(app: WorkspaceClient) -> None:
    def left(**how: Any) -> float:
        credential = app.postgres.generate_database_credential(ENDPOINT, **how)
        assert credential.expire_time and credential.token
        return float(credential.expire_time.ToSeconds() - time.time())

    assert left() == pytest.approx(3600, abs=120)
    assert left(ttl=seconds(300)) == pytest.approx(300, abs=120)
    end = moment(time.time() + 600)
    assert left(expire_time=end) == pytest.approx(600, abs=120)


def test_the_workspaces_own_token_life_may_be_shorter(app: WorkspaceClient, workspace: Workspace) -> None:
    workspace.set_token_seconds(2)
    credential = app.postgres.generate_database_credential(ENDPOINT, ttl=seconds(300))
    assert credential.expire_time and credential.expire_time.ToSeconds() <= time.time() + 2


@pytest.mark.parametrize("life", [1, 299, 3601])
def test_a_credential_lives_neither_too_short_nor_too_long(app: WorkspaceClient, life: int) -> None:
    with pytest.raises(errors.InvalidParameterValue, match="ttl"):
        app.postgres.generate_database_credential(ENDPOINT, ttl=seconds(life))


def test_a_credential_has_one_end_and_an_endpoint(app: WorkspaceClient) -> None:
    end = moment(time.time() + 600)
    with pytest.raises(errors.InvalidParameterValue, match="exclude"):
        app.postgres.generate_database_credential(ENDPOINT, ttl=seconds(300), expire_time=end)
    with pytest.raises(errors.NotFound):
        app.postgres.generate_database_credential(f"{BRANCH}/endpoints/nowhere")


@pytest.mark.parametrize(
    "name", ["projects/nowhere", f"{BRANCH}/operations/7", "projects/lakegate/branches/nowhere"]
)
def test_what_is_unknown_is_not_found(app: WorkspaceClient, name: str) -> None:
    with pytest.raises(errors.NotFound):
        app.postgres.get_operation(name)
