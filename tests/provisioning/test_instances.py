"""Both kinds of database through their lives."""

from typing import Any

import pytest
from databricks.sdk.service.postgres import Branch, BranchSpec, Project, ProjectSpec

from backends import errors
from backends.credentials.client import open_workspace
from backends.provisioning import AutoscalingSpec, Instance, ProvisionedSpec, Spec, State
from backends.provisioning.instances import Instances
from backends.provisioning.specs import Size
from gateway.provisioning import CreateDatabase, Databases
from tests.environments import Environment
from tests.provisioning.conftest import SETTLED_SECONDS, START_SECONDS, instances_of
from tests.waiting import at_once
from tests.workspace.handle import Workspace
from tests.workspace_tests.clients import mask

WRITES = ("POST", "PATCH", "DELETE")
SPECS: tuple[tuple[Spec, Size], ...] = (
    (ProvisionedSpec("shop", "CU_2", 14, 2), {"capacity": "CU_4", "nodes": 1}),
    (AutoscalingSpec("shop", least_cu=1.0, most_cu=4.0), {"most_cu": 8.0, "suspend_seconds": 0}),
    (AutoscalingSpec("shop", "dev", "main", suspend_seconds=0), {"suspend_seconds": 600}),
)
EACH = pytest.mark.parametrize(
    ("spec", "changes"), SPECS, ids=["provisioned", "autoscaling", "autoscaling branch"]
)
SEEN_SECONDS = 4 * SETTLED_SECONDS  # long enough to be looked at meanwhile, and to be taken for the end
MAIN = AutoscalingSpec("shop")


def writes(workspace: Workspace) -> int:
    """How many requests have changed databases since the test has begun."""
    return sum(
        method in WRITES and "/credentials" not in path for method, path, _ in workspace.requests("/api/")
    )


def ready(instances: Instances, spec: Spec) -> Instance:
    """A database that is there."""
    instances.create(spec)
    return instances.waited(spec.name)


@EACH
def test_a_database_is_made_changed_and_deleted(
    instances: Instances, workspace: Workspace, spec: Spec, changes: Size
) -> None:
    workspace.set_start_seconds(SEEN_SECONDS)
    name = spec.name
    assert instances.find(name) == Instance(spec.kind, name)
    seen: list[tuple[State, str | None]] = []
    made = instances.create(spec)
    assert (made.state, made.changing) == ("CREATING", True)
    made = instances.waited(name, report=lambda found: seen.append((found.state, found.word)))
    words = ("STARTING", "AVAILABLE") if spec.kind == "provisioned" else ("INIT", "ACTIVE")
    assert [*dict.fromkeys(seen)] == [("CREATING", words[0]), ("READY", words[1])]
    assert (made.size, made.changing) == (spec.size, False)
    assert str(made.host).endswith(".database.lakegate.test")
    assert made in instances.list()
    workspace.set_start_seconds(START_SECONDS)

    instances.resize(name, changes)
    assert instances.waited(name).size == {**spec.size, **changes}
    instances.stop(name)
    stopped = instances.waited(name, "STOPPED")
    assert (stopped.host, stopped.size) == (made.host, {**spec.size, **changes})
    assert instances.test(name)[-1].reason in (
        "the database is stopped: start it",
        "the endpoint is stopped: start it",
    )
    instances.start(name)
    assert instances.waited(name).word == words[1]

    with pytest.raises(errors.Invalid) as refused:
        instances.delete(name, f"{name} ")
    assert [fault.loc for fault in refused.value.faults] == [("confirm",)]
    assert instances.find(name).exists
    instances.delete(name, name)
    assert instances.waited(name, "NOT_CREATED") == Instance(spec.kind, name)


def test_an_instance_is_stopped_or_started_when_databricks_says_so(
    instances: Instances, workspace: Workspace
) -> None:
    ready(instances, ProvisionedSpec("shop"))
    workspace.set_start_seconds(SEEN_SECONDS)
    instances.stop("shop")
    assert instances.waited("shop", "STOPPED").word == "STOPPED"
    instances.start("shop")
    assert instances.waited("shop").word == "AVAILABLE"


def test_a_branch_that_needs_a_project_tells_that_it_is_on_its_way(instances: Instances) -> None:
    seen: list[Instance] = []
    spec = AutoscalingSpec("shop", "dev", "main")
    instances.create(spec, seen.append)
    assert {(each.name, each.state, each.changing) for each in seen} == {(spec.name, "CREATING", True)}
    instances.waited(spec.name)


