"""`gateway deploy delete`: what a deployment made goes; databases only when that is said twice."""

from databricks.sdk.service.apps import App

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

    assert deleted(other) == {
        "app": "deleted it",
        "database": "nothing",
        "source": "removed them; what was made is remembered",
    }
    assert name not in apps(other) and other.site().workshop.instances.find(name).exists

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
