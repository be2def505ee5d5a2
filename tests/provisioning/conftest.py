"""A workspace in which databases take a moment to come and go, and the environment that points at it."""

from collections.abc import Iterator

import pytest

from backends.credentials import Workspace as ControlPlane
from backends.provisioning.control import Control
from backends.provisioning.instances import Instances
from backends.provisioning.probe import Line
from tests.environments import Environment
from tests.waiting import wait_until
from tests.workspace.handle import Workspace, running_workspace

START_SECONDS = 0.3
SETTLED_SECONDS = 0.5


@pytest.fixture(scope="session")
def lasting_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One for all tests of a process."""
    with running_workspace(tmp_path_factory.mktemp("workspace"), start_seconds=START_SECONDS) as running:
        yield running


@pytest.fixture
def workspace(lasting_workspace: Workspace) -> Iterator[Workspace]:
    """The same without faults, counting from here on; what a test has left there is taken away."""
    lasting_workspace.forget()
    yield lasting_workspace
    lasting_workspace.mend()
    lasting_workspace.set_start_seconds(0)
    left = instances_of(lasting_workspace.environment("provisioned"))
    names = [found.name for found in left.list() if "lakegate" not in found.name]
    for name in sorted(names, key=lambda each: "/production/" in each):
        wait_until(lambda: not left.find(name).changing)  # noqa: B023 - it is done when the next one is
        left.delete(name, name)
    lasting_workspace.mend()


@pytest.fixture
def environment(workspace: Workspace) -> Environment:
    """What an app is told that may use the workspace, and whose database is another."""
    return environment_of(workspace)


def environment_of(workspace: Workspace) -> Environment:
    """The same of any workspace."""
    told = workspace.environment("provisioned")
    unwanted = {"GATEWAY_BACKEND", "PGHOST", "PGUSER", "PGAPPNAME", "LAKEBASE_INSTANCE"}
    return {name: text for name, text in told.items() if name not in unwanted}


@pytest.fixture
def instances(environment: Environment) -> Instances:
    """The workspace's databases, as the app sees them."""
    return instances_of(environment)


def instances_of(environment: Environment) -> Instances:
    """The same, less patient with what has settled."""
    return Instances(Control(ControlPlane(environment)), Line.from_env(environment), SETTLED_SECONDS)
