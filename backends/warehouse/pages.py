"""Reads: Arrow from the warehouse, canonical JSON from Arrow."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from backends.plan import Result, Select, Table
from backends.sql import KnownTable, bounded, prepare_count
from backends.sql.statements import hidden
from backends.warehouse.driver import Session
from backends.warehouse.texts import Texts, joined, objects, texts_of

FIRST_CHUNK, CHUNK = 100, 4000  # rows of a stream read at a time; few at first, so that it begins at once


class RowWriter:
    """Writes rows of some columns of a table as JSON objects."""

    def __init__(self, table: Table, names: tuple[str, ...]) -> None:
        self._names = list(names)
        self._makers: list[Texts] = [texts_of(table.by_name[name].type) for name in names]

    def texts(self, found: Any) -> list[Any]:
        """The texts of each column."""
        columns = [found.column(at).combine_chunks() for at in range(len(self._makers))]
        return [make(_whole(column)) for make, column in zip(self._makers, columns, strict=True)]

    def array(self, texts: list[Any], width: int) -> bytes:
        """A JSON array of objects of the first columns."""
        return b"[" + joined(objects(self._names[:width], texts[:width], ","))[:-1] + b"]"

    def lines(self, found: Any) -> bytes:
        """NDJSON."""
        return joined(objects(self._names, self.texts(found), "\n"))


def _whole(column: Any) -> Any:
    """A column in one piece; an empty one has no pieces at all."""
    return column.combine_chunks() if hasattr(column, "num_chunks") else column


@lru_cache(maxsize=256)
def row_writer(table: Table, names: tuple[str, ...]) -> RowWriter:
    """The writer of rows of these columns, made once."""
    return RowWriter(table, names)


def counted(session: Session, known: KnownTable, plan: Select) -> int:
    """How many rows a filter leaves, of all pages together."""
    return int(session.table(prepare_count(known, plan)).column(0)[0].as_py())


def page_result(plan: Select, found: Any, total: int | None) -> Result:
    """A page's result from its rows, one more than asked for where more follow."""
    limit = bounded(plan)
    more = found.num_rows > limit
    page = found.slice(0, limit)
    if not page.num_rows:
        return Result(0, total=total)
    writer = row_writer(plan.table, (*plan.columns, *hidden(plan)))
    texts = writer.texts(page)
    following = _position(plan, texts, page) if more else None
    return Result(page.num_rows, writer.array(texts, len(plan.columns)), total, following)


def _position(plan: Select, texts: list[Any], page: Any) -> bytes:
    """What the last row of a page was ordered by; without a key, also its place among its equals."""
    at = {name: position for position, name in enumerate((*plan.columns, *hidden(plan)))}
    values = [texts[at[sort.column]][-1].as_py() or "null" for sort in plan.order]
    if not plan.table.key:
        values.append(str(page.column(page.num_columns - 1)[-1].as_py()))
    return f"[{','.join(values)}]".encode()


def lines(plan: Select, tables: Iterator[Any]) -> Iterator[bytes]:
    """The rows of Arrow tables as NDJSON."""
    writer = row_writer(plan.table, plan.columns)
    for found in tables:
        yield writer.lines(found)
