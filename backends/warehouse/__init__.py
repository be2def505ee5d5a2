"""Unity Catalog's tables, behind a Databricks SQL warehouse."""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Self, TypeVar

from backends import errors
from backends.base import Status
from backends.changes import Change
from backends.plan import Delete, Insert, Result, Select, Table, TableName, TableSummary, Update, UpdateEach
from backends.preflight import Check
from backends.sql import (
    KnownTable,
    SqlBackend,
    prepare_delete,
    prepare_page,
    prepare_stream,
    prepare_update,
    with_first,
)
from backends.sql.grammar import Grammar
from backends.sql.statements import Prepared
from backends.structure import Structure
from backends.warehouse import admitting, catalog, ddl, reading, rows, running
from backends.warehouse.access import Access, AppAccess, Control, UserAccess
from backends.warehouse.changes import Changes
from backends.warehouse.changing import changes_key, guarded_statement, update_each_statement
from backends.warehouse.connections import Sessions
from backends.warehouse.driver import Session
from backends.warehouse.faults import Failed, contract_errors, is_done, refused
from backends.warehouse.grammar import WarehouseGrammar
from backends.warehouse.inserting import insert_statement
from backends.warehouse.looking import Looking
from backends.warehouse.pages import CHUNK, FIRST_CHUNK, counted, lines, page_result
from backends.warehouse.rows import Rows
from backends.warehouse.settings import Settings
from backends.warehouse.staging import fits, staged
from backends.warehouse.transaction import Transaction, begun
from backends.warehouse.transaction import running as own_session

AT_WORK_SECONDS = 60.0  # so long after the last request, asking the warehouse how it is would keep it running
USERS_KEPT = 50  # whose sessions are kept, in each worker

Found = TypeVar("Found")


