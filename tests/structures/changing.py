"""Changes carried out, and what comes of them compared with what they say."""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from backends import errors, types
from backends.base import Backend
from backends.changes import Change, CreateTable, RenameTable
from backends.outcome import outcome
from backends.plan import Column, Comparison, Insert, Operator, Select, Sort, Table, TableName
from backends.structure import Check, Default, Structure
from gateway.rows import row_type

Row = dict[str, Any]

LOCK = f"tests-{os.getpid()}"  # processes that share a workspace need not wait for each other


def column(name: str, type_: str, *, nullable: bool = True, comment: str | None = None) -> Column:
    """A column, its type as a client names it."""
    return Column(name, types.parse(type_), nullable, comment)


def table(name: TableName, *columns: Column, key: Sequence[str] = ("id",)) -> Structure:
    """A table's structure, its key's columns NOT NULL."""
    made = tuple(replace(each, nullable=each.nullable and each.name not in key) for each in columns)
    return Structure(Table(name, made, tuple(key)))


def check(name: str, column_name: str, op: Operator, value: Any = None) -> Check:
    """A check of one comparison."""
    return Check(name, Comparison(column_name, op, value))


def found(backend: Backend, name: TableName) -> Structure | None:
    """A table's structure, if there is one."""
    try:
        return backend.structure(name)
    except errors.NotFound:
        return None


def make(backend: Backend, structure: Structure) -> Structure:
    """Create a table; gives its structure as it was found."""
    return change(backend, CreateTable(structure))


def change(backend: Backend, *changes: Change) -> Structure:
    """Carry changes out, each compared with its outcome; gives the last structure."""
    after: Structure | None = None
    for each in changes:
        before = found(backend, each.name)
        expected = outcome(each, before)
        run(backend, each, before)
        name = replace(each.name, table=each.to) if isinstance(each, RenameTable) else each.name
        after = found(backend, name)
        assert told(after) == told(expected), each
        assert after is None or after.others == ()
    assert after is not None
    return after


def run(backend: Backend, each: Change, before: Structure | None) -> None:
    """Run the statements of a change, in a transaction where there are any."""
    statements = backend.ddl(each, before)
    with backend.transaction(each.name.catalog, LOCK):
        for statement in statements:
            if not statement.startswith("--"):
                backend.run(each.name.catalog, statement)


def told(structure: Structure | None) -> tuple[Any, ...]:
    """What must be the same of a structure in every database."""
    if structure is None:
        return ()
    columns = [(c.name, c.type, c.nullable, c.comment) for c in structure.table.columns]
    defaults: dict[str, Default] = dict(structure.defaults)
    named = (structure.checks, structure.foreign_keys, structure.indexes)
    key, numbered = structure.table.primary_key, structure.identity
    return structure.table.name, columns, key, structure.comment, defaults, *named, numbered


def write(backend: Backend, name: TableName, *rows: Row) -> int:
    """Write rows."""
    known = backend.table(name, fresh=True)
    checked = row_type(known).checked(json.dumps(rows).encode(), "error", 1000)
    return backend.execute(Insert(known, checked.json, checked.columns, checked.ragged)).count


def read(backend: Backend, name: TableName, *columns: str, order: str = "id") -> list[Row]:
    """All rows, in the order of a column."""
    known = backend.table(name, fresh=True)
    select = Select(known, columns or known.names, order=(Sort(order),), limit=None)
    return [json.loads(line) for line in b"".join(backend.stream(select)).splitlines()]
