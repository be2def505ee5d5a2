"""What the workers of one gateway tell each other: that one of them has made or dropped a table."""

import mmap
import os

_WIDTH = 8  # bytes


class News:
    """A value in memory that all processes share that are forked from this one; any other value is news.

    Nobody locks it: a value that is half the old one and half the new one is another one, too.
    """

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, _WIDTH)

    def told(self) -> bytes:
        """The value."""
        return self._shared[:_WIDTH]

    def tell(self) -> None:
        """Let all see another value."""
        self._shared[:_WIDTH] = os.urandom(_WIDTH)
