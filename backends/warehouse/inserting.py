"""An Insert as one statement.

Unity Catalog declares primary keys and enforces none: the MERGE that inserts new rows finds those
whose key is taken, and refuses them all.
"""

from collections.abc import Iterable, Iterator, Sequence

from backends import errors, types
from backends.plan import Column, Insert, Value
from backends.sql import KnownTable
from backends.sql.statements import Prepared, Statement
from backends.warehouse.catalog import IDENTITY
from backends.warehouse.defining import full_name
from backends.warehouse.faults import DUPLICATE_KEY
from backends.warehouse.grammar import text_of
from backends.warehouse.inlining import literal, quoted
from backends.warehouse.rows import Rows, marks
from backends.warehouse.spelling import castable, unpacked
from backends.warehouse.statement import Text, add_rows, brings, same, unused


def insert_statement(known: KnownTable, plan: Insert, rows: Rows, source: str | None = None) -> Prepared:
    """The statement of an Insert; its rows are bound, or stand in the column `rows` of a table `source`."""
    stamps, restamps = ([*_needed(given, plan, rows)] for given in (plan.stamps, plan.restamps))
    values: list[object] = [text_of(value) for _, value in (*stamps, *restamps)]
    if source is None:
        values.append(rows.json.decode())
    named = tuple(name for name, _ in stamps), tuple(name for name, _ in restamps)
    shape = (Insert, plan.on_conflict, plan.columns, rows.marked, named, plan.kept)

    def make() -> Statement:
        return _Inserting(plan, rows.marked, named, source).statement()

    statement = make() if source else known.kept(shape, make)
    return statement.of(values)


Stamps = tuple[str, ...]


def _needed(stamps: Iterable[tuple[str, Value]], plan: Insert, rows: Rows) -> Iterator[tuple[str, Value]]:
    """The stamps that some row needs: a column that all rows bring has no use for one."""
    return (stamp for stamp in stamps if rows.marked or stamp[0] not in plan.columns)


