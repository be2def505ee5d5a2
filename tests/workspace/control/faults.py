"""What can go wrong with requests, on demand."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from tests.workspace.control.wire import Answer, Request

T = TypeVar("T")

CODES = {
    HTTPStatus.FORBIDDEN: ("PERMISSION_DENIED", "The caller has no permission to do this."),
    HTTPStatus.TOO_MANY_REQUESTS: ("REQUEST_LIMIT_EXCEEDED", "The request was throttled."),
    HTTPStatus.SERVICE_UNAVAILABLE: ("TEMPORARILY_UNAVAILABLE", "The service is temporarily unavailable."),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("INTERNAL_ERROR", "An internal error occurred."),
}


class Dropped(Exception):
    """The connection ends without an answer."""


@dataclass
class Fault:
    """What becomes of the next `times` requests (None: of all) whose "METHOD path" has the pattern in it.

    They wait; then they are dropped, or answered with `answer`, or, without one, as ever; where the answer
    is `lost` it has been done, and the client is not told.
    """

    pattern: re.Pattern[str]
    times: int | None
    seconds: float = 0.0
    answer: Answer | None = None
    drop: bool = False
    lost: bool = False


class Faults:
    """The faults that tests want; while `down` is true, all requests are dropped."""

    def __init__(self) -> None:
        self.down = False
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Have one more; of several that fit a request, the oldest counts."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Have no faults."""
        with self._lock:
            self._faults.clear()
            self.down = False

    def meet(self, request: Request, reply: Callable[[Request], T]) -> T | Answer:
        """What a request is answered with: as a fault says, else as ever.

        Raises:
            Dropped: it is not to be answered.
        """
        fault = self._take(request.line)
        if fault:
            time.sleep(fault.seconds)
        if self.down or (fault and fault.drop):
            raise Dropped
        answer = (fault and fault.answer) or reply(request)
        if fault and fault.lost:
            raise Dropped
        return answer

    def _take(self, line: str) -> Fault | None:
        with self._lock:
            found = next((fault for fault in self._faults if fault.pattern.search(line)), None)
            if found and found.times is not None:
                found.times -= 1
                if not found.times:
                    self._faults.remove(found)
            return found


def refusal(status: int, retry_after: int | None, code: str = "", message: str = "") -> Answer:
    """An answer that says no; `retry_after` is in seconds, code and message are usual unless told."""
    usual, text = CODES.get(HTTPStatus(status), ("UNKNOWN", "An injected error occurred."))
    code, text = code or usual, message or text
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Answer({"error_code": code, "message": text, "details": []}, HTTPStatus(status), headers)
