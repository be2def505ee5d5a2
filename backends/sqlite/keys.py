"""Foreign keys looked at all at once, after a transaction in which SQLite did not."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager

from backends import errors
from backends.sql import refusals
from backends.sqlite.grammar import quoted

Broken = Counter[tuple[object, ...]]
_TABLES = (
    "SELECT DISTINCT m.name FROM sqlite_master AS m, pragma_foreign_key_list(m.name) WHERE m.type = 'table'"
)


def refuse_broken(
    connection: sqlite3.Connection, reading: Callable[[], AbstractContextManager[sqlite3.Connection]]
) -> None:
    """Refuse a transaction that leaves keys pointing nowhere; those that others left so before stay.

    `reading` gives a connection that does not see the transaction.

    Raises:
        Conflict: there are more of them than there were.
    """
    if not (now := _broken(connection)):
        return
    with reading() as outside:
        if now - _broken(outside):
            raise errors.Conflict(refusals.FOREIGN_KEY)


def _broken(connection: sqlite3.Connection) -> Broken:
    """How many rows of each foreign key point nowhere; a key that can point at nothing is one more."""
    found: Broken = Counter()
    for (table,) in connection.execute(_TABLES).fetchall():
        try:
            rows = connection.execute(f"PRAGMA foreign_key_check({quoted(table)})").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise
            found[table,] += 1
        else:
            found.update((child, parent, key) for child, _, parent, key in rows)
    return found