class _Inserting:
    """The statement of an Insert, put together.

    Its source gives each row's values, under names that no column has: in a MERGE the table's own
    columns are there as well.
    """

    def __init__(self, plan: Insert, marked: bool, stamps: tuple[Stamps, Stamps], source: str | None) -> None:  # noqa: FBT001
        self._plan = plan
        self._table = plan.table
        self._source = source
        self._marked = marked
        self._marks = marks(plan.table)
        self._stamps = stamps[0]
        value = unused("value", plan.table)
        self._given = {name: f"{value}{at}" for at, name in enumerate(self._columns())}
        self._restamps = {name: f"{value}_{at}" for at, name in enumerate(stamps[1])}

    def statement(self) -> Statement:
        """A MERGE where there is a key to look at, or rows are not all inserted alike; else an INSERT."""
        text, key = Text(), self._table.primary_key
        known = key if all(name in self._given for name in key) else ()
        if known or len(list(self._new())) > 1:
            self._merge(text, known)
        else:
            self._insert(text)
        return text.statement()

    def _columns(self) -> list[str]:
        """The columns that new rows get values for: brought, stamped or by default."""
        brought = {*self._plan.columns, *self._stamps}
        names = [
            column.name
            for column in self._table.columns
            if column.name in brought or (column.default not in (None, IDENTITY) and not column.generated)
        ]
        return names or [self._any_column().name]

    def _any_column(self) -> Column:
        """A column that may be named with NULL for it, for rows that bring nothing.

        Raises:
            Unsupported: all columns are numbered by the table.
        """
        for column in self._table.columns:
            if column.default != IDENTITY and not column.generated:
                return column
        raise errors.Unsupported("a row has to bring a column")

    def _insert(self, text: Text) -> None:
        text.add(f"INSERT INTO {full_name(self._table.name)} ({_listed(self._given)}) SELECT ")
        text.add(f"{_listed(self._given.values())} FROM (")
        self._add_source(text)
        text.add(")")

    def _merge(self, text: Text, key: Sequence[str]) -> None:
        text.add(f"MERGE INTO {full_name(self._table.name)} USING (")
        self._add_source(text)
        found = " AND ".join(same(name, self._given[name], self._type(name)) for name in key) or "false"
        text.add(f") AS {quoted(unused('given', self._table))} ON {found}")
        if key and self._plan.on_conflict != "ignore":
            text.add(f" WHEN MATCHED THEN UPDATE SET {self._matched(key)}")
        for which, names in self._new():
            given = _listed(self._given[name] for name in names)
            text.add(f" WHEN NOT MATCHED{which} THEN INSERT ({_listed(names)}) VALUES ({given})")  # noqa: S608 - quoted

    def _add_source(self, text: Text) -> None:
        """Add the query that gives each row's values."""
        selected = [f"{self._value(name)} AS {quoted(given)}" for name, given in self._given.items()]
        markers = [self._stamps.index(name) for name in self._given if name in self._stamps]
        for at, (name, given) in enumerate(self._restamps.items(), start=len(self._stamps)):
            selected.append(f"CAST(? AS {castable(self._type(name))}) AS {quoted(given)}")
            markers.append(at)
        if self._marked:
            selected.append(f"`row`.{quoted(self._marks)} AS {quoted(self._marks)}")
        text.add(f"SELECT {', '.join(selected)} FROM (", *markers)  # noqa: S608 - quoted
        add_rows(text, tuple(self._fields()), self._source, len(self._stamps) + len(self._restamps))
        text.add(")")

    def _fields(self) -> Iterator[tuple[str, types.Type]]:
        for name in self._plan.columns:
            yield name, self._type(name)
        if self._marked:
            yield self._marks, types.String()

    def _value(self, name: str) -> str:
        """What a new row has in a column."""
        if name not in self._plan.columns:
            return self._absent(name)
        value = unpacked(self._type(name), f"`row`.{quoted(name)}")
        if not self._marked:
            return value
        position = self._plan.columns.index(name)
        return (
            f"CASE WHEN {brings(f'`row`.{quoted(self._marks)}', position)} THEN {value}"
            f" ELSE {self._absent(name)} END"
        )

    def _absent(self, name: str) -> str:
        """What a row gets that does not bring a column."""
        column = self._table.by_name[name]
        if name in self._stamps:
            return f"CAST(? AS {castable(column.type)})"
        default = column.default if column.default not in (None, IDENTITY) else "NULL"
        return f"CAST({default} AS {castable(column.type)})"

    def _matched(self, key: Sequence[str]) -> str:
        """What is set in a row that is there."""
        named = key[0]
        if self._table.by_name[named].default == IDENTITY:  # which Delta never sets, be it to itself
            named = self._any_column().name
        if self._plan.on_conflict == "error":
            raised = f"CAST(raise_error({literal(DUPLICATE_KEY)}) AS {castable(self._type(named))})"
            return f"{quoted(named)} = {raised}"
        kept = {*key, *self._plan.kept}
        new = [self._reset(at, name) for at, name in enumerate(self._plan.columns) if name not in kept]
        new += [
            f"{quoted(name)} = {quoted(given)}"
            for name, given in self._restamps.items()
            if name not in self._plan.columns
        ]
        return ", ".join(new) or f"{quoted(named)} = {quoted(named)}"  # the row stays as it is, and counts

    def _reset(self, position: int, name: str) -> str:
        value = quoted(self._given[name])
        if not self._marked:
            return f"{quoted(name)} = {value}"
        other = quoted(self._restamps.get(name, name))
        told = f"CASE WHEN {brings(quoted(self._marks), position)} THEN {value} ELSE {other} END"
        return f"{quoted(name)} = {told}"

    def _new(self) -> Iterator[tuple[str, list[str]]]:
        """Which new rows are inserted with which columns: the table numbers those that bring no number."""
        names = list(self._given)
        numbered = [name for name in names if self._table.by_name[name].default == IDENTITY]
        if self._marked and numbered:  # a table numbers one column at most
            position = self._plan.columns.index(numbered[0])
            yield f" AND {brings(quoted(self._marks), position)}", names
            names = [name for name in names if name != numbered[0]]
        yield "", names

    def _type(self, name: str) -> types.Type:
        return self._table.by_name[name].type


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))
