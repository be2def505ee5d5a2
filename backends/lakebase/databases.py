"""The connections of a backend: to each of the server's databases, in each process."""

import os
import threading
import time

from backends import errors
from backends.lakebase import catalog
from backends.lakebase.access import Access
from backends.lakebase.beginning import settle
from backends.lakebase.connections import Database
from backends.lakebase.declaring import MAX_NAME
from backends.lakebase.settings import Settings


class Databases:
    """A database for each catalog that was asked for, made when it first is."""

    def __init__(self, settings: Settings, access: Access) -> None:
        self.home = settings.address.database  # the one that is there, whatever the usual catalog is
        self._settings = settings
        self._access = access
        self._made: dict[tuple[int, str], Database] = {}  # by process: a connection survives no fork
        self._opening = threading.Lock()

    def __getitem__(self, name: str) -> Database:
        """This process's connections to a catalog.

        Raises:
            NotFound: there is no such catalog. Unavailable: it cannot be reached.
        """
        found = self._made.get((os.getpid(), name))
        if found is not None:
            return found
        if len(name.encode()) > MAX_NAME:  # which libpq would cut off
            raise errors.NotFound(f'there is no catalog "{name}"')
        begin = settle(self._settings) if name == self._settings.catalog else catalog.refuse_template
        made = Database(name, self._access, self._settings, begin)
        if name != self.home:
            made.ping()  # a name that is no catalog's is not kept
        with self._opening:
            return self._made.setdefault((os.getpid(), name), made)

    def idle_seconds(self) -> float | None:
        """How long ago this process last asked any of them for something; None if it never did."""
        used = [database.used for (pid, _), database in [*self._made.items()] if pid == os.getpid()]
        return time.monotonic() - max(used) if used else None

    def close(self) -> None:
        """Let this process's connections go."""
        with self._opening:
            for pid, name in [*self._made]:
                if pid == os.getpid():
                    self._made.pop((pid, name)).close()
