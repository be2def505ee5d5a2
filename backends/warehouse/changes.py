"""What the workers of a gateway tell each other: that one of them has made or removed a table."""

import mmap
import os

SIZE = 16  # bytes: no two of so many drawn at random are the same


class Changes:
    """A mark in memory that is shared by all processes forked from the one that made it.

    Unity Catalog has no cheap way to ask in a statement whether a table is as it was described.
    """

    def __init__(self, mark: mmap.mmap | None = None) -> None:
        self._mark = mark or mmap.mmap(-1, SIZE)
        self._seen = self._mark[:]

    def another(self) -> "Changes":
        """The same mark, for somebody else to notice."""
        return Changes(self._mark)

    def tell(self) -> None:
        """Say that something has changed, to this process too."""
        self._mark[:] = os.urandom(SIZE)

    def noticed(self) -> bool:
        """Whether anybody has said so since this was last asked."""
        now = self._mark[:]
        if now == self._seen:
            return False
        self._seen = now
        return True
