"""All that it takes to bring an app about in one workspace, behind one login."""

from collections.abc import Mapping
from functools import cached_property

from backends.credentials import Workspace
from backends.provisioning import open_instances, warehouses, whole
from backends.provisioning.answers import ready
from backends.provisioning.apps import Apps, Report
from backends.provisioning.instances import Instances
from backends.provisioning.platform import Platform
from backends.provisioning.sources import Sources
from backends.provisioning.warehouses import SqlWarehouse
from backends.provisioning.whole import Whole

LOGIN = ("DATABRICKS_", "ARM_", "GOOGLE_")  # how the names of the SDK's variables begin


class Workshop:
    """One process's way to databases, warehouses, apps and files. Every method raises as `Platform.ask`."""

    def __init__(self, env: Mapping[str, str]) -> None:
        """Log in as the variables of `env` say, when something is first asked."""
        workspace = Workspace({name: text for name, text in env.items() if name.startswith(LOGIN)})
        self._platform = Platform(workspace)
        self.apps = Apps(self._platform)
        self.instances: Instances = open_instances(env, workspace)

    @cached_property
    def user(self) -> str:
        """Who logs in."""
        return self._platform.user()

    def sources(self, folder: str) -> Sources:
        """What is kept of an app in a folder of the workspace's files."""
        return Sources(self._platform, folder)

    def warehouse(self, identity: str | None, name: str | None) -> SqlWarehouse:
        """A SQL warehouse; see `warehouses.find`."""
        return warehouses.find(self._platform, identity, name)

    def whole(self, name: str) -> Whole | None:
        """What goes with a database when it is deleted; see `whole.find`."""
        return whole.find(self._platform, name)

    def ready(self, url: str, report: Report) -> float:
        """How long an app took to say that it is ready, in ms; see `answers.ready`."""
        return ready(self._platform, url, report)
