"""The sessions of a warehouse: each runs its operations one after another, and ends when it is idle."""

import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterable

from tests.workspace.warehouse.engine import EngineSession
from tests.workspace.warehouse.operations import Operation
from tests.workspace.warehouse.thrift import unknown_operation, unknown_session

END_SECONDS = 10.0  # that whoever ends a session waits for what runs in it

Opening = Callable[[], EngineSession]


class Session:
    """One session of a principal in a warehouse.

    Args:
        principal: who opened it.
        warehouse: where.
        opening: opens the engine's session; it is asked once.
    """

    def __init__(self, principal: str, warehouse: str, opening: Opening) -> None:
        self.id = uuid.uuid4().bytes
        self.principal = principal
        self.warehouse = warehouse
        self.operations: dict[bytes, Operation] = {}
        self._opening = opening
        self._engine: EngineSession | None = None
        self._used = time.monotonic()
        self._waiting: queue.SimpleQueue[Operation | None] = queue.SimpleQueue()
        self._current: Operation | None = None
        self._ended = False
        self._thread: threading.Thread | None = None
        self._lock = threading.RLock()

    def open(self) -> EngineSession:
        """The engine's session, opened now if it was not.

        Raises:
            SqlError: there is no such catalog or schema.
        """
        with self._lock:
            self._engine = self._engine or self._opening()
            return self._engine

    def touch(self) -> None:
        """Count as used just now."""
        self._used = time.monotonic()

    def idle(self) -> float:
        """For how many seconds nobody has used it."""
        running = any(not operation.done for operation in tuple(self.operations.values()))
        return 0.0 if running else time.monotonic() - self._used

    def submit(self, operation: Operation) -> None:
        """Run an operation after those that were submitted before.

        Raises:
            InvalidHandle: the session has ended.
        """
        with self._lock:
            if self._ended:
                raise unknown_session(self.id)
            self.operations[operation.id] = operation
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="session", daemon=True)
                self._thread.start()
            self._waiting.put(operation)

    def cancel(self, operation: Operation) -> None:
        """End an operation, whether it runs or waits."""
        with self._lock:
            operation.cancel()
            if self._current is operation and self._engine:
                self._engine.interrupt()

    def close(self, operation: bytes) -> None:
        """Know an operation no longer; it ends.

        Raises:
            InvalidHandle: it is unknown.
        """
        found = self.operations.pop(operation, None)
        if found is None:
            raise unknown_operation(operation)
        self.cancel(found)

    def end(self) -> None:
        """End the session and all that runs in it."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
            for operation in tuple(self.operations):
                self.close(operation)
            thread = self._thread
        if thread is None:
            self._close_engine()
        else:
            self._waiting.put(None)
            thread.join(END_SECONDS)

    def _work(self) -> None:
        while operation := self._waiting.get():
            with self._lock:
                if operation.done:
                    continue
                self._current = operation
            operation.run()
            self.touch()
            with self._lock:
                self._current = None
        self._close_engine()

    def _close_engine(self) -> None:
        if self._engine:
            self._engine.close()


class Sessions:
    """The sessions that are open; any thread may ask."""

    def __init__(self, live_seconds: Callable[[], float]) -> None:
        self._live_seconds = live_seconds
        self._sessions: dict[bytes, Session] = {}
        self._lock = threading.Lock()

    def add(self, session: Session) -> None:
        """Keep a new one; those that were idle for too long end."""
        self.expire()
        with self._lock:
            self._sessions[session.id] = session

    def find(self, handle: bytes, principal: str, warehouse: str) -> Session:
        """A session, which counts as used.

        Raises:
            InvalidHandle: it is unknown, somebody else's or another warehouse's, or was idle for too long.
        """
        session = self._sessions.get(handle)
        if session and session.idle() > self._live_seconds():
            self._end([session])
            session = None
        if session is None or (session.principal, session.warehouse) != (principal, warehouse):
            raise unknown_session(handle)
        session.touch()
        return session

    def owner(self, operation: bytes, principal: str, warehouse: str) -> tuple[Session, Operation]:
        """An operation and its session, which counts as used.

        Raises:
            InvalidHandle: it is unknown, or its session is.
        """
        for session in self.all():
            if found := session.operations.get(operation):
                return self.find(session.id, principal, warehouse), found
        raise unknown_operation(operation)

    def end(self, session: Session) -> None:
        """End one."""
        self._end([session])

    def end_where(self, condition: Callable[[Session], bool]) -> int:
        """End those that a condition holds for, and return their number."""
        return self._end([session for session in self.all() if condition(session)])

    def expire(self) -> None:
        """End those that were idle for too long."""
        self.end_where(lambda session: session.idle() > self._live_seconds())

    def all(self) -> list[Session]:
        """Those that are open."""
        with self._lock:
            return list(self._sessions.values())

    def _end(self, sessions: Iterable[Session]) -> int:
        ended = [session for session in sessions if self._forget(session)]
        for session in ended:
            session.end()
        return len(ended)

    def _forget(self, session: Session) -> bool:
        with self._lock:
            return self._sessions.pop(session.id, None) is not None
