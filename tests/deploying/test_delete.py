"""`gateway deploy delete`: what a deployment made goes; databases only when that is said twice."""

import pytest
from databricks.sdk.service.apps import App

from backends import errors
from backends.provisioning import AutoscalingSpec
from tests.deploying.deployer import Deployer, did
from tests.deploying.test_apps import MAKING, SHIPPING, admin


def deleted(deployer: Deployer, *args: str) -> dict[str, str]:
    found = deployer.run("delete", "--environment", "dev", *args)
    assert found.exit_code == 0, found.output
    return did(found)


def apps(deployer: Deployer) -> set[str]:
    return {app.name for app in admin(deployer).apps.list()}


def test_the_database_is_left_until_its_deletion_is_said_twice(other: Deployer, name: str) -> None:
    other.describe(dev={"app": name, "database": {"name": name}})
    other.take(*MAKING, *SHIPPING)
    planned = deleted(other, "--dry-run")
    assert planned["app"] == "would delete it" and name in apps(other)

    other.workspace.set_start_seconds(0.5)
    assert deleted(other) == {
        "app": "deleted it",
        "database": "nothing",
        "source": "removed them; what was made is remembered",
    }
    assert name not in apps(other)  # it was waited for
    other.workspace.set_start_seconds(0.0)
    assert other.site().workshop.instances.find(name).exists

    for wrong in (("--database",), ("--confirm", name), ("--database", "--confirm", "another")):
        assert other.run("delete", "--environment", "dev", *wrong).exit_code in (1, 2)
    assert other.site().workshop.instances.find(name).exists

    twice = deleted(other, "--database", "--confirm", name)
    assert twice == {"app": "nothing", "database": "deleted it with all its data", "source": "removed them"}
    assert not other.site().workshop.instances.find(name).exists
    assert set(deleted(other).values()) == {"nothing"}


def test_what_was_there_before_is_left(other: Deployer, name: str) -> None:
    admin(other).apps.create_and_wait(App(name))
    path = f"projects/{name}/branches/production/endpoints/primary"
    other.describe(dev={"app": name, "database": {"project": name}})
    site = other.site()
    assert site.wanted.database
    site.workshop.instances.create(site.wanted.database)
    other.take(*MAKING, *SHIPPING)
    assert deleted(other, "--database", "--confirm", path) == {
        "app": "nothing",
        "database": "nothing",
        "source": "removed them",
    }
    assert name in apps(other) and other.site().workshop.instances.find(path).exists


def test_what_is_deployed_again_after_all_was_deleted_is_whole(other: Deployer, name: str) -> None:
    other.describe(dev={"app": name, "database": {"project": name}})
    other.take(*MAKING, *SHIPPING)
    path = f"projects/{name}/branches/production/endpoints/primary"
    deleted(other, "--database", "--confirm", path)
    assert "nothing" not in other.take(*MAKING, *SHIPPING).values()


def test_what_others_made_in_our_stead_is_theirs(other: Deployer, name: str) -> None:
    other.describe(dev={"app": name, "database": {"name": name}})
    other.take("database")
    other.workspace.fail(r"POST .*/apps$", 500)
    with pytest.raises(errors.Unavailable):
        other.take("app")
    admin(other).apps.create_and_wait(App(name))
    assert deleted(other)["app"] == "nothing" and name in apps(other)
    admin(other).apps.delete(name)
    other.take("app")
    admin(other).apps.delete(name)
    admin(other).apps.create_and_wait(App(name))
    assert deleted(other)["app"] == "nothing" and name in apps(other)


def test_a_creation_that_is_refused_is_not_remembered(other: Deployer, name: str) -> None:
    other.describe(dev={"app": name, "database": {"name": name}})
    site = other.site()
    with pytest.raises(errors.Conflict), site.making("app"):
        raise errors.Conflict("a quota is used up")
    assert other.site().record.made == {}


def test_a_project_that_was_there_is_left_where_only_its_endpoint_was_made(
    other: Deployer, name: str
) -> None:
    path = f"projects/{name}/branches/production/endpoints/primary"
    other.describe(dev={"app": name, "database": {"project": name}})
    other.site().workshop.instances.create(AutoscalingSpec(name))
    admin(other).postgres.delete_endpoint(path).wait()
    assert other.take("database") == {"database": "created it"}
    assert deleted(other, "--database", "--confirm", path)["database"] == "nothing"
    assert other.site().workshop.instances.find(path).exists
