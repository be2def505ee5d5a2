"""Lakebase Provisioned, as the real SDK speaks to it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from databricks.sdk import WorkspaceClient, errors
from databricks.sdk.service.database import (
    DatabaseInstance,
    DatabaseInstanceRole,
    DatabaseInstanceRoleAttributes,
    DatabaseInstanceRoleIdentityType,
    DatabaseInstanceState,
)

from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN, NAME

STATE = DatabaseInstanceState


@pytest.fixture
def instance(admin: WorkspaceClient, workspace: Workspace) -> Iterator[DatabaseInstance]:
    """An instance of the test's own."""
    made = admin.database.create_database_instance_and_wait(DatabaseInstance(f"test-{uuid4().hex[:8]}"))
    yield made
    workspace.mend()
    if made.name in [found.name for found in admin.database.list_database_instances()]:
        admin.database.delete_database_instance(made.name)


def test_the_first_instance_is_there(app: WorkspaceClient) -> None:
    found = app.database.get_database_instance(NAME)
    assert (found.name, found.capacity, found.creator) == (NAME, "CU_1", ADMIN)
    assert found.state == STATE.AVAILABLE
    assert found.read_write_dns == f"instance-{found.uid}.database.lakegate.test"
    assert found.effective_stopped is False and found.stopped is None


def test_an_instance_is_found_by_its_uid(app: WorkspaceClient) -> None:
    found = app.database.get_database_instance(NAME)
    assert app.database.find_database_instance_by_uid(uid=found.uid) == found
    with pytest.raises(errors.NotFound):
        app.database.find_database_instance_by_uid(uid=str(uuid4()))


def test_a_new_instance_starts(admin: WorkspaceClient, workspace: Workspace) -> None:
    workspace.set_start_seconds(600)
    admin.database.create_database_instance(DatabaseInstance("starting", capacity="CU_2"))
    assert admin.database.get_database_instance("starting").state == STATE.STARTING
    workspace.set_start_seconds(0)
    admin.database.delete_database_instance("starting", purge=True)


def test_a_new_instance_is_then_available(admin: WorkspaceClient, workspace: Workspace) -> None:
    workspace.set_start_seconds(0.5)
    found = admin.database.create_database_instance_and_wait(DatabaseInstance("soon", capacity="CU_2"))
    assert (found.state, found.effective_capacity) == (STATE.AVAILABLE, "CU_2")
    workspace.set_start_seconds(0)
    admin.database.delete_database_instance("soon")


def test_an_instance_stops_and_starts(
    admin: WorkspaceClient, workspace: Workspace, instance: DatabaseInstance
) -> None:
    stopped = admin.database.update_database_instance(
        instance.name, DatabaseInstance(instance.name, stopped=True), "stopped"
    )
    assert (stopped.state, stopped.effective_stopped) == (STATE.STOPPED, True)
    workspace.set_start_seconds(600)
    started = admin.database.update_database_instance(
        instance.name, DatabaseInstance(instance.name, stopped=False), "stopped"
    )
    assert (started.state, started.effective_stopped) == (STATE.STOPPED, False)  # for a moment


def test_an_update_without_a_mask_takes_all_that_is_there(
    admin: WorkspaceClient, instance: DatabaseInstance
) -> None:
    wanted = DatabaseInstance(instance.name, capacity="CU_4", retention_window_in_days=14)
    found = admin.database.update_database_instance(instance.name, wanted, "*")
    assert (found.capacity, found.effective_retention_window_in_days) == ("CU_4", 14)


def test_what_an_instance_is_may_be_sent_back(admin: WorkspaceClient, instance: DatabaseInstance) -> None:
    found = admin.database.get_database_instance(instance.name)
    admin.database.update_database_instance(instance.name, found, "*")


def test_a_changing_instance_says_so_and_cannot_be_changed(
    admin: WorkspaceClient, workspace: Workspace, instance: DatabaseInstance
) -> None:
    workspace.set_start_seconds(600)
    change = DatabaseInstance(instance.name, capacity="CU_8")
    assert admin.database.update_database_instance(instance.name, change, "capacity").state == STATE.UPDATING
    with pytest.raises(errors.BadRequest, match="UPDATING"):
        admin.database.update_database_instance(instance.name, change, "capacity")


def test_a_deleted_instance_is_gone_after_a_while(
    admin: WorkspaceClient, workspace: Workspace, instance: DatabaseInstance
) -> None:
    workspace.set_start_seconds(600)
    admin.database.delete_database_instance(instance.name)
    assert admin.database.get_database_instance(instance.name).state == STATE.DELETING
    workspace.set_start_seconds(0)
    admin.database.delete_database_instance(instance.name)
    with pytest.raises(errors.NotFound):
        admin.database.get_database_instance(instance.name)


