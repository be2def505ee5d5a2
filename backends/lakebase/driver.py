"""psycopg2 with deadlines: its waiting ends, and its connections tell when they are lost."""

import math
import select
import time
from collections.abc import Mapping
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, TRANSACTION_STATUS_IDLE, connection, cursor

from backends.lakebase.faults import Lost, Overdue
from backends.lakebase.planned import Plans
from backends.sql.statements import Prepared


class Connection(connection):
    """A connection whose waiting ends at `deadline`, in the monotonic clock's seconds.

    One that is `spent` is used by nobody else: a migration's own SQL may have left something on it.
    """

    spent = False
    reading: select.poll  # of its socket, once it is open

    def __init__(self, dsn: str, *, deadline: float, threshold: int, **options: Any) -> None:
        self.deadline = deadline
        self.plans = Plans(threshold)
        super().__init__(dsn, **options)

    def is_dead(self) -> bool:
        """Whether the server has closed it: then the socket of an idle connection has something to say.

        That costs no round trip. A setting that the server tells all its clients looks the same.
        """
        if self.closed:
            return True
        return bool(self.reading.poll(0))

    def is_at_rest(self) -> bool:
        """Whether it can be used again: it is open, in no transaction, and not spent."""
        return not self.closed and not self.spent and self.info.transaction_status == TRANSACTION_STATUS_IDLE


class Cursor(cursor):
    """A cursor that tells a lost connection from an error of the statement's."""

    def execute(self, *arguments: Any) -> None:
        """See psycopg2.

        Raises:
            Lost: the connection was lost.
            Overdue: the server did not answer in time.
        """
        try:
            super().execute(*arguments)
        except psycopg2.Error as error:
            if is_loss(error, self.connection):
                raise Lost from error
            raise


def run(found: cursor, statement: Prepared) -> None:
    """Execute a statement, which the server keeps planned if it is sent often; raises as `execute` does."""
    plans: Plans = found.connection.plans  # type: ignore[attr-defined]
    sql = statement.sql if statement.kept is None else plans.text(found, statement.kept)
    found.execute(sql, statement.parameters)


def is_loss(error: psycopg2.Error, of: connection) -> bool:
    """Whether an error of a statement is the loss of its connection, which may not know it yet."""
    if of.closed or error.diag.severity_nonlocalized in ("FATAL", "PANIC"):
        return True
    return error.pgcode is None and isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)


def opened(arguments: Mapping[str, object], deadline: float, threshold: int = 0) -> Connection:
    """A new connection by libpq's keywords, whose every statement is a transaction of its own.

    `threshold`: see `Plans`.

    Raises:
        psycopg2.Error: there is none to be had.
        Overdue: the server did not answer before the deadline.
    """
    psycopg2.extensions.set_wait_callback(wait)

    def make(dsn: str, **options: Any) -> Connection:
        return Connection(dsn, deadline=deadline, threshold=threshold, **options)

    made: Connection = psycopg2.connect(connection_factory=make, **dict(arguments))  # type: ignore[call-overload]
    made.autocommit = True
    made.reading = _poller(made, select.POLLIN)
    return made


def wait(waiting: connection) -> None:
    """Wait for the server, for as long as the connection's deadline allows.

    libpq's own time-outs do not end a statement whose answer a network swallows; psycopg2 lets the
    waiting be replaced, for all connections of a process. What is raised here closes the connection.
    """
    deadline = getattr(waiting, "deadline", math.inf)
    reading = getattr(waiting, "reading", None)
    while (state := waiting.poll()) != POLL_OK:
        poller = reading if reading and state == POLL_READ else _poller(waiting, _EVENTS[state])
        left = deadline - time.monotonic()
        if left <= 0 or not poller.poll(None if left == math.inf else math.ceil(left * 1000)):
            raise Overdue


_EVENTS = {POLL_READ: select.POLLIN, POLL_WRITE: select.POLLOUT}


def _poller(of: connection, events: int) -> select.poll:
    made = select.poll()
    made.register(of.fileno(), events)
    return made
