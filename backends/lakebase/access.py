"""How a connection gets its address and its password: set, or minted by Databricks."""

from collections.abc import Mapping
from typing import ClassVar, Protocol

from backends.base import Status
from backends.credentials import TokenCache, Workspace, preload
from backends.lakebase.address import Address
from backends.lakebase.control import Control
from backends.lakebase.control_checks import ControlChecks, outside
from backends.lakebase.settings import Settings
from backends.preflight import Check, Mend, command


class Access(Protocol):
    """The way to one server, for all threads of a process."""

    sleeps: ClassVar[bool]  # whether the server goes to sleep when nobody uses it

    def arguments(self) -> dict[str, object]:
        """libpq's keywords but for the database and the password.

        Raises:
            Unavailable: the host or the user had to be looked up, and Databricks does not answer.
            Forbidden: they may not be looked up.
            NotFound: there is no such database.
        """

    def password(self) -> str | None:
        """The password for a login now, if it takes one.

        Raises:
            Unavailable: Databricks gives no token now. Forbidden, NotFound: it never will.
        """

    def replaced(self, refused: str) -> str | None:
        """Another password than the one that the server refused; None if there is none to be had.

        Raises:
            Unavailable: see `password`.
        """

    def status(self) -> Status:
        """What is known of the database without touching it.

        Raises:
            Unavailable: nobody knows.
        """

    def unwoken(self) -> Status:
        """As `status`, for who then logs in and may not wake the database.

        Raises:
            NotAsked: it may not be looked at, and might sleep.
            Unavailable: nobody knows.
        """

    def checks(self) -> Mapping[str, Check]:
        """How all that the database itself does not tell is looked at."""

    def instances(self) -> int:
        """How many gateways there are at most, as far as is known."""

    def letting_in(self, user: str) -> tuple[Mend, ...]:
        """What lets a user in whom the server refuses."""


class PasswordAccess:
    """A plain Postgres, whose password is set."""

    sleeps: ClassVar = False

    def __init__(self, address: Address) -> None:
        self._address = address

    def arguments(self) -> dict[str, object]:
        """See `Access.arguments`: they are all set."""
        return dict(self._address.arguments)

    def password(self) -> str | None:
        """See `Access.password`."""
        return self._address.password

    def replaced(self, refused: str) -> str | None:
        """See `Access.replaced`: there is no other."""
        return None

    def status(self) -> Status:
        """See `Access.status`: a plain Postgres never sleeps."""
        return Status()

    def unwoken(self) -> Status:
        """See `Access.unwoken`: there is nothing to wake."""
        return Status()

    def checks(self) -> Mapping[str, Check]:
        """See `Access.checks`: the database tells the rest."""
        return {"host": lambda: outside(self._address, {})}

    def instances(self) -> int:
        """See `Access.instances`: nobody tells."""
        return 1

    def letting_in(self, user: str) -> tuple[Mend, ...]:
        """See `Access.letting_in`: who may, chooses the password."""
        return (command("createuser", "--login", "--pwprompt", user),)


class TokenAccess:
    """A Lakebase, whose tokens are minted by the workspace's control plane."""

    sleeps: ClassVar = True

    def __init__(self, address: Address, control: Control) -> None:
        self._address = address
        self._control = control
        self._tokens = TokenCache(control.mint)

    def arguments(self) -> dict[str, object]:
        """See `Access.arguments`."""
        given = self._address.arguments
        host = given.get("host") or self._control.host()
        return {**given, "host": host, "user": given.get("user") or self._control.user()}

    def password(self) -> str | None:
        """See `Access.password`."""
        return self._tokens.get()

    def replaced(self, refused: str) -> str | None:
        """See `Access.replaced`."""
        return self._tokens.replace(refused)

    def status(self) -> Status:
        """See `Access.status`."""
        return self._control.status()

    def unwoken(self) -> Status:
        """See `Access.unwoken`."""
        return self._control.unwoken()

    def checks(self) -> Mapping[str, Check]:
        """See `Access.checks`: the control plane tells."""
        return ControlChecks(self._address, self._control).checks()

    def instances(self) -> int:
        """See `Access.instances`: those that the App may have."""
        return self._control.instances()

    def letting_in(self, user: str) -> tuple[Mend, ...]:
        """See `Access.letting_in`: who may manage the database, makes a role."""
        return (self._control.found().with_role(user),)


def open_access(settings: Settings) -> Access:
    """The way that the settings tell; nothing is asked yet.

    Where it takes tokens the SDK is imported: once for all workers, if that is before they are forked.
    """
    if not settings.address.tokens:
        return PasswordAccess(settings.address)
    preload()
    return TokenAccess(settings.address, Control(settings, Workspace(settings.sdk, settings.connect_seconds)))
