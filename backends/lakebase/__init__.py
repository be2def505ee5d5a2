"""Lakebase: Databricks' managed Postgres, its password a short-lived token; and any other Postgres."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Self, TypeVar

import psycopg2
from psycopg2.extensions import cursor

from backends import errors
from backends.base import Status
from backends.changes import Change
from backends.lakebase import admitting, catalog, grants, running, structures
from backends.lakebase.access import Access, open_access
from backends.lakebase.databases import Databases
from backends.lakebase.ddl import ddl
from backends.lakebase.faults import Lost, translated
from backends.lakebase.grammar import LakebaseGrammar, grammar_of
from backends.lakebase.limits import refuse_what_cannot_be
from backends.lakebase.looking import Looking
from backends.lakebase.pages import Page, page_result, page_statement, read_page
from backends.lakebase.settings import Settings
from backends.lakebase.streams import lines, second
from backends.lakebase.writes import changed_values, insert_statements, update_each_statement, written
from backends.plan import (
    Delete,
    Insert,
    Plan,
    Result,
    Select,
    Table,
    TableName,
    TableSummary,
    Update,
    UpdateEach,
)
from backends.preflight import Check
from backends.sql import KnownTable, SqlBackend, prepare_delete, prepare_update, with_first
from backends.sql.grammar import Grammar
from backends.sql.sight import Sight
from backends.sql.statements import Prepared
from backends.structure import Structure

AT_WORK_SECONDS = 60.0  # so long after the last request, asking the database how it is would keep it awake

Found = TypeVar("Found")


class LakebaseBackend(SqlBackend):
    """Each database of one Postgres server is a catalog."""

    def __init__(self, settings: Settings, access: Access) -> None:
        super().__init__()
        self.catalog = settings.catalog
        self.schema = settings.schema
        self.settings = settings.shown()
        self._access = access
        self._databases = Databases(settings, access)
        self._looking = Looking(settings, access)

    @property
    def _known(self) -> dict[TableName, KnownTable]:
        """The tables that this thread knows."""
        return self._sight.known

    @_known.setter
    def _known(self, known: dict[TableName, KnownTable]) -> None:
        self._sight = Sight(known)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """See `Backend.from_env`; `settings.Settings` has the variables."""
        settings = Settings.from_env(env)
        return cls(settings, open_access(settings))

    def catalogs(self) -> tuple[str, ...]:
        """See `Backend.catalogs`: those that this service may connect to."""
        return self._read(self._databases.home, catalog.catalogs)

    def schemas(self, catalog_name: str) -> tuple[str, ...]:
        """See `Backend.schemas`."""
        return self._read(catalog_name, catalog.schemas)

    def tables(self, catalog_name: str, schema: str) -> tuple[TableSummary, ...]:
        """See `Backend.tables`."""
        if schema not in self.schemas(catalog_name):
            raise errors.NotFound(f'there is no schema "{catalog_name}.{schema}"')
        return self._read(catalog_name, lambda found: catalog.tables(found, schema))

    def create_table(self, table: Table) -> bool:
        """See `Backend.create_table`."""
        name = table.name
        refuse_what_cannot_be(table)
        with self._translated(name, lambda found: grants.missing_to_create(found, name.catalog, name.schema)):
            try:
                return self._transaction(name, lambda found: catalog.create(found, table))
            except errors.NotFound:
                home = self._databases[self._databases.home]
                home.write_apart(lambda found: catalog.create_catalog(found, name.catalog))
            return self._transaction(name, lambda found: catalog.create(found, table))

    def drop_table(self, name: TableName) -> None:
        """See `Backend.drop_table`."""
        with self._translated(name, lambda found: grants.missing_to_drop(found, name)):
            self._transaction(name, lambda found: catalog.drop(found, name))
        self._forget(name)

    def _describe(self, name: TableName) -> tuple[Table, Grammar]:
        found = self._read(name.catalog, lambda found: catalog.describe(found, name))
        return found.table, LakebaseGrammar(found)

    def _select(self, plan: Select) -> Result:
        known = self._known_table(plan.table)
        with self._running(known, plan):
            page = self._page(known, plan)
            if not page.found and self._was_made_anew(known, page.number):
                page = self._page(known, plan)
        return page_result(plan, page)

    def _page(self, known: KnownTable, plan: Select) -> Page:
        statement = page_statement(known, plan)
        return self._databases[plan.table.name.catalog].read(lambda found: read_page(found, statement))

    def stream(self, select: Select) -> Iterator[bytes]:
        """See `Backend.stream`."""
        known = self._known_table(select.table)
        chunks = self._chunks(known, select)
        try:
            first = next(chunks, b"")
        except Lost:
            chunks = self._chunks(known, select)
            first = second(self._databases[select.table.name.catalog], chunks)
        return with_first(first, chunks)

    def _chunks(self, known: KnownTable, select: Select) -> Iterator[bytes]:
        database = self._databases[select.table.name.catalog]
        with self._running(known, select):
            begun = yield from lines(database, known, select)
            if not begun and self._was_made_anew(known, self._number(known)):
                yield from lines(database, known, select)

    def _insert(self, plan: Insert) -> Result:
        known = self._known_table(plan.table)
        return self._written(known, plan, lambda: insert_statements(known, plan))

    def _update(self, plan: Update) -> Result:
        known = self._known_table(plan.table)
        changes = changed_values(plan, grammar_of(known).natives)

        def prepare() -> list[Prepared]:
            return [prepare_update(known, plan, changes, known.grammar.version)]

        return self._written(known, plan, prepare, plan.max_affected)

    def _update_each(self, plan: UpdateEach) -> Result:
        known = self._known_table(plan.table)
        return self._written(known, plan, lambda: [update_each_statement(known, plan)], plan.max_affected)

    def _delete(self, plan: Delete) -> Result:
        known = self._known_table(plan.table)
        return self._written(
            known, plan, lambda: [prepare_delete(known, plan, known.grammar.version)], plan.max_affected
        )

    def _written(
        self, known: KnownTable, plan: Plan, prepare: Callable[[], list[Prepared]], most: int | None = None
    ) -> Result:
        """The result of statements that write, all or none; what writes more than `most` is undone."""
        database = self._databases[known.table.name.catalog]

        def write() -> int:
            statements = prepare()
            if most is None and len(statements) == 1:
                return database.write(lambda found: written(found, statements))
            return database.transaction(lambda found: written(found, statements, most))

        with self._running(known, plan):
            count = write()
            if count == 0 and self._was_made_anew(known, self._number(known)):
                count = write()
        return Result(count)

    def _number(self, known: KnownTable) -> int | None:
        name = known.table.name
        return self._read(name.catalog, lambda found: catalog.number(found, name))

    def _was_made_anew(self, known: KnownTable, number: int | None) -> bool:
        """Whether a statement found nothing because the table was dropped and made again as it was.

        Raises:
            NotFound: it is gone, or another by now.
        """
        if (number,) == known.grammar.version:
            return False
        table, grammar = self._describe(known.table.name)
        if table != known.table or not known.grammar.same(grammar):
            raise errors.NotFound(f'"{known.table.name}" has changed')
        known.grammar.version = grammar.version
        return True

    def structure(self, name: TableName) -> Structure:
        """See `Backend.structure`."""
        return self._read(name.catalog, lambda found: structures.structure(found, name))

    def ddl(self, change: Change, before: Structure | None) -> tuple[str, ...]:
        """See `Backend.ddl`."""
        return ddl(change, before, (self.catalog, self.schema))

    def run(self, catalog_name: str, statement: str, *, again: bool = False) -> None:
        """See `Backend.run`; in a transaction it may take an hour."""
        try:
            running.run(self._databases[catalog_name], statement, again=again)
        finally:  # it may have been run, also where that is not known
            self._known.clear()

    @contextmanager
    def transaction(self, catalog_name: str, lock: str) -> Iterator[None]:
        """See `Backend.transaction`: what this thread learns of tables within, no other thread knows."""
        with self._sight.alone(), self._translated(), self._databases[catalog_name].within(lock):
            yield

    @contextmanager
    def atomic(self, catalog_name: str) -> Iterator[None]:
        """See `Backend.atomic`."""
        with self._translated(), self._databases[catalog_name].within():
            yield

    def missing_grants(self) -> tuple[str, ...]:
        """See `Backend.missing_grants`: those on the usual schema and on each of its tables."""
        return self._read(self.catalog, lambda found: grants.missing_in(found, self.catalog, self.schema))

    def checks(self) -> Mapping[str, Check]:
        """See `Backend.checks`."""
        return self._looking.checks()

    def admission(self, schema: str, principal: str) -> tuple[str, ...]:
        """See `Backend.admission`: whoever owns the schema needs nothing."""
        return self._read(self.catalog, lambda found: admitting.missing(found, schema, principal))

    def status(self) -> Status:
        """See `Backend.status`: the control plane tells; a plain Postgres never sleeps."""
        found = self._access.status()
        idle = self._databases.idle_seconds()
        if found.state == "ready" and self._access.sleeps and idle is not None:
            return Status("idle", found.message) if idle > AT_WORK_SECONDS else found
        return found

    def ping(self) -> None:
        """See `Backend.ping`."""
        with self._translated():
            self._databases[self._databases.home].ping()

    def close(self) -> None:
        """See `Backend.close`."""
        self._databases.close()
        self._known.clear()

    def _read(self, catalog_name: str, work: Callable[[cursor], Found]) -> Found:
        with self._translated():
            return self._databases[catalog_name].read(work)

    def _transaction(self, name: TableName, work: Callable[[cursor], Found]) -> Found:
        return self._databases[name.catalog].transaction(work)

    def _running(self, known: KnownTable, plan: Plan) -> AbstractContextManager[None]:
        name, grammar = known.table.name, grammar_of(known)
        wanted = grants.needed(plan)
        return self._translated(
            name, lambda found: grants.missing(found, name, wanted), grammar.key_constraint
        )

    @contextmanager
    def _translated(
        self,
        table: TableName | None = None,
        missing: grants.Missing | None = None,
        key_constraint: str | None = None,
    ) -> Iterator[None]:
        """The driver's errors as the contract's; a table that turns out to be gone is no longer known."""
        try:
            yield
        except psycopg2.errors.InsufficientPrivilege as error:
            raise self._forbidden(table, missing) from error
        except psycopg2.Error as error:
            found = translated(error, key_constraint)
            if table is not None and isinstance(found, errors.NotFound):
                self._forget(table)
            raise found from error
        except errors.NotFound:
            if table is not None:
                self._forget(table)
            raise

    def _forbidden(self, table: TableName | None, missing: grants.Missing | None) -> errors.Forbidden:
        """What an administrator has to run for the statement that the grants refused."""
        found = self._read(table.catalog, missing) if table and missing else ()
        if not found:
            return errors.Forbidden("the database's grants, or a row-level security policy, refuse this")
        return errors.Forbidden(f"a grant is missing: {'; '.join(found)}", grants=list(found))
