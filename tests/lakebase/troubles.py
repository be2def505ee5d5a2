"""What goes wrong in a soak: connections die, the control plane fails, the database sleeps."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

from tests.workspace.handle import Workspace
from tests.workspace.lakebase.faults import How

KILL_SECONDS = 1.0  # from one kill of all connections to the next
FAIL_SECONDS = 10.0  # that the control plane fails
WORK_SECONDS = 12.0  # that it works in between
RETRY_AFTER = 2  # seconds, what it asks for when it fails
SLEEP_SECONDS = 7.0  # from one suspension to the next
WAKE_SECONDS = 0.7  # that the database takes to wake
WAYS: tuple[How, ...] = ("abort", "reset", "terminate")
FAILURES: tuple[int | None, ...] = (500, 503, 429, None)  # statuses in turn; None: it is down


@dataclass
class Troubles:
    """What has happened; times are on the monotonic clock."""

    workspace: Workspace
    over: threading.Event = field(default_factory=threading.Event)
    kills: int = 0  # connections
    suspensions: int = 0
    failing: list[tuple[float, float]] = field(default_factory=list)  # when the control plane failed

    def kill(self) -> None:
        """Kill all connections every second, in all ways in turn."""
        for how in cycle(WAYS):
            if self.over.wait(KILL_SECONDS):
                return
            self.kills += self.workspace.kill_all(how)

    def suspend(self) -> None:
        """Put the database to sleep now and then; it tells the first two logins that it is starting."""
        while not self.over.wait(SLEEP_SECONDS):
            self.workspace.suspend(WAKE_SECONDS, refusals=2)
            self.suspensions += 1

    def fail(self) -> None:
        """Let the control plane work for a while, and then fail for a while, in all ways in turn."""
        for status in cycle(FAILURES):
            if self.over.wait(WORK_SECONDS):
                return
            began = time.monotonic()
            self._break(status)
            self.over.wait(FAIL_SECONDS)
            self.workspace.mend()
            self.failing.append((began, time.monotonic()))

    def _break(self, status: int | None) -> None:
        if status is None:
            self.workspace.set_down(True)
        else:
            self.workspace.fail("/(api|oidc)/", status, retry_after=RETRY_AFTER, times=None)

    def figures(self) -> dict[str, object]:
        """What can be quoted."""
        return {
            "killed": self.kills,
            "suspensions": self.suspensions,
            "control plane failed": len(self.failing),
        }

    def since_failing(self, moment: float) -> float:
        """The seconds for which the control plane had worked at a moment."""
        ends = [moment - ended for began, ended in self.failing if began <= moment]
        return min(ends, default=float("inf"))


@contextmanager
def troubled(workspace: Workspace) -> Iterator[Troubles]:
    """Let everything go wrong; it is mended in the end."""
    troubles = Troubles(workspace)
    works: tuple[Callable[[], None], ...] = (troubles.kill, troubles.suspend, troubles.fail)
    threads = [threading.Thread(target=work, name=work.__name__) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield troubles
    finally:
        troubles.over.set()
        for thread in threads:
            thread.join()
        workspace.mend()
