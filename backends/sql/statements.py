"""Plans as SQLAlchemy Core expressions: built once for each shape, values left open.

Every function takes its bind parameters from `Binds` in the order in which `backends.sql.shape`
collects the values of the same plan.
"""

import operator
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name

from backends.plan import And, Column, Comparison, Condition, Not, Or, Select, Sort, Table
from backends.sql.grammar import Expression, Grammar
from backends.sql.shape import Binds, skipped

PLACE = "place"  # what a page without a key calls a row's place among its equals

ORDERED: dict[str, Callable[[Expression, Expression], Expression]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """SQL and, for each of its markers in turn, the position of the value it takes.

    It is `steady` where one way to run it is the best whatever the values are.
    """

    sql: str
    markers: tuple[int, ...]
    steady: bool = False

    def parameters(self, values: list[object]) -> tuple[object, ...]:
        """The values in the order of the markers."""
        return tuple([values[position] for position in self.markers])

    def of(self, values: list[object]) -> "Prepared":
        """The statement with the values of one plan."""
        return Prepared(self.sql, self.parameters(values), self)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement and the parameters of one plan; `kept` is what plans of one shape share, if they do."""

    sql: str
    parameters: tuple[object, ...]
    kept: Statement | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """One column of an ordering, and how a row that comes after a given one compares in it."""

    column: Expression
    bind: Expression | None  # None: the last row seen has NULL here
    nullable: bool
    descending: bool

    def beyond(self) -> Expression:
        """Past the last row seen in this column."""
        if self.bind is None:
            return self.column.is_not(None) if self.descending else sa.false()
        if self.descending:
            return self.column < self.bind
        return (
            sa.or_(self.column > self.bind, self.column.is_(None))
            if self.nullable
            else self.column > self.bind
        )

    def equal(self) -> Expression:
        """The same as the last row seen in this column."""
        return self.column.is_(None) if self.bind is None else self.column == self.bind

    def at_or_beyond(self) -> Expression:
        """Not before the last row seen in this column: what an index can begin at."""
        if self.bind is None:
            return sa.true() if self.descending else self.column.is_(None)
        if self.descending:
            return self.column <= self.bind
        return (
            sa.or_(self.column >= self.bind, self.column.is_(None))
            if self.nullable
            else self.column >= self.bind
        )


def _beyond(steps: Sequence[_Step], *, or_equal: bool) -> Expression:
    """Past the last row seen in an ordering; or, where that is asked for, equal to it.

    Each half is in parentheses of its own, so that they are nested no deeper than a database's parser
    goes, however many columns there are.
    """
    if len(steps) == 1:
        return steps[0].at_or_beyond() if or_equal else steps[0].beyond()
    first, second = steps[: len(steps) // 2], steps[len(steps) // 2 :]
    equal = [step.equal() for step in first]
    return sa.or_(_beyond(first, or_equal=False), sa.and_(*equal, _beyond(second, or_equal=or_equal)))


class Statements:
    """Builds the statements of one table in one database's grammar."""

    def __init__(self, table: Table, grammar: Grammar) -> None:
        schema, name = grammar.place(table.name)
        self._grammar = grammar
        self._contract = table
        columns: list[sa.Column[Any]] = [sa.Column(exactly(column.name)) for column in table.columns]
        self.table = sa.Table(
            exactly(name), sa.MetaData(), *columns, schema=exactly(schema) if schema else None
        )

    def compile(self, element: sa.ClauseElement, *, steady: bool = False) -> Statement:
        """The SQL of a statement whose bind parameters all come from `Binds`."""
        compiled: Any = element.compile(dialect=self._grammar.dialect)
        names: list[str] = compiled.positiontup or []
        return Statement(str(compiled), tuple(int(name[1:]) for name in names), steady)

    def page(self, plan: Select) -> sa.Select[*tuple[Any, ...]]:
        """A page: the columns asked for, then `hidden`.

        Binds last how many rows to read, and to pass over if there are any.
        """
        binds = Binds()
        names = (*plan.columns, *hidden(plan))
        selected = [self._read(name, position) for position, name in enumerate(names)]
        if plan.table.key:
            query = self._query(plan, selected, binds)
        else:
            alike = [self._grammar.compared(*self._column(sort.column)) for sort in plan.order]
            # equal rows in any order; but some databases number none without one
            place = (
                sa.func.row_number().over(partition_by=alike, order_by=alike[:1]).label(unused(PLACE, names))
            )
            # equal rows in the order of their places: the last one's tells how many were seen
            query = self._query(plan, [*selected, place], binds).order_by(place)
        return query.limit(binds.next()).offset(binds.next() if skipped(plan) else sa.literal_column("0"))

    def stream(self, plan: Select) -> sa.Select[*tuple[Any, ...]]:
        """All rows from where a Select begins, or as many as it asks for."""
        binds = Binds()
        query = self._query(plan, [self._read(name, at) for at, name in enumerate(plan.columns)], binds)
        if plan.limit is None and not skipped(plan):
            return query
        return query.limit(binds.next()).offset(binds.next())

    def _query(self, plan: Select, selected: list[Expression], binds: Binds) -> sa.Select[*tuple[Any, ...]]:
        where = self.condition(plan.where, binds)
        after, unchanged = self._after(plan, binds), self._grammar.unchanged(binds)
        return sa.select(*selected).where(where, after, unchanged).order_by(*map(self._sorted, plan.order))

    def count(self, plan: Select) -> sa.Select[int]:
        """How many rows meet the condition, wherever the page begins."""
        return sa.select(sa.func.count()).select_from(self.table).where(self.condition(plan.where, Binds()))

    def condition(self, condition: Condition, binds: Binds) -> Expression:
        """A condition on the table's columns."""
        match condition:
            case Comparison():
                return self._comparison(condition, binds)
            case And(parts):
                return sa.and_(sa.true(), *[self.condition(part, binds) for part in parts])
            case Or(parts):
                return sa.or_(sa.false(), *[self.condition(part, binds) for part in parts])
            case Not(part):
                return sa.not_(self.condition(part, binds))

    def _column(self, name: str) -> tuple[Column, Expression]:
        return self._contract.by_name[name], self.table.c[name]

    def _read(self, name: str, position: int) -> Expression:
        column, expression = self._column(name)
        return self._grammar.read(column, expression).label(exactly(self._grammar.label(column, position)))

    def _sorted(self, sort: Sort) -> sa.UnaryExpression[object]:
        column, expression = self._column(sort.column)
        found = self._grammar.compared(column, expression)
        ordered = found.desc() if sort.descending else found.asc()
        if not column.nullable:
            return ordered
        return ordered.nulls_first() if sort.descending else ordered.nulls_last()

    def _comparison(self, comparison: Comparison, binds: Binds) -> Expression:
        found = self._positive(comparison.column, comparison.op.removeprefix("NOT "), binds)
        return sa.not_(found) if comparison.op.startswith("NOT ") else found

    def _positive(self, name: str, op: str, binds: Binds) -> Expression:
        grammar, (column, expression) = self._grammar, self._column(name)
        if op == "IS NULL":
            return expression.is_(None)
        if op == "IS NOT NULL":
            return expression.is_not(None)
        equated, compared = grammar.equated(column, expression), grammar.compared(column, expression)
        if op == "BETWEEN":
            low, high = (grammar.bound(column, binds.next()) for _ in range(2))
            return sa.and_(compared >= low, compared <= high)
        bind = binds.next()
        match op:
            case "IN":
                return grammar.within(column, equated, bind)
            case "LIKE":
                return grammar.like(equated, bind)
            case "ILIKE":
                return grammar.ilike(equated, bind)
            case "=":
                return equated == grammar.bound(column, bind)
            case "!=":
                return equated != grammar.bound(column, bind)
        return ORDERED[op](compared, grammar.bound(column, bind))

    def _after(self, plan: Select, binds: Binds) -> Expression:
        if plan.after is None:
            return sa.true()
        steps = [
            self._step(sort, value is None, binds)
            for sort, value in zip(plan.order, plan.after[: len(plan.order)], strict=True)
        ]
        found = _beyond(steps, or_equal=not plan.table.key)
        return found if len(steps) == 1 else sa.and_(steps[0].at_or_beyond(), found)

    def _step(self, sort: Sort, null: bool, binds: Binds) -> _Step:  # noqa: FBT001 - a fact, not a switch
        column, expression = self._column(sort.column)
        bind = None if null else self._grammar.bound(column, binds.next())
        return _Step(self._grammar.compared(column, expression), bind, column.nullable, sort.descending)


def hidden(plan: Select) -> tuple[str, ...]:
    """The columns of the ordering that a page selects beside those asked for."""
    return tuple(sort.column for sort in plan.order if sort.column not in plan.columns)


def unused(label: str, names: Collection[str]) -> quoted_name:
    """A label that is none of these columns' names."""
    while label in names:
        label += "_"
    return exactly(label)


def exactly(name: str) -> quoted_name:
    """A name that is always quoted, so that no keyword and no case is taken for another."""
    return quoted_name(name, quote=True)
