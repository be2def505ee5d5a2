"""Databricks Apps made, changed and deployed, by the SDK's `apps`.

What an app has is read, and changed, as Databricks tells it, not as the SDK's classes do: they drop what
their version does not know, and a list of resources can only be written as a whole.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from databricks.sdk.service import apps as sdk

from backends import errors
from backends.provisioning.app import App, Deployment, Variable
from backends.provisioning.looking import looks
from backends.provisioning.platform import Platform
from backends.provisioning.refusals import Taken

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

WAIT_SECONDS = 20 * 60.0  # as the SDK waits

Report = Callable[[str], object]
"""Is told in a few words what is waited for."""


class Apps:
    """The apps of a workspace. Every method raises as `Platform.ask` does."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def find(self, name: str) -> App | None:
        """An app as it is now, None where there is none."""

        def question(client: "WorkspaceClient") -> Any:
            return client.api_client.do("GET", _place(name))

        try:
            return App.of(self._platform.ask(question, called(name), "look at"))
        except errors.NotFound:
            return None

    def get(self, name: str) -> App:
        """An app as it is now.

        Raises:
            NotFound: there is none.
        """
        found = self.find(name)
        if found is None:
            raise errors.NotFound(f"there is no {called(name)}")
        return found

    def create(self, name: str, settings: Mapping[str, Any]) -> bool:
        """Begin to make an app; one that is there by now is taken for it: whether that was not so."""

        def question(client: "WorkspaceClient") -> object:
            return client.apps.create(sdk.App.from_dict({**settings, "name": name}))

        try:
            self._platform.ask(question, called(name), "create")
        except Taken:
            self.get(name)
            return False
        return True

    def change(self, name: str, settings: Mapping[str, Any], report: Report) -> None:
        """Change these settings of an app, and leave all others as they are.

        Raises:
            Conflict: Databricks could not make it so.
            Timeout: it took too long.
        """
        body = {"app": {"name": name, **settings}, "update_mask": ",".join(settings)}

        def question(client: "WorkspaceClient") -> object:
            return client.api_client.do("POST", f"{_place(name)}/update", body=body)

        self._platform.ask(question, called(name), "change")
        for state, message in looks(lambda: self._updated(name), WAIT_SECONDS):
            if state == "SUCCEEDED":
                return
            if state == "FAILED":
                raise errors.Conflict(f"{called(name)} could not be changed: {message}")
            report("it is being changed")
        raise errors.Timeout(f"{called(name)} was not changed in time; Databricks may yet come to it")

    def _updated(self, name: str) -> tuple[str, str]:
        """How the last change of an app goes, in Databricks' words."""
        found = self._platform.ask(
            lambda client: client.apps.get_update(name), called(name), "look at"
        ).status
        return (found.state.value if found and found.state else ""), (found and found.message) or ""

    def running(self, name: str, report: Report) -> App:
        """An app when its compute runs; one that is stopped is started.

        Raises:
            Conflict: its compute has failed, or it is being deleted.
            Timeout: it took too long.
        """
        started = False
        for found in looks(lambda: self.get(name), WAIT_SECONDS):
            match found.compute:
                case "ACTIVE":
                    return found
                case "ERROR" | "DELETING":
                    raise errors.Conflict(f"the compute of {called(name)} is {found.compute}")
                case "STOPPED" if not started:
                    self._platform.ask(lambda client: client.apps.start(name), called(name), "start")
                    started = True
            report(f"its compute is {found.compute}")
        raise errors.Timeout(f"the compute of {called(name)} did not start in time")

    def delete(self, name: str) -> None:
        """Delete an app; that there is none is no error."""
        try:
            self._platform.ask(lambda client: client.apps.delete(name), called(name), "delete")
        except errors.NotFound:
            return

    def gone(self, name: str, report: Report) -> None:
        """Wait until there is no such app.

        Raises:
            Timeout: it took too long.
        """
        for found in looks(lambda: self.find(name), WAIT_SECONDS):
            if found is None:
                return
            report(f"its compute is {found.compute}")
        raise errors.Timeout(f"{called(name)} was not deleted in time; Databricks may yet come to it")

    def deploy(self, name: str, source: str, variables: Iterable[Variable]) -> Deployment:
        """Begin to deploy a folder of workspace files, as it is now."""
        wanted = sdk.AppDeployment(
            source_code_path=source,
            mode=sdk.AppDeploymentMode.SNAPSHOT,
            env_vars=[sdk.EnvVar(each.name, each.value, each.source) for each in variables],
        )

        def question(client: "WorkspaceClient") -> sdk.AppDeployment:
            return client.apps.deploy(name, wanted).response

        return Deployment.of(self._platform.ask(question, called(name), "deploy").as_dict())

    def deployed(self, name: str, deployment: str, report: Report) -> None:
        """Wait until a deployment runs.

        Raises:
            Conflict: it has failed or was cancelled; the message has Databricks' reason.
            Timeout: it took too long.
        """
        for found in looks(lambda: self._deployment(name, deployment), WAIT_SECONDS):
            if found.state == "SUCCEEDED":
                return
            if found.state in ("FAILED", "CANCELLED"):
                raise errors.Conflict(f"the deployment of {called(name)} is {found.state}: {found.message}")
            report(f"the deployment is {found.state}")
        raise errors.Timeout(f"the deployment of {called(name)} did not end in time; it may yet")

    def _deployment(self, name: str, deployment: str) -> Deployment:
        def question(client: "WorkspaceClient") -> sdk.AppDeployment:
            return client.apps.get_deployment(name, deployment)

        found = self._platform.ask(question, f'deployment "{deployment}"', "look at")
        return Deployment.of(found.as_dict())


def called(name: str) -> str:
    """An app, in messages."""
    return f'app "{name}"'


def _place(name: str) -> str:
    return f"/api/2.0/apps/{quote(name, safe='')}"
