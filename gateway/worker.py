"""gunicorn's worker of threads, that turns no client away without an answer when it stops."""

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """Takes what already waits at its door before it closes it: else that would be reset at the end."""

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's own signature
        """See gunicorn: called with False, too, when the worker stops."""
        super().set_accept_enabled(enabled)  # type: ignore[no-untyped-call]
        if self.alive:
            return
        for listener in self.sockets:
            taken = -1
            while taken != self.nr_conns:
                taken = self.nr_conns
                self.accept(listener)  # type: ignore[no-untyped-call]
            listener.close()
