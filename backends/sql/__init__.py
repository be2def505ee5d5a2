"""Plans run as SQL: what every SQL database shares, from a plan's shape to its prepared statement."""

import time
from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa

from backends import errors
from backends.base import Backend
from backends.plan import (
    And,
    Comparison,
    Condition,
    Delete,
    Insert,
    Plan,
    Result,
    Select,
    Table,
    TableName,
    Update,
    UpdateEach,
)
from backends.sql.grammar import Grammar, Version
from backends.sql.shape import Binds, Shaper, skipped
from backends.sql.statements import Prepared, Statement, Statements

TABLE_AGE = 60.0  # seconds after which a table is described anew, whatever the database says of changes
UNLIMITED = 1 << 62  # rows: more than any table has
TABLES_KEPT = 1000  # those described longest ago are forgotten first
SHAPES_KEPT = 1000  # statements of one table; past that a client is making them up


@dataclass(slots=True)
class KnownTable:
    """A table as it was described, with the statements made for it so far."""

    table: Table
    grammar: Grammar
    since: float = field(default_factory=time.monotonic)
    prepared: dict[Hashable, Statement] = field(default_factory=dict)
    statements: Statements = field(init=False)
    shaper: Shaper = field(init=False)

    def __post_init__(self) -> None:
        self.statements = Statements(self.table, self.grammar)
        self.shaper = Shaper(self.table, self.grammar.adapt)

    def statement(
        self, shape: Hashable, build: Callable[[], sa.ClauseElement], steady: Callable[[], bool] = bool
    ) -> Statement:
        """The statement of a shape, compiled when the shape is first seen; `steady` tells if it is that."""
        return self.kept(shape, lambda: self.statements.compile(build(), steady=steady()))

    def kept(self, shape: Hashable, make: Callable[[], Statement]) -> Statement:
        """The statement of a shape, made when the shape is first seen."""
        found = self.prepared.get(shape)
        if found is None:
            if len(self.prepared) >= SHAPES_KEPT:
                self.prepared.clear()
            found = self.prepared[shape] = make()
        return found


class SqlBackend(Backend):
    """A backend whose database speaks SQL. A subclass says how to reach it and how it spells things."""

    def __init__(self) -> None:
        self._known: dict[TableName, KnownTable] = {}

    @abstractmethod
    def _describe(self, name: TableName) -> tuple[Table, Grammar]:
        """A table as the database describes it now. Raises NotFound or Unsupported."""

    def table(self, name: TableName, *, fresh: bool = False) -> Table:
        """See `Backend.table`."""
        known = self._known.get(name)
        if fresh or known is None or time.monotonic() - known.since > TABLE_AGE:
            known = self._known[name] = self._described(name)
        return known.table

    def _described(self, name: TableName) -> KnownTable:
        """What is known of a table now; its statements are kept while it is the same."""
        before = self._known.pop(name, None)
        while len(self._known) >= TABLES_KEPT:
            self._known.pop(next(iter([*self._known])), None)
        table, grammar = self._describe(name)
        if before is None or before.table != table or not before.grammar.same(grammar):
            return KnownTable(table, grammar)
        before.since, before.grammar.version = time.monotonic(), grammar.version
        return before

    def _forget(self, name: TableName) -> None:
        """Describe the table anew when it is next asked for."""
        self._known.pop(name, None)

    def _known_table(self, table: Table) -> KnownTable:
        """What is kept of the table that a plan was made for.

        Raises:
            NotFound: it is gone, or another by now.
        """
        known = self._known.get(table.name)
        if known is None or known.table is not table:
            known = self._known[table.name] = self._described(table.name)
            if known.table != table:
                raise errors.NotFound(f'"{table.name}" has changed')
        return known

    def execute(self, plan: Plan) -> Result:
        """See `Backend.execute`."""
        match plan:
            case Select():
                return self._select(plan)
            case Insert():
                return self._insert(plan)
            case Update():
                return self._update(plan)
            case UpdateEach():
                return self._update_each(plan)
            case Delete():
                return self._delete(plan)

    @abstractmethod
    def _select(self, plan: Select) -> Result: ...

    @abstractmethod
    def _insert(self, plan: Insert) -> Result: ...

    @abstractmethod
    def _update(self, plan: Update) -> Result: ...

    @abstractmethod
    def _update_each(self, plan: UpdateEach) -> Result: ...

    @abstractmethod
    def _delete(self, plan: Delete) -> Result: ...


