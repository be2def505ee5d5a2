"""The states of a SQL warehouse, and what each lets clients do."""

import math
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.workspace.control.lifecycle import Lifecycle


@dataclass
class SqlWarehouse:
    """A warehouse: STOPPED, STARTING, RUNNING, STOPPING, DELETING or DELETED, and what was asked of it."""

    name: str
    creator: str
    fields: Mapping[str, object]
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    life: Lifecycle = field(default_factory=lambda: Lifecycle("RUNNING"))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def state(self) -> str:
        """The state now."""
        return self.life.state

    @property
    def runs(self) -> bool:
        """Whether it takes statements."""
        return self.life.state == "RUNNING"

    @property
    def exists(self) -> bool:
        """Whether nobody has deleted it."""
        return self.life.settled != "DELETED"

    def start(self, seconds: float) -> None:
        """Start, in so many seconds, if it does not run and is not starting."""
        with self._lock:
            if self.exists and self.life.settled != "RUNNING":
                self.life.enter("STARTING", "RUNNING", seconds)

    def stop(self, seconds: float) -> None:
        """Stop, in so many seconds, if it runs or is starting."""
        with self._lock:
            if self.life.settled == "RUNNING":
                self.life.enter("STOPPING", "STOPPED", seconds)

    def delete(self, seconds: float) -> None:
        """Be gone, in so many seconds."""
        with self._lock:
            self.life.enter("DELETING", "DELETED", seconds)

    def seconds_left(self) -> int:
        """How long a client had better wait, at least a second."""
        return max(1, math.ceil(self.life.until - time.monotonic()))
