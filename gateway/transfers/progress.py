"""How far a transfer is, as the process that carries it out knows it."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from backends import errors
from gateway.migrations.records import Row

TableState = Literal[
    "waiting", "checking", "loading", "removing", "verifying", "verified", "finishing", "done", "failed"
]
Json = dict[str, object]


class Cancelled(Exception):
    """Somebody asked the transfer to stop."""


@dataclass
class TableProgress:
    """One table's; written by the thread that moves it, read by others."""

    position: int
    name: str
    state: TableState = "waiting"
    rows: int = 0
    total: int | None = None
    rejected: int = 0
    seconds: float = 0.0  # that loading took
    error: Json | None = None
    report: Json = field(default_factory=dict)
    _since: float | None = None  # the monotonic clock's

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the seconds that pass."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            self.seconds, self._since = self.seconds_now, None

    @property
    def seconds_now(self) -> float:
        """The seconds until now."""
        since = self._since
        return self.seconds if since is None else self.seconds + time.monotonic() - since

    @property
    def under_way(self) -> bool:
        """Whether something is done with it now."""
        return self.state in ("checking", "loading", "removing", "verifying", "finishing")

    def rest(self) -> None:
        """Be as it is until somebody goes on with it."""
        if self.under_way:
            self.state = "verified" if self.state == "finishing" else "waiting"

    def fail(self, error: errors.BackendError) -> None:
        """Keep why it stopped."""
        self.state, self.error = "failed", told(error)

    def row(self) -> Row:
        """What is kept of it."""
        return {
            "position": self.position,
            "name": self.name,
            "state": self.state,
            "rows": self.rows,
            "total": self.total,
            "rejected": self.rejected,
            "seconds": self.seconds_now,
            "error": None if self.error is None else json.dumps(self.error),
            "report": json.dumps(self.report) if self.report else None,
        }

    @classmethod
    def of(cls, row: Row) -> "TableProgress":
        """What `row` kept."""
        parsed = {
            name: json.loads(row[name]) if row[name] is not None else empty
            for name, empty in (("error", None), ("report", {}))
        }
        known = {name: each for name, each in row.items() if name not in parsed}
        return cls(**known, **parsed)

    def shown(self) -> Json:
        """How the interface shows it; rows a second and seconds left are None where nobody can say."""
        seconds = self.seconds_now
        rate = self.rows / seconds if seconds > 0 and self.rows else None
        left = None
        if self.state in ("checking", "loading") and rate and self.total is not None:
            left = round(max(0, self.total - self.rows - self.rejected) / rate, 1)
        return {
            "table": self.name,
            "state": self.state,
            "rows": self.rows,
            "total": self.total,
            "rejected": self.rejected,
            "rows_per_second": None if rate is None else round(rate),
            "seconds_left": left,
            "error": self.error,
        }

    def reported(self) -> Json:
        """What is told of it in the end."""
        return {"table": self.name, "state": self.state, "error": self.error, **self.report}


def told(error: errors.BackendError) -> Json:
    """An error as it is kept."""
    return {"type": type(error).__name__, "message": error.message, "details": error.details}