def prepare_page(known: KnownTable, plan: Select, version: Version) -> Prepared:
    """The statement of a page."""
    values: list[object] = []
    shape = ("page", plan.columns, *where_and_order(known, plan, version, values), part(plan, values))
    return known.statement(shape, lambda: known.statements.page(plan)).of(values)


def part(plan: Select, values: list[object]) -> bool:
    """Whether a page passes rows over, and in `values` how many it asks for and how many those are.

    It asks for one row more than it has, to know whether more follow.
    """
    passed_over = skipped(plan)
    values += (bounded(plan) + 1, passed_over) if passed_over else (bounded(plan) + 1,)
    return passed_over > 0


def pins_key(where: Condition, table: Table) -> bool:
    """Whether a condition means one row at most, for it names a value of each column of the primary key."""
    parts = where.parts if isinstance(where, And) else (where,)
    pinned = {each.column for each in parts if isinstance(each, Comparison) and each.op == "="}
    return bool(table.primary_key) and pinned >= set(table.primary_key)


def prepare_stream(known: KnownTable, plan: Select, version: Version) -> Prepared:
    """The statement of a stream of rows."""
    values: list[object] = []
    whole = plan.limit is None and not skipped(plan)
    shape = ("stream", plan.columns, *where_and_order(known, plan, version, values), whole)
    if not whole:
        values += (bounded(plan), skipped(plan))
    statement = known.statement(shape, lambda: known.statements.stream(plan))
    return statement.of(values)


def bounded(plan: Select) -> int:
    """How many rows a Select may give, as a number that any database takes."""
    return UNLIMITED if plan.limit is None else min(plan.limit, UNLIMITED)


def where_and_order(
    known: KnownTable, plan: Select, version: Version, values: list[object]
) -> tuple[Hashable, ...]:
    """The shape of what every Select has; its values are added to `values`."""
    where = known.shaper.condition(plan.where, values)
    after = known.shaper.after(plan, values)
    values += version
    return where, plan.order, after


def prepare_count(known: KnownTable, plan: Select) -> Prepared:
    """The statement that counts all rows a Select means."""
    values: list[object] = []
    shape = ("count", known.shaper.condition(plan.where, values))
    statement = known.statement(shape, lambda: known.statements.count(plan))
    return statement.of(values)


def prepare_update(
    known: KnownTable, plan: Update, changes: tuple[object, ...], version: Version = ()
) -> Prepared:
    """The statement of an Update; `changes` are the values of its columns, fit for the driver.

    Where a `version` is given, it finds no row once the table is not as it was described.
    """
    values = list(changes)
    shape = (Update, plan.columns, known.shaper.condition(plan.where, values))
    values += version

    def build() -> sa.ClauseElement:
        binds, table = Binds(), known.statements.table
        new = {name: known.grammar.assigned(plan.table.by_name[name], binds.next()) for name in plan.columns}
        found = sa.update(table).values({table.c[name]: bind for name, bind in new.items()})
        return found.where(*_changed_rows(known, plan, binds, version))

    return known.statement(shape, build, partial(pins_key, plan.where, plan.table)).of(values)


def prepare_delete(known: KnownTable, plan: Delete, version: Version = ()) -> Prepared:
    """The statement of a Delete; for `version` see `prepare_update`."""
    values: list[object] = []
    shape = (Delete, known.shaper.condition(plan.where, values))
    values += version

    def build() -> sa.ClauseElement:
        return sa.delete(known.statements.table).where(*_changed_rows(known, plan, Binds(), version))

    return known.statement(shape, build, partial(pins_key, plan.where, plan.table)).of(values)


def _changed_rows(
    known: KnownTable, plan: Update | Delete, binds: Binds, version: Version
) -> Iterator[sa.ColumnElement[bool]]:
    yield known.statements.condition(plan.where, binds)
    if version:
        yield known.grammar.unchanged(binds)


def with_first(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """A stream whose first chunk was read already; closing it closes the rest."""
    yield first
    yield from rest
