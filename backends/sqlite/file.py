"""One catalog's file: its connections, and the order of its writers."""

import math
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from backends import errors
from backends.sqlite import functions

BUSY_SECONDS = 30.0  # how long a writer waits for the others, in this process and in others
SWITCH_SECONDS = 1.0  # how long a new connection waits for a file that others use in another mode than WAL
STATEMENT_SECONDS = 80.0  # with what a writer may have waited, under the 120 s of a Databricks App's proxy
STEPS = 100_000  # SQLite's own steps between two looks at the clock: about a millisecond
POOL_SIZE = 64  # connections kept; more threads than that wait
STATEMENTS = 512  # prepared statements kept by each connection
PRAGMAS = (
    "PRAGMA synchronous=FULL",  # what was answered is on disk, as with Postgres
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-16000",  # KiB
)


class _Connection(sqlite3.Connection):
    """A connection whose statements end at `deadline`, in the monotonic clock's seconds."""

    deadline = math.inf


class CatalogFile:
    """A file of tables, used by many threads: readers beside one writer at a time (WAL)."""

    def __init__(self, path: Path) -> None:
        """Use a file, which is made if it is not there."""
        self.path = path
        if not path.exists():
            path.touch()
        self._identity = self._on_disk()
        self._looked_at = time.monotonic()
        # SQLAlchemy knows drivers by a protocol that sqlite3 only nearly fulfils
        connect: Any = self._connect
        self._pool = QueuePool(
            connect, pool_size=POOL_SIZE, max_overflow=0, timeout=BUSY_SECONDS, reset_on_return=None
        )
        self._writer = threading.Lock()  # threads queue here: SQLite's own waiting is a lottery

    def replaced(self, within: float) -> bool:
        """Whether its connections lead to a file that is no longer there, or no longer the one there.

        It is looked at if that was not done in the last `within` seconds.
        """
        now = time.monotonic()
        if now - self._looked_at < within:
            return False
        self._looked_at = now
        return self._on_disk() != self._identity

    def _on_disk(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(self.path))}?mode=rwc",
            uri=True,
            timeout=SWITCH_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS,
            detect_types=sqlite3.PARSE_COLNAMES,
            factory=_Connection,
        )
        connection.set_progress_handler(lambda: time.monotonic() > connection.deadline, STEPS)
        for pragma in PRAGMAS:
            connection.execute(pragma)
        _use_wal(connection)
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000:.0f}")
        functions.install(connection)
        return connection

    def _pooled(self) -> PoolProxiedConnection:
        try:
            return self._pool.connect()
        except PoolTimeoutError as error:
            raise errors.Unavailable("all connections to the database are in use") from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for statements that read."""
        pooled = self._pooled()
        try:
            connection = _driver(pooled)
            connection.deadline = time.monotonic() + STATEMENT_SECONDS
            yield connection
        finally:
            pooled.close()

    @staticmethod
    def extend(connection: sqlite3.Connection) -> None:
        """Give a statement its time anew: what its reader took between two chunks does not count."""
        assert isinstance(connection, _Connection)  # noqa: S101 - the pool makes no others
        connection.deadline = time.monotonic() + STATEMENT_SECONDS

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection whose statements all read the same state."""
        with self.reading() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a write transaction, which an exception undoes.

        Raises:
            Unavailable: other writers went before it for too long.
        """
        if not self._writer.acquire(timeout=BUSY_SECONDS):
            raise errors.Unavailable("the database is busy with other writers")
        try:
            with self.reading() as connection, _transaction(connection):
                yield connection
        finally:
            self._writer.release()

    def close(self) -> None:
        """Let the connections go."""
        self._pool.dispose()


def _driver(pooled: PoolProxiedConnection) -> _Connection:
    connection = pooled.driver_connection
    assert isinstance(connection, _Connection)  # noqa: S101 - tells mypy what the pool was made with
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Readers and a writer side by side; a file that is in use, or cannot be written, is used as it is."""
    give_up = time.monotonic() + SWITCH_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            code = error.sqlite_errorcode & 0xFF
            if code == sqlite3.SQLITE_READONLY or (
                code == sqlite3.SQLITE_BUSY and time.monotonic() > give_up
            ):
                return
            # SQLite does not wait here by itself: of two that switch a new file at once, one may be refused
            if code != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(0.005)
        else:
            return