def test_one_that_does_not_tell_its_size_yet_is_taken_for_what_was_asked(
    instances: Instances, workspace: Workspace
) -> None:
    workspace.set_start_seconds(2)
    instances.create(MAIN)
    assert (instances.create(MAIN).state, instances.find(MAIN.name).size) == ("CREATING", None)
    with pytest.raises(errors.Conflict, match="does not tell its size yet") as refused:
        instances.resize(MAIN.name, {"most_cu": 8.0})
    assert refused.value.details == {"reason": "state"}
    assert instances.waited(MAIN.name).size == MAIN.size


@EACH
def test_what_is_so_already_is_not_done_again(
    instances: Instances, workspace: Workspace, spec: Spec, changes: Size
) -> None:
    found = ready(instances, spec)
    workspace.forget()
    assert (
        instances.create(spec)
        == instances.start(spec.name)
        == instances.resize(spec.name, spec.size)
        == found
    )
    assert writes(workspace) == 0
    instances.stop(spec.name)
    stopped = instances.waited(spec.name, "STOPPED")
    assert instances.stop(spec.name) == stopped
    assert writes(workspace) == 1


@EACH
def test_two_sizes_that_are_changed_at_once_are_both_changed(
    instances: Instances, workspace: Workspace, spec: Spec, changes: Size
) -> None:
    workspace.set_start_seconds(0)
    ready(instances, spec)
    first, second = (
        ({"retention_days": 3}, {"nodes": 3})
        if spec.kind == "provisioned"
        else (
            {"least_cu": 1.5},
            {"suspend_seconds": 900},
        )
    )
    workspace.delay("PATCH .*", 1)  # whoever comes first has then looked at what the other one changes
    at_once(2, lambda number: instances.resize(spec.name, (first, second)[number]))
    assert instances.find(spec.name).size == {**spec.size, **first, **second}


@EACH
def test_one_that_is_deleted_while_it_is_waited_for_is_not_made_again(
    instances: Instances, environment: Environment, spec: Spec, changes: Size
) -> None:
    def deleted(found: Instance) -> None:
        if not found.changing:
            instances.delete(spec.name, spec.name)
            instances.waited(spec.name, "NOT_CREATED")

    with pytest.raises(errors.NotFound):
        Databases(environment).create(CreateDatabase(spec), deleted)
    assert not instances.find(spec.name).exists


@EACH
def test_another_of_the_name_is_told_what_differs(instances: Instances, spec: Spec, changes: Size) -> None:
    ready(instances, spec)
    other = type(spec)(**{**fields(spec), **changes})
    with pytest.raises(errors.Conflict) as refused:
        instances.create(other)
    assert refused.value.details["differences"] == [
        {"field": name, "is": spec.size[name], "asked": value} for name, value in changes.items()
    ]
    assert all(
        f"{name} is {spec.size[name]}, not {value}" in refused.value.message
        for name, value in changes.items()
    )


def fields(spec: Spec) -> dict[str, Any]:
    """What a spec was made of."""
    return {name: getattr(spec, name) for name in spec.__slots__}


@EACH
def test_of_many_who_make_a_database_at_once_each_gets_it(
    environment: Environment, spec: Spec, changes: Size
) -> None:
    found = at_once(4, lambda _: ready(instances_of(environment), spec))
    assert len(set(map(str, found))) == 1
    assert {each.state for each in found} == {"READY"}


def test_a_deletion_leaves_nothing_of_a_project_and_all_of_others(instances: Instances) -> None:
    branch = AutoscalingSpec("shop", "dev", "main")
    ready(instances, MAIN)
    ready(instances, branch)
    with pytest.raises(errors.Conflict, match="delete projects/shop/branches/dev first") as refused:
        instances.delete(MAIN.name, MAIN.name)
    assert refused.value.details == {"reason": "others"}
    instances.delete(branch.name, branch.name)
    instances.waited(branch.name, "NOT_CREATED")
    assert instances.find(MAIN.name).state == "READY"
    instances.delete(MAIN.name, MAIN.name)
    instances.waited(MAIN.name, "NOT_CREATED")
    assert ready(instances, MAIN).state == "READY"  # its name is free


