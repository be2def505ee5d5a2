"""Two databases with a schema each, and what moves from one to the other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from backends.base import Backend
from backends.changes import Change, CreateTable
from backends.plan import And as Every
from backends.plan import Comparison, Delete, Insert, Select, Sort, TableName, Update
from backends.structure import Structure
from gateway.rows import row_type
from gateway.service import Gateway
from gateway.transfers import Asked
from gateway.transfers.asked import Mode, OnError
from gateway.transfers.progress import TableProgress
from gateway.transfers.store import Kept
from tests.client import new_name

Row = dict[str, Any]
MOST = 10_000_000


@dataclass(frozen=True)
class Side:
    """A schema of a connection."""

    name: str
    backend: Backend
    schema: str

    @classmethod
    def new(cls, gateway: Gateway, site: str) -> "Side":
        """One that nothing else has."""
        name = site.replace("-", "_")
        return cls(name, gateway.transfers.connections.open(name, "").backend, new_name())

    def at(self, table: str) -> TableName:
        """A table's full name."""
        return TableName(self.backend.catalog, self.schema, table)

    def change(self, change: Change, before: Structure | None = None) -> None:
        """Change structure."""
        with self.backend.transaction(self.backend.catalog, "test"):
            for statement in self.backend.ddl(change, before):
                if not statement.startswith("--"):
                    self.backend.run(self.backend.catalog, statement)

    def make(self, structure: Structure, rows: Sequence[Row] = ()) -> None:
        """Make a table with rows; its name's catalog and schema are this side's."""
        name = self.at(structure.table.name.table)
        keys = tuple(replace(key, target=self.at(key.target.table)) for key in structure.foreign_keys)
        made = replace(structure, table=replace(structure.table, name=name), foreign_keys=keys)
        self.change(CreateTable(made))
        self.write(name.table, rows)

    def write(self, table: str, rows: Sequence[Row]) -> None:
        """Write rows."""
        if rows:
            self.write_json(table, json.dumps(rows).encode())

    def write_json(self, table: str, rows: bytes) -> None:
        """Write rows that are a JSON array."""
        known = self.backend.table(self.at(table))
        checked = row_type(known).checked(rows, "error", MOST)
        self.backend.execute(Insert(known, checked.json, checked.columns, checked.ragged))

    def remove(self, table: str, number: int) -> None:
        """Remove the row whose column n is a number."""
        known = self.backend.table(self.at(table))
        self.backend.execute(Delete(known, Comparison("n", "=", number)))

    def renumber(self, table: str, number: int) -> None:
        """Set the column n of the row in which it is 1."""
        known = self.backend.table(self.at(table))
        changes = b'{"n":%d}' % number
        self.backend.execute(Update(known, changes, ("n",), Comparison("n", "=", 1)))

    def clear(self, table: str) -> None:
        """Remove all rows."""
        self.backend.execute(Delete(self.backend.table(self.at(table)), Every(())))

    def structure(self, table: str) -> Structure:
        """What a table is made of."""
        return self.backend.structure(self.at(table))

    def made_of(self, table: str) -> object:
        """What a table is made of, but for where it is and how its database says it."""
        found = self.structure(table)
        columns = [replace(each, default=None) for each in found.table.columns]
        keys = [(key.name, key.columns, key.target.table, key.target_columns) for key in found.foreign_keys]
        told = columns, found.table.primary_key, found.comment, dict(found.defaults), keys
        return *told, found.checks, found.indexes, found.identity

    def rows(self, table: str) -> list[str]:
        """All rows, each as canonical JSON, in the order of the key."""
        known = self.backend.table(self.at(table), fresh=True)
        order = tuple(map(Sort, known.key or known.names))
        columns = tuple(sorted(known.names))
        chunks = self.backend.stream(Select(known, columns, order=order, limit=None))
        return b"".join(chunks).decode().splitlines()

    def digest(self, table: str) -> tuple[int, str]:
        """How many rows there are, and the checksum of all of them one by one."""
        lines = self.rows(table)
        return len(lines), sha256("\n".join(lines).encode()).hexdigest()

    def tables(self) -> list[str]:
        """The names of its tables."""
        return [each.name for each in self.backend.tables(self.backend.catalog, self.schema)]


@dataclass(frozen=True)
class Sides:
    """Where tables come from, and where they go."""

    gateway: Gateway
    source: Side
    target: Side

    @classmethod
    def new(cls, gateway: Gateway, source: str, target: str) -> "Sides":
        """Two that nothing else has."""
        return cls(gateway, Side.new(gateway, source), Side.new(gateway, target))

    def asked(self, mode: Mode, *tables: str, on_error: OnError = "stop") -> Asked:
        """A transfer between them."""
        source, target = self.source, self.target
        return Asked(source.name, target.name, mode, tables, source.schema, target.schema, on_error)

    def moved(self, mode: Mode, *tables: str, on_error: OnError = "stop") -> tuple[Kept, list[TableProgress]]:
        """What became of a transfer."""
        transfers = self.gateway.transfers
        runner = transfers.begin(self.asked(mode, *tables, on_error=on_error), "test")
        runner.run()
        return transfers.find(runner.transfer)

    def move(self, mode: Mode, *tables: str, on_error: OnError = "stop") -> list[TableProgress]:
        """A transfer that comes to its end."""
        kept, found = self.moved(mode, *tables, on_error=on_error)
        assert kept.state == "done", (kept.error, [(each.error, each.report) for each in found])
        return found
