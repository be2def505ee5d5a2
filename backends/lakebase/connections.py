"""Connections to one database: pooled, each statement with a deadline, dead ones never handed out."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from psycopg2.extensions import cursor

from backends import errors
from backends.lakebase.access import Access
from backends.lakebase.driver import Connection, Cursor
from backends.lakebase.faults import Lost, Overdue
from backends.lakebase.logins import Logins
from backends.lakebase.settings import Settings
from backends.lakebase.transactions import (
    GRACE_SECONDS,
    UNDO_SECONDS,
    Fetch,
    Transaction,
    driver_of,
    extend,
    fetched,
    outcome_unknown,
)
from backends.sql.pool import Full, Pool

OLDEST_SECONDS = 24 * 3600  # Lakebase ends a connection after three days

Found = TypeVar("Found")


class _Thread(threading.local):
    """What a thread is in."""

    within: Transaction | None = None


class Database:
    """The connections of one process to one database of the server."""

    def __init__(
        self, name: str, access: Access, settings: Settings, begin: Callable[[cursor], None] | None = None
    ) -> None:
        """Connect to nothing yet; `begin` is run once, on the first connection."""
        self._settings = settings
        self._statement_seconds = settings.statement_seconds + GRACE_SECONDS
        self._connect_seconds = settings.connect_seconds
        self._request_seconds = settings.pool_seconds + settings.connect_seconds + self._statement_seconds
        connect = Logins(name, access, settings, begin).connection
        self._pool = Pool(connect, settings.pool_size, settings.pool_seconds, OLDEST_SECONDS)
        self._thread = _Thread()
        self.used = time.monotonic()  # when it was last asked for something

    def read(self, work: Callable[[cursor], Found]) -> Found:
        """What `work` finds, which only reads; once more if the connection was lost meanwhile.

        Raises:
            Unavailable: no connection was to be had in time, or a second one was lost too.
            Timeout: the database did not answer in time.
        """
        self.used = time.monotonic()
        return self._twice(work)

    def ping(self) -> None:
        """Ask something trivial; that does not count as use. Raises as `read` does."""

        def ask(found: cursor) -> None:
            found.execute("SELECT 1")

        self._twice(ask)

    def _twice(self, work: Callable[[cursor], Found]) -> Found:
        if (within := self._thread.within) is not None:
            return within.do(work)
        until = time.monotonic() + self._request_seconds
        try:
            with suppress(Lost):
                return self._once(work, until)
            self.renew()
            return self._once(work, until)
        except Lost as error:
            raise errors.Unavailable("the connection to the database was lost") from error
        except Overdue as error:
            raise errors.Timeout("the database did not answer in time") from error

    def _once(self, work: Callable[[cursor], Found], until: float) -> Found:
        driver = self._taken(until)  # as `connected` does, for every request
        try:
            with driver.cursor(cursor_factory=Cursor) as found:
                return work(found)
        finally:
            self._give_back(driver)

    def write(self, work: Callable[[cursor], Found]) -> Found:
        """What `work` gives, which writes by one statement: never tried again.

        Raises:
            Unavailable: no connection was to be had in time; or it was lost: `details.outcome` is "unknown".
            Timeout: the database did not answer in time: `details.outcome` is "unknown".
        """
        self.used = time.monotonic()
        if (within := self._thread.within) is not None:
            return within.do(work)
        with self.connected() as found, outcome_unknown():
            return work(found)

    def write_apart(self, work: Callable[[cursor], Found]) -> Found:
        """The same for what no transaction can hold.

        Raises:
            Unsupported: this thread is in one.
        """
        if self._thread.within is not None:
            raise errors.Unsupported("a catalog cannot be created in a transaction")
        return self.write(work)

    def transaction(self, work: Callable[[cursor], Found]) -> Found:
        """What `work` gives, whose statements are one transaction; raises as `write` does."""
        self.used = time.monotonic()
        if (within := self._thread.within) is not None:
            return within.do(work)
        with self.connected() as found:
            try:
                found.execute("BEGIN")
                given = work(found)
            except Lost as error:
                raise errors.Unavailable("the connection was lost; nothing was written") from error
            except Overdue as error:
                raise errors.Timeout("the database did not answer in time; nothing was written") from error
            except BaseException:
                self.undo(found)
                raise
            with outcome_unknown():
                found.execute("COMMIT")
            return given

    def change(self, work: Callable[[cursor], Found]) -> Found:
        """The same for a change of tables, which may take long in a transaction of the thread's."""
        self.used = time.monotonic()
        if (within := self._thread.within) is not None:
            return within.do_patiently(work)
        return self.transaction(work)

    @contextmanager
    def within(self, lock: str | None = None) -> Iterator[None]:
        """All that this thread asks meanwhile is one transaction, which alone has a lock, if there is one.

        Within another it is a part of that, which is undone on its own.

        Raises:
            Unavailable: no connection, or not the lock, was to be had in time.
            Unavailable, Timeout: as `Transaction.whole` does.
        """
        self.used = time.monotonic()
        if (outer := self._thread.within) is not None:
            with outer.part():
                if lock is not None:
                    outer.lock(lock)
                yield
            return
        with self.connected() as found:
            begun = Transaction(driver_of(found), self._settings.statement_seconds)
            with begun.whole():
                if lock is not None:
                    begun.lock(lock)
                self._thread.within = begun
                try:
                    yield
                finally:
                    self._thread.within = None

    @contextmanager
    def connected(self, until: float = math.inf) -> Iterator[cursor]:
        """A cursor whose every statement is a transaction of its own.

        It is waited for no longer than the settings say, nor than `until`, in the monotonic clock's seconds.

        Raises:
            Unavailable: no connection was free, or none could be made, in time.
            Lost: the connection was lost.
            Overdue: the database did not answer in time.
        """
        driver = self._taken(until)
        try:
            with driver.cursor(cursor_factory=Cursor) as found:
                yield found
        finally:
            self._give_back(driver)

    @contextmanager
    def declared(self, sql: str, parameters: tuple[object, ...]) -> Iterator[Fetch]:
        """What gives the next rows of a query, which keeps its place in the database until the context ends.

        Raises:
            Unavailable, Lost, Overdue: as `connected` does.
        """
        if (within := self._thread.within) is not None:
            with within.declared(sql, parameters) as fetch:
                yield fetch
            return
        with self.connected() as found:
            try:
                found.execute(f"BEGIN READ ONLY; DECLARE lines NO SCROLL CURSOR FOR {sql}", parameters)
                yield lambda size: self._fetched(found, size)
            finally:
                self.undo(found)

    def _fetched(self, found: cursor, size: int) -> list[tuple[str]]:
        """The next rows; what a reader took since the last ones is not waiting."""
        self.used = time.monotonic()
        extend(found, self._statement_seconds)
        return fetched(found, "lines", size)

    def undo(self, found: cursor) -> None:
        """End the transaction, if the connection is still good for that."""
        extend(found, UNDO_SECONDS)
        with suppress(Lost, Overdue):
            found.execute("ROLLBACK")

    def renew(self) -> None:
        """Use no connection again that is there: one was lost, and the others may be about to be lost too."""
        self._pool.renew()

    def close(self) -> None:
        """Let the connections go."""
        self._pool.close()

    def _taken(self, until: float) -> Connection:
        """A connection that is not known to be dead, its deadline set."""
        began = time.monotonic()
        while True:
            try:
                driver = self._pool.take()
            except Full as error:
                raise errors.Unavailable("all connections to the database are in use") from error
            if not driver.is_dead():
                driver.deadline = min(until, time.monotonic() + self._statement_seconds)
                return driver
            self._pool.discard(driver)
            if time.monotonic() > began + self._connect_seconds:
                raise errors.Unavailable("the connection to the database was lost")

    def _give_back(self, driver: Connection) -> None:
        if driver.is_at_rest():
            self._pool.give_back(driver)
        else:
            self._pool.discard(driver)
