"""What was loaded beside is put into its place: all tables at once, where the database has transactions.

Each statement is in the journal of migrations, so that where there are none it goes on where it stopped.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from backends import errors
from backends.base import Backend
from backends.changes import (
    AddForeignKey,
    AdvanceIdentity,
    Change,
    CreateIndex,
    DropConstraint,
    DropTable,
    RenameTable,
)
from backends.plan import TableName
from backends.structure import ForeignKey
from gateway.migrations.carrying import carry_out
from gateway.migrations.journal import Journal
from gateway.migrations.steps import Changing, Operation
from gateway.transfers.loading import LOCK
from gateway.transfers.planning import Move

AWAY = "_away"  # how the names of tables end that another has taken the place of


@dataclass(frozen=True, slots=True)
class OldKey:
    """A foreign key that points at a table which another will stand in for."""

    table: TableName
    key: ForeignKey
    kept: bool  # by a table that stays, and gets it again


def old_keys(target: Backend, moves: Iterable[Move]) -> tuple[OldKey, ...]:
    """The foreign keys that have to go before tables can; of all tables in the schemas concerned."""
    gone = {move.target for move in moves if move.made and move.existed}
    found: list[OldKey] = []
    for catalog, schema in sorted({(name.catalog, name.schema) for name in gone}):
        for each in target.tables(catalog, schema):
            name = TableName(catalog, schema, each.name)
            if each.kind == "table":
                keys = target.structure(name).foreign_keys
                found += [OldKey(name, key, name not in gone) for key in keys if key.target in gone]
    return tuple(found)


def finish(
    target: Backend,
    transfer: str,
    moves: Sequence[Move],
    keys: Sequence[OldKey],
    by: str,
) -> None:
    """Put every table into its place; nothing is done that was done before.

    Raises:
        Conflict: rows refuse a foreign key, or something depends on a table that is to go.
    """
    journal = Journal(target, f"transfer {transfer}")
    journal.make()
    operations = list(noted(moves, keys))
    with target.transaction(target.catalog, LOCK):
        if journal.current() != transfer:
            run = journal.open_run() or journal.begin(transfer, "upgrade", transfer, by)
            try:
                carry_out(target, journal, run, operations)
            except errors.BackendError as error:
                words = error.message.replace(f"revision {transfer}", "putting the tables into place", 1)
                error.message = words
                error.details.pop("revision", None)
                raise


def noted(moves: Sequence[Move], keys: Sequence[OldKey]) -> Iterator[Operation]:
    """The operations, in an order in which nothing is missed."""
    made = [(move, move.made.table.name) for move in moves if move.made]
    for move, beside in made:
        assert move.made is not None  # noqa: S101 - those that are
        yield from (_operation(CreateIndex(beside, index)) for index in move.made.indexes)
    for old in keys:
        yield _operation(DropConstraint(old.table, old.key.name))
    for move, beside in made:
        if move.existed:
            yield _operation(RenameTable(move.target, f"{beside.table}{AWAY}"))
        yield _operation(RenameTable(beside, move.target.table))
    for move, beside in made:
        if move.existed:
            yield _operation(DropTable(replace(beside, table=f"{beside.table}{AWAY}")))
    for move, _ in made:
        yield from (_operation(AddForeignKey(move.target, key)) for key in move.keys)
    for old in keys:
        if old.kept:
            yield _operation(AddForeignKey(old.table, old.key))
    for move in moves:
        if move.identity is not None:
            yield _operation(AdvanceIdentity(move.target, move.identity.next))


def _operation(change: Change) -> Operation:
    return Changing(repr(change), change.name, lambda _: change)


def keys_text(keys: Iterable[OldKey]) -> str:
    """Keys as JSON; `keys_of` reads it."""
    return json.dumps([
        {
            "table": [old.table.catalog, old.table.schema, old.table.table],
            "name": old.key.name,
            "columns": old.key.columns,
            "target": [old.key.target.catalog, old.key.target.schema, old.key.target.table],
            "target_columns": old.key.target_columns,
            "kept": old.kept,
        }
        for old in keys
    ])  # fmt: skip


def keys_of(text: str) -> tuple[OldKey, ...]:
    """What `keys_text` wrote."""
    return tuple(
        OldKey(
            TableName(*told["table"]),
            ForeignKey(
                told["name"],
                tuple(told["columns"]),
                TableName(*told["target"]),
                tuple(told["target_columns"]),
            ),
            told["kept"],
        )
        for told in json.loads(text)
    )
