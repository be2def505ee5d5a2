"""How a connection comes about: a token, a login, perhaps a wait until the database has woken."""

import logging
import math
import threading
import time
from collections.abc import Callable

import psycopg2
from psycopg2.extensions import cursor

from backends import errors
from backends.lakebase.access import Access
from backends.lakebase.driver import Connection, opened
from backends.lakebase.faults import Overdue, connecting, is_refused_token, is_starting
from backends.lakebase.settings import Settings

PAUSES = (0.1, 0.2, 0.4, 0.8)  # seconds between attempts to reach a server that refuses or drops
STARTING_PAUSE = 0.5  # seconds between attempts while it says that it is starting

# In seconds: a network that forgets an idle connection is noticed, or has no reason to forget it.
_KEEPALIVES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
# in the server: what makes its text canonical, its own time-outs in ms, and no compiling of statements
_SESSION = (
    "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET jit = off;"
    " SET statement_timeout = {:d}; SET idle_in_transaction_session_timeout = 300000"
)


_log = logging.getLogger(__name__)


class Logins:
    """Makes the connections of one process to one database of the server."""

    def __init__(
        self, name: str, access: Access, settings: Settings, begin: Callable[[cursor], None] | None = None
    ) -> None:
        """Connect to nothing yet; `begin` is run once, on the first connection."""
        self._name = name
        self._access = access
        self._settings = settings
        self._begin = begin  # until it is done
        self._beginning = threading.Lock()
        self._told = ""  # why no connection was made, when one was tried last

    def connection(self) -> Connection:
        """A new connection; asks again while the server wakes, and for a moment if it refuses.

        Raises:
            Unavailable: there was none to be had in time; `details.state` tells if the database sleeps.
            Forbidden: the database, or Databricks, does not let this service in.
            NotFound: there is no such database.
        """
        deadline, pauses = time.monotonic() + self._settings.connect_seconds, iter(PAUSES)
        while True:
            try:
                made = self._logged_in(deadline)
            except (psycopg2.Error, Overdue) as error:
                found = connecting(error, self._name, str(self._access.arguments().get("user", "")))
                pause = STARTING_PAUSE if is_starting(error) else next(pauses, math.inf)
                if not isinstance(found, errors.Unavailable) or time.monotonic() + pause > deadline:
                    if not isinstance(found, errors.NotFound):
                        self._tell(str(error).partition("\n")[0] or "no answer in time")
                    raise self._explained(found) from error
                time.sleep(pause)
            else:
                self._told = ""
                return made

    def _tell(self, why: str) -> None:
        """Log what libpq says, which clients are not told: once, until it is something else."""
        if why != self._told:
            _log.warning('no connection to the database "%s": %s', self._name, why)
        self._told = why

    def _explained(self, found: errors.BackendError) -> errors.BackendError:
        """The same, with the database's state if that is why."""
        if not isinstance(found, errors.Unavailable) or not self._access.sleeps:
            return found
        try:
            status = self._access.status()
        except errors.BackendError:
            return found
        if status.state in ("ready", "idle"):
            return found
        return errors.Unavailable(
            f"{found.message}: {status.message}",
            found.retry_after,
            **{**found.details, "state": status.state},
        )

    def _logged_in(self, deadline: float) -> Connection:
        """A connection made with the password at hand; a refused token is replaced once."""
        password = self._access.password()
        try:
            return self._opened(password, deadline)
        except psycopg2.OperationalError as error:
            if password is None or not is_refused_token(error):
                raise
            replaced = self._access.replaced(password)
            if replaced is None:
                raise
        return self._opened(replaced, deadline)

    def _opened(self, password: str | None, deadline: float) -> Connection:
        where = {**self._access.arguments(), "dbname": self._name, "client_encoding": "UTF8"}
        made = opened(
            {**_KEEPALIVES, **where, "password": password}, deadline, self._settings.prepare_threshold
        )
        try:
            with made.cursor() as found:
                found.execute(_SESSION.format(self._settings.statement_seconds * 1000))
                self._begin_once(found, deadline)
        except BaseException:
            made.close()
            raise
        return made

    def _begin_once(self, found: cursor, deadline: float) -> None:
        """Do what is done once, if nobody has; the others wait for who does it."""
        if self._begin is None:
            return
        if not self._beginning.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise Overdue
        try:
            if self._begin is not None:
                self._begin(found)
                self._begin = None
        finally:
            self._beginning.release()
