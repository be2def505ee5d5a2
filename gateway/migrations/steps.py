"""What a revision is made of, once it is written down: changes, data, and a database's own SQL."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from backends import errors
from backends.base import Backend
from backends.changes import AddForeignKey, Change, CreateTable, RenameTable
from backends.outcome import outcome
from backends.plan import TableName
from backends.structure import ForeignKey, Structure


@dataclass
class Structures:
    """What tables are made of, as a database has them or, in a plan, as they will be by then."""

    backend: Backend
    known: dict[TableName, Structure | None] = field(default_factory=dict)

    def get(self, name: TableName) -> Structure | None:
        """A table's structure; None where there is no table."""
        if name not in self.known:
            self.known[name] = self._asked(name)
        return self.known[name]

    def take(self, change: Change) -> None:
        """Keep in mind what becomes of a table by a change."""
        after = outcome(change, self.get(change.name))
        for key in _new_keys(change):
            if key.target != change.name and self.get(key.target) is None:
                raise errors.NotFound(f'"{key.name}" points at "{key.target}", which is not there')
        if isinstance(change, RenameTable):
            self._refuse_taken(change)
            self.known[change.name] = None
            self.known[replace(change.name, table=change.to)] = after
        else:
            self.known[change.name] = after

    def _refuse_taken(self, change: RenameTable) -> None:
        to = replace(change.name, table=change.to)
        if to.table.lower() != change.name.table.lower() and self.get(to) is not None:
            raise errors.Conflict(f'"{to}" is there already')

    def _asked(self, name: TableName) -> Structure | None:
        try:
            return self.backend.structure(name)
        except errors.NotFound:
            return None


def _new_keys(change: Change) -> tuple[ForeignKey, ...]:
    match change:
        case CreateTable(structure):
            return structure.foreign_keys
        case AddForeignKey(key=key):
            return (key,)
    return ()


@dataclass(frozen=True)
class Operation(ABC):
    """One operation of a revision; `words` say it, so that it is known again."""

    words: str

    @abstractmethod
    def statements(self, structures: Structures) -> tuple[str, ...]:
        """The statements that it is, in a database whose tables are so."""

    @abstractmethod
    def carry_out(self, backend: Backend, catalog: str, statement: str, *, again: bool) -> None:
        """Carry out one of its statements; `again` says that this was begun before."""

    def is_remark(self, statement: str) -> bool:
        """Whether one of its statements is for people alone."""
        return statement.startswith("--")


@dataclass(frozen=True)
class Changing(Operation):
    """A change of a table's structure, made when that structure is known."""

    name: TableName
    make: Callable[[Structure | None], Change]

    def statements(self, structures: Structures) -> tuple[str, ...]:
        """See `Operation.statements`."""
        change = self.make(structures.get(self.name))
        before = structures.get(self.name)
        structures.take(change)
        return structures.backend.ddl(change, before)

    def carry_out(self, backend: Backend, catalog: str, statement: str, *, again: bool) -> None:
        """See `Operation.carry_out`."""
        backend.run(catalog, statement, again=again)


@dataclass(frozen=True)
class Speaking(Operation):
    """A database's own SQL."""

    sql: tuple[str, ...]
    remark: bool = False  # there is nothing for this database

    def statements(self, structures: Structures) -> tuple[str, ...]:
        """See `Operation.statements`."""
        return self.sql

    def is_remark(self, statement: str) -> bool:
        """See `Operation.is_remark`: a comment may stand before a person's own SQL."""
        return self.remark

    def carry_out(self, backend: Backend, catalog: str, statement: str, *, again: bool) -> None:
        """See `Operation.carry_out`."""
        backend.run(catalog, statement, again=again)


@dataclass(frozen=True)
class Filling(Operation):
    """Rows written, changed or removed."""

    run: Callable[[Backend, bool], object]

    def statements(self, structures: Structures) -> tuple[str, ...]:
        """See `Operation.statements`: it is shown as it was written, for its values are bound."""
        return (f"-- {self.words}",)

    def is_remark(self, statement: str) -> bool:
        """See `Operation.is_remark`."""
        return False

    def carry_out(self, backend: Backend, catalog: str, statement: str, *, again: bool) -> None:
        """See `Operation.carry_out`."""
        self.run(backend, again)
