"""What became of the requests of a soak: counted by kind and status, with how long they took."""

import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.client import Answer
from tests.waiting import unavailable

Kind = str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A 503: when it was asked for and given, on the monotonic clock, and what it said."""

    kind: Kind
    began: float
    ended: float
    message: str
    unknown: bool


@dataclass
class Tally:
    """Counts what many threads report."""

    counts: Counter[tuple[Kind, int | str]] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)  # of those that succeeded
    refusals: list[Refusal] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)  # all that is neither a success nor a proper 503
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, kind: Kind, began: float, answer: Answer) -> None:
        """Count an answer."""
        ended = time.monotonic()
        with self._lock:
            self.counts[kind, answer.status] += 1
            if answer.status in (200, 201):
                self.seconds.append(ended - began)
            elif unavailable(answer):
                unknown = answer.body["details"].get("outcome") == "unknown"
                self.refusals.append(Refusal(kind, began, ended, answer.body["message"], unknown))
            else:
                self.failures.append(f"{kind}: {answer.status} {answer.content[:300]!r}")

    def cut(self, kind: Kind) -> None:
        """Count an answer that ended before it was complete, which its reader noticed."""
        with self._lock:
            self.counts[kind, "cut"] += 1

    def wrong(self, kind: Kind, what: str) -> None:
        """Note an answer that was not what it should have been."""
        with self._lock:
            self.failures.append(f"{kind}: {what}")

    def figures(self) -> dict[str, object]:
        """What can be quoted."""
        by_kind: dict[str, dict[str, int]] = {}
        for (kind, status), count in sorted(self.counts.items(), key=str):
            by_kind.setdefault(kind, {})[str(status)] = count
        return {
            "requests": sum(self.counts.values()),
            "by kind and status": by_kind,
            "503 by message": dict(Counter(refusal.message for refusal in self.refusals)),
            "p50 ms": round(1000 * quantile(self.seconds, 0.5), 1),
            "p99 ms": round(1000 * quantile(self.seconds, 0.99), 1),
            "longest ms": round(1000 * max(self.seconds, default=0.0), 1),
        }


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which such a share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def shown(figures: dict[str, object]) -> str:
    """Figures as they are printed."""
    return json.dumps(figures, indent=2)
