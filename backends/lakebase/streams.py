"""A stream: a cursor in the database, fetched a few thousand lines at a time."""

from collections.abc import Generator, Iterator

from backends import errors
from backends.lakebase import numbers
from backends.lakebase.connections import Database
from backends.lakebase.faults import Lost, Overdue
from backends.lakebase.pages import stream_statement
from backends.plan import Select
from backends.sql import KnownTable

FIRST_CHUNK, CHUNK = 100, 2000  # rows read at a time; few at first, so that it begins at once


def lines(database: Database, known: KnownTable, select: Select) -> Generator[bytes, None, bool]:
    """The rows as NDJSON in chunks; the database keeps its place until the iterator is closed.

    Returns:
        Whether there was any row.

    Raises:
        Lost: the connection was lost before the first chunk.
        Unavailable: it was lost later.
        Timeout: the database did not answer in time.
    """
    statement = stream_statement(known, select)
    begun, size = False, FIRST_CHUNK
    try:
        with database.declared(statement.sql, statement.parameters) as fetch:
            while rows := fetch(size):
                begun = True
                yield numbers.lines(select, ("\n".join([line for (line,) in rows]) + "\n").encode())
                if len(rows) < size:
                    break
                size = CHUNK
    except Lost as error:
        if not begun:
            raise
        raise errors.Unavailable("the connection to the database was lost") from error
    except Overdue as error:
        raise errors.Timeout("the database did not answer in time") from error
    return begun


def second(database: Database, chunks: Iterator[bytes]) -> bytes:
    """The first of the chunks that are asked for once more, on a connection that is new.

    Raises:
        Unavailable: the connection was lost again.
    """
    database.renew()
    try:
        return next(chunks, b"")
    except Lost as error:
        raise errors.Unavailable("the connection to the database was lost") from error
