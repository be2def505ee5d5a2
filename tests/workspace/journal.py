"""What the control plane was asked, and whom it issued tokens to."""

import os
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path

KEPT = 20_000  # requests, and tokens, that it remembers


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and the status of its answer; 0 where the connection was dropped."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Minted:
    """A database token: for whom and what, and which process asked (None: one that cannot be looked into)."""

    subject: str
    resources: tuple[str, ...]
    process: int | None


class Journal:
    """Remembers; any thread may add to it."""

    def __init__(self) -> None:
        self._asked: deque[Asked] = deque(maxlen=KEPT)
        self._minted: deque[Minted] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def add(self, entry: Asked | Minted) -> None:
        """Remember a request or a token."""
        with self._lock:
            match entry:
                case Asked():
                    self._asked.append(entry)
                case Minted():
                    self._minted.append(entry)

    def asked(self) -> list[Asked]:
        """The requests, oldest first."""
        with self._lock:
            return list(self._asked)

    def minted(self) -> list[Minted]:
        """The tokens, oldest first."""
        with self._lock:
            return list(self._minted)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._asked.clear()
            self._minted.clear()


def process_of(port: int, server: int) -> int | None:
    """The process that is connected from one port of 127.0.0.1 to another; None if that cannot be seen."""
    inode = _inode(port, server)
    for link in Path("/proc").glob("[0-9]*/fd/*") if inode else ():
        try:
            if os.readlink(link) == f"socket:[{inode}]":  # noqa: PTH115 - Path's own is no text
                return int(link.parts[2])
        except OSError:
            continue  # the process is another user's, or has ended
    return None


def _inode(port: int, server: int) -> str | None:
    # Both ends count: a port serves several connections, those too that have ended and belong to nobody.
    ends = [f"0100007F:{port:04X}", f"0100007F:{server:04X}"]
    try:
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return None
    found = [line.split() for line in lines]
    return next((columns[9] for columns in found if columns[1:3] == ends), None)
