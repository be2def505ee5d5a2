"""Inserts and updates as SQLite runs them: one statement for all rows that bring the same columns."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import UNSET
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from backends.plan import Insert, UpdateEach
from backends.sql import KnownTable
from backends.sql.shape import Binds
from backends.sql.statements import Statement
from backends.sqlite.rows import row_reader

Row = tuple[object, ...]
Groups = dict[tuple[str, ...], list[Row]]


def insert(connection: sqlite3.Connection, known: KnownTable, plan: Insert) -> int:
    """Write the rows of an Insert inside a transaction; gives how many were written or updated."""
    rows = row_reader(plan.table, plan.columns).array(plan.rows)
    groups = _by_columns(plan.columns, _filled(plan, rows)) if plan.ragged else {plan.columns: rows}
    return sum(_insert_group(connection, known, plan, columns, group) for columns, group in groups.items())


def _insert_group(
    connection: sqlite3.Connection, known: KnownTable, plan: Insert, columns: tuple[str, ...], rows: list[Row]
) -> int:
    stamps = [(name, value) for name, value in plan.stamps if name not in columns]
    restamps = [(name, value) for name, value in plan.restamps if name not in columns]
    shape = (Insert, plan.on_conflict, columns, *(name for name, _ in stamps))
    statement = known.statement(
        shape, lambda: _insert_statement(known, plan, [*columns, *(n for n, _ in stamps)], columns)
    )
    constants = tuple([value for _, value in stamps])
    if plan.on_conflict == "update":
        constants += tuple([value for _, value in restamps])
    return _run(connection, statement, [row + constants for row in rows] if constants else rows)


def _insert_statement(
    known: KnownTable, plan: Insert, names: Sequence[str], brought: Sequence[str]
) -> sa.ClauseElement:
    binds, table = Binds(), known.statements.table
    statement = sqlite_insert(table).values({table.c[name]: binds.next() for name in names})
    if plan.on_conflict == "ignore":
        return statement.on_conflict_do_nothing(index_elements=list(plan.table.primary_key))
    if plan.on_conflict == "error":
        return statement
    kept = {*plan.table.primary_key, *plan.kept}
    new: dict[str, Any] = {name: statement.excluded[name] for name in brought if name not in kept}
    new |= {name: binds.next() for name, _ in plan.restamps if name not in brought}
    if not new:  # nothing but the key: the row stays as it is, and counts
        new = {name: statement.excluded[name] for name in plan.table.primary_key[:1]}
    return statement.on_conflict_do_update(index_elements=list(plan.table.primary_key), set_=new)


def update_each(connection: sqlite3.Connection, known: KnownTable, plan: UpdateEach) -> int:
    """Make the changes of an UpdateEach inside a transaction; gives how many rows were changed."""
    groups = _by_columns(plan.columns, _changes(plan), keyed=True)
    return sum(_update_group(connection, known, plan, columns, group) for columns, group in groups.items())


def _changes(plan: UpdateEach) -> list[Row]:
    """For each change its values, UNSET where it brings none, and its key."""
    read, read_key = row_reader(plan.table, plan.columns).one, row_reader(plan.table, (plan.key_column,)).one
    key_name = msgspec.json.encode(plan.key_column)
    each: list[dict[str, msgspec.Raw]] = msgspec.json.decode(plan.rows, type=list[dict[str, msgspec.Raw]])
    return [
        read(bytes(change["updates"])) + read_key(b"{%b:%b}" % (key_name, bytes(change["key_value"])))
        for change in each
    ]


def _update_group(
    connection: sqlite3.Connection,
    known: KnownTable,
    plan: UpdateEach,
    columns: tuple[str, ...],
    rows: list[Row],
) -> int:
    constants: list[object] = [value for _, value in plan.stamps]
    names = (*columns, *(name for name, _ in plan.stamps))
    where: list[object] = []
    shape = (UpdateEach, plan.key_column, names, known.shaper.condition(plan.where, where))
    statement = known.statement(shape, lambda: _update_statement(known, plan, names))
    return _run(connection, statement, ((*row[:-1], *constants, row[-1], *where) for row in rows))


def _update_statement(known: KnownTable, plan: UpdateEach, names: Sequence[str]) -> sa.ClauseElement:
    binds, table = Binds(), known.statements.table
    new = {table.c[name]: binds.next() for name in names}
    key = plan.table.by_name[plan.key_column]
    same_key = known.grammar.equated(key, table.c[key.name]) == binds.next()
    return sa.update(table).values(new).where(same_key, known.statements.condition(plan.where, binds))


def _run(connection: sqlite3.Connection, statement: Statement, rows: Iterable[Row]) -> int:
    if statement.markers != tuple(range(len(statement.markers))):
        rows = (statement.parameters(list(row)) for row in rows)
    return connection.executemany(statement.sql, rows).rowcount


def _filled(plan: Insert, rows: list[Row]) -> list[Row]:
    """The rows with stamps, and NULL where a column has no other default, in place of what they do not bring.

    A write that may update leaves the latter alone: it sets only what a row brings.
    """
    fill: dict[str, object] = {}
    if plan.on_conflict != "update":
        fill = {name: None for name in plan.columns if plan.table.by_name[name].default is None}
        fill |= dict(plan.stamps)
    fills = [fill.get(name, UNSET) for name in plan.columns]
    return [tuple([f if v is UNSET else v for v, f in zip(row, fills, strict=True)]) for row in rows]


def _by_columns(columns: Sequence[str], rows: list[Row], *, keyed: bool = False) -> Groups:
    """Rows by the columns they bring, each with only their values; a key that follows them stays last."""
    groups: Groups = {}
    for row in rows:
        values = row[:-1] if keyed else row
        present = tuple(name for name, value in zip(columns, values, strict=True) if value is not UNSET)
        brought = tuple(value for value in values if value is not UNSET)
        groups.setdefault(present, []).append((*brought, row[-1]) if keyed else brought)
    return groups
