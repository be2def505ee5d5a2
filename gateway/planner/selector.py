"""Which rows a request means to change, as a condition."""

from dataclasses import replace

from backends.plan import And, Comparison, Condition, Table
from gateway.audit import alive
from gateway.planner.checker import Checker
from gateway.requests import Selector


def selected(selector: Selector, table: Table, *, include_deleted: bool) -> Condition:
    """The rows that a selector means.

    Raises:
        Invalid: a column or value does not fit the table; faults have the place of the request's own field.
    """
    checker = Checker(table)
    match selector.condition:
        case Comparison() as comparison:
            where = _by_column(checker, selector.place, comparison)
        case And(parts) if selector.place == "keys":
            where = And(tuple([_by_key(checker, part) for part in parts]))
        case condition:
            where = checker.condition(condition, ("filters",))
    checker.refuse()
    return where if include_deleted else alive(table, where)


def _by_column(checker: Checker, place: str, comparison: Comparison) -> Condition:
    checker.known((comparison.column,), "key_column")
    checker.refuse()
    if isinstance(comparison.value, tuple):
        values = [checker.value(comparison, value, (place, at)) for at, value in enumerate(comparison.value)]
        return replace(comparison, value=tuple(values))
    return replace(comparison, value=checker.value(comparison, comparison.value, (place,)))


def _by_key(checker: Checker, part: Condition) -> Condition:
    assert isinstance(part, Comparison)  # noqa: S101 - `keys` holds nothing else
    checker.known((part.column,), "keys")
    checker.refuse()
    return replace(part, value=checker.value(part, part.value, ("keys", part.column)))
