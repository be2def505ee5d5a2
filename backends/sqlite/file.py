"""One catalog's file: its connections, and the order of its writers."""

import math
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from backends import errors
from backends.sql.pool import Full, Pool
from backends.sqlite import functions, keys

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


class Connection(sqlite3.Connection):
    """A connection whose statements end at `deadline`, in the monotonic clock's seconds.

    One that is `spent` is used by nobody else: a migration's own SQL may have left something on it.
    """

    deadline = math.inf
    spent = False


class _Joined(threading.local):
    """The connection of a thread's open transaction, if it has one."""

    connection: Connection | None = None


class CatalogFile:
    """A file of tables, used by many threads: readers beside one writer at a time (WAL)."""

    def __init__(self, path: Path) -> None:
        """Use a file, which is made if it is not there."""
        self.path = path
        if not path.exists():
            path.touch()
        self._identity = self._on_disk()
        self._looked_at = time.monotonic()
        self._pool = Pool(self._connect, POOL_SIZE, BUSY_SECONDS)
        self._joined = _Joined()
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

    def _connect(self) -> Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(self.path))}?mode=rwc",
            uri=True,
            timeout=SWITCH_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS,
            detect_types=sqlite3.PARSE_COLNAMES,
            factory=Connection,
        )
        connection.set_progress_handler(lambda: time.monotonic() > connection.deadline, STEPS)
        for pragma in PRAGMAS:
            connection.execute(pragma)
        _use_wal(connection)
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000:.0f}")
        functions.install(connection)
        return connection

    def _taken(self) -> Connection:
        try:
            return self._pool.take()
        except Full as error:
            raise errors.Unavailable("all connections to the database are in use") from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for statements that read; in a transaction of this thread, its connection."""
        if (joined := self._joined.connection) is not None:
            if not joined.in_transaction:  # else what follows would be kept whatever happens
                raise errors.Unavailable("SQLite has undone the transaction by itself")
            self.extend(joined)
            yield joined
            return
        connection = self._taken()
        try:
            connection.deadline = time.monotonic() + STATEMENT_SECONDS
            yield connection
        finally:
            if connection.spent:
                self._pool.discard(connection)
            else:
                self._pool.give_back(connection)

    @staticmethod
    def extend(connection: sqlite3.Connection) -> None:
        """Give a statement its time anew: what its reader took between two chunks does not count."""
        assert isinstance(connection, Connection)  # noqa: S101 - the pool makes no others
        connection.deadline = time.monotonic() + STATEMENT_SECONDS

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection whose statements all read the same state."""
        with self.reading() as connection:
            if connection is self._joined.connection:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a write transaction, which an exception undoes; or in a part of this thread's.

        Raises:
            Unavailable: other writers went before it for too long.
        """
        if self._joined.connection is not None:
            with self.reading() as connection, _savepoint(connection):
                yield connection
            return
        with self._alone(), self.reading() as connection, _transaction(connection):
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What this thread asks of the file within is one write transaction, which an exception undoes.

        Foreign keys are looked at when it ends, so that a table can be made anew in between.

        Raises:
            Unavailable: other writers went before it for too long.
            Conflict: a foreign key points nowhere now.
        """
        with self._alone(), self.reading() as connection, _unchecked(connection), _transaction(connection):
            with self._joining(connection):
                yield
            connection.deadline = math.inf
            keys.refuse_broken(connection, self.reading)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """The same for rows alone; their order does not matter to foreign keys. Raises as `transaction`."""
        with self._alone(), self.reading() as connection, _transaction(connection):
            connection.execute("PRAGMA defer_foreign_keys=ON")  # until the transaction ends
            with self._joining(connection):
                yield

    @contextmanager
    def _joining(self, connection: Connection) -> Iterator[None]:
        """What this thread asks within is asked on one connection."""
        self._joined.connection = connection
        try:
            yield
        finally:
            self._joined.connection = None

    @property
    def joined(self) -> bool:
        """Whether this thread is in a transaction."""
        return self._joined.connection is not None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._writer.acquire(timeout=BUSY_SECONDS):
            raise errors.Unavailable("the database is busy with other writers")
        try:
            yield
        finally:
            self._writer.release()

    def close(self) -> None:
        """Let the connections go."""
        self._pool.close()


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite may have undone it all by itself
            connection.execute("ROLLBACK TO part")
        raise
    finally:
        if connection.in_transaction:
            connection.execute("RELEASE part")


@contextmanager
def _unchecked(connection: Connection) -> Iterator[None]:
    """A connection that does not look at foreign keys, which is to be set before a transaction."""
    connection.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.execute("PRAGMA legacy_alter_table=OFF")  # a change that failed may have left it on
        connection.execute("PRAGMA foreign_keys=ON")


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