def test_instances_are_listed_page_by_page(admin: WorkspaceClient, instance: DatabaseInstance) -> None:
    names = [found.name for found in admin.database.list_database_instances(page_size=1)]
    assert {NAME, instance.name} <= set(names) and len(names) == len(set(names)) >= 2


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (DatabaseInstance("-bad"), "Instance name '-bad'"),
        (DatabaseInstance("a" * 64), "Instance name"),
        (DatabaseInstance("has space"), "Instance name"),
        (DatabaseInstance("good", capacity="CU_3"), "'capacity' must be one of"),
        (DatabaseInstance("good", retention_window_in_days=1), "between 2 and 35"),
        (DatabaseInstance("good", retention_window_in_days=36), "between 2 and 35"),
        (DatabaseInstance("good", node_count=0), "'node_count'"),
    ],
)
def test_an_instance_that_cannot_be_is_refused(
    admin: WorkspaceClient, wanted: DatabaseInstance, message: str
) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=message):
        admin.database.create_database_instance(wanted)


def test_a_name_is_taken_once(admin: WorkspaceClient) -> None:
    with pytest.raises(errors.ResourceAlreadyExists):
        admin.database.create_database_instance(DatabaseInstance(NAME))


def test_an_unknown_instance_is_not_found(app: WorkspaceClient) -> None:
    with pytest.raises(errors.NotFound, match="nowhere"):
        app.database.get_database_instance("nowhere")


def test_a_credential_says_when_it_expires(app: WorkspaceClient, workspace: Workspace) -> None:
    workspace.set_token_seconds(90)
    credential = app.database.generate_database_credential(instance_names=[NAME], request_id=str(uuid4()))
    assert credential.expiration_time and credential.token
    left = datetime.fromisoformat(credential.expiration_time) - datetime.now(UTC)
    assert 0 < left.total_seconds() <= 90


def test_a_credential_is_for_something_that_is(app: WorkspaceClient) -> None:
    with pytest.raises(errors.InvalidParameterValue, match="At least one of instance_names or claims"):
        app.database.generate_database_credential(instance_names=[])
    with pytest.raises(errors.NotFound):
        app.database.generate_database_credential(instance_names=[NAME, "nowhere"])
    with pytest.raises(errors.InvalidParameterValue, match="UUID"):
        app.database.generate_database_credential(instance_names=[NAME], request_id="7")


def test_a_role_is_made_in_postgres_too(
    admin: WorkspaceClient, workspace: Workspace, instance: DatabaseInstance
) -> None:
    kind = DatabaseInstanceRoleIdentityType.SERVICE_PRINCIPAL
    wanted = DatabaseInstanceRole(
        str(uuid4()), identity_type=kind, attributes=DatabaseInstanceRoleAttributes(createrole=True)
    )
    made = admin.database.create_database_instance_role(instance.name, wanted)
    assert (made.name, made.identity_type, made.instance_name) == (wanted.name, kind, instance.name)
    assert made.effective_attributes and made.effective_attributes.createrole is True
    assert admin.database.get_database_instance_role(instance.name, wanted.name) == made
    assert {role.name for role in admin.database.list_database_instance_roles(instance.name)} == {
        ADMIN,
        wanted.name,
    }
    question = f"SELECT rolcanlogin, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = '{wanted.name}'"
    assert workspace.sql(question) == [[True, True, True]]
    admin.database.delete_database_instance_role(instance.name, wanted.name)
    assert workspace.sql(question) == []
    with pytest.raises(errors.NotFound):
        admin.database.get_database_instance_role(instance.name, wanted.name)
    admin.database.delete_database_instance_role(instance.name, wanted.name, allow_missing=True)


def test_a_role_that_owns_something_is_dropped_only_with_an_heir(
    admin: WorkspaceClient, workspace: Workspace, instance: DatabaseInstance
) -> None:
    name = f"owner-{uuid4()}"
    admin.database.create_database_instance_role(instance.name, DatabaseInstanceRole(name))
    workspace.sql(f'CREATE SCHEMA "{name}" AUTHORIZATION "{name}"')
    with pytest.raises(errors.BadRequest, match="objects depend on it"):
        admin.database.delete_database_instance_role(instance.name, name)
    admin.database.delete_database_instance_role(instance.name, name, reassign_owned_to=ADMIN)
    assert workspace.sql(f"SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = '{name}'") == [
        [f'"{ADMIN}"']
    ]
    workspace.sql(f'DROP SCHEMA "{name}"')


def test_a_role_is_made_once(admin: WorkspaceClient, instance: DatabaseInstance) -> None:
    with pytest.raises(errors.ResourceAlreadyExists):
        admin.database.create_database_instance_role(instance.name, DatabaseInstanceRole(ADMIN))
