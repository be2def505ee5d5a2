"""A transaction that a thread is in: all that the thread asks meanwhile is asked on one connection."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import TypeVar

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_INTRANS, cursor

from backends import errors
from backends.lakebase.driver import Connection, Cursor
from backends.lakebase.faults import Lost, Overdue

GRACE_SECONDS = 5.0  # after the server's own time-out, for its answer to arrive
UNDO_SECONDS = 2.0  # for a ROLLBACK, which is not worth waiting for: closing the connection undoes as well
LOCK_SECONDS = 60  # that others may be within
PATIENCE_SECONDS = 3600  # that a change of a table may take, whose every row may be written anew

Found = TypeVar("Found")
Fetch = Callable[[int], list[tuple[str]]]  # so many more rows of a cursor


class Transaction:
    """One transaction on one connection. What is asked in it is a part of it, done or undone on its own."""

    def __init__(self, driver: Connection, statement_seconds: int) -> None:
        self._driver = driver
        self._statement_seconds = statement_seconds
        self._over = False
        self._cursors = count()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """From BEGIN to COMMIT, or to ROLLBACK where there is an exception.

        Raises:
            Unavailable, Timeout: the connection was lost, or no answer came in time: nothing was written,
                but where `details.outcome` is "unknown".
        """
        try:
            with self._cursor(self._statement_seconds) as found:
                found.execute("BEGIN")
            yield
            self._refuse_ended()
        except BaseException:
            self._undo()
            raise
        finally:
            self._over = True
        with outcome_unknown(), self._driver.cursor(cursor_factory=Cursor) as found:
            extend(found, self._statement_seconds + GRACE_SECONDS)
            found.execute("COMMIT")

    @contextmanager
    def part(self) -> Iterator[None]:
        """What is undone on its own if there is an exception."""
        self._say("SAVEPOINT part")
        try:
            yield
        except BaseException:
            with suppress(errors.BackendError, psycopg2.Error):
                self._say("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
            raise
        self._say("RELEASE SAVEPOINT part")

    def do(self, work: Callable[[cursor], Found]) -> Found:
        """What `work` gives, which is a part.

        Raises:
            Unavailable, Timeout: as `whole` does.
        """
        with self.part(), self._cursor(self._statement_seconds) as found:
            return work(found)

    def do_patiently(self, work: Callable[[cursor], Found]) -> Found:
        """The same, for what may take long."""
        with self.part(), self._cursor(PATIENCE_SECONDS) as found:
            _limit(found, PATIENCE_SECONDS)
            given = work(found)
            _limit(found, self._statement_seconds)
            return given

    def lock(self, name: str) -> None:
        """Wait until no other transaction has the lock of that name; it is had until the end.

        Raises:
            Unavailable: another had it for too long.
        """
        with self._cursor(LOCK_SECONDS) as found:
            _limit(found, 0)
            found.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            try:
                found.execute(
                    "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(%s, 3))", (name,)
                )
            except psycopg2.errors.LockNotAvailable as error:
                raise errors.Unavailable("others were within for too long", retry_after=5) from error
            found.execute("SET LOCAL lock_timeout = DEFAULT")
            _limit(found, self._statement_seconds)

    @contextmanager
    def declared(self, sql: str, parameters: tuple[object, ...]) -> Iterator[Fetch]:
        """What gives the next rows of a query, which keeps its place in the database."""
        name = f"lines_{next(self._cursors)}"
        self.do(lambda found: found.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", parameters))
        try:
            yield lambda size: self.do(lambda found: fetched(found, name, size))
        finally:
            with suppress(errors.BackendError, psycopg2.Error):
                self._say(f"CLOSE {name}")

    def _say(self, statement: str) -> None:
        with self._cursor(self._statement_seconds) as found:
            found.execute(statement)

    @contextmanager
    def _cursor(self, seconds: float) -> Iterator[cursor]:
        """A cursor for what may take so long; what is lost here was not written.

        Raises:
            Unavailable, Timeout: as `whole` does.
        """
        if self._over:
            raise errors.Unavailable("the transaction is over; nothing was written")
        self._refuse_lost()
        try:
            with self._driver.cursor(cursor_factory=Cursor) as found:
                extend(found, seconds + GRACE_SECONDS)
                yield found
        except Lost as error:
            raise errors.Unavailable("the connection was lost; nothing was written") from error
        except Overdue as error:
            raise errors.Timeout("the database did not answer in time; nothing was written") from error

    def _refuse_ended(self) -> None:
        """Refuse to COMMIT what is not under way any more, for which Postgres would give no error."""
        self._refuse_lost()
        if self._driver.info.transaction_status != TRANSACTION_STATUS_INTRANS:
            raise errors.BackendError("a statement within ended the transaction")

    def _refuse_lost(self) -> None:
        if self._driver.closed:
            raise errors.Unavailable("the connection was lost; nothing was written")

    def _undo(self) -> None:
        with suppress(errors.BackendError, psycopg2.Error), self._cursor(UNDO_SECONDS) as found:
            extend(found, UNDO_SECONDS)
            found.execute("ROLLBACK")


def fetched(found: cursor, name: str, size: int) -> list[tuple[str]]:
    """The next rows of a cursor in the database."""
    found.execute(f"FETCH {size:d} FROM {name}")
    return found.fetchall()


@contextmanager
def outcome_unknown() -> Iterator[None]:
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


def extend(found: cursor, seconds: float) -> None:
    """Let the connection wait so long from now on."""
    driver_of(found).deadline = time.monotonic() + seconds


def driver_of(found: cursor) -> Connection:
    """The connection of a cursor."""
    driver = found.connection
    assert isinstance(driver, Connection)  # noqa: S101 - the pool makes no others
    return driver


def _limit(found: cursor, seconds: int) -> None:
    """Let the server take so long for each statement; 0 is no limit."""
    found.execute(f"SET LOCAL statement_timeout = {seconds * 1000}")
