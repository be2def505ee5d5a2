"""What tests do while something goes on: wait for it, and ask many things at once."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.client import Answer

T = TypeVar("T")

PATIENCE = 60.0  # seconds that a condition is waited for


def at_once(count: int, call: Callable[[int], T]) -> list[T]:
    """What `call(0)`, `call(1)`, ... give, in threads."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def wait_until(condition: Callable[[], object]) -> None:
    """Come back when a condition holds; fail if it does not within a minute."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def elapsed(since: float) -> float:
    """The seconds that have passed since a moment of the monotonic clock."""
    return time.monotonic() - since


def unavailable(answer: Answer) -> bool:
    """Whether an answer is the one that asks to try again later."""
    retry = answer.headers.get("Retry-After", "")
    return (answer.status, retry.isdecimal()) == (503, True) and answer.error_type == "Unavailable"
