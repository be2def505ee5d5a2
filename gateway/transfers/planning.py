"""Which table goes where, in which order, and as what: found out before anything is written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from backends import errors
from backends.base import Backend
from backends.changes import CreateTable
from backends.errors import Conflict, Fault, Invalid
from backends.plan import Column, Table, TableName
from backends.structure import ForeignKey, Identity, Structure
from gateway.migrations.journal import SCHEMA
from gateway.transfers.asked import Asked, Mode
from gateway.transfers.connections import Connection
from gateway.transfers.matching import not_written, refuse_misfit

MOST_TABLES = 1000
_BESIDE = re.compile(r"lakegate_[0-9a-f]{8}_\d+(_away)?")  # what other transfers load beside
OWN_TABLES = frozenset(
    {"versions", "runs", "steps", "locks", "jobs", "transfers", "transfer_tables", "checkpoints"}
)


@dataclass(frozen=True)
class Move:
    """One table on its way.

    `made` is what is made beside the target, to stand in its place in the end; None where rows go into
    the target itself. `remarks` are what cannot be carried, each a sentence.
    """

    position: int
    source: Table
    target: TableName
    mode: Mode
    made: Structure | None
    existed: bool
    keys: tuple[ForeignKey, ...] = ()
    identity: Identity | None = None  # from which number the target's own is to go on
    remarks: tuple[str, ...] = ()

    @property
    def loaded(self) -> TableName:
        """Where the rows are written."""
        return self.made.table.name if self.made else self.target


@dataclass(frozen=True, slots=True)
class Begun:
    """What was found of a table when its transfer began, and may be otherwise by now."""

    mode: Mode
    existed: bool
    next: int | None  # the number that the source gives next


class Planning:
    """The tables of one transfer, looked at on both sides. Its methods may raise any `BackendError`."""

    def __init__(
        self,
        asked: Asked,
        source: Connection,
        target: Connection,
        transfer: str,
        begun: Mapping[str, Begun] | None = None,
    ) -> None:
        """`begun` are the tables of a transfer that is gone on with."""
        self._begun = begun
        self._asked = asked
        self._source = source.backend
        self._target = target.backend
        self._transfer = transfer
        self._schema = asked.schema or source.backend.schema
        self._to_schema = asked.to_schema or target.backend.schema
        self._moved: frozenset[str] = frozenset()

    def moves(self) -> tuple[Move, ...]:
        """Every table, those that others point at before them.

        Raises:
            Invalid: a table is no table, or does not fit the one that is there.
            NotFound: a table is not there.
            Conflict: a table is there that is to be created, or would be read and written at once.
        """
        self._refuse_itself()
        structures = {name: self._structure(name) for name in self._names()}
        self._moved = frozenset(structures)
        ordered = self._begun or in_order({
            name: self._pointed_at(name, each) for name, each in structures.items()
        })  # fmt: skip
        self._refuse_alike(ordered)
        return tuple(self._move(at, structures[name]) for at, name in enumerate(ordered))

    def _refuse_itself(self) -> None:
        here, there = self._source, self._target
        same = here is there or (type(here) is type(there) and here.settings == there.settings)
        if same and (here.catalog, self._schema) == (there.catalog, self._to_schema):
            raise Invalid.of([Fault(("to",), "the same schema of the same database as it comes from")])

    def _pointed_at(self, name: str, structure: Structure) -> list[str]:
        """The tables that have to be there before one: those that it points at, on either side."""
        known = _pointed_at(structure)
        if self._asked.mode in ("append", "sync") and is_there(self._target, self._there(name)):
            known += _pointed_at(self._target.structure(self._there(name)))
        return known

    def _names(self) -> tuple[str, ...]:
        """The tables that are asked for."""
        if self._begun is not None:
            return tuple(self._begun)
        if self._asked.tables:
            self._refuse_own(self._asked.tables)
            return self._asked.tables
        found = self._source.tables(self._source.catalog, self._schema)
        own = OWN_TABLES if SCHEMA in {self._schema, self._to_schema} else frozenset()
        tables = (each.name for each in found if each.kind == "table")
        names = tuple(name for name in tables if name not in own and not _BESIDE.fullmatch(name))
        if not names:
            raise errors.NotFound(f'there are no tables in "{self._source.catalog}.{self._schema}"')
        if len(names) > MOST_TABLES:
            raise Invalid(f"{len(names)} tables: name up to {MOST_TABLES} at a time")
        return names

    def _refuse_alike(self, names: Iterable[str]) -> None:
        """Refuse names that differ in case only, here or there: some databases cannot tell them apart."""
        there: dict[str, str] = {}
        with suppress(errors.NotFound):
            found = self._target.tables(self._target.catalog, self._to_schema)
            there = {each.name.lower(): each.name for each in found}
        for name in names:
            if there.setdefault(name.lower(), name) != name:
                raise Conflict(f'"{name}" and "{there[name.lower()]}" differ in case only')

    def _refuse_own(self, names: Iterable[str]) -> None:
        """Refuse the gateway's own tables: what is kept in them is of their own database."""
        own = sorted(OWN_TABLES.intersection(names)) if SCHEMA in {self._schema, self._to_schema} else ()
        if own:
            raise Invalid.of([Fault(("tables",), f'"{SCHEMA}.{name}" is the gateway\'s own') for name in own])

    def _structure(self, name: str) -> Structure:
        return self._source.structure(TableName(self._source.catalog, self._schema, name))

    def _there(self, name: str) -> TableName:
        return TableName(self._target.catalog, self._to_schema, name)

    def _keys(self, structure: Structure) -> tuple[ForeignKey, ...]:
        """A table's foreign keys as they will be. Raises Invalid where one would point nowhere."""
        keys = tuple(map(self._carried_key, structure.foreign_keys))
        for key in keys:
            moved = key.target.schema == self._to_schema and key.target.table in self._moved
            if not moved and not is_there(self._target, key.target):
                raise Invalid(
                    f'"{structure.table.name.table}" points at "{key.target.table}" ("{key.name}"), which is'
                    f' neither moved nor there as "{key.target}": move it too'
                )
        return keys

    def _move(self, position: int, structure: Structure) -> Move:
        name = self._there(structure.table.name.table)
        begun = self._begun[structure.table.name.table] if self._begun else self._found(structure, name)
        move = Move(position, structure.table, name, begun.mode, None, begun.existed)
        if begun.mode in ("append", "sync"):
            return self._into_what_is_there(move, begun)
        beside = replace(name, table=f"lakegate_{self._transfer[:8]}_{position}")
        made, remarks = self._made(structure, beside, begun)
        keys = self._keys(structure)
        final = replace(made, table=replace(made.table, name=name), foreign_keys=keys)
        self._target.ddl(CreateTable(final), None)  # what cannot be is refused now
        return replace(move, made=made, keys=keys, identity=made.identity, remarks=tuple(remarks))

    def _into_what_is_there(self, move: Move, begun: Begun) -> Move:
        target = self._target.structure(move.target)
        refuse_misfit(move.source, target.table, move.mode)
        identity = target.identity and Identity(target.identity.column, begun.next or 1)
        return replace(move, identity=identity, remarks=tuple(not_written(move.source, target.table)))

    def _found(self, structure: Structure, name: TableName) -> Begun:
        existed = is_there(self._target, name)
        if existed and self._target.table(name).kind == "view":
            raise errors.Unsupported(f'"{name}" is a view, which nothing can be moved into')
        following = structure.identity.next if structure.identity else None
        return Begun(self._mode(name, existed=existed), existed, following)

    def _mode(self, name: TableName, *, existed: bool) -> Mode:
        """What is done with a table; a sync begins with a table that is not there yet."""
        mode = self._asked.mode
        if mode == "create" and existed:
            raise Conflict(f'"{name}" is there already; other modes are append, replace and sync')
        if mode == "append" and not existed:
            raise errors.NotFound(f'there is no table "{name}" to append to; mode create makes one')
        return "create" if mode == "sync" and not existed else mode

    def _made(self, structure: Structure, beside: TableName, begun: Begun) -> tuple[Structure, list[str]]:
        """What is made for a table, as far as the database can, and what is left out."""
        remarks = [f"left out: {other}" for other in structure.others]
        made = carried(structure, beside)
        if made.identity is not None and begun.next is not None:
            made = replace(made, identity=replace(made.identity, next=begun.next))
        remarks += [
            f'"{column.name}" is computed where it comes from, and holds values here'
            for column in structure.table.columns
            if column.generated and not _is_identity(structure, column)
        ]
        if made.identity is not None:
            try:
                self._target.ddl(CreateTable(made), None)
            except errors.Unsupported as error:
                remarks.append(
                    f'left out: "{made.identity.column}" is numbered by the database: {error.message}'
                )
                made = replace(made, identity=None)
        if structure.table.primary_key and not structure.table.key:
            remarks.append("left out: the primary key, which may be NULL or is not enforced")
        return made, remarks

    def _carried_key(self, key: ForeignKey) -> ForeignKey:
        """A foreign key, pointing into the schema that the tables go to if it did into theirs."""
        schema = self._to_schema if key.target.schema == self._schema else key.target.schema
        return replace(key, target=TableName(self._target.catalog, schema, key.target.table))


