"""A database's state as it was last told: asked for now and then, by one thread at a time."""

import copy
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from backends import errors
from backends.base import Status
from backends.credentials import after_fork

FRESH_SECONDS = 5.0  # for so long it is not asked for again, answered or not
KNOWN_SECONDS = 60.0  # for so long it stands while it cannot be asked for
PATIENCE_SECONDS = 35.0  # to wait for the thread that asks, whose question has a time limit itself


@dataclass(frozen=True, slots=True)
class _Told:
    """A state, or why there is none, and when that was."""

    what: Status | errors.Unavailable
    at: float


class States:
    """The states of one database, for all threads of a process."""

    def __init__(self, look: Callable[[], Status], clock: Callable[[], float] = time.monotonic) -> None:
        """Ask by calling `look`, which ends in a bounded time."""
        self._look = look
        self._clock = clock
        self._forget()
        after_fork(self._forget)

    def _forget(self) -> None:
        self._looking = threading.Lock()
        self._state: _Told | None = None  # the last one told
        self._last: _Told | None = None  # the last answer, if only that there is none

    def now(self) -> Status:
        """The state of some seconds ago at most, or of a minute while it cannot be asked for.

        Raises:
            Unavailable: it cannot be asked for, and was not told for a minute. `look`'s other errors pass.
        """
        if (last := self._recent()) is not None:
            return self._answer(last)
        known, looking = self._known(), self._looking
        if not looking.acquire(timeout=0 if known else PATIENCE_SECONDS):
            if known is not None:
                return known
            raise errors.Unavailable("the database's state is still being asked for", retry_after=5)
        try:
            return self._answer(self._recent() or self._told())
        finally:
            looking.release()

    def _told(self) -> _Told:
        try:
            self._last = self._state = _Told(self._look(), self._clock())
        except errors.Unavailable as error:
            self._last = _Told(error, self._clock())
        return self._last

    def _answer(self, told: _Told) -> Status:
        if isinstance(told.what, Status):
            return told.what
        if (known := self._known()) is not None:
            return known
        raise copy.copy(told.what) from told.what

    def _recent(self) -> _Told | None:
        return self._younger(self._last, FRESH_SECONDS)

    def _known(self) -> Status | None:
        told = self._younger(self._state, KNOWN_SECONDS)
        return told.what if told is not None and isinstance(told.what, Status) else None

    def _younger(self, told: _Told | None, seconds: float) -> _Told | None:
        return told if told is not None and self._clock() - told.at < seconds else None
