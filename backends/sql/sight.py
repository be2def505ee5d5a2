"""Which tables a thread knows: within a transaction others than all, for they may never come to be."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from backends.plan import TableName
from backends.sql import KnownTable


class Sight(threading.local):
    """What is known of tables, in each thread."""

    def __init__(self, shared: dict[TableName, KnownTable]) -> None:
        self.known = self._shared = shared

    def forget(self, catalog: str) -> None:
        """Know no more of a catalog's tables, neither here nor where all do."""
        for known in (self.known, self._shared):
            for name in [name for name in list(known) if name.catalog == catalog]:
                known.pop(name, None)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Know of no table to begin with; in the end, nobody knows what may have changed."""
        if self.known is not self._shared:
            yield
            return
        self.known = {}
        try:
            yield
        finally:
            self.known = self._shared
            self._shared.clear()