class WarehouseBackend(SqlBackend):
    """Each catalog of Unity Catalog is a catalog; one principal asks."""

    def __init__(self, settings: Settings, control: Control, access: Access, changes: Changes) -> None:
        super().__init__()
        self.catalog = settings.catalog
        self.schema = settings.schema
        self.settings = settings.shown()
        self._settings = settings
        self._control = control
        self._access = access
        self._changes = changes
        self._sessions: dict[int, Sessions] = {}  # by process: a session survives no fork
        self._users: OrderedDict[str, WarehouseBackend] = OrderedDict()  # by token; who asked last is last
        self._opening = threading.Lock()
        self._within = threading.local()  # `transaction`: that a thread is in

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """See `Backend.from_env`; `settings.Settings` has the variables."""
        settings = Settings.from_env(env)
        control = Control(settings)
        return cls(settings, control, AppAccess(control.workspace), Changes())

    def acting_for(self, token: str | None) -> "WarehouseBackend":
        """See `Backend.acting_for`: each token has sessions of its own; the last `USERS_KEPT` keep them."""
        if not self._settings.run_as_user:
            return self
        if token is None:
            raise errors.Unauthenticated(
                "X-Forwarded-Access-Token is missing: user authorization is off for this app"
            )
        with self._opening:
            found = self._users.pop(token, None) or WarehouseBackend(
                self._settings, self._control, UserAccess(token), self._changes.another()
            )
            self._users[token] = found
            idle = self._users.popitem(last=False)[1] if len(self._users) > USERS_KEPT else None
        if idle is not None:
            idle.close()
        return found

    def catalogs(self) -> tuple[str, ...]:
        """See `Backend.catalogs`: those that the principal sees."""
        return self._read(catalog.catalogs)

    def schemas(self, catalog_name: str) -> tuple[str, ...]:
        """See `Backend.schemas`."""
        found = self._read(lambda session: catalog.schemas(session, catalog_name), catalog_name)
        usual = {self.schema} if catalog_name == self.catalog else set()  # it is made when it is needed
        return tuple(sorted({*found, *usual}))

    def tables(self, catalog_name: str, schema: str) -> tuple[TableSummary, ...]:
        """See `Backend.tables`."""
        if schema not in self.schemas(catalog_name):
            raise errors.NotFound(f'there is no schema "{catalog_name}.{schema}"')
        return self._read(lambda session: catalog.tables(session, catalog_name, schema), catalog_name)

    def table(self, name: TableName, *, fresh: bool = False) -> Table:
        """See `Backend.table`: what any worker has made or dropped is known to all."""
        if self._changes.noticed():
            self._known.clear()
        return super().table(name, fresh=fresh)

    def create_table(self, table: Table) -> bool:
        """See `Backend.create_table`."""
        with contract_errors():
            created = self._mine.write(lambda session: catalog.create(session, table))
        self._changes.tell()
        return created

    def drop_table(self, name: TableName) -> None:
        """See `Backend.drop_table`."""
        with contract_errors(name.catalog):
            self._mine.write(lambda session: catalog.drop(session, name))
        self._changes.tell()

    def structure(self, name: TableName) -> Structure:
        """See `Backend.structure`."""
        return self._read(lambda session: reading.structure(session, name), name.catalog)

    def ddl(self, change: Change, before: Structure | None) -> tuple[str, ...]:
        """See `Backend.ddl`."""
        return ddl.statements(change, before, self._usual)

    def run(self, catalog_name: str, statement: str, *, again: bool = False) -> None:
        """See `Backend.run`: within a transaction, for as long as its lock was not lost."""
        within = self._confirmed()
        try:
            with nullcontext(within.sessions) if within else own_session(self._mine) as own:
                own.write(lambda session: running.run(session, statement, self._usual))
        except Failed as error:
            if not (again and is_done(error, statement)):
                raise refused(error) from error
        finally:
            self._known.clear()
            self._changes.tell()

    def _confirmed(self) -> Transaction | None:
        """The transaction that this thread is within, whose lock is not lost. Raises Unavailable."""
        within: Transaction | None = getattr(self._within, "transaction", None)
        if within is not None:
            within.lease.confirm()
        return within

    @contextmanager
    def transaction(self, catalog_name: str, lock: str) -> Iterator[None]:
        """See `Backend.transaction`: there are none, but one process at a time is within."""
        outer: Transaction | None = getattr(self._within, "transaction", None)
        if outer is not None and outer.lease.place == (catalog_name, lock):
            yield
            return
        with contract_errors(catalog_name), begun(self._mine, catalog_name, lock) as within:
            self._within.transaction = within
            try:
                yield
            finally:
                self._within.transaction = outer

    def atomic(self, catalog_name: str) -> AbstractContextManager[None]:
        """See `Backend.atomic`: there are no transactions."""
        return nullcontext()

    def _describe(self, name: TableName) -> tuple[Table, Grammar]:
        return self._read(lambda session: catalog.describe(session, name), name.catalog), WarehouseGrammar()

    def _select(self, plan: Select) -> Result:
        known = self._known_table(plan.table)
        with self._running(known):
            total = self._mine.read(lambda session: counted(session, known, plan)) if plan.total else None
            statement = prepare_page(known, plan, ())
            return page_result(plan, self._mine.read(lambda session: session.table(statement)), total)

    def stream(self, select: Select) -> Iterator[bytes]:
        """See `Backend.stream`."""
        known = self._known_table(select.table)
        with self._running(known):
            first, chunks = self._mine.stream(lambda: self._chunks(known, select), b"")
        return with_first(first, self._rest(known, chunks))

    def _chunks(self, known: KnownTable, select: Select) -> Iterator[bytes]:
        statement = prepare_stream(known, select, ())
        with self._mine.connected() as session:
            yield from lines(select, session.tables(statement, FIRST_CHUNK, CHUNK))

    def _rest(self, known: KnownTable, chunks: Iterator[bytes]) -> Iterator[bytes]:
        with self._running(known):
            yield from chunks

    def _insert(self, plan: Insert) -> Result:
        known, given = self._known_table(plan.table), rows.inserted(plan)
        return self._written(known, given, partial(insert_statement, known, plan, given))

    def _update_each(self, plan: UpdateEach) -> Result:
        known, given = self._known_table(plan.table), rows.changed(plan)
        prepare = partial(update_each_statement, known, plan, given)
        return self._written(known, given, prepare, plan.max_affected)

    def _written(
        self,
        known: KnownTable,
        given: Rows,
        prepare: Callable[[str | None], Prepared],
        most: int | None = None,
    ) -> Result:
        """The result of a write of rows; through a table of their own where they are many."""
        if fits(given.json):
            return self._changed(known, prepare(None), most)
        with self._running(known), staged(self._mine, self._settings, known.table.name, given.json) as source:
            return self._changed(known, prepare(source), most)

    def _update(self, plan: Update) -> Result:
        known, changes = self._known_table(plan.table), rows.values(plan)
        if plan.max_affected is not None or changes_key(plan):
            return self._changed(known, guarded_statement(known, plan, changes), plan.max_affected)
        return self._changed(known, prepare_update(known, plan, changes))

    def _delete(self, plan: Delete) -> Result:
        known = self._known_table(plan.table)
        if plan.max_affected is not None:
            return self._changed(known, guarded_statement(known, plan), plan.max_affected)
        return self._changed(known, prepare_delete(known, plan))

    def _changed(self, known: KnownTable, statement: Prepared, most: int | None = None) -> Result:
        self._confirmed()
        with self._running(known, most):
            return Result(self._mine.write(lambda session: session.change(statement)))

    def checks(self) -> Mapping[str, Check]:
        """See `Backend.checks`."""
        return Looking(self._settings, self._control, self._mine).checks()

    def admission(self, schema: str, principal: str) -> tuple[str, ...]:
        """See `Backend.admission`: what is given on a schema holds for all that is in it."""
        usual = TableName(self.catalog, schema, "")
        return self._read(lambda session: admitting.missing(session, usual, principal), self.catalog)

    def status(self) -> Status:
        """See `Backend.status`: the control plane tells."""
        found = self._control.status()
        mine = self._sessions.get(os.getpid())
        if found.state == "ready" and (mine is None or time.monotonic() - mine.used > AT_WORK_SECONDS):
            return Status("idle", found.message)
        return found

    def ping(self) -> None:
        """See `Backend.ping`."""
        self._read(lambda session: session.run("SELECT 1"))

    def close(self) -> None:
        """See `Backend.close`."""
        with self._opening:
            mine = self._sessions.pop(os.getpid(), None)
            users = [*self._users.values()]
            self._users.clear()
            self._known.clear()
        for each in (mine, *users):
            if each is not None:
                each.close()

    @property
    def _usual(self) -> TableName:
        """Some table of the usual schema."""
        return TableName(self.catalog, self.schema, "")

    @property
    def _mine(self) -> Sessions:
        """This process's sessions."""
        found = self._sessions.get(os.getpid())
        if found is not None:
            return found
        with self._opening:
            made = Sessions(self._access, self._control, self._settings)
            return self._sessions.setdefault(os.getpid(), made)

    def _read(self, work: Callable[[Session], Found], catalog_name: str | None = None) -> Found:
        with contract_errors(catalog_name):
            return self._mine.read(work)

    @contextmanager
    def _running(self, known: KnownTable, most: int | None = None) -> Iterator[None]:
        """The warehouse's errors as the contract's; a table that turns out to be gone is no longer known."""
        try:
            with contract_errors(known.table.name.catalog, most):
                yield
        except errors.NotFound:
            self._forget(known.table.name)
            raise
