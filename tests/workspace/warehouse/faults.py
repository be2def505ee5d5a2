"""What can go wrong with calls to the warehouse, on demand."""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Lost = Literal["before", "after"]


class Rejected(Exception):
    """A call that is answered with an HTTP status in place of Thrift.

    Args:
        status: the status.
        message: what the header for Thrift's errors says.
        headers: more headers.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {"x-thriftserver-error-message": message, **(headers or {})}


class Lose(Exception):
    """The connection of a call ends without an answer."""


@dataclass
class Fault:
    """What becomes of the next `times` calls (None: of all) that have the pattern in "Method statement".

    Attributes:
        seconds: they wait so long before anything is done.
        running: what they start runs so much longer.
        answer: they are answered so, and nothing is done.
        lost: their connection is dropped before they are carried out, or after.
        error: what they start fails with this error class and SQLSTATE, and nothing is executed.
    """

    pattern: re.Pattern[str]
    times: int | None
    seconds: float = 0.0
    running: float = 0.0
    answer: Rejected | None = None
    lost: Lost | None = None
    error: tuple[str, str] | None = None

    def meet_after(self) -> None:
        """Do what is to be done when a call was carried out.

        Raises:
            Lose: its connection is to be dropped.
        """
        if self.lost == "after":
            raise Lose


NONE = Fault(re.compile(""), None)


@dataclass
class Faults:
    """The faults that tests want; of several that fit a call, the oldest counts."""

    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        """Have one more."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Have none."""
        with self._lock:
            self._faults.clear()

    def meet(self, method: str, statement: str) -> Fault:
        """What is still to be done to a call that is carried out.

        Raises:
            Rejected: it is to be answered so.
            Lose: its connection is to be dropped.
        """
        fault = self._take(f"{method} {statement}") if self._faults else NONE
        if fault.seconds:
            time.sleep(fault.seconds)
        if fault.answer:
            raise fault.answer.with_traceback(None)
        if fault.lost == "before":
            raise Lose
        return fault

    def _take(self, call: str) -> Fault:
        with self._lock:
            found = next((fault for fault in self._faults if fault.pattern.search(call)), NONE)
            if found.times is not None:
                found.times -= 1
                if not found.times:
                    self._faults.remove(found)
            return found
