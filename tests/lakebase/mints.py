"""Clocks and mints for tests of tokens, and threads and processes to use them from."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

from backends import errors
from backends.credentials import Token, TokenCache

LIFE = 3600.0  # seconds
PATIENCE = 60  # seconds that a test waits for another thread before it fails


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Mint:
    """Gives "token-1", "token-2", ...; fails while `error` is set; can be held shut."""

    def __init__(self, life: float = LIFE) -> None:
        self.life = life
        self.count = 0
        self.error: errors.BackendError | None = None
        self.entered = threading.Event()
        self.open = threading.Event()
        self.open.set()

    def __call__(self) -> Token:
        self.count += 1
        number = self.count
        self.entered.set()
        assert self.open.wait(PATIENCE)
        if self.error is not None:
            raise self.error
        return Token(f"token-{number}", self.life)


def cache_of(mint: Mint, clock: Clock | None = None, patience: float = PATIENCE) -> TokenCache:
    return TokenCache(mint, clock or Clock(), patience)


def in_threads(count: int, call: Callable[[], str | None]) -> list[str | None]:
    """What `call` returns in each of `count` threads that begin together; its errors are raised here."""
    begin = threading.Barrier(count)

    def run() -> str | None:
        begin.wait(PATIENCE)
        return call()

    with ThreadPoolExecutor(count) as pool:
        return [done.result() for done in [pool.submit(run) for _ in range(count)]]


def unavailable() -> errors.Unavailable:
    return errors.Unavailable("Databricks does not answer", retry_after=7)


def in_child(check: Callable[[], bool]) -> bool:
    """Whether `check` is true in a forked child, which ends within a minute."""
    pid = os.fork()
    if pid == 0:
        _end_with(check)
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.01)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return False


def _end_with(check: Callable[[], bool]) -> NoReturn:
    try:
        code = 0 if check() else 1
    except BaseException:  # noqa: BLE001 - a child must not go on as a second pytest
        code = 2
    os._exit(code)
