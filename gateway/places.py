"""Places for streams: few enough that readers who take their time leave threads for everybody else."""

from collections.abc import Callable, Iterator
from threading import BoundedSemaphore

from backends.errors import Unavailable

RETRY_AFTER = 5  # seconds


class Places:
    """So many streams at a time; a stream gives its place back when it ends or is closed."""

    def __init__(self, count: int) -> None:
        self._free = BoundedSemaphore(count)

    def taken(self, begin: Callable[[], Iterator[bytes]]) -> "Stream":
        """The stream that `begin` gives, in a place of its own.

        Raises:
            Unavailable: all places are taken.
        """
        if not self._free.acquire(blocking=False):
            raise Unavailable("as many streams as may run at a time are running", RETRY_AFTER)
        try:
            return Stream(begin(), self._free.release)
        except BaseException:
            self._free.release()
            raise


class Stream(Iterator[bytes]):
    """A stream; unlike a generator, it can be closed before it has begun."""

    def __init__(self, chunks: Iterator[bytes], leave: Callable[[], None]) -> None:
        self._chunks = chunks
        self._leave: Callable[[], None] | None = leave

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the stream, if it has not ended yet."""
        leave, self._leave = self._leave, None
        if leave is not None:
            getattr(self._chunks, "close", lambda: None)()
            leave()
