"""A database's connections: few, kept open, each with one thread at a time.

SQLAlchemy's own pool costs a request more than all the rest of the way to the driver: what it watches
over, threads that forget to give back and connections that were carried into a child, cannot happen here.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """A connection."""

    def close(self) -> object:
        """End it."""


Connection = TypeVar("Connection", bound=Closable)


class Full(Exception):
    """All connections were in use for too long."""


class Pool(Generic[Connection]):
    """At most `size` connections; the one that was given back last is taken first."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        size: int,
        wait_seconds: float,
        oldest_seconds: float = inf,
    ) -> None:
        self._connect = connect
        self._size = size
        self._wait_seconds = wait_seconds
        self._oldest_seconds = oldest_seconds
        self._idle: list[Connection] = []
        self._since: dict[Connection, float] = {}  # when each was made
        self._count = 0  # of all, those that are just being made too
        self._waiting = 0
        self._renewed = -inf  # older ones are not used again
        self._changed = threading.Condition()

    def take(self) -> Connection:
        """A connection, for this thread alone until it is given back or discarded.

        Raises:
            Full: there was none to be had in time; and whatever `connect` raises.
        """
        try:
            found = self._idle.pop()
        except IndexError:
            return self._take_later()
        if monotonic() - self._since[found] < self._oldest_seconds:
            return found
        self.discard(found)  # this one alone: to end a session may take as long as a request
        return self._take_later()

    def give_back(self, connection: Connection) -> None:
        """Let others have a connection."""
        if self._since[connection] < self._renewed:
            self.discard(connection)
            return
        self._idle.append(connection)
        if self._waiting:
            with self._changed:
                self._changed.notify()

    def discard(self, connection: Connection) -> None:
        """End a connection that nobody is to have again."""
        self._since.pop(connection, None)
        with suppress(Exception):  # it may be dead, and its driver not like that
            connection.close()
        self._make_room()

    def close(self) -> None:
        """End those that are not in use, and the others when they are given back."""
        self._renewed = inf
        self._end_idle()

    def renew(self) -> None:
        """Use no connection again that was made before: what has ended one has probably ended the others."""
        self._renewed = monotonic()
        self._end_idle()

    def _end_idle(self) -> None:
        while self._idle:
            with suppress(IndexError):
                self.discard(self._idle.pop())

    def _take_later(self) -> Connection:
        """A connection that is given back, or a new one where there is room."""
        until = monotonic() + self._wait_seconds
        with self._changed:
            self._waiting += 1
            try:
                while self._count >= self._size:
                    with suppress(IndexError):
                        return self._idle.pop()
                    if (left := until - monotonic()) <= 0:
                        raise Full
                    self._changed.wait(left)  # then it is looked again: what was told may be another's
                self._count += 1
            finally:
                self._waiting -= 1
        return self._new()

    def _new(self) -> Connection:
        try:
            made = self._connect()
        except BaseException:
            self._make_room()
            raise
        self._since[made] = monotonic()
        return made

    def _make_room(self) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify()
