"""Rows of the gateway's own tables, read and written through the contract like anybody's."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backends import errors
from backends.base import Backend
from backends.plan import And, Comparison, Condition, Delete, Insert, OnConflict, Select, Sort, Table, Update
from gateway.rows import row_type

Row = dict[str, Any]
MOST = 10_000  # rows of a write: more than an operation has statements
PAGE = 1000


class Records:
    """The rows of one table, which is made when it is first written to."""

    def __init__(self, backend: Backend, table: Table) -> None:
        self._backend = backend
        self._wanted = table

    def make(self) -> None:
        """Create the table, if it is not there."""
        self._backend.create_table(self._wanted)

    def all(self, **equal: object) -> list[Row]:
        """The rows in which columns equal values, in the order of their key; none where there is no table."""
        try:
            table = self._backend.table(self._wanted.name)
        except errors.NotFound:
            return []
        select = Select(table, table.names, _equal(equal), tuple(map(Sort, table.primary_key)), limit=PAGE)
        found = self._backend.execute(select)
        rows: list[Row] = json.loads(found.rows)
        while found.next is not None:
            found = self._backend.execute(replace(select, after=tuple(json.loads(found.next))))
            rows += json.loads(found.rows)
        return rows

    def one(self, **equal: object) -> Row | None:
        """The first of those rows."""
        found = self.all(**equal)
        return found[0] if found else None

    def put(self, *rows: Row, on_conflict: OnConflict = "update") -> None:
        """Write rows; those whose keys are there are updated."""
        table = self._backend.table(self._wanted.name)
        checked = row_type(table).checked(json.dumps(rows).encode(), on_conflict, MOST)
        self._backend.execute(
            Insert(table, checked.json, checked.columns, checked.ragged, on_conflict=on_conflict)
        )

    def set(self, values: Mapping[str, object], **equal: object) -> int:
        """Update the rows in which columns equal values; gives how many."""
        table = self._backend.table(self._wanted.name)
        changes = row_type(table).changes(values, ())
        columns = tuple(name for name in table.names if name in values)
        return self._backend.execute(Update(table, changes, columns, _equal(equal))).count

    def remove(self, **equal: object) -> int:
        """Remove the rows in which columns equal values; gives how many."""
        return self._backend.execute(Delete(self._backend.table(self._wanted.name), _equal(equal))).count


def _equal(values: Mapping[str, Any]) -> Condition:
    return And(tuple(Comparison(column, "=", value) for column, value in values.items()))
