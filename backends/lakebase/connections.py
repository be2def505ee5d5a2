"""Connections to one database: pooled, each statement with a deadline, dead ones never handed out."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from psycopg2.extensions import cursor
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from backends import errors
from backends.lakebase.access import Access
from backends.lakebase.driver import Connection, Cursor
from backends.lakebase.faults import Lost, Overdue
from backends.lakebase.logins import Logins
from backends.lakebase.settings import Settings

GRACE_SECONDS = 5.0  # after the server's own time-out, for its answer to arrive
UNDO_SECONDS = 2.0  # for a ROLLBACK, which is not worth waiting for: closing the connection undoes as well
OLDEST_SECONDS = 24 * 3600  # Lakebase ends a connection after three days

Found = TypeVar("Found")


class Database:
    """The connections of one process to one database of the server."""

    def __init__(
        self, name: str, access: Access, settings: Settings, begin: Callable[[cursor], None] | None = None
    ) -> None:
        """Connect to nothing yet; `begin` is run once, on the first connection."""
        self._statement_seconds = settings.statement_seconds + GRACE_SECONDS
        self._connect_seconds = settings.connect_seconds
        self._request_seconds = settings.pool_seconds + settings.connect_seconds + self._statement_seconds
        # SQLAlchemy knows drivers by a protocol that psycopg2's stubs only nearly fulfil
        connect: Any = Logins(name, access, settings, begin).connection
        self._pool = QueuePool(
            connect,
            pool_size=settings.pool_size,
            max_overflow=0,
            timeout=settings.pool_seconds,
            recycle=OLDEST_SECONDS,
            use_lifo=True,
            reset_on_return=None,
        )
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
        until = time.monotonic() + self._request_seconds
        try:
            with suppress(Lost):
                return self._once(work, until)
            return self._once(work, until)
        except Lost as error:
            raise errors.Unavailable("the connection to the database was lost") from error
        except Overdue as error:
            raise errors.Timeout("the database did not answer in time") from error

    def _once(self, work: Callable[[cursor], Found], until: float) -> Found:
        with self.connected(until) as found:
            return work(found)

    def write(self, work: Callable[[cursor], Found]) -> Found:
        """What `work` gives, which writes by one statement: never tried again.

        Raises:
            Unavailable: no connection was to be had in time; or it was lost: `details.outcome` is "unknown".
            Timeout: the database did not answer in time: `details.outcome` is "unknown".
        """
        self.used = time.monotonic()
        with self.connected() as found, _outcome_unknown():
            return work(found)

    def transaction(self, work: Callable[[cursor], Found]) -> Found:
        """What `work` gives, whose statements are one transaction; raises as `write` does."""
        self.used = time.monotonic()
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
            with _outcome_unknown():
                found.execute("COMMIT")
            return given

    @contextmanager
    def connected(self, until: float = math.inf) -> Iterator[cursor]:
        """A cursor whose every statement is a transaction of its own.

        It is waited for no longer than the settings say, nor than `until`, in the monotonic clock's seconds.

        Raises:
            Unavailable: no connection was free, or none could be made, in time.
            Lost: the connection was lost.
            Overdue: the database did not answer in time.
        """
        pooled = self._checked_out()
        driver = _driver(pooled)
        driver.deadline = min(until, time.monotonic() + self._statement_seconds)
        try:
            with driver.cursor(cursor_factory=Cursor) as found:
                yield found
        finally:
            if driver.is_at_rest():
                pooled.close()
            else:
                pooled.invalidate()

    def fetched(self, found: cursor, size: int) -> list[tuple[str]]:
        """The next rows of the cursor `lines`; what a reader took since the last ones is not waiting."""
        self.used = time.monotonic()
        _extend(found, self._statement_seconds)
        found.execute(f"FETCH {size:d} FROM lines")
        return found.fetchall()

    def undo(self, found: cursor) -> None:
        """End the transaction, if the connection is still good for that."""
        _extend(found, UNDO_SECONDS)
        with suppress(Lost, Overdue):
            found.execute("ROLLBACK")

    def close(self) -> None:
        """Let the connections go."""
        self._pool.dispose()

    def _checked_out(self) -> PoolProxiedConnection:
        """A connection that is not known to be dead."""
        until = time.monotonic() + self._connect_seconds
        while True:
            try:
                pooled = self._pool.connect()
            except PoolTimeoutError as error:
                raise errors.Unavailable("all connections to the database are in use") from error
            if not _driver(pooled).is_dead():
                return pooled
            pooled.invalidate()
            if time.monotonic() > until:
                raise errors.Unavailable("the connection to the database was lost")


@contextmanager
def _outcome_unknown() -> Iterator[None]:
    """Say of what is lost under way that nobody knows whether it happened."""
    try:
        yield
    except Lost as error:
        raise errors.Unavailable(
            "the connection was lost while writing: it may have been written or not", outcome="unknown"
        ) from error
    except Overdue as error:
        raise errors.Timeout(
            "the database did not answer in time: it may have been written or not", outcome="unknown"
        ) from error


def _extend(found: cursor, seconds: float) -> None:
    driver = found.connection
    assert isinstance(driver, Connection)  # noqa: S101 - the pool makes no others
    driver.deadline = time.monotonic() + seconds


def _driver(pooled: PoolProxiedConnection) -> Connection:
    driver = pooled.driver_connection
    assert isinstance(driver, Connection)  # noqa: S101 - tells mypy what the pool was made with
    return driver
