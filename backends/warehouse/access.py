"""How the warehouse is reached: where its workspace is, and with whose bearer token."""

from typing import TYPE_CHECKING, Protocol

from backends import errors
from backends.base import Status
from backends.credentials import Once, TokenCache, Workspace, preload
from backends.warehouse.settings import Settings

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

START_SECONDS = 5  # after which a client may look again whether the warehouse runs

_STATES = {
    "RUNNING": Status("ready"),
    "STARTING": Status("starting", "the SQL warehouse is starting"),
    "STOPPING": Status("sleeping", "the SQL warehouse is stopping; a request starts it again"),
    "STOPPED": Status("sleeping", "the SQL warehouse is stopped; a request starts it"),
}
_GONE = Status("stopped", "the SQL warehouse was deleted")


class Access(Protocol):
    """Whose token a session is opened with."""

    def token(self) -> str:
        """A bearer token that is good now.

        Raises:
            Unavailable: Databricks gives none now. Forbidden: it never will.
        """

    def replaced(self, refused: str) -> str | None:
        """Another token than the one that was refused; None if there is none to be had."""

    def refusal(self) -> errors.BackendError:
        """What a request is told whose token the workspace refuses."""


class AppAccess:
    """The gateway's own service principal, or whoever the SDK's variables tell."""

    def __init__(self, workspace: Workspace) -> None:
        self._tokens = TokenCache(workspace.bearer)

    def token(self) -> str:
        """See `Access.token`."""
        return self._tokens.get()

    def replaced(self, refused: str) -> str | None:
        """See `Access.replaced`."""
        return self._tokens.replace(refused)

    def refusal(self) -> errors.BackendError:
        """See `Access.refusal`."""
        return errors.Forbidden("Databricks refuses the token that the gateway logs in with")


class UserAccess:
    """A caller, whose token the proxy of a Databricks App forwards."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        """See `Access.token`."""
        return self._token

    def replaced(self, refused: str) -> str | None:
        """See `Access.replaced`: the caller brings another with the next request."""
        return None

    def refusal(self) -> errors.BackendError:
        """See `Access.refusal`."""
        return errors.Unauthenticated("Databricks refuses the token in X-Forwarded-Access-Token")


class Control:
    """The workspace's control plane: where it is, and how the warehouse is."""

    def __init__(self, settings: Settings) -> None:
        preload()
        self.workspace = Workspace(settings.sdk, settings.connect_seconds)
        self._settings = settings
        self._host: Once[str] = Once()

    def host(self) -> str:
        """The workspace's URL.

        Raises:
            BackendError: nothing tells it.
        """
        return self._settings.host or self._host.get(
            lambda: self.workspace.ask(lambda client: str(client.config.host), "the workspace")
        )

    def status(self) -> Status:
        """How the warehouse is; asking does not start it.

        Raises:
            Unavailable: Databricks does not answer. Forbidden, NotFound: it does not say.
        """
        identity = self._settings.warehouse

        def ask(client: "WorkspaceClient") -> str:
            state = client.warehouses.get(identity).state
            return state.value if state else ""

        return _STATES.get(self.workspace.ask(ask, f'SQL warehouse "{identity}"'), _GONE)

    def started(self) -> errors.Unavailable:
        """What a request is answered that the warehouse does not take; a stopped one is asked to start."""
        identity = self._settings.warehouse
        try:
            status = self.status()
            if status.state == "sleeping":
                self.workspace.ask(
                    lambda client: client.warehouses.start(identity), f'SQL warehouse "{identity}"'
                )
                status = _STATES["STARTING"]
        except errors.BackendError:
            return errors.Unavailable("the SQL warehouse cannot be reached", START_SECONDS)
        if status.state == "ready":
            return errors.Unavailable("the SQL warehouse takes no statement now", START_SECONDS)
        return errors.Unavailable(
            status.message or "the SQL warehouse does not run", START_SECONDS, state=status.state
        )
