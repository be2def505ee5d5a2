"""Scale to zero: a database that sleeps until somebody logs in."""

import asyncio
import math
import time

from tests.workspace.lakebase.login import LoginRefused

POLL_SECONDS = 0.02  # at most, until a login that waits notices that the database runs


class Compute:
    """Whether the database runs, sleeps or wakes; any thread may ask, and put it to sleep.

    Attributes:
        wakes: how often a login woke it.
        refusals: how many logins are told that it is starting, rather than waiting; each takes one away.
    """

    def __init__(self) -> None:
        self.wakes = 0
        self.refusals = 0
        self._wake_seconds = 0.0
        self._runs_from = -math.inf  # on the monotonic clock; infinity: not before somebody logs in

    @property
    def suspended(self) -> bool:
        """Whether it does not run: it sleeps, or it is waking."""
        return time.monotonic() < self._runs_from

    @property
    def waking(self) -> bool:
        """Whether somebody has logged in, and it does not run yet."""
        return self.suspended and self._runs_from < math.inf

    def suspend(self, wake_seconds: float) -> None:
        """Sleep, and take so many seconds to wake."""
        self._wake_seconds = wake_seconds
        self._runs_from = math.inf

    def wake(self) -> None:
        """Run at once."""
        self._runs_from = -math.inf

    async def ready(self) -> None:
        """Come back when the database runs; whoever comes first wakes it for all.

        Raises:
            LoginRefused: it is waking, and does not want to be waited for.
        """
        if self._runs_from == math.inf:
            self.wakes += 1
            self._runs_from = time.monotonic() + self._wake_seconds
        if self.suspended and self.refusals > 0:
            self.refusals -= 1
            raise LoginRefused("57P03", "the database system is starting up")
        while self.suspended:
            await asyncio.sleep(POLL_SECONDS)
