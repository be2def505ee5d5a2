"""States that pass by themselves."""

import time
from dataclasses import dataclass


@dataclass
class Lifecycle:
    """A state, and the one that it turns into."""

    settled: str
    passing: str = ""
    until: float = 0.0  # on the monotonic clock

    @property
    def state(self) -> str:
        """The state now."""
        return self.passing if time.monotonic() < self.until else self.settled

    @property
    def changing(self) -> bool:
        """Whether the state is one that passes."""
        return time.monotonic() < self.until

    def enter(self, passing: str, settled: str, seconds: float) -> None:
        """Be in one state for so many seconds, then in another."""
        self.passing, self.settled, self.until = passing, settled, time.monotonic() + seconds
