"""Updates and Deletes that SQLAlchemy cannot write: other changes for each key, and at most so many rows."""

from collections.abc import Iterator, Sequence

from backends import types
from backends.plan import Delete, Update, UpdateEach
from backends.sql import KnownTable
from backends.sql.statements import Prepared, Statement
from backends.warehouse.defining import full_name
from backends.warehouse.faults import DUPLICATE_KEY, TOO_MANY
from backends.warehouse.grammar import text_of
from backends.warehouse.inlining import literal, quoted
from backends.warehouse.rows import MARKS, Rows, marks
from backends.warehouse.spelling import castable, unpacked
from backends.warehouse.statement import Text, add_rows, bound, brings, condition, same, unused


def update_each_statement(
    known: KnownTable, plan: UpdateEach, rows: Rows, source: str | None = None
) -> Prepared:
    """The statement of an UpdateEach, its rows as in `insert_statement`."""
    where: list[object] = []
    asked = known.shaper.condition(plan.where, where)
    most = [] if plan.max_affected is None else [str(plan.max_affected)]
    stamps = [text_of(value) for _, value in plan.stamps]
    values: list[object] = [*stamps, *most, *([] if source else [rows.json.decode()]), *where]
    named = tuple(name for name, _ in plan.stamps)
    shape = (UpdateEach, plan.key_column, plan.columns, rows.marked, named, bool(most), asked)

    def make() -> Statement:
        return _UpdatingEach(known, plan, rows, source).statement()

    statement = make() if source else known.kept(shape, make)
    return statement.of(values)


class _UpdatingEach:
    """The statement of an UpdateEach, put together: a MERGE whose source gives each key's changes.

    Its values are the stamps, the most rows it may change, the JSON, and those of the condition.
    """

    def __init__(self, known: KnownTable, plan: UpdateEach, rows: Rows, source: str | None) -> None:
        self._plan = plan
        self._source = source
        self._marked = rows.marked
        self._table = full_name(plan.table.name)
        self._given, self._value = (unused(name, plan.table) for name in ("given", "value"))
        self._marks = marks(plan.table)
        self._most = len(plan.stamps)
        self._rows = self._most + (plan.max_affected is not None)
        self._where = condition(known, plan.where, self._rows + (source is None))
        key = plan.table.by_name[plan.key_column]
        self._same = same(key.name, self._value, key.type)

    def statement(self) -> Statement:
        """The statement."""
        text, given, where = Text(), quoted(self._given), self._where
        text.add(f"MERGE INTO {self._table} USING (WITH {given} AS (")
        self._add_changes(text)
        text.add(f") SELECT * FROM {given}")  # noqa: S608 - quoted
        guarded = self._plan.max_affected is not None
        if guarded:
            text.add(f" CROSS JOIN (SELECT {guard(self._value)} FROM {self._table} JOIN {given}", self._most)  # noqa: S608
            text.add(f" ON {self._same} WHERE {where.sql})", *where.markers)
        if changes_key(self._plan):
            text.add(" CROSS JOIN (")
            self._add_keys(text)
            text.add(")")
        text.add(f") AS {given} ON {self._same} AND {where.sql}", *where.markers)
        if guarded:
            text.add(f" AND {passed(self._value)}")
        if changes_key(self._plan):
            text.add(f" AND {passed(self._value, 'keys')}")
        text.add(f" WHEN MATCHED THEN UPDATE SET {', '.join(self._set())}")
        return text.statement()

    def _add_keys(self, text: Text) -> None:
        """Add a guard of the keys that all rows have afterwards."""
        rows, where = quoted(f"{self._value}_rows"), self._where
        text.add(f"SELECT {unique(rows)} AS {quoted(f'{self._value}_keys')} FROM (SELECT count(*) AS {rows}")  # noqa: S608
        text.add(f" FROM {self._table} LEFT JOIN {quoted(self._given)} ON {self._same} AND {where.sql}")
        text.markers.extend(where.markers)
        text.add(f" GROUP BY {', '.join(map(self._key_afterwards, self._plan.table.primary_key))})")

    def _key_afterwards(self, name: str) -> str:
        if name not in self._plan.columns:
            return quoted(name)
        at = self._plan.columns.index(name)
        told = f" AND {brings(quoted(self._marks), at)}" if self._marked else ""
        change = quoted(f"{self._value}{at}")
        return f"CASE WHEN {quoted(self._value)} IS NOT NULL{told} THEN {change} ELSE {quoted(name)} END"

    def _add_changes(self, text: Text) -> None:
        """Add the query that gives each key, and what is set in its rows."""
        text.add(f"SELECT {', '.join(self._selected())} FROM (", *range(self._most))  # noqa: S608 - quoted
        add_rows(text, tuple(self._fields()), self._source, self._rows)
        text.add(")")

    def _selected(self) -> Iterator[str]:
        by_name = self._plan.table.by_name
        key = unpacked(by_name[self._plan.key_column].type, "`row`.`key_value`")
        yield f"{key} AS {quoted(self._value)}"
        for at, name in enumerate(self._plan.columns):
            change = unpacked(by_name[name].type, f"`row`.`updates`.{quoted(name)}")
            yield f"{change} AS {quoted(f'{self._value}{at}')}"
        for at, (name, _) in enumerate(self._plan.stamps):
            yield f"CAST(? AS {castable(by_name[name].type)}) AS {quoted(f'{self._value}_{at}')}"
        if self._marked:
            yield f"`row`.{quoted(MARKS)} AS {quoted(self._marks)}"

    def _fields(self) -> Iterator[tuple[str, types.Type]]:
        by_name = self._plan.table.by_name
        yield "key_value", by_name[self._plan.key_column].type
        yield "updates", types.Struct(tuple((name, by_name[name].type) for name in self._plan.columns))
        if self._marked:
            yield MARKS, types.String()

    def _set(self) -> Iterator[str]:
        for at, name in enumerate(self._plan.columns):
            kept, change = quoted(name), quoted(f"{self._value}{at}")
            told = f"CASE WHEN {brings(quoted(self._marks), at)} THEN {change} ELSE {kept} END"
            yield f"{kept} = {told if self._marked else change}"
        for at, (name, _) in enumerate(self._plan.stamps):
            yield f"{quoted(name)} = {quoted(f'{self._value}_{at}')}"


