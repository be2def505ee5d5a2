"""Statements that Postgres keeps planned: those that a connection has sent often.

To read and plan a statement of the gateway's takes longer than to find a row by it. As drivers do that can
(psycopg 3, pgjdbc), what has been sent often is prepared
(https://www.postgresql.org/docs/current/sql-prepare.html); but only what is `Statement.steady`: a plan that
is made once does not know which values are rare.
"""

import re
from collections.abc import Iterator
from hashlib import blake2b
from itertools import count
from typing import NamedTuple

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, cursor

from backends.sql.statements import Statement

MOST_BYTES = 100_000  # of the SQL that is kept planned for a connection; Postgres needs sixty times as many
COUNTED = 1000  # statements of which a connection knows how often it has sent them

# Of each parameter's type: its name if it is an array, for ARRAY['1'] is one of texts unless the next word
# says another; and whether its values are read as without PREPARE, which forgets the fields of an INTERVAL,
# checks a domain before any row is looked for, and holds on to a type that is dropped.
_TYPES = """
    SELECT CASE WHEN t.typcategory = 'A' THEN pg_catalog.format('%%I.%%I', n.nspname, t.typname) END,
        n.nspname = 'pg_catalog' AND t.typname NOT IN ('interval', '_interval')
    FROM pg_catalog.pg_prepared_statements p,
        pg_catalog.unnest(p.parameter_types) WITH ORDINALITY AS taken(type, place),
        pg_catalog.pg_type t, pg_catalog.pg_namespace n
    WHERE p.name = %s AND t.oid = taken.type AND n.oid = t.typnamespace ORDER BY taken.place"""


class _Kept(NamedTuple):
    """A statement as a connection sends it; it has a name if the server keeps it planned."""

    text: str
    name: str | None = None


class Plans:
    """The statements that one connection has sent, and those that are kept planned for it.

    It begins to keep one when it is sent for the `threshold`th time; where that is 0, it keeps none.
    """

    def __init__(self, threshold: int) -> None:
        self._threshold = threshold
        self._kept: dict[Statement, _Kept] = {}  # those that were sent often
        self._sent: dict[Statement, int] = {}
        self._numbers = count(1)

    def text(self, found: cursor, statement: Statement) -> str:
        """The SQL that runs a statement; it takes the same parameters.

        Raises:
            psycopg2.Error: the statement cannot be prepared, nor run.
        """
        kept = self._kept.get(statement)
        if kept is None and self._is_due(found, statement):
            kept = self._kept[statement] = self._prepared(found, statement)
            self._make_room(found)
        return kept.text if kept else statement.sql

    def _is_due(self, found: cursor, statement: Statement) -> bool:
        """Whether it is time to keep a statement; not in a transaction, which a failure would end."""
        if not (self._threshold and statement.steady and statement.markers):
            return False
        times = self._sent[statement] = self._sent.pop(statement, 0) + 1
        if len(self._sent) > COUNTED:
            del self._sent[next(iter(self._sent))]
        return (
            times >= self._threshold
            and len(statement.sql) <= MOST_BYTES
            and found.connection.get_transaction_status() == TRANSACTION_STATUS_IDLE
        )

    def _prepared(self, found: cursor, statement: Statement) -> _Kept:
        # the name tells the SQL: behind a pooler of transactions another client may have the same number
        digest = blake2b(statement.sql.encode(), digest_size=8).hexdigest()
        name = f"lakegate_{digest}_{next(self._numbers)}"
        try:
            found.execute(f"PREPARE {name} AS {_numbered(statement.sql)}")
        except psycopg2.ProgrammingError:  # Postgres cannot tell a parameter's type, or cannot run it at all
            return _Kept(statement.sql)
        with found.connection.cursor(cursor_factory=type(found)) as asking:  # which reads texts as such
            asking.execute(_TYPES, (name,))
            types = asking.fetchall()
        if not all(same for _, same in types):
            found.execute(f"DEALLOCATE {name}")
            return _Kept(statement.sql)
        return _Kept(f"EXECUTE {name}({', '.join(_markers([array for array, _ in types]))})", name)

    def _make_room(self, found: cursor) -> None:
        """Let those go that have been kept longest, where they are too many."""
        size = sum(len(statement.sql) for statement in self._kept)
        while size > MOST_BYTES:
            oldest = next(iter(self._kept))
            size -= len(oldest.sql)
            if (name := self._kept.pop(oldest).name) is not None:
                found.execute(f"DEALLOCATE {name}")


def _numbered(sql: str) -> str:
    """The driver's SQL with Postgres's own markers."""
    numbers = count(1)
    return re.sub("%(.)", lambda found: f"${next(numbers)}" if found[1] == "s" else found[1], sql)


def _markers(arrays: list[str | None]) -> Iterator[str]:
    for array in arrays:
        yield "%s" if array is None else f"CAST(%s AS {array})"
