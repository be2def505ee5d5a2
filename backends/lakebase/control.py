"""What the workspace's control plane knows of one database: its name, its host, its state, its tokens."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from backends import errors
from backends.base import Status
from backends.credentials import LoginRefused, Once, Token, Workspace, WorkspaceChecks, translated
from backends.lakebase.resources import Endpoint, Instance
from backends.lakebase.search import look_up
from backends.lakebase.settings import Settings
from backends.lakebase.states import States
from backends.preflight import NotAsked

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

T = TypeVar("T")


class _Untold(Status):
    """The state of a database that may not be looked at."""


class Control:
    """The control plane's side of one database, for all threads of a process."""

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        self._settings = settings
        self._workspace = workspace
        self.checks = WorkspaceChecks(workspace, settings.sdk)
        self._found: Once[Instance | Endpoint] = Once()
        self._host: Once[str] = Once()
        self._user: Once[str] = Once()
        self._states = States(self._status)

    def mint(self) -> Token:
        """A new token.

        Raises:
            Unavailable: Databricks does not answer, or not now.
            Forbidden: it does not let us.
            NotFound: there is no such database.
        """
        return self._ask(lambda found, client: found.token(client))

    def host(self) -> str:
        """Where the database is reached; asked once. Raises as `mint` does."""
        return self._host.get(lambda: self._ask(_host))

    def found(self) -> Instance | Endpoint:
        """The database itself, as the control plane names it. Raises as `mint` does."""
        return self._ask(lambda found, _: found)

    def told_host(self) -> str:
        """The host that the control plane tells now. Raises as `mint` does."""
        return self._ask(_host)

    def instances(self) -> int:
        """How many instances the App may have; 1 where there is none, or it may not be looked at."""
        if not (app := self._settings.app):
            return 1
        try:
            found = self._workspace.ask(
                lambda client: client.apps.get(app).compute_max_instances, f'app "{app}"'
            )
        except errors.BackendError:
            return 1
        return found or 1

    def user(self) -> str:
        """As whom tokens are minted, which is also the role's name; asked once. Raises as `mint` does."""
        return self._user.get(lambda: self._workspace.ask(_user, "user of its own"))

    def status(self) -> Status:
        """The database's state, at most a few seconds old, or a minute where it cannot be asked for.

        Asking does not wake the database. Raises as `mint` does.
        """
        return self._states.now()

    def unwoken(self) -> Status:
        """As `status`, for who then logs in and may not wake the database.

        Raises:
            NotAsked: it may not be looked at, and might sleep, which an instance does not. Else as `mint`.
        """
        status = self.status()
        if isinstance(status, _Untold) and isinstance(self.found(), Endpoint):
            raise NotAsked(status.message)
        return status

    def _status(self) -> Status:
        try:
            return self._ask(lambda found, client: found.status(client))
        except errors.Forbidden as error:
            # what may use a database may not always look at it
            kind = Status if isinstance(error, LoginRefused) else _Untold
            return kind("ready", f"its state is not known: {error.message}")

    def _ask(self, question: Callable[[Instance | Endpoint, "WorkspaceClient"], T]) -> T:
        """What the control plane answers about the database, which is looked up first if it is not known."""

        def about_it(client: "WorkspaceClient") -> T:
            found = self._found.get(lambda: look_up(self._settings, client))
            with translated(str(found)):
                return question(found, client)

        return self._workspace.ask(about_it, "database")


def _host(found: Instance | Endpoint, client: "WorkspaceClient") -> str:
    if not (host := found.host(client)):
        raise errors.Unavailable(f"{found} has no host yet", retry_after=5)
    return host


def _user(client: "WorkspaceClient") -> str:
    if not (name := client.current_user.me().user_name):
        raise errors.BackendError("Databricks does not tell as whom it is asked: set PGUSER")
    return name