def guarded_statement(known: KnownTable, plan: Update | Delete, changes: tuple[object, ...] = ()) -> Prepared:
    """The statement of an Update or Delete that looks at its rows before it changes any.

    It refuses where they are more than `max_affected`, or where two rows would have the same key.
    """
    where: list[object] = []
    asked = known.shaper.condition(plan.where, where)
    most = [] if plan.max_affected is None else [str(plan.max_affected)]
    columns = plan.columns if isinstance(plan, Update) else ()
    shape = (type(plan), "guarded", columns, bool(most), asked)
    statement = known.kept(shape, lambda: _Guarded(known, plan, columns).statement())
    return statement.of([*changes, *most, *where])


def changes_key(plan: Update | UpdateEach) -> bool:
    """Whether an update sets a column of the primary key, which the table itself does not guard."""
    return not set(plan.columns).isdisjoint(plan.table.primary_key)


class _Guarded:
    """A MERGE from one row, whose guard is empty if all rows may be changed.

    Its values are the changes, the most rows it may change, and those of the condition.
    """

    def __init__(self, known: KnownTable, plan: Update | Delete, columns: Sequence[str]) -> None:
        self._plan = plan
        self._columns = columns
        self._most = len(columns)
        self._table = full_name(plan.table.name)
        self._value = unused("value", plan.table)
        self._where = condition(known, plan.where, self._most + (plan.max_affected is not None))

    def statement(self) -> Statement:
        """The statement."""
        text, where = Text(), self._where
        text.add(f"MERGE INTO {self._table} USING (")
        self._add_guards(text)
        given = quoted(unused("given", self._plan.table))
        text.add(f") AS {given} ON {passed(self._value)} AND {where.sql}", *where.markers)
        text.add(" WHEN MATCHED THEN ")
        if isinstance(self._plan, Delete):
            text.add("DELETE")
        else:
            new = [f"{quoted(name)} = {self._bound(name)}" for name in self._columns]
            text.add(f"UPDATE SET {', '.join(new)}", *range(self._most))
        return text.statement()

    def _add_guards(self, text: Text) -> None:
        """Add the query of one row with the guard."""
        counted = self._plan.max_affected is not None
        if not (isinstance(self._plan, Update) and changes_key(self._plan)):
            self._add_count(text)
        elif not counted:
            self._add_keys(text, "guard")
        else:
            guards = quoted(f"{self._value}_guard"), quoted(f"{self._value}_keys")
            text.add(f"SELECT concat({', '.join(guards)}) AS {guards[0]} FROM (")  # noqa: S608 - quoted
            self._add_count(text)
            text.add(") CROSS JOIN (")
            self._add_keys(text, "keys")
            text.add(")")

    def _add_count(self, text: Text) -> None:
        text.add(f"SELECT {guard(self._value)} FROM {self._table}", self._most)  # noqa: S608 - quoted
        text.add(f" WHERE {self._where.sql}", *self._where.markers)

    def _add_keys(self, text: Text, name: str) -> None:
        """Add a guard of the keys that rows have afterwards: of those that the changes give."""
        new = [at for at, column in enumerate(self._columns) if column in self._plan.table.primary_key]
        alike = " AND ".join(f"{quoted(self._columns[at])} = {self._bound(self._columns[at])}" for at in new)
        rows, where = quoted(f"{self._value}_rows"), self._where
        text.add(f"SELECT {unique(rows)} AS {quoted(f'{self._value}_{name}')} FROM (")  # noqa: S608 - quoted
        text.add(f"SELECT count(*) AS {rows}")
        text.add(f" FROM {self._table} WHERE ({where.sql})", *where.markers)
        text.add(f" OR ({alike}) GROUP BY ", *new)
        for at, column in enumerate(self._plan.table.primary_key):
            self._add_key(text, column, ", " if at else "")
        text.add(")")

    def _add_key(self, text: Text, column: str, before: str) -> None:
        text.add(before)
        if column not in self._columns:
            text.add(quoted(column))
            return
        text.add(f"CASE WHEN {self._where.sql}", *self._where.markers)
        text.add(f" THEN {self._bound(column)} ELSE {quoted(column)} END", self._columns.index(column))

    def _bound(self, name: str) -> str:
        return bound(self._plan.table.by_name[name].type)


def guard(prefix: str) -> str:
    """A column that is empty; where there are more rows than a bound number it is an error."""
    raised = f"raise_error(concat({literal(TOO_MANY)}, CAST(count(*) AS STRING)))"
    return f"CASE WHEN count(*) > CAST(? AS BIGINT) THEN {raised} ELSE '' END AS {quoted(f'{prefix}_guard')}"


def unique(rows: str) -> str:
    """Empty, where no key has more than one row; else an error."""
    return f"CASE WHEN max({rows}) > 1 THEN raise_error({literal(DUPLICATE_KEY)}) ELSE '' END"


def passed(prefix: str, name: str = "guard") -> str:
    """Whether a guard lets the statement go on."""
    return f"{quoted(f'{prefix}_{name}')} = ''"
