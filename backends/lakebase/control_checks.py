"""What a preflight finds outside of the database: its host, and what the control plane knows of it."""

from collections.abc import Mapping
from itertools import cycle

from backends import errors
from backends.lakebase.address import Address
from backends.lakebase.control import Control
from backends.preflight import Check, Finding, command, fail, ok, warn
from backends.reach import reached

LOOK = command("flask", "--app", "wsgi", "gateway", "check")  # which wakes it, and waits for it
PORT = "5432"


class ControlChecks:
    """Looks at a database of a workspace without waking it."""

    def __init__(self, address: Address, control: Control) -> None:
        self._address = address
        self._control = control

    def checks(self) -> Mapping[str, Check]:
        """See `Access.checks`."""
        workspace = self._control.checks
        return {
            "host": self._host,
            "identity": lambda: workspace.unless_refused(self._identity),
            "credentials": lambda: workspace.unless_refused(self._credentials),
            "clock": workspace.clock,
            "state": lambda: workspace.unless_refused(self._state),
        }

    def _host(self) -> Finding:
        """Whether the workspace is reached, and the database where the workspace says that it is."""
        workspace = self._control.checks.host()
        if workspace.state != "OK":
            return workspace
        given = self._address.arguments
        try:
            host = self._control.told_host()
        except errors.BackendError:  # `credentials` tells why
            host = given.get("host", "")
        if not host:
            return warn("PGHOST is not set, and Databricks does not tell the database's host")
        if given.get("host", host).lower() != host.lower():
            return fail(
                f'PGHOST is "{given["host"]}", but the database\'s host is "{host}"',
                command("export", f"PGHOST={host}"),
            )
        return outside(self._address, {"host": host})

    def _identity(self) -> Finding:
        """Whether tokens are made for whom the database is asked as."""
        known, given = self._control.checks.user(), self._address.arguments.get("user")
        if given and given != known:
            return fail(
                f'PGUSER is "{given}", but Databricks knows the gateway as "{known}",'
                " whose tokens let in nobody else",
                command("export", f"PGUSER={known}"),
            )
        return ok(f'Databricks knows the gateway as "{known}", which is its role in the database too')

    def _credentials(self) -> Finding:
        token = self._control.mint()
        return self._control.checks.minted(token, f"the {self._control.found()}")

    def _state(self) -> Finding:
        status, found = self._control.status(), self._control.found()
        match status.state:
            case "ready" | "idle":
                return warn(status.message) if status.message else ok(f"the {found} is available")
            case "sleeping":
                return warn(status.message or "the database sleeps", LOOK)
            case "starting":
                return warn(f"{status.message}: ask again in a moment", LOOK)
            case "stopped":
                return fail(status.message or "the database is stopped", found.started())


def outside(address: Address, told: Mapping[str, str]) -> Finding:
    """Whether the database's host is reached, as the address has it, or else as it is told."""
    given = {**told, **address.arguments}
    host, variable = given.get("host", ""), "DATABASE_URL" if address.from_url else "PGHOST"
    if host.startswith("/") or not (host or given.get("hostaddr")):
        return ok("the database is on this machine, and asked without a network")
    hosts, ports = (given.get("hostaddr") or host).split(","), given.get("port", PORT).split(",")
    # libpq takes the first of several that answers; one port is for all of them
    found = [reached(name, int(port), variable) for name, port in zip(hosts, cycle(ports), strict=False)]
    return next((each for each in found if each.state == "OK"), found[0])
