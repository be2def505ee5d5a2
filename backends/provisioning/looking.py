"""Looking at something again and again until it is as it should be; no SDK is needed for that."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from backends import errors

T = TypeVar("T")

PAUSES = (0.2, 5.0)  # seconds between two looks, the first and the longest


def looks(look: Callable[[], T], seconds: float) -> Iterator[T]:
    """What something is like, again and again for so long; that Databricks does not answer is no end."""
    deadline, (pause, longest) = time.monotonic() + seconds, PAUSES
    while True:
        try:
            yield look()
        except errors.Unavailable:
            if time.monotonic() > deadline:
                raise
        if time.monotonic() > deadline:
            return
        time.sleep(pause)
        pause = min(pause * 1.5, longest)