def carried(structure: Structure, name: TableName) -> Structure:
    """What a table is made of, as another that holds the same rows; its foreign keys come last of all."""
    columns = tuple(replace(column, default=None, generated=False) for column in structure.table.columns)
    table = Table(name, columns, structure.table.key)
    return replace(structure, table=table, foreign_keys=(), others=())


def is_there(backend: Backend, name: TableName) -> bool:
    """Whether there is a table or view of a name."""
    try:
        backend.table(name, fresh=True)
    except errors.NotFound:
        return False
    return True


def in_order(pointed_at: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Names, those that are pointed at before those that point; in a circle, as they come."""
    known = {name: {other for other in others if other in pointed_at and other != name}
             for name, others in sorted(pointed_at.items())}  # fmt: skip
    while True:
        try:
            return tuple(TopologicalSorter(known).static_order())
        except CycleError as error:
            circle: Sequence[str] = error.args[1]
            known[circle[1]].discard(circle[0])


def _is_identity(structure: Structure, column: Column) -> bool:
    return structure.identity is not None and structure.identity.column == column.name


def _pointed_at(structure: Structure) -> list[str]:
    mine = structure.table.name
    return [
        key.target.table
        for key in structure.foreign_keys
        if (key.target.catalog, key.target.schema) == (mine.catalog, mine.schema)
    ]
