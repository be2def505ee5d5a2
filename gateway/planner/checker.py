"""What a request says of a table, checked against it: columns, operators, values."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from backends import types
from backends.errors import Fault, Invalid, Place
from backends.plan import And, Column, Comparison, Condition, Not, Or, Sort, Table, Value
from backends.values import Misfit, compared, reader

MAX_PATTERN = 1000  # characters of a LIKE pattern: a longer one takes longer for each character of each text
_TEXT = types.String | types.Varchar | types.Char
_PATTERNED = ("LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE")


class Checker:
    """Checks what a request says of one table, collecting every fault with its place."""

    def __init__(self, table: Table) -> None:
        self.faults: list[Fault] = []
        self._table = table

    def refuse(self) -> None:
        """Raise Invalid if any fault was found."""
        if self.faults:
            raise Invalid.of(self.faults)

    def known(self, names: Iterable[str], field: str) -> None:
        """All of these are columns."""
        missing = islice((name for name in names if name not in self._table.by_name), Invalid.LISTED)
        self.faults += [Fault((field,), self._no_column(name)) for name in missing]

    def sortable(self, order: tuple[Sort, ...]) -> None:
        """A client may order by these."""
        for at, sort in enumerate(order):
            column = self._table.by_name.get(sort.column)
            if column is None:
                self.faults.append(Fault(("order_by", at), self._no_column(sort.column)))
            elif column.type.nested:
                self.faults.append(Fault(("order_by", at), f"{column.type} cannot be ordered by"))
        if len({sort.column for sort in order}) < len(order):
            self.faults.append(Fault(("order_by",), "a column is named twice"))

    def condition(self, condition: Condition, place: Place) -> Condition:
        """The condition with canonical values."""
        match condition:
            case Comparison():
                return self._comparison(condition, place)
            case And(parts):
                return And(self._parts(parts, place if place == ("filters",) else (*place, "and")))
            case Or(parts):
                return Or(self._parts(parts, (*place, "or")))
            case Not(part):
                return Not(self.condition(part, (*place, "not")))

    def _parts(self, parts: tuple[Condition, ...], place: Place) -> tuple[Condition, ...]:
        return tuple([self.condition(part, (*place, at)) for at, part in enumerate(parts)])

    def _comparison(self, comparison: Comparison, place: Place) -> Comparison:
        column = self._table.by_name.get(comparison.column)
        if column is None:
            self.faults.append(Fault((*place, "column"), self._no_column(comparison.column)))
            return comparison
        if comparison.op in ("IS NULL", "IS NOT NULL"):
            return comparison
        if column.type.nested:
            self.faults.append(Fault((*place, "op"), f"{column.type} takes only IS NULL and IS NOT NULL"))
            return comparison
        if comparison.op in _PATTERNED:
            return self._pattern(comparison, column, place)
        place = (*place, "value")
        if not isinstance(comparison.value, tuple):
            value = self.value(comparison, comparison.value, place)
            return Comparison(comparison.column, comparison.op, value)
        values = [self.value(comparison, value, (*place, at)) for at, value in enumerate(comparison.value)]
        return replace(comparison, value=tuple(values))

    def value(self, comparison: Comparison, value: object, place: Place) -> Value:
        """A value to compare a column with, canonical."""
        type_ = compared(self._table.by_name[comparison.column].type)
        if value is None:
            self.faults.append(Fault(place, f"nothing is {comparison.op} null: use IS NULL in filters"))
        elif type_.nested:
            self.faults.append(Fault(place, f"{type_} cannot be compared"))
        else:
            try:
                return reader(type_)(value)
            except Misfit as misfit:
                self.faults.append(Fault((*place, *misfit.loc), misfit.msg))
        return None

    def _pattern(self, comparison: Comparison, column: Column, place: Place) -> Comparison:
        pattern = comparison.value
        if not isinstance(column.type, _TEXT):
            self.faults.append(Fault((*place, "op"), f"{comparison.op} is for text, not {column.type}"))
        elif not isinstance(pattern, str):
            self.faults.append(Fault((*place, "value"), "not a text"))
        elif len(pattern) > MAX_PATTERN or "\0" in pattern:
            self.faults.append(
                Fault(
                    (*place, "value"), f"a pattern has at most {MAX_PATTERN} characters, none of them U+0000"
                )
            )
        elif (plain := _plain_pattern(pattern)) is None:
            self.faults.append(Fault((*place, "value"), "a pattern does not end in a single backslash"))
        else:
            return replace(comparison, value=plain)
        return comparison

    def _no_column(self, name: str) -> str:
        return f'"{self._table.name}" has no column "{name}"'


def _plain_pattern(pattern: str) -> str | None:
    """The pattern with a backslash only where it is needed; None where one escapes nothing."""
    if "\\" not in pattern:
        return pattern
    out, characters = [], iter(pattern)
    for character in characters:
        if character != "\\":
            out.append(character)
        elif (escaped := next(characters, None)) is None:
            return None
        else:
            out.append("\\" + escaped if escaped in "%_\\" else escaped)
    return "".join(out)
