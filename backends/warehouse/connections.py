"""Sessions of the warehouse: pooled, opened anew where it forgot them, each statement with a deadline."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TypeVar

from backends import errors
from backends.sql.pool import Full, Pool
from backends.warehouse.access import Access, Control
from backends.warehouse.driver import Place, Session, connect
from backends.warehouse.faults import Failed, Forgotten, Lost, Overdue, Refused, Unreached, is_concurrent
from backends.warehouse.settings import Settings
from backends.warehouse.watch import Watch

OLDEST_SECONDS = 4 * 3600
CONFLICT_SECONDS = 10.0  # a write that others came before is tried again for so long
PAUSES = (0.05, 1.0)  # seconds between two tries: the first, and the longest it grows to

Found = TypeVar("Found")
Work = Callable[[Session], Found]


class Sessions:
    """The sessions of one process and one principal."""

    def __init__(
        self, access: Access, control: Control, settings: Settings, watch: Watch | None = None
    ) -> None:
        self._access = access
        self._control = control
        self._settings = settings
        self.folder = tempfile.gettempdir()  # whose files may be put into volumes
        self._watch = watch or Watch()
        self._pool = Pool(self._opened, settings.pool_size, settings.pool_seconds, OLDEST_SECONDS)
        self.used = time.monotonic()  # when it was last asked for something

    def apart(self, statement_seconds: int | None = None) -> "Sessions":
        """A session that nobody else gets or waits for, whose statements may take another time."""
        seconds = statement_seconds or self._settings.statement_seconds
        settings = replace(self._settings, pool_size=1, statement_seconds=seconds)
        return Sessions(self._access, self._control, settings, self._watch)

    def read(self, work: Work[Found]) -> Found:
        """What `work` finds, which only reads; once more if its session or connection was lost.

        Raises:
            Failed: the warehouse refused a statement.
            Unavailable: it takes none now, or the connection was lost twice.
            Timeout: it did not answer in time.
        """
        return self._found(lambda: self._once(work))

    def stream(self, make: Callable[[], Iterator[Found]], nothing: Found) -> tuple[Found, Iterator[Found]]:
        """The first thing that an iterator gives, or `nothing`, and the iterator; begun anew as `read` reads.

        It takes its session itself, from `connected`. Raises as `read` does.
        """

        def begin() -> tuple[Found, Iterator[Found]]:
            given = make()
            return next(given, nothing), given

        return self._found(begin)

    def _found(self, attempt: Callable[[], Found]) -> Found:
        try:
            try:
                return self._remembered(attempt)
            except Lost:
                return self._remembered(attempt)
        except (Forgotten, Lost) as error:
            raise errors.Unavailable("the connection to the SQL warehouse was lost") from error
        except Overdue as error:
            raise errors.Timeout("the SQL warehouse did not answer in time") from error

    def write(self, work: Work[Found]) -> Found:
        """What `work` gives, which writes by one statement.

        It is sent again only where the warehouse said that it did not run: to a session that it had
        forgotten, or after somebody else's write to the same rows.

        Raises:
            Failed: the warehouse refused it.
            Conflict: others wrote to the same rows again and again.
            Unavailable: it takes none now; or the connection was lost: `details.outcome` is "unknown".
            Timeout: it did not answer in time: `details.outcome` is "unknown".
        """
        until, pause = time.monotonic() + CONFLICT_SECONDS, PAUSES[0]
        while True:
            try:
                return self._sent(work)
            except Failed as error:
                if not is_concurrent(error):
                    raise
                if time.monotonic() > until:
                    raise errors.Conflict("others write to the same rows; nothing was written") from error
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - nothing depends on it
            pause = min(2 * pause, PAUSES[1])

    def _sent(self, work: Work[Found]) -> Found:
        try:
            return self._remembered(lambda: self._once(work))
        except Forgotten as error:
            raise errors.Unavailable("the SQL warehouse forgets its sessions; nothing was written") from error
        except Lost as error:
            raise errors.Unavailable(
                "the connection was lost while writing: it may have been written or not", outcome="unknown"
            ) from error
        except Overdue as error:
            raise errors.Timeout(
                "the SQL warehouse did not answer in time: it may have been written or not", outcome="unknown"
            ) from error

    @contextmanager
    def connected(self) -> Iterator[Session]:
        """A session; it is waited for no longer than the settings say.

        Raises:
            Unavailable: none was free in time, or the warehouse takes no statement now.
            Failed, Forgotten, Lost, Overdue: from the statements that are run in it.
        """
        self.used = time.monotonic()
        session = self._taken()
        try:
            yield session
        except Unreached as error:
            raise self._control.started() from error
        except Refused as error:  # it goes on with the token that it was opened with: a new one has another
            raise Forgotten from error
        finally:
            if session.spent:
                self._pool.discard(session)
            else:
                self._pool.give_back(session)

    def close(self) -> None:
        """Let the sessions go."""
        self._pool.close()

    def _remembered(self, attempt: Callable[[], Found]) -> Found:
        """What an attempt gives in a session that the warehouse knows: it may have forgotten the pool's."""
        for _ in range(self._settings.pool_size):
            with suppress(Forgotten):
                return attempt()
        return attempt()

    def _once(self, work: Work[Found]) -> Found:
        with self.connected() as session:
            return work(session)

    def _taken(self) -> Session:
        try:
            return self._pool.take()
        except Full as error:
            raise errors.Unavailable("all sessions of the SQL warehouse are in use") from error
        except Unreached as error:
            raise self._control.started() from error
        except Failed as error:
            raise errors.BackendError(
                f'there is no SQL warehouse "{self._settings.warehouse}", or it refuses sessions'
            ) from error

    def _opened(self) -> Session:
        """A new session; with another token, once, if the workspace refuses the first."""
        token = self._access.token()
        try:
            return self._connected(token)
        except Refused as error:
            other = self._access.replaced(token)
            if other is None:
                raise self._access.refusal() from error
        try:
            return self._connected(other)
        except Refused as error:
            raise self._access.refusal() from error

    def _connected(self, token: str) -> Session:
        place = Place(self._control.host(), self._settings.path, self.folder)
        seconds = self._settings.statement_seconds
        return connect(
            place, lambda: {"Authorization": f"Bearer {self._current(token)}"}, self._watch, seconds
        )

    def _current(self, token: str) -> str:
        """The token for a request of an open session: the one it was opened with may end before it."""
        try:
            return self._access.token()
        except errors.BackendError:
            return token
