"""A plan taken apart: its shape, which decides the SQL, and its values, which are bound to it.

Two plans of one shape run the same statement. `Binds` hands out the bind parameters in the order in
which `Shaper` collects the values, so the two always meet.
"""

from collections.abc import Callable, Hashable, Iterator
from itertools import count
from typing import Any

import sqlalchemy as sa

from backends.plan import And, Comparison, Condition, Not, Or, Select, Table, Value
from backends.types import Type

Adapt = Callable[[Type, str], Callable[[Any], object]]


class Binds:
    """Bind parameters named in the order of the values they take."""

    def __init__(self) -> None:
        self._names: Iterator[int] = count()

    def next(self) -> sa.BindParameter[object]:
        """The parameter of the next value."""
        return sa.bindparam(f"v{next(self._names)}", type_=sa.types.NullType())


class Shaper:
    """Takes conditions on one table apart, its values made fit for the driver by `adapt`."""

    def __init__(self, table: Table, adapt: Adapt) -> None:
        self._columns = table.by_name
        self._adapt = adapt

    def condition(self, condition: Condition, values: list[object]) -> Hashable:
        """The shape of a condition; its values are added to `values`."""
        match condition:
            case Comparison(column, op, value):
                self._comparison(column, op, value, values)
                return column, op
            case And(parts) | Or(parts):
                return type(condition), tuple([self.condition(part, values) for part in parts])
            case Not(part):
                return Not, self.condition(part, values)

    def _comparison(self, column: str, op: str, value: object, values: list[object]) -> None:
        if op in ("IS NULL", "IS NOT NULL"):
            return
        adapt = self._adapt(self._columns[column].type, op)
        if op == "BETWEEN" and isinstance(value, tuple):
            values.extend(map(adapt, value))
        else:
            values.append(adapt(value))

    def after(self, select: Select, values: list[object]) -> Hashable:
        """The shape of where a Select goes on: which of the last row's values were NULL."""
        if select.after is None:
            return None
        known = select.after[: len(select.order)]
        for sort, value in zip(select.order, known, strict=True):
            if value is not None:
                values.append(self._adapt(self._columns[sort.column].type, "<")(value))
        return tuple([value is None for value in known])


def skipped(select: Select) -> int:
    """How many rows to pass over: the offset, and those equal to the last one that were seen before it.

    The latter matter only where no key tells rows apart.
    """
    if select.after is None or select.table.key:
        return select.offset
    position: Value = select.after[-1]
    return select.offset + (position if isinstance(position, int) else 0)
