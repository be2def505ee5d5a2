"""gunicorn's worker of threads: it stays with a client that asks on, and turns none away when it stops."""

import select
from collections import deque
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

STAY_MS = 20  # that a thread waits for a client's next request, before it lets the poller wait


class Worker(ThreadWorker):
    """A thread answers a client's requests one after the other, as long as others need not wait for it.

    gunicorn takes every single request from the poller to a thread and the connection back, which costs
    more than all that is done in between.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
        # gunicorn looks a setting up two dozen times in a request, through an object for each
        vars(self.cfg).update({name: setting.get() for name, setting in self.cfg.settings.items()})
        self._places = deque(range(self.cfg.threads - 1))  # one thread waits for nobody, but for all

    def handle(self, conn: TConn) -> object:
        """See gunicorn: answer a request; and those that follow at once."""
        kept = super().handle(conn)  # type: ignore[no-untyped-call]
        while kept is True and self._asks_on(conn):
            kept = super().handle(conn)  # type: ignore[no-untyped-call]
        return kept

    def _asks_on(self, conn: Any) -> bool:
        """Whether a client that may stay sends its next request in a moment."""
        pool: Any = self.tpool
        if not self.alive or pool._work_queue.qsize():  # somebody waits for a thread
            return False
        try:
            place = self._places.pop()
        except IndexError:
            return False
        try:
            return bool(conn.parser.unreader.buf.getvalue()) or _is_readable(conn)
        finally:
            self._places.append(place)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's own signature
        """See gunicorn: called with False, too, when the worker stops.

        What already waits at its door is taken before it is closed: else that would be reset at the end.
        """
        super().set_accept_enabled(enabled)  # type: ignore[no-untyped-call]
        if self.alive:
            return
        for listener in self.sockets:
            taken = -1
            while taken != self.nr_conns:
                taken = self.nr_conns
                self.accept(listener)  # type: ignore[no-untyped-call]
            listener.close()


def _is_readable(conn: Any) -> bool:
    waiting = select.poll()
    waiting.register(conn.sock, select.POLLIN)
    return bool(waiting.poll(STAY_MS))
