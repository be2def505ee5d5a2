"""States that pass by themselves."""

import time
from dataclasses import dataclass


@dataclass
class Lifecycle:
    """A state, and the one that it turns into."""

    settled: str
    passing: str = ""
    until: float = 0.0  # on the monotonic clock
    old: str = ""  # what it still says before it says that it passes, for half of the time
    old_until: float = 0.0

    @property
    def state(self) -> str:
        """The state now."""
        now = time.monotonic()
        if now < self.old_until:
            return self.old
        return self.passing if now < self.until else self.settled

    @property
    def changing(self) -> bool:
        """Whether the state is one that passes."""
        return time.monotonic() < self.until

    def enter(self, passing: str, settled: str, seconds: float) -> None:
        """Be in one state for so many seconds, then in another."""
        self.passing, self.settled, self.until = passing, settled, time.monotonic() + seconds
        self.old_until = 0.0

    def turn(self, passing: str, settled: str, seconds: float) -> None:
        """The same, but say for half of the time that nothing has changed yet."""
        self.old = self.state
        self.enter(passing, settled, seconds)
        self.old_until = self.until - seconds / 2
