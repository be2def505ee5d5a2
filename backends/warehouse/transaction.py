"""A transaction, as far as there is one: a lock, and a session that nobody else gets meanwhile or after."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

from backends.warehouse.connections import Sessions
from backends.warehouse.lease import LEASE_SECONDS, Lease

RUN_SECONDS = 3600  # for one statement of a migration


class Transaction(NamedTuple):
    """What a thread is within."""

    lease: Lease
    sessions: Sessions  # of one, for `Backend.run`


@contextmanager
def begun(sessions: Sessions, catalog: str, lock: str, seconds: int = LEASE_SECONDS) -> Iterator[Transaction]:
    """A transaction under a lock, renewed in a session of its own: requests may have taken all others.

    Raises: as `Lease.held` does.
    """
    with (
        running(sessions) as own,
        closing(sessions.apart()) as renewing,
        Lease(renewing, catalog, lock, seconds).held() as lease,
    ):
        yield Transaction(lease, own)


@contextmanager
def running(sessions: Sessions) -> Iterator[Sessions]:
    """A session for statements that may set something in it, or take long; it ends with what it is for."""
    with closing(sessions.apart(RUN_SECONDS)) as own:
        yield own
