"""What was loaded beside is put into its place: all tables at once, where the database has transactions.

Each statement is in the journal of migrations, so that where there are none it goes on where it stopped.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

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
from gateway.migrations.steps import Changing
from gateway.transfers.loading import LOCK
from gateway.transfers.planning import Move
from gateway.transfers.progress import Json

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
    confirm: Callable[[], None],
) -> None:
    """Put every table into its place; nothing is done that was done before.

    `confirm` makes sure that no other process has the transfer by now.

    Raises:
        Conflict: rows refuse a foreign key, or something depends on a table that is to go.
    """
    journal = Journal(target, line(transfer))
    journal.make()
    operations = list(noted(moves, keys))
    with target.transaction(target.catalog, LOCK):
        if journal.current() == transfer:
            return
        confirm()
        run = journal.open_run() or journal.begin(transfer, "upgrade", transfer, by)
        try:
            carry_out(target, journal, run, operations)
        except errors.BackendError as error:
            _place(error, transfer, operations)
            raise


def _place(error: errors.BackendError, transfer: str, operations: Sequence[Changing]) -> None:
    """Let an error name the table that it happened to."""
    where = "putting the tables into place"
    number = error.details.get("operation")
    if isinstance(number, int):
        where += f', "{operations[number - 1].name}"'
    error.message = error.message.replace(f"revision {transfer}", where, 1)
    error.details.pop("revision", None)


def is_begun(target: Backend, transfer: str) -> bool:
    """Whether some of the tables may be in their places, and others not."""
    return Journal(target, line(transfer)).open_run() is not None


def forget(target: Backend, transfer: str) -> None:
    """Forget how the tables were put into their places."""
    Journal(target, line(transfer)).erase()


def line(transfer: str) -> str:
    """The journal's line of a transfer."""
    return f"transfer {transfer}"


def noted(moves: Sequence[Move], keys: Sequence[OldKey]) -> Iterator[Changing]:
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


def _operation(change: Change) -> Changing:
    return Changing(repr(change), change.name, lambda _: change)


def told(keys: Iterable[OldKey]) -> list[Json]:
    """Keys as JSON has them; `keys_of` reads it."""
    return [
        {
            "table": [old.table.catalog, old.table.schema, old.table.table],
            "name": old.key.name,
            "columns": old.key.columns,
            "target": [old.key.target.catalog, old.key.target.schema, old.key.target.table],
            "target_columns": old.key.target_columns,
            "kept": old.kept,
        }
        for old in keys
    ]


def keys_of(found: Iterable[Any]) -> tuple[OldKey, ...]:
    """What `told` gave."""
    return tuple(OldKey(TableName(*each["table"]), _key_of(each), each["kept"]) for each in found)


def _key_of(each: Any) -> ForeignKey:
    columns, its = tuple(each["columns"]), tuple(each["target_columns"])
    return ForeignKey(each["name"], columns, TableName(*each["target"]), its)
