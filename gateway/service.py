"""A request carried out: table, plan, execution. HTTP and the command line both come through here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from backends import errors
from backends.base import Backend
from backends.plan import Insert, Plan, Result, Select, Table, TableName
from gateway import cursor
from gateway.config import Config
from gateway.migrations import Migrations, Revisions
from gateway.places import Places, Stream
from gateway.planner import (
    plan_delete,
    plan_page,
    plan_stream,
    plan_table,
    plan_update,
    plan_update_each,
    plan_write,
    refuse_differences,
)
from gateway.provisioning import Databases
from gateway.requests import (
    DefineTable,
    DeleteRecords,
    ReadRecords,
    Target,
    UpdateEachRecord,
    UpdateRecords,
    WriteRecords,
)
from gateway.transfers import Transfers

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows, and the cursor of the one after it, if there is one."""

    result: Result
    cursor: str | None


@dataclass(frozen=True, slots=True)
class RowStream:
    """Rows of `columns` of a table, as NDJSON in chunks of whole lines."""

    plan: Select
    chunks: Stream


@dataclass(frozen=True, slots=True)
class Gateway:
    """One backend, asked as the configuration allows. Every method may raise any `BackendError`."""

    config: Config
    backend: Backend
    places: Places
    revisions: Revisions
    transfers: Transfers
    databases: Databases

    def acting_for(self, token: str | None) -> "Gateway":
        """The gateway as a caller may use it, who brought this token. Raises Unauthenticated."""
        backend = self.backend.acting_for(token)
        if backend is self.backend:
            return self
        return replace(self, backend=backend, transfers=self.transfers.acting(backend))

    def migrations(self) -> Migrations:
        """The revisions and the database that they are for."""
        return Migrations(self.backend, self.config.backend, self.revisions)

    def name(self, target: Target) -> TableName:
        """The full name of the table that a request means."""
        return TableName(
            target.catalog or self.backend.catalog, target.schema or self.backend.schema, target.table
        )

    def table(self, target: Target) -> Table:
        """The table that a request means, as the database describes it."""
        return self.backend.table(self.name(target), fresh=True)

    def read(self, request: ReadRecords) -> Page:
        """One page of rows."""

        def run(table: Table) -> Page:
            plan = plan_page(request, table, self.config.max_limit)
            result = self.backend.execute(plan)
            return Page(result, None if result.next is None else cursor.written(plan, result.next))

        return self._with_table(request.target, run)

    def stream(self, request: ReadRecords) -> RowStream:
        """All rows that a request means; the first of them are read before this returns."""

        def run(table: Table) -> RowStream:
            plan = plan_stream(request, table)
            return RowStream(plan, self.places.taken(lambda: self.backend.stream(plan)))

        return self._with_table(request.target, run)

    def write(
        self, request: WriteRecords, caller: str, check: Callable[[bytes], None] = lambda _: None
    ) -> int:
        """Write rows, all or none; gives how many were inserted or updated.

        `check` is shown the rows in canonical JSON before anything is written, and may refuse them.
        """

        def planned(table: Table) -> Insert:
            plan = plan_write(request, table, caller, self.config.max_write_rows)
            check(plan.rows)
            return plan

        if request.auto_create:
            wanted = DefineTable(request.target, request.schema_definition, request.primary_key)
            self._create(wanted, "schema_definition", planned)
        return self._with_table(request.target, lambda table: self.backend.execute(planned(table)).count)

    def update(self, request: UpdateRecords | UpdateEachRecord, caller: str) -> int:
        """Update rows; gives how many. Raises NotFound where one row is meant and there is none."""

        def run(table: Table) -> int:
            plan: Plan
            if isinstance(request, UpdateEachRecord):
                plan = plan_update_each(request, table, caller)
            else:
                plan = plan_update(request, table, caller)
            return self.backend.execute(plan).count

        count = self._with_table(request.target, run)
        if isinstance(request, UpdateRecords) and request.selector.single:
            self._refuse_none(count, request.target)
        return count

    def delete(self, request: DeleteRecords) -> int:
        """Delete rows; gives how many. Raises NotFound where one row is meant and there is none."""
        count = self._with_table(
            request.target, lambda table: self.backend.execute(plan_delete(request, table)).count
        )
        if request.selector.single:
            self._refuse_none(count, request.target)
        return count

    def define(self, request: DefineTable) -> bool:
        """Create a table; False if it is there and no different. Raises Conflict if it differs."""
        return self._create(request, "columns")

    def drop(self, target: Target) -> None:
        """Remove a table with all it holds."""
        self.backend.drop_table(self.name(target))

    def _create(
        self, request: DefineTable, place: str, check: Callable[[Table], object] = lambda _: None
    ) -> bool:
        """Create what is missing; of many callers at once each finds the table that it wants.

        `check` is shown the table before it is made, and may refuse it.
        """
        name = self.name(request.target)
        wanted = plan_table(request, name, place)
        try:
            found = self.backend.table(name, fresh=True)
        except errors.NotFound:
            refuse_odd_names(name)
            check(wanted)
            if self.backend.create_table(wanted):
                return True
            found = self.backend.table(name, fresh=True)
        refuse_differences(wanted, found, place)
        return False

    def _with_table(self, target: Target, run: Callable[[Table], Answer]) -> Answer:
        """Plan and execute; once more if what was known of the table turns out to be out of date.

        What could not be planned, or named something that is gone, has written nothing.
        """
        name = self.name(target)
        table = self.backend.table(name)
        try:
            return run(table)
        except (errors.Invalid, errors.NotFound, errors.Unsupported):
            fresh = self.backend.table(name, fresh=True)
            if fresh == table:
                raise
        return run(fresh)

    def _refuse_none(self, count: int, target: Target) -> None:
        if count == 0:
            raise errors.NotFound(f'no such row in "{self.name(target)}"')


def refuse_odd_names(name: TableName) -> None:
    """Refuse to create what has a name that needs quoting.

    Raises:
        Invalid: a part of the name is not a letter or _, then letters, digits or _.
    """
    parts = (("catalog", name.catalog), ("schema", name.schema), ("table", name.table))
    faults = [
        errors.Fault((part,), "a new name is a letter or _, then letters, digits or _, 255 at most")
        for part, text in parts
        if not is_new_name(text)
    ]
    if faults:
        raise errors.Invalid.of(faults)


def is_new_name(text: str) -> bool:
    """Whether something may be created under this name."""
    return len(text) <= 255 and text.isascii() and text.isidentifier()