def test_a_branch_is_made_of_the_default_one_whatever_its_name(
    instances: Instances, environment: Environment, workspace: Workspace
) -> None:
    workspace.set_start_seconds(0)
    main, client = AutoscalingSpec("shop", "trunk"), open_workspace(environment).postgres
    ready(instances, MAIN)
    ready(instances, main)
    wanted = Project(spec=ProjectSpec(default_branch="projects/shop/branches/trunk"))
    client.update_project("projects/shop", wanted, mask("spec.default_branch")).wait()
    instances.delete(MAIN.name, MAIN.name)
    instances.waited(MAIN.name, "NOT_CREATED")
    assert ready(instances, AutoscalingSpec("shop", "dev")).state == "READY"
    for name in ("projects/shop/branches/dev/endpoints/primary", main.name):
        instances.delete(name, name)
        instances.waited(name, "NOT_CREATED")


def test_a_project_that_is_deleted_but_kept_has_its_name(
    instances: Instances, environment: Environment
) -> None:
    ready(instances, MAIN)
    open_workspace(environment).postgres.delete_project("projects/shop").wait()
    assert instances.find(MAIN.name).state == "NOT_CREATED"
    with pytest.raises(errors.Conflict, match="deleted for good") as refused:
        instances.create(MAIN)
    assert refused.value.details == {"reason": "taken"}
    open_workspace(environment).postgres.undelete_project("projects/shop").wait()


def test_a_protected_branch_stays(instances: Instances, environment: Environment) -> None:
    ready(instances, MAIN)
    client = open_workspace(environment)
    wanted = Branch(spec=BranchSpec(is_protected=True))
    name = "projects/shop/branches/production"
    client.postgres.update_branch(name, wanted, mask("spec.is_protected")).wait()
    with pytest.raises(errors.Conflict, match="protected") as refused:
        instances.delete(MAIN.name, MAIN.name)
    assert refused.value.details == {"reason": "state"}
    wanted = Branch(spec=BranchSpec(is_protected=False))
    client.postgres.update_branch(name, wanted, mask("spec.is_protected")).wait()


def test_a_change_of_what_is_changing_is_refused(instances: Instances, workspace: Workspace) -> None:
    spec = ProvisionedSpec("shop")
    ready(instances, spec)
    workspace.set_start_seconds(2)
    instances.resize("shop", {"capacity": "CU_2"})
    with pytest.raises(errors.Conflict, match="try again when it has settled") as refused:
        instances.stop("shop")
    assert refused.value.details == {"reason": "state"}
    with pytest.raises(errors.Timeout, match="READY after 0 seconds"):
        instances.waited("shop", seconds=0.2)
    instances.waited("shop")
    instances.delete("shop", "shop")
    with pytest.raises(errors.Conflict, match="being deleted"):
        instances.create(spec)
    instances.waited("shop", "NOT_CREATED")


def test_what_has_settled_elsewhere_is_not_waited_for(instances: Instances, workspace: Workspace) -> None:
    spec = ProvisionedSpec("shop")
    ready(instances, spec)
    instances.stop("shop")
    instances.waited("shop", "STOPPED")
    with pytest.raises(errors.Conflict, match=r'"shop" is STOPPED \(STOPPED\), and stays so'):
        instances.waited("shop")
    with pytest.raises(errors.Conflict, match='"nowhere" is NOT_CREATED, and stays so'):
        instances.waited("nowhere")


def test_a_database_that_is_degraded_is_in_error_and_one_that_sleeps_is_ready(
    instances: Instances, workspace: Workspace
) -> None:
    name = AutoscalingSpec("lakegate").name
    workspace.show_endpoint_as("DEGRADED")
    assert (instances.find(name).state, instances.find(name).word) == ("ERROR", "DEGRADED")
    workspace.show_endpoint_as("IDLE")
    assert (instances.find(name).state, instances.find(name).word) == ("READY", "IDLE")


def test_a_wait_outlasts_a_control_plane_that_fails_for_a_moment(
    instances: Instances, workspace: Workspace
) -> None:
    instances.create(ProvisionedSpec("shop"))
    workspace.fail("GET .*/instances/shop", 500, times=2)
    assert instances.waited("shop").state == "READY"


@pytest.mark.parametrize("change", ["start", "stop"])
@pytest.mark.parametrize("name", ["nowhere", AutoscalingSpec("nowhere").name])
def test_what_is_not_there_is_not_changed(instances: Instances, change: str, name: str) -> None:
    for ask in (lambda: getattr(instances, change)(name), lambda: instances.delete(name, name)):
        with pytest.raises(errors.NotFound) as refused:
            ask()
        assert refused.value.details == {"state": "NOT_CREATED"}
