"""What the warehouse was asked: calls by method, and statements in order."""

import json
import os
import threading
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path

KEPT = 200_000  # statements that it remembers


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that was sent: its text, by whom, in which session."""

    text: str
    principal: str
    session: str


class Ledger:
    """Remembers; any thread may add to it.

    Args:
        folder: where each statement's text is written down too, once, to a file of this process.
    """

    def __init__(self, folder: Path | None) -> None:
        self.calls: Counter[str] = Counter()
        self.sessions_opened = 0
        self._statements: deque[Statement] = deque(maxlen=KEPT)
        self._file = folder and folder / f"statements-{os.getpid()}.jsonl"
        self._written: set[str] = set()
        self._lock = threading.Lock()

    def call(self, method: str) -> None:
        """Count a call."""
        with self._lock:
            self.calls[method] += 1

    def session(self) -> None:
        """Count a session that was opened."""
        with self._lock:
            self.sessions_opened += 1

    def add(self, statement: Statement) -> None:
        """Remember a statement."""
        with self._lock:
            self._statements.append(statement)
            if self._file and statement.text not in self._written:
                self._written.add(statement.text)
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("a") as lines:
                    lines.write(json.dumps({"statement": statement.text}) + "\n")

    def statements(self) -> list[Statement]:
        """The statements, oldest first."""
        with self._lock:
            return list(self._statements)

    def clear(self) -> None:
        """Count and remember from here on; what was written stays."""
        with self._lock:
            self.calls.clear()
            self.sessions_opened = 0
            self._statements.clear()
