"""One statement of a change, or of a migration's own, inside a transaction."""

import math
import sqlite3
from collections import deque

from backends import errors
from backends.sqlite import faults
from backends.sqlite.file import Connection

_REFUSED = frozenset({sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT, sqlite3.SQLITE_ATTACH})


def run(connection: Connection, statement: str, *, again: bool) -> None:
    """See `Backend.run`; it takes the time that it needs."""
    connection.deadline = math.inf
    connection.spent = True
    connection.set_authorizer(_allowed)
    try:
        deque(connection.execute(statement), maxlen=0)
    except (sqlite3.Warning, sqlite3.ProgrammingError, ValueError) as error:
        raise errors.Invalid("a statement is one statement, and takes no values") from error
    except sqlite3.Error as error:
        # an error of the driver's own has no code
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_AUTH:
            raise errors.Invalid("a statement cannot end its transaction, or use other files") from error
        if again and faults.is_done(error):
            return
        raise faults.refused(error) from error
    finally:
        connection.set_authorizer(None)


def _allowed(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_DENY if action in _REFUSED else sqlite3.SQLITE_OK
