"""Tokens that live for an hour or a second: minted when needed, renewed ahead, one mint at a time."""

import base64
import copy
import json
import logging
import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

from backends import errors
from backends.credentials.process import after_fork

DEFAULT_SECONDS = 3600.0  # the life of a token that does not tell it
AHEAD = (0.75, 0.85)  # of its life; drawn anew each time, so that workers do not mint together
MARGIN_SECONDS = 30.0  # before its end it counts as expired, or a tenth of its life if that is less
PATIENCE_SECONDS = 20.0  # how long threads wait for a mint, which itself ends sooner
PAUSES = (0.25, 30.0)  # seconds between failing mints: the first, and the longest it grows to
BARE_PAUSE = 2.0  # seconds, the longest while no token is good: who waits for one is told sooner
YOUNG_SECONDS = 10.0  # a token refused sooner was never good: its next may not be either
REFUSALS = 3  # young tokens refused in a row before the pauses begin

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Token:
    """A password for a while: `seconds` of life were left when it was minted."""

    text: str = field(repr=False)
    seconds: float

    @classmethod
    def of(cls, text: str, expires: datetime | None = None) -> Self:
        """A token with the life that it tells itself, else that its expiry tells, else an hour.

        A token's own times are both by its maker's clock, so it does not matter how ours goes.
        """
        told = _life(text)
        if told is None and expires is not None:
            told = (expires - datetime.now(UTC)).total_seconds()
        return cls(text, told if told is not None and told > 0 else DEFAULT_SECONDS)


def _life(text: str) -> float | None:
    """The seconds between a signed token's claims `iat` and `exp`; None if it has no such claims."""
    part = text.partition(".")[2].partition(".")[0]
    try:
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        seconds = float(claims["exp"]) - float(claims["iat"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return seconds if math.isfinite(seconds) else None


@dataclass(frozen=True, slots=True)
class _Held:
    """A token with its times, in the clock's seconds."""

    text: str = field(repr=False)
    since: float
    due: float
    end: float


@dataclass(frozen=True, slots=True)
class _Mint:
    """A mint under way, and the thread that sees to it."""

    thread: int = field(default_factory=threading.get_ident)
    over: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class _Pause:
    """Until when no token is minted, and what is raised instead."""

    until: float
    error: errors.BackendError


class TokenCache:
    """The one token that a process uses, safe to ask from many threads.

    The thread that finds the token due mints the next one; until that is there the others go on with
    the old one. They wait only when none is good.
    """

    def __init__(
        self,
        mint: Callable[[], Token],
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """Use `mint` for new tokens: its errors are `BackendError`s, and it ends in a bounded time."""
        self._mint = mint
        self._clock = clock
        self._patience = patience
        self._forget()
        after_fork(self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._minting: _Mint | None = None
        self._pause: _Pause | None = None
        self._refused: deque[int] = deque(maxlen=16)  # their hashes
        self._refusals = 0  # young tokens in a row
        self._failures = 0  # mints in a row

    def get(self) -> str:
        """A token that is good for a login now.

        Raises:
            Unavailable: none is good, and a new one was waited for in vain. The mint's own errors pass
                when none is good.
        """
        held = self._held
        if held is not None and self._clock() < held.due:
            return held.text
        return self._renewed()

    def replace(self, refused: str) -> str | None:
        """Another token than one that the server refused, which is never given again.

        Returns:
            One that is there by now, or is minted; None for a while when new ones are refused as well.

        Raises:
            Unavailable: see `get`.
        """
        with self._lock:
            self._drop(refused)
            if self._good() is None and self._paused():
                return None
        return self.get()

    def _renewed(self) -> str:
        give_up = time.monotonic() + self._patience
        while isinstance(found := self._token_or_mint(), _Mint):
            if found.thread == threading.get_ident():
                return self._minted(found)
            if not found.over.wait(max(0.0, give_up - time.monotonic())):
                raise errors.Unavailable("Databricks has not given a token yet", retry_after=5)
        return found

    def _token_or_mint(self) -> str | _Mint:
        """A token that will do now; else the mint under way, which this thread begins if nobody has."""
        with self._lock:
            held = self._good()
            if held is not None and (self._minting is not None or self._clock() < held.due):
                return held.text
            if self._minting is not None:
                return self._minting
            if held is None and (paused := self._paused()):
                raise copy.copy(paused.error) from paused.error
            self._minting = _Mint()
            return self._minting

    def _minted(self, minting: _Mint) -> str:
        started = self._clock()
        try:
            return self._taken(self._mint(), started)
        except errors.BackendError as error:
            return self._kept(error)
        finally:
            with self._lock:
                self._minting = None
            minting.over.set()

    def _taken(self, token: Token, started: float) -> str:
        with self._lock:
            if hash(token.text) in self._refused:
                raise errors.Unavailable("Databricks gives a token that the database refuses", retry_after=5)
            due = started + token.seconds * random.uniform(*AHEAD)  # noqa: S311 - nobody need not guess it
            end = started + token.seconds - min(MARGIN_SECONDS, token.seconds / 10)
            self._held = _Held(token.text, started, due, end)
            self._failures = 0
            self._pause = None
            return token.text

    def _kept(self, error: errors.BackendError) -> str:
        """The old token after a mint that failed, if it is still good; the next mint waits a little."""
        log.warning("no new token: %s", _classes(error))
        with self._lock:
            pause = min(PAUSES[1], PAUSES[0] * 2.0 ** min(self._failures, 16))
            self._failures += 1
            if (held := self._good()) is None:
                self._pause = _Pause(self._clock() + min(pause, BARE_PAUSE), error)
                raise error
            self._held = replace(held, due=min(held.end, self._clock() + pause))
            return held.text

    def _drop(self, refused: str) -> None:
        self._refused.append(hash(refused))
        held = self._held
        if held is None or held.text != refused:
            return
        self._held = None
        life = held.end - held.since
        young = self._clock() - held.since < min(YOUNG_SECONDS, life / 2)
        self._refusals = self._refusals + 1 if young else 0
        if self._refusals > REFUSALS:
            pause = min(YOUNG_SECONDS, 2.0 ** (self._refusals - REFUSALS - 1))
            error = errors.Unavailable("the database refuses the tokens made for it", math.ceil(pause))
            self._pause = _Pause(self._clock() + pause, error)

    def _good(self) -> _Held | None:
        held = self._held
        return held if held is not None and self._clock() < held.end else None

    def _paused(self) -> _Pause | None:
        return self._pause if self._pause is not None and self._clock() < self._pause.until else None


def _classes(error: BaseException) -> str:
    """The classes of an error and of what caused it; their texts may tell too much."""
    names = [type(error).__name__]
    while (cause := error.__cause__) is not None and len(names) < 4:
        names.append(type(cause).__name__)
        error = cause
    return " from ".join(names)
