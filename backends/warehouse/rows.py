"""Rows on their way to the warehouse: a JSON array, each row marked where it matters what it brings.

`from_json` gives NULL for a field that is missing. Where that is not the same as a field that is
null, each row gets one field more: a text with a 1 for each column that it brings, and a 0 for each
other.
"""

from collections.abc import Container, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Raw

from backends import types
from backends.plan import Insert, Table, Update, UpdateEach
from backends.warehouse.grammar import text_of
from backends.warehouse.statement import unused

MARKS = "brought"

_NULL = Raw(b"null")
_objects = msgspec.json.Decoder(list[dict[str, Raw]])
_object = msgspec.json.Decoder(dict[str, Raw])
_encode = msgspec.json.Encoder().encode


class _Change(msgspec.Struct):
    key_value: Raw
    updates: dict[str, Raw]


_changes = msgspec.json.Decoder(list[_Change])


class Rows(NamedTuple):
    """A JSON array of rows, and whether they are marked."""

    json: bytes
    marked: bool


def inserted(plan: Insert) -> Rows:
    """The rows of an Insert."""
    if not _matters(plan):
        return Rows(plan.rows, marked=False)
    field = marks(plan.table)
    rows = [{**row, field: _marks(plan.columns, row)} for row in _objects.decode(plan.rows)]
    return Rows(_encode(rows), marked=True)


def _matters(plan: Insert) -> bool:
    """Whether a row that lacks a column differs from one that brings NULL there."""
    if not plan.ragged:
        return False
    stamps = {name for name, _ in plan.stamps}
    by_name = plan.table.by_name
    return plan.on_conflict == "update" or any(
        name in stamps or by_name[name].default is not None for name in plan.columns
    )


def changed(plan: UpdateEach) -> Rows:
    """The changes of an UpdateEach."""
    changes = _changes.decode(plan.rows)
    if all(len(change.updates) == len(plan.columns) for change in changes):
        return Rows(plan.rows, marked=False)
    rows = [
        {"key_value": each.key_value, "updates": each.updates, MARKS: _marks(plan.columns, each.updates)}
        for each in changes
    ]
    return Rows(_encode(rows), marked=True)


def marks(table: Table) -> str:
    """The field with the marks of a table's rows: the name of none of its columns."""
    return unused(MARKS, table)


def _marks(columns: Sequence[str], row: Container[str]) -> str:
    return "".join(["1" if name in row else "0" for name in columns])


def values(plan: Update) -> tuple[object, ...]:
    """The values of an Update's columns, as the texts that the statement casts."""
    changes = _object.decode(plan.changes)
    return tuple([_value(plan.table.by_name[name].type, changes[name]) for name in plan.columns])


def _value(type_: types.Type, value: Raw) -> str | None:
    if value == _NULL:
        return None
    if isinstance(type_, types.Decimal) or type_.nested:
        return bytes(value).decode()
    return text_of(msgspec.json.decode(value))
