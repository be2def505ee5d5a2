"""What Databricks refuses, told in words that say what to do, and none of Databricks' own."""

from collections.abc import Callable

import pytest

from backends import errors
from backends.provisioning import AutoscalingSpec, ProvisionedSpec, Spec, open_instances, untold
from backends.provisioning.instances import Instances
from gateway.provisioning import CreateDatabase, Databases
from tests.environments import Environment
from tests.waiting import wait_until
from tests.workspace.handle import Workspace
from tests.workspace.settings import NAME

SECRET = "ORG-7 internal: see go/limits"
KINDS = pytest.mark.parametrize(
    "spec", [ProvisionedSpec("shop"), AutoscalingSpec("shop")], ids=["provisioned", "autoscaling"]
)


@KINDS
@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        ((400, "QUOTA_EXCEEDED", ""), errors.Conflict, "quota"),
        ((403, "RESOURCE_LIMIT_EXCEEDED", ""), errors.Conflict, "quota"),
        ((400, "BAD_REQUEST", "the maximum number of projects"), errors.Conflict, "quota"),
        ((400, "FEATURE_DISABLED", ""), errors.Unsupported, "region"),
        ((404, "ENDPOINT_NOT_FOUND", ""), errors.Unsupported, "region"),
        ((501, "NOT_IMPLEMENTED", ""), errors.Unsupported, "region"),
        ((400, "BAD_REQUEST", "not available in region eu-9"), errors.Unsupported, "region"),
        ((403, "PERMISSION_DENIED", ""), errors.Forbidden, "permission"),
        ((403, "CUSTOMER_UNAUTHORIZED", ""), errors.Forbidden, "permission"),
        ((409, "ALREADY_EXISTS", ""), errors.Conflict, "taken"),
        ((400, "INVALID_STATE", ""), errors.Conflict, "state"),
        ((400, "INVALID_PARAMETER_VALUE", ""), errors.Invalid, None),
    ],
)
def test_a_refusal_says_what_to_do(
    instances: Instances,
    workspace: Workspace,
    spec: Spec,
    answer: tuple[int, str, str],
    kind: type[errors.BackendError],
    reason: str | None,
) -> None:
    status, code, text = answer
    workspace.refuse("POST /api/2.0/(database|postgres)/", status, code, f"{text} {SECRET}")
    with pytest.raises(kind) as refused:
        instances.create(spec)
    assert refused.value.details == ({"reason": reason} if reason else {})
    assert str(instances.find(spec.name)) in refused.value.message
    assert SECRET not in f"{refused.value.message}{refused.value.details}"


@pytest.mark.parametrize("status", [429, 503])
def test_one_that_only_asks_for_patience_is_another(
    instances: Instances, workspace: Workspace, status: int
) -> None:
    workspace.fail("POST .*/instances", status, retry_after=60)
    with pytest.raises(errors.Unavailable) as refused:
        instances.create(ProvisionedSpec("shop"))
    assert refused.value.retry_after == 60


def test_a_quota_that_the_sdk_asks_again_about_is_a_quota(instances: Instances, workspace: Workspace) -> None:
    workspace.refuse("POST .*/instances", 429, "QUOTA_EXCEEDED", SECRET, times=None)
    with pytest.raises(errors.Conflict, match="quota"):
        instances.create(ProvisionedSpec("shop"))


def test_an_eleventh_instance_is_one_too_many(instances: Instances, workspace: Workspace) -> None:
    workspace.set_start_seconds(0)
    names = [f"shop-{at}" for at in range(10)]
    for name in names[:9]:
        instances.create(ProvisionedSpec(name))
    with pytest.raises(errors.Conflict, match="at most 10") as refused:
        instances.create(ProvisionedSpec(names[9]))
    assert refused.value.details == {"reason": "quota"}


@pytest.mark.parametrize("name", [NAME, AutoscalingSpec(NAME).name], ids=["provisioned", "autoscaling"])
def test_what_others_made_takes_a_permission_to_change(instances: Instances, name: str) -> None:
    for change in (instances.stop, lambda name: instances.delete(name, name)):
        with pytest.raises(errors.Forbidden, match="CAN MANAGE") as refused:
            change(name)
        assert refused.value.details == {"reason": "permission"}


def test_an_operation_that_fails_ends_every_wait_with_its_reason(
    instances: Instances, workspace: Workspace
) -> None:
    spec = AutoscalingSpec("shop")
    workspace.fail_operation("QUOTA_EXCEEDED", SECRET)
    instances.create(spec)
    wait_until(lambda: not instances.find(spec.name).changing)  # as whoever lists or shows it does
    for _ in range(2):
        refuse_for_a_quota(lambda: instances.waited(spec.name))
    assert instances.find(spec.name).state == "NOT_CREATED"


def test_a_failure_is_not_told_of_what_is_done_later(environment: Environment, workspace: Workspace) -> None:
    databases, spec = Databases(environment), AutoscalingSpec("shop")
    made = databases.create(CreateDatabase(spec), untold)
    workspace.fail_operation("QUOTA_EXCEEDED", SECRET)
    refuse_for_a_quota(lambda: databases.resize(spec.name, {"most_cu": 8.0}, untold))
    assert databases.start(spec.name, untold) == databases.create(CreateDatabase(spec), untold) == made
    assert databases.resize(spec.name, {"most_cu": 8.0}, untold).size == {**spec.size, "most_cu": 8.0}


def refuse_for_a_quota(ask: Callable[[], object]) -> None:
    """Something is refused for a quota, in our own words."""
    with pytest.raises(errors.Conflict) as refused:
        ask()
    assert refused.value.details == {"reason": "quota"}
    assert SECRET not in refused.value.message


@pytest.mark.parametrize("code", [(404, "ENDPOINT_NOT_FOUND"), (403, "PERMISSION_DENIED")])
def test_a_kind_that_is_not_offered_or_shown_has_no_databases(
    instances: Instances, workspace: Workspace, code: tuple[int, str]
) -> None:
    workspace.refuse("GET /api/2.0/database/instances", *code, SECRET)
    assert {each.kind for each in instances.list()} == {"autoscaling"}


@pytest.mark.parametrize("code", [(404, "NOT_FOUND"), (403, "PERMISSION_DENIED")])
@pytest.mark.parametrize("inside", ["shop/branches$", "shop/branches/production/endpoints$"])
def test_what_is_not_shown_or_just_gone_leaves_the_others(
    instances: Instances, workspace: Workspace, code: tuple[int, str], inside: str
) -> None:
    workspace.set_start_seconds(0)
    spec, others = AutoscalingSpec("shop"), instances.list()
    instances.create(spec)
    workspace.refuse(f"GET .*/projects/{inside}", *code, SECRET)
    assert instances.list() == others
    assert spec.name in [each.name for each in instances.list()]


def test_without_a_workspace_the_variables_are_named() -> None:
    with pytest.raises(errors.Unsupported, match="DATABRICKS_HOST with DATABRICKS_CLIENT_ID"):
        open_instances({}).list()


def test_credentials_that_are_refused_are_named(instances: Instances, workspace: Workspace) -> None:
    workspace.revoke_secret()
    with pytest.raises(errors.Forbidden, match="DATABRICKS_CLIENT_SECRET"):
        instances.list()
