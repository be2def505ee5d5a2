"""Lakebase Autoscaling's projects and branches, as the real SDK speaks of them."""

import pytest
from databricks.sdk import WorkspaceClient, errors
from databricks.sdk.service.postgres import (
    Branch,
    BranchSpec,
    BranchStatusState,
    EndpointStatusState,
    EndpointType,
    InitialEndpointSpec,
    Project,
    ProjectSpec,
)

from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN, NAME
from tests.workspace_tests.clients import mask, seconds, state

STATE = EndpointStatusState


def test_a_new_project_has_a_branch_an_endpoint_a_role_and_a_database(
    admin: WorkspaceClient, project: str
) -> None:
    found = admin.postgres.get_project(project)
    assert found.status and found.create_time and found.uid
    assert (found.status.display_name, found.status.owner) == ("A test", ADMIN)
    assert found.status.default_branch == f"{project}/branches/production"
    [branch] = admin.postgres.list_branches(project)
    assert branch.status and branch.name == found.status.default_branch
    assert (branch.status.default, branch.status.current_state) == (True, BranchStatusState.READY)
    [endpoint] = admin.postgres.list_endpoints(branch.name)
    assert endpoint.status and endpoint.status.hosts and endpoint.name == f"{branch.name}/endpoints/primary"
    assert endpoint.status.hosts.host == f"{endpoint.uid}.database.lakegate.test"
    assert endpoint.status.endpoint_type == EndpointType.ENDPOINT_TYPE_READ_WRITE
    [role] = admin.postgres.list_roles(branch.name)
    assert role.status and role.status.postgres_role == ADMIN
    [database] = admin.postgres.list_databases(branch.name)
    assert database.status and database.status.postgres_database == "databricks_postgres"
    assert database.name == f"{branch.name}/databases/databricks-postgres"


def test_a_project_takes_its_time(admin: WorkspaceClient, workspace: Workspace) -> None:
    workspace.set_start_seconds(600)
    assert not admin.postgres.create_project(Project(), "slow").done()
    endpoint = "projects/slow/branches/production/endpoints/primary"
    assert state(admin, endpoint) == STATE.INIT
    found = admin.postgres.get_endpoint(endpoint).status
    assert found and found.pending_state == STATE.ACTIVE
    admin.postgres.delete_project("projects/slow", purge=True)


def test_a_project_is_ready_when_its_operation_is(admin: WorkspaceClient, workspace: Workspace) -> None:
    workspace.set_start_seconds(0.5)
    assert admin.postgres.create_project(Project(), "soon").wait().name == "projects/soon"
    assert state(admin, "projects/soon/branches/production/endpoints/primary") == STATE.ACTIVE
    admin.postgres.delete_project("projects/soon", purge=True).wait()


def test_a_deleted_project_can_be_brought_back_unless_it_was_purged(
    admin: WorkspaceClient, project: str
) -> None:
    admin.postgres.delete_project(project).wait()
    with pytest.raises(errors.NotFound):
        admin.postgres.get_endpoint(f"{project}/branches/production/endpoints/primary")
    assert project not in [found.name for found in admin.postgres.list_projects()]
    assert project in [found.name for found in admin.postgres.list_projects(show_deleted=True)]
    admin.postgres.undelete_project(project).wait()
    assert admin.postgres.get_project(project).name == project
    admin.postgres.delete_project(project, purge=True).wait()
    with pytest.raises(errors.NotFound):
        admin.postgres.undelete_project(project)


def test_projects_are_listed_page_by_page(admin: WorkspaceClient, project: str) -> None:
    names = [found.name for found in admin.postgres.list_projects(page_size=1)]
    assert {f"projects/{NAME}", project} <= set(names) and len(names) == len(set(names)) >= 2


def test_a_project_is_changed_as_far_as_the_mask_says(admin: WorkspaceClient, project: str) -> None:
    wanted = Project(spec=ProjectSpec(display_name="Another", pg_version=16))
    changed = admin.postgres.update_project(project, wanted, mask("spec.display_name")).wait()
    assert changed.status and (changed.status.display_name, changed.status.pg_version) == ("Another", 17)


@pytest.mark.parametrize("identity", ["", "-a", "1a", "A", "a_b", "a" * 64])
def test_an_id_that_cannot_be_is_refused(admin: WorkspaceClient, identity: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match="project_id"):
        admin.postgres.create_project(Project(), identity)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Project(spec=ProjectSpec(display_name="")), "display_name"),
        (Project(spec=ProjectSpec(display_name="a" * 257)), "display_name"),
        (Project(spec=ProjectSpec(pg_version=9)), "pg_version"),
        (Project(spec=ProjectSpec(history_retention_duration=seconds(60))), "history"),
        (
            Project(initial_endpoint_spec=InitialEndpointSpec(autoscaling_limit_min_cu=0.25)),
            "autoscaling_limit_min_cu",
        ),
    ],
)
def test_a_project_that_cannot_be_is_refused_and_not_made(
    admin: WorkspaceClient, wanted: Project, message: str
) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=message):
        admin.postgres.create_project(wanted, "refused")
    with pytest.raises(errors.NotFound):
        admin.postgres.get_project("projects/refused")


def test_an_id_is_taken_once(admin: WorkspaceClient) -> None:
    with pytest.raises(errors.AlreadyExists):
        admin.postgres.create_project(Project(), NAME)


def test_a_branch_has_the_roles_and_databases_of_its_source(admin: WorkspaceClient, project: str) -> None:
    wanted = Branch(spec=BranchSpec(source_branch=f"{project}/branches/production", no_expiry=True))
    branch = admin.postgres.create_branch(project, wanted, "dev").wait()
    assert branch.name == f"{project}/branches/dev" and branch.status and branch.status.default is False
    assert [role.status.postgres_role for role in admin.postgres.list_roles(branch.name) if role.status] == [
        ADMIN
    ]
    [database] = admin.postgres.list_databases(branch.name)
    assert database.status and database.status.role and database.status.role.startswith(branch.name)
    assert list(admin.postgres.list_endpoints(branch.name)) == []
    admin.postgres.delete_branch(branch.name).wait()
    with pytest.raises(errors.NotFound):
        admin.postgres.get_branch(branch.name)


@pytest.mark.parametrize(
    "spec",
    [
        BranchSpec(no_expiry=False),
        BranchSpec(no_expiry=True, ttl=seconds(600)),
    ],
)
def test_a_branch_that_cannot_be_is_refused(admin: WorkspaceClient, project: str, spec: BranchSpec) -> None:
    with pytest.raises(errors.InvalidParameterValue):
        admin.postgres.create_branch(project, Branch(spec=spec), "dev")


def test_a_protected_branch_stays(admin: WorkspaceClient, project: str) -> None:
    wanted = Branch(spec=BranchSpec(is_protected=True, no_expiry=True))
    admin.postgres.create_branch(project, wanted, "kept").wait()
    with pytest.raises(errors.BadRequest, match="protected"):
        admin.postgres.delete_branch(f"{project}/branches/kept")
    with pytest.raises(errors.BadRequest, match="protected"):
        admin.postgres.delete_project(project)
    free = Branch(spec=BranchSpec(is_protected=False))
    admin.postgres.update_branch(f"{project}/branches/kept", free, mask("spec.is_protected")).wait()
    admin.postgres.delete_branch(f"{project}/branches/kept").wait()
