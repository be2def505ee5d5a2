"""Rows that a revision writes, changes or removes, planned as requests are."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from backends.base import Backend
from backends.errors import Conflict
from backends.plan import Delete, OnConflict, TableName
from gateway.migrations.reading import conditions_of, exact
from gateway.planner import plan_delete, plan_update, plan_write
from gateway.requests import DeleteRecords, Selector, Target, UpdateRecords, WriteRecords

CALLER = "lakegate migrations"  # who is said to have written them
MOST = 1_000_000  # rows of one write

_encode = msgspec.json.Encoder(decimal_format="number").encode

Run = Callable[[Backend, bool], int]


def encoded(rows: Sequence[Mapping[str, object]]) -> bytes:
    """Rows as a request has them. Raises Invalid."""
    return _encode(exact(list(rows)))


def writer(name: TableName, data: bytes, on_conflict: OnConflict) -> Run:
    """What writes rows; those that a try before has written are passed over, by their keys.

    Without keys, which the database may number, nobody knows which they are: that is a Conflict.
    """

    def run(backend: Backend, again: bool) -> int:  # noqa: FBT001 - a callback's own
        table = backend.table(name, fresh=True)
        if again and not _tells_apart(table.primary_key, data):
            raise Conflict(
                f'the rows may have been written to "{name}", and have no key to tell by:'
                " look, mend the tables by hand and stamp"
            )
        how: OnConflict = "ignore" if again and on_conflict == "error" else on_conflict
        request = WriteRecords(_target(name), data, on_conflict=how)
        return backend.execute(plan_write(request, table, CALLER, MOST)).count

    return run


def _tells_apart(key: tuple[str, ...], data: bytes) -> bool:
    """Whether every row brings its key."""
    return bool(key) and all(row.keys() >= set(key) for row in msgspec.json.decode(data))


def updater(name: TableName, updates: Mapping[str, object], filters: Sequence[Mapping[str, Any]]) -> Run:
    """What updates the rows that meet conditions."""
    selector = Selector("filters", conditions_of(list(filters)))
    values: Any = exact(dict(updates))

    def run(backend: Backend, _: bool) -> int:  # noqa: FBT001 - a callback's own
        request = UpdateRecords(_target(name), selector, values, include_deleted=True)
        return backend.execute(plan_update(request, backend.table(name, fresh=True), CALLER)).count

    return run


def remover(name: TableName, filters: Sequence[Mapping[str, Any]]) -> Run:
    """What removes the rows that meet conditions."""
    selector = Selector("filters", conditions_of(list(filters)))

    def run(backend: Backend, _: bool) -> int:  # noqa: FBT001 - a callback's own
        request = DeleteRecords(_target(name), selector, soft=False, include_deleted=True)
        plan = plan_delete(request, backend.table(name, fresh=True))
        assert isinstance(plan, Delete)  # noqa: S101 - it is not a soft one
        return backend.execute(plan).count

    return run


def _target(name: TableName) -> Target:
    return Target(name.table, name.catalog, name.schema)
