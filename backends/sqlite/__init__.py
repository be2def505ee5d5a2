"""SQLite: a folder of files, one for each catalog; for laptops, tests and small services."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

from backends import errors
from backends.base import Status
from backends.changes import Change
from backends.env import SettingError, named, whole
from backends.plan import Delete, Insert, Result, Select, Table, TableName, TableSummary, Update, UpdateEach
from backends.preflight import Check
from backends.sql import (
    KnownTable,
    SqlBackend,
    prepare_count,
    prepare_delete,
    prepare_page,
    prepare_stream,
    prepare_update,
    with_first,
)
from backends.sql.grammar import Grammar, Version
from backends.sql.sight import Sight
from backends.sql.statements import Prepared
from backends.sqlite import catalog, changing, rows, running, structures, writes
from backends.sqlite.faults import translated
from backends.sqlite.folder import LONGEST_NAME, Folder, is_file_name
from backends.sqlite.grammar import MAIN, SqliteGrammar
from backends.sqlite.looking import Looking
from backends.sqlite.pages import page, within
from backends.structure import Structure

FIRST_CHUNK, CHUNK = 100, 2000  # rows of a stream read at a time; few at first, so that it begins at once


class SqliteBackend(SqlBackend):
    """Each `<catalog>.db` in a folder is a catalog."""

    def __init__(
        self, folder: Path, catalog_name: str = MAIN, schema: str = MAIN, instances: int = 1
    ) -> None:
        super().__init__()
        self._instances = instances
        self.catalog = catalog_name
        self.schema = schema
        self.settings = {"GATEWAY_SQLITE_DIR": str(folder)}
        self._folder = Folder(folder, catalog_name, self._sight.forget)
        rows.register()

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """See `Backend.from_env`; `GATEWAY_SQLITE_DIR` is the folder, made when it is first needed."""
        folder = Path(env.get("GATEWAY_SQLITE_DIR") or "data").absolute()
        if folder.exists() and not folder.is_dir():
            raise SettingError("GATEWAY_SQLITE_DIR takes a folder, and there is a file of that name")
        catalog_name = named(env, "GATEWAY_CATALOG", MAIN)
        if not is_file_name(catalog_name):
            raise SettingError("GATEWAY_CATALOG takes, for SQLite, a name that a file can have")
        instances = whole(env, "GATEWAY_INSTANCES", 1, 1, 10_000)
        return cls(folder, catalog_name, named(env, "GATEWAY_SCHEMA", MAIN), instances)

    @property
    def _known(self) -> dict[TableName, KnownTable]:
        return self._sight.known

    @_known.setter
    def _known(self, known: dict[TableName, KnownTable]) -> None:
        self._sight = Sight(known)

    def catalogs(self) -> tuple[str, ...]:
        """See `Backend.catalogs`; the default one is there from the start."""
        return self._folder.catalogs()

    def schemas(self, catalog: str) -> tuple[str, ...]:
        """See `Backend.schemas`."""
        return tuple(sorted({MAIN, self.schema, *(schema for schema, _ in self._objects(catalog))}))

    def tables(self, catalog: str, schema: str) -> tuple[TableSummary, ...]:
        """See `Backend.tables`."""
        found = self._objects(catalog)
        if schema not in {MAIN, self.schema, *(each for each, _ in found)}:
            raise errors.NotFound(f'there is no schema "{catalog}.{schema}"')
        named_here = (summary for each, summary in found if each == schema and summary.name)
        return tuple(sorted(named_here, key=lambda summary: summary.name))

    def _objects(self, catalog_name: str) -> list[tuple[str, TableSummary]]:
        with self._translated(), self._folder.file(catalog_name).reading() as connection:
            return list(catalog.objects(connection))

    def create_table(self, table: Table) -> bool:
        """See `Backend.create_table`."""
        if not is_file_name(table.name.catalog):
            raise errors.Unsupported(f"a catalog's name has at most {LONGEST_NAME} bytes")
        with (
            self._translated(),
            self._folder.file(table.name.catalog, create=True, sure=True).writing() as connection,
        ):
            if catalog.exists(connection, table.name):
                return False
            catalog.create(connection, table)
        return True

    def drop_table(self, name: TableName) -> None:
        """See `Backend.drop_table`."""
        with self._translated(name), self._folder.file(name.catalog, sure=True).writing() as connection:
            catalog.drop(connection, name)
        self._forget(name)

    def _describe(self, name: TableName) -> tuple[Table, Grammar]:
        with self._translated(), self._folder.file(name.catalog).snapshot() as connection:
            table, foreign = catalog.describe(connection, name)
            return table, SqliteGrammar(foreign, catalog.version(connection))

    def _select(self, plan: Select) -> Result:
        known, file = self._known_table(plan.table), self._folder.file(plan.table.name.catalog)
        if not plan.total:
            with self._translated(plan.table.name), file.reading() as connection:
                return page(plan, self._fetched(connection, known, plan), None)
        with self._translated(plan.table.name), file.snapshot() as connection:
            self._version(connection, known)
            count = prepare_count(known, plan)
            total = connection.execute(count.sql, count.parameters).fetchone()[0]
            return page(plan, self._fetched(connection, known, plan), total)

    def _fetched(self, connection: sqlite3.Connection, known: KnownTable, plan: Select) -> list[rows.Row]:
        """The rows of a page."""
        for version in self._versions(connection, known):
            page = prepare_page(known, plan, version)
            if found := connection.execute(page.sql, page.parameters).fetchall():
                return found
        return []

    def stream(self, select: Select) -> Iterator[bytes]:
        """See `Backend.stream`."""
        chunks = self._chunks(self._known_table(select.table), select)
        return with_first(next(chunks, b""), chunks)

    def _chunks(self, known: KnownTable, select: Select) -> Iterator[bytes]:
        writer = rows.row_writer(select.table, select.columns)
        file = self._folder.file(select.table.name.catalog)
        with self._translated(select.table.name), file.reading() as connection:
            for version in self._versions(connection, known):
                prepared = prepare_stream(known, select, version)
                cursor, size = connection.execute(prepared.sql, prepared.parameters), FIRST_CHUNK
                with closing(cursor):
                    while found := cursor.fetchmany(size):
                        yield writer.lines(found)
                        file.extend(connection)
                        size = CHUNK
                if size == CHUNK:
                    return

    def _insert(self, plan: Insert) -> Result:
        known = self._known_table(plan.table)
        with self._writing(known) as connection:
            return Result(writes.insert(connection, known, plan))

    def _update(self, plan: Update) -> Result:
        changes = rows.row_reader(plan.table, plan.columns).one(plan.changes)
        known = self._known_table(plan.table)
        return self._change(known, plan, prepare_update(known, plan, changes))

    def _delete(self, plan: Delete) -> Result:
        known = self._known_table(plan.table)
        return self._change(known, plan, prepare_delete(known, plan))

    def _change(self, known: KnownTable, plan: Update | Delete, prepared: Prepared) -> Result:
        with self._writing(known) as connection:
            count = connection.execute(prepared.sql, prepared.parameters).rowcount
            return Result(within(plan.max_affected, count))

    def _update_each(self, plan: UpdateEach) -> Result:
        known = self._known_table(plan.table)
        with self._writing(known) as connection:
            return Result(within(plan.max_affected, writes.update_each(connection, known, plan)))

    def structure(self, name: TableName) -> Structure:
        """See `Backend.structure`."""
        with self._translated(name), self._folder.file(name.catalog).snapshot() as connection:
            return structures.structure(connection, name)

    def ddl(self, change: Change, before: Structure | None) -> tuple[str, ...]:
        """See `Backend.ddl`."""
        return changing.ddl(change, before)

    def run(self, catalog: str, statement: str, *, again: bool = False) -> None:
        """See `Backend.run`; a statement outside of a transaction is one of its own."""
        with (
            self.transaction(catalog, statement),
            self._translated(),
            self._folder.file(catalog).reading() as connection,
        ):
            running.run(connection, statement, again=again)
            self._sight.forget(catalog)

    @contextmanager
    def transaction(self, catalog: str, lock: str) -> Iterator[None]:
        """See `Backend.transaction`; a file has one writer at a time, whatever the lock.

        What this thread finds tables to be within is not told to the others.
        """
        with self._sight.alone(), self._translated():
            try:
                with self._folder.transaction(catalog):
                    yield
            finally:
                self._sight.forget(catalog)

    @contextmanager
    def atomic(self, catalog: str) -> Iterator[None]:
        """See `Backend.atomic`."""
        with self._translated(), self._folder.transaction(catalog, structure=False):
            yield

    def status(self) -> Status:
        """See `Backend.status`: a file never sleeps."""
        return Status()

    def checks(self) -> Mapping[str, Check]:
        """See `Backend.checks`."""
        return Looking(Path(self.settings["GATEWAY_SQLITE_DIR"]), self.catalog, self._instances).checks()

    def ping(self) -> None:
        """See `Backend.ping`."""
        with self._translated(), self._folder.file(self.catalog).reading() as connection:
            catalog.version(connection)

    def close(self) -> None:
        """See `Backend.close`."""
        self._folder.close()
        self._known.clear()

    @contextmanager
    def _writing(self, known: KnownTable) -> Iterator[sqlite3.Connection]:
        """A connection in a write transaction, in which the table is as it was when the plan was made."""
        file = self._folder.file(known.table.name.catalog, sure=True)
        with self._translated(known.table.name), file.writing() as connection:
            self._version(connection, known)
            yield connection

    def _versions(self, connection: sqlite3.Connection, known: KnownTable) -> Iterator[Version]:
        """The versions to run a reading statement at, until it gives rows.

        That it gives none may mean that the file's tables have changed; then there is another version
        to run it at. Each reader counts for itself: another may see a new version before this one does.
        """
        version = known.grammar.version
        yield version
        while (now := self._version(connection, known)) != version:
            version = now
            yield version

    def _version(self, connection: sqlite3.Connection, known: KnownTable) -> Version:
        """The version of the file's tables now, whoever changed them, at which one is still as described.

        Raises:
            NotFound: that one is gone, or another by now.
        """
        now: Version = (catalog.version(connection),)
        if known.grammar.version != now:
            described, _ = catalog.describe(connection, known.table.name)
            if described != known.table:
                raise errors.NotFound(f'"{known.table.name}" has changed')
            known.grammar.version = now
        return now

    @contextmanager
    def _translated(self, table: TableName | None = None) -> Iterator[None]:
        """The driver's errors as the contract's; a table that turns out to be gone is no longer known."""
        try:
            yield
        except sqlite3.Error as error:
            found = translated(error)
            if table is not None and isinstance(found, errors.NotFound):
                self._forget(table)
            raise found from error
        except errors.NotFound:
            if table is not None:
                self._forget(table)
            raise
