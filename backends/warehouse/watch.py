"""The watch over statements that take too long."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

LOOK_SECONDS = 1.0  # between two looks at what runs


class Watched(Protocol):
    """What the watch ends."""

    def cancel(self) -> None:
        """End the statement that runs, from another thread; it may take long, and fail."""


class Watch:
    """Ends what runs for longer than it may: one thread, begun with the first statement.

    What is late is told so again and again: at first there may be nothing yet that could be ended.
    """

    def __init__(self) -> None:
        self._deadlines: dict[Watched, float] = {}  # in the monotonic clock's seconds
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, session: Watched, seconds: float) -> Iterator[None]:
        """Let a session's statement run for so long and no longer."""
        with self._lock:
            self._deadlines[session] = time.monotonic() + seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="overdue", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._deadlines.pop(session, None)

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            with self._lock:
                now = time.monotonic()
                late = [session for session, deadline in self._deadlines.items() if deadline < now]
            for session in late:
                threading.Thread(target=session.cancel, name="cancel", daemon=True).start()
