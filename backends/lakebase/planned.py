"""Statements that Postgres keeps planned: those that a connection has sent often.

To read and plan a statement of the gateway's takes longer than to find a row by it. As drivers do that can
(psycopg 3, pgjdbc), what has been sent often is prepared; Postgres goes on to plan it for each
time's values where that finds a better way (https://www.postgresql.org/docs/current/sql-prepare.html).
"""

import re
from itertools import count

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, cursor

from backends.sql.statements import Statement

MOST = 100  # statements that are kept planned for a connection
COUNTED = 1000  # statements of which a connection knows how often it has sent them

# the type of each parameter that is an array: ARRAY['1'] is one of texts unless the next word says another
_ARRAYS = """
    SELECT CASE WHEN t.typcategory = 'A'
           THEN pg_catalog.replace(pg_catalog.format('%%I.%%I', n.nspname, t.typname), '%%', '%%%%') END
    FROM pg_catalog.pg_prepared_statements p,
        pg_catalog.unnest(p.parameter_types) WITH ORDINALITY AS taken(type, place),
        pg_catalog.pg_type t, pg_catalog.pg_namespace n
    WHERE p.name = %s AND t.oid = taken.type AND n.oid = t.typnamespace ORDER BY taken.place"""


class Plans:
    """The statements that one connection has sent, and those that are kept planned for it.

    It begins to keep one when it is sent for the `often`th time; where that is 0, it keeps none.
    """

    def __init__(self, often: int) -> None:
        self._often = often
        self._texts: dict[Statement, str] = {}  # what runs those that were sent often
        self._sent: dict[Statement, int] = {}
        self._numbers = count(1)

    def text(self, found: cursor, statement: Statement) -> str:
        """The SQL that runs a statement; it takes the same parameters.

        Raises:
            psycopg2.Error: the statement cannot be prepared, nor run.
        """
        return self._texts.get(statement) or self._counted(found, statement)

    def _counted(self, found: cursor, statement: Statement) -> str:
        if not self._often:
            return statement.sql
        times = self._sent.pop(statement, 0) + 1
        if times < self._often or found.connection.get_transaction_status() != TRANSACTION_STATUS_IDLE:
            if len(self._sent) >= COUNTED:
                self._sent.clear()
            self._sent[statement] = times
            return statement.sql
        if len(self._texts) >= MOST:
            found.execute("DEALLOCATE ALL")
            self._texts.clear()
        text = self._texts[statement] = self._prepared(found, statement)
        return text

    def _prepared(self, found: cursor, statement: Statement) -> str:
        name = f"lakegate_{next(self._numbers)}"
        try:
            found.execute(f"PREPARE {name} AS {_numbered(statement.sql)}")
        except psycopg2.ProgrammingError:  # a parameter's type is not to be told; or it cannot be run either
            return statement.sql
        with found.connection.cursor(cursor_factory=type(found)) as asking:  # which reads texts as such
            asking.execute(_ARRAYS, (name,))
            markers = ["%s" if array is None else f"CAST(%s AS {array})" for (array,) in asking.fetchall()]
        return f"EXECUTE {name}({', '.join(markers)})"


def _numbered(sql: str) -> str:
    """The driver's SQL with Postgres's own markers."""
    numbers = count(1)
    return re.sub("%(.)", lambda found: f"${next(numbers)}" if found[1] == "s" else found[1], sql)
