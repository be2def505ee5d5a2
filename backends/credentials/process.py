"""What a process keeps to itself: after a fork, the child begins without it."""

import os
import threading
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from backends import errors

T = TypeVar("T")


def after_fork(forget: Callable[[], None]) -> None:
    """Have every child of this process call a bound method, for as long as its object lives."""
    method = weakref.WeakMethod(forget)

    def call() -> None:
        if (alive := method()) is not None:
            alive()

    os.register_at_fork(after_in_child=call)


class Once(Generic[T]):
    """A value found when it is first needed, by one thread while the others wait; an error is not kept."""

    def __init__(self, patience: float = 35.0) -> None:
        """Let threads wait for the one that finds the value for `patience` seconds."""
        self._patience = patience
        self._forget()
        after_fork(self._forget)

    def _forget(self) -> None:
        self._finding = threading.Lock()
        self._found: tuple[T] | None = None

    def get(self, find: Callable[[], T]) -> T:
        """The value, found by calling `find` if nobody has.

        Raises:
            Unavailable: another thread was still finding it. `find`'s own errors pass.
        """
        if (found := self._found) is not None:
            return found[0]
        finding = self._finding
        if not finding.acquire(timeout=self._patience):
            raise errors.Unavailable("Databricks has not answered yet", retry_after=5)
        try:
            if self._found is None:
                self._found = (find(),)
            return self._found[0]
        finally:
            finding.release()
