"""What a preflight finds of a warehouse, and in Unity Catalog; a warehouse that is stopped stays so.

https://docs.databricks.com/en/sql/language-manual/sql-ref-information-schema.html
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TypeVar

from backends import errors
from backends.base import AWAKE, Status
from backends.credentials import LoginRefused, Once, WorkspaceChecks
from backends.credentials.checks import is_application
from backends.preflight import Check, Finding, Mend, NotAsked, command, fail, failed, ok, sql, warn
from backends.warehouse.access import Control
from backends.warehouse.connections import Sessions
from backends.warehouse.driver import Session
from backends.warehouse.faults import contract_errors
from backends.warehouse.inlining import quoted
from backends.warehouse.privileges import Privileges
from backends.warehouse.settings import Settings

LISTED = command("databricks", "warehouses", "list")
SECONDS = 8  # for each statement

Found = TypeVar("Found")


class Looking:
    """Looks at the usual catalog and schema, as the principal that asks there."""

    def __init__(self, settings: Settings, control: Control, sessions: Sessions) -> None:
        """Look once: the warehouse's state is asked for once, for all checks."""
        self._settings = settings
        self._control = control
        self._sessions = sessions
        self._status: Once[Status] = Once()
        self._workspace = WorkspaceChecks(control.workspace, settings.sdk)

    def checks(self) -> Mapping[str, Check]:
        """See `Backend.checks`."""
        return {
            "host": self._workspace.host,
            "identity": self._workspace.identity,
            "credentials": lambda: self._workspace.unless_refused(self._credentials),
            "clock": self._workspace.clock,
            "state": lambda: self._workspace.unless_refused(self._state),
            "database": self._database,
            "grants": lambda: self._asked(self._grants),
            "ownership": lambda: self._asked(self._ownership),
            "connections": self._connections,
        }

    def _credentials(self) -> Finding:
        return self._workspace.minted(self._control.workspace.bearer(), "the workspace")

    def _state(self) -> Finding:
        identity = self._settings.warehouse
        try:
            status = self._status.get(self._control.status)
        except errors.NotFound as error:
            return failed(error, LISTED)
        except LoginRefused:
            raise
        except errors.Forbidden as error:
            return failed(error, *self._may_use())
        match status.state:
            case "ready":
                return ok(f'the SQL warehouse "{identity}" runs')
            case "sleeping":
                start = command("databricks", "api", "post", f"/api/2.0/sql/warehouses/{identity}/start")
                return warn(f"{status.message}, and is answered 503 until it runs", start)
            case "starting":
                return warn(f"{status.message}: ask again in a minute", LISTED)
        return fail(status.message or "the SQL warehouse does not run", LISTED)

    def _may_use(self) -> tuple[Mend, ...]:
        """What lets the gateway use the warehouse; nothing where the workspace does not tell who that is."""
        try:
            name = self._settings.sdk.get("DATABRICKS_CLIENT_ID") or self._workspace.user()
        except errors.BackendError:
            return ()
        kind = "service_principal_name" if is_application(name) else "user_name"
        body = json.dumps({"access_control_list": [{kind: name, "permission_level": "CAN_USE"}]})
        place = f"/api/2.0/permissions/warehouses/{self._settings.warehouse}"
        return (command("databricks", "api", "patch", place, "--json", body),)

    def _connections(self) -> Finding:
        return ok(
            f"each worker opens up to {self._settings.pool_size} sessions:"
            " a warehouse queues the statements that it cannot run at once"
        )

    def _asked(self, work: Callable[[Session], Found]) -> Found:
        """What is found in a session of its own. Raises as `_must_run` does."""
        self._must_run()
        return self._told(work)

    def _must_run(self) -> None:
        """Let pass where the warehouse runs.

        Raises:
            NotAsked: it would have to be started.
            NotFound, Forbidden, Unavailable: Databricks does not tell; see `Control.status`.
        """
        if (status := self._status.get(self._control.status)).state not in AWAKE:
            raise NotAsked(status.message or "the SQL warehouse does not run")

    def _told(self, work: Callable[[Session], Found]) -> Found:
        with closing(self._sessions.apart(SECONDS)) as apart, contract_errors(self._settings.catalog):
            return apart.read(work)

    def _database(self) -> Finding:
        self._must_run()  # or what the workspace lacks would be taken for the catalog
        catalog, began = self._settings.catalog, time.monotonic()
        try:
            self._told(lambda session: session.run(f"SHOW SCHEMAS IN {quoted(catalog)}"))
        except errors.NotFound as error:
            return failed(error, *sql([f"CREATE CATALOG {quoted(catalog)}"]))
        except errors.Forbidden:  # `grants` tells which
            return fail(f'the catalog "{catalog}" may not be used')
        milliseconds = (time.monotonic() - began) * 1000
        return ok(f'the catalog "{catalog}" is there: the warehouse answered in {milliseconds:.0f} ms')

    def _grants(self, session: Session) -> Finding:
        missing = list(Privileges(session, self._settings).missing())
        schema = f"{self._settings.catalog}.{self._settings.schema}"
        if missing:
            return fail(f'grants are missing for the schema "{schema}"', *sql(missing))
        return ok(f'no grant is missing for the schema "{schema}"')

    def _ownership(self, session: Session) -> Finding:
        found = Privileges(session, self._settings)
        others = [] if found.owns_schema() else found.others()
        if not others:
            return ok(f'all that is in the schema "{self._settings.schema}" belongs to the gateway')
        told = f'{len(others)} in the schema "{self._settings.schema}" belong to others'
        return warn(
            f"{told}, who alone may change or drop them: migrations need that",
            *sql(f"ALTER {kind} {name} OWNER TO {quoted(found.user)}" for kind, name, _ in others),
        )
