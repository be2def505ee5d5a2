"""Reads as Postgres renders them: a whole page comes as one text, a stream as lines from a cursor."""

from functools import partial
from typing import NamedTuple

import msgspec
import sqlalchemy as sa
from psycopg2.extensions import BYTES, cursor, register_type
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.sql.selectable import LateralFromClause

from backends.lakebase import numbers
from backends.lakebase.driver import run
from backends.lakebase.grammar import grammar_of, pg
from backends.plan import Result, Select
from backends.sql import KnownTable, bounded, part, pins_key, prepare_stream, where_and_order
from backends.sql.grammar import Expression
from backends.sql.statements import PLACE, Prepared, hidden, unused

_encode = msgspec.json.Encoder().encode
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_BETWEEN = b",\n"  # rows: there is no line break in a row, so the last rows are found from the end


class Page(NamedTuple):
    """What a page's statement gives."""

    found: int  # rows
    number: int | None  # the table's own, as it is now; None: there is none of its name
    total: int | None
    rows: bytes | None
    positions: bytes | None = None  # what the rows were ordered by, where the rows do not tell


def page_statement(known: KnownTable, plan: Select) -> Prepared:
    """The statement of a page, which gives one `Page`; with one row more than asked for where more follow."""
    values: list[object] = []
    found = where_and_order(known, plan, known.grammar.version, values)
    shape = ("page", plan.columns, plan.total, *found, part(plan, values))
    steady = partial(pins_key, plan.where, plan.table)
    return known.statement(shape, lambda: _page(known, plan), steady).of(values)


def _page(known: KnownTable, plan: Select) -> sa.Select[*tuple[object, ...]]:
    grammar = grammar_of(known)
    # a name that stands for a whole row must be none of its columns'
    every, shown, order = (unused(alias, plan.table.names) for alias in ("every", "shown", "ordered"))
    rows = known.statements.page(plan).subquery(every)
    total = known.statements.count(plan).scalar_subquery() if plan.total else sa.null()
    told = (sa.func.count(), grammar.number(), total)
    if not _positioned_apart(plan):
        return sa.select(*told, _joined(every)).select_from(rows)
    row, position = _lateral(rows, plan.columns, shown), _lateral(rows, _position_names(plan), order)
    joined = rows.join(row, sa.true()).join(position, sa.true())
    return sa.select(*told, _joined(shown), _joined(order)).select_from(joined)


def _positioned_apart(plan: Select) -> bool:
    """Whether the rows themselves do not tell what they were ordered by."""
    return bool(hidden(plan)) or not plan.table.key


def _position_names(plan: Select) -> tuple[str, ...]:
    ordered = tuple(sort.column for sort in plan.order)
    return ordered if plan.table.key else (*ordered, unused(PLACE, (*plan.columns, *hidden(plan))))


def _lateral(rows: sa.Subquery, names: tuple[str, ...], alias: quoted_name) -> LateralFromClause:
    return sa.select(*[rows.c[name] for name in names]).correlate(rows).lateral(alias)


def _joined(alias: quoted_name) -> Expression:
    line = sa.cast(pg.row_to_json(sa.column(alias)), sa.Text)
    return pg.string_agg(line, sa.literal_column(f"'{_BETWEEN.decode()}'"))


def read_page(found: cursor, statement: Prepared) -> Page:
    """What a page's statement gives, its text as it comes."""
    register_type(BYTES, found)
    run(found, statement)
    (row,) = found.fetchall()
    return Page(*row)


def page_result(plan: Select, page: Page) -> Result:
    """A page's result: without the row that only tells that more follow."""
    rows, limit = page.rows or b"", bounded(plan)
    if page.found <= limit:
        return Result(page.found, _array(plan, rows, len(rows)), page.total)
    positions, names = rows, tuple(sort.column for sort in plan.order)
    if page.positions is not None:
        positions, names = page.positions, _position_names(plan)
    end = positions.rindex(_BETWEEN)
    last = _object.decode(positions[positions.rfind(b"\n", 0, end) + 1 : end])
    array = _array(plan, rows, rows.rindex(_BETWEEN))
    return Result(limit, array, page.total, _encode([last[name] for name in names]))


def _array(plan: Select, rows: bytes, end: int) -> bytes:
    """The rows as far as `end`: copied once, for they may be many."""
    return numbers.array(plan, b"".join((b"[", memoryview(rows)[:end], b"]")))


def stream_statement(known: KnownTable, plan: Select) -> Prepared:
    """The statement of a stream, which gives a line of JSON for each row."""
    prepared = prepare_stream(known, plan, known.grammar.version)
    alias = f'"{unused("shown", plan.table.names)}"'
    sql = f"SELECT CAST(pg_catalog.row_to_json({alias}) AS TEXT) FROM ({prepared.sql}) AS {alias}"  # noqa: S608 - of our own making
    return Prepared(sql, prepared.parameters)
