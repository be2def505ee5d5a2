"""Foreign keys looked at all at once, after a transaction in which SQLite did not."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager

from backends import errors
from backends.sql import refusals
from backends.sqlite.grammar import quoted

_TABLES = (
    "SELECT DISTINCT m.name FROM sqlite_master AS m, pragma_foreign_key_list(m.name) WHERE m.type = 'table'"
)


def refuse_broken(
    connection: sqlite3.Connection, reading: Callable[[], AbstractContextManager[sqlite3.Connection]]
) -> None:
    """Refuse a transaction that leaves keys pointing nowhere; those that others left so before stay.

    They are counted all together, for the transaction may have given tables other names.
    `reading` gives a connection that does not see the transaction.

    Raises:
        Conflict: there are more of them than there were.
    """
    if not (now := _broken(connection)):
        return
    with reading() as outside:
        if now > _broken(outside):
            raise errors.Conflict(refusals.FOREIGN_KEY)


def _broken(connection: sqlite3.Connection) -> int:
    """How many rows point nowhere, for each of their keys; a key that can point at nothing is one more."""
    found = 0
    for (table,) in connection.execute(_TABLES).fetchall():
        try:
            rows = connection.execute(f"PRAGMA foreign_key_check({quoted(table)})").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise
            found += 1
        else:
            found += len(rows)
    return found
