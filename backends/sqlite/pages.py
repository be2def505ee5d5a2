"""What a plan gives, from SQLite's rows."""

from backends import errors
from backends.plan import Result, Select
from backends.sql import bounded
from backends.sql.statements import hidden
from backends.sqlite import rows


def page(plan: Select, found: list[tuple[object, ...]], total: int | None) -> Result:
    """A page from its rows, one more than asked for where more follow."""
    limit = bounded(plan)
    more = len(found) > limit
    page = found[:limit] if more else found
    following = _order_values(plan, page[-1]) if more else None
    return Result(len(page), rows.row_writer(plan.table, plan.columns).array(page), total, following)


def _order_values(plan: Select, last: tuple[object, ...]) -> bytes:
    """What the last row of a page was ordered by; without a key, also its place among its equals."""
    at = {name: position for position, name in enumerate((*plan.columns, *hidden(plan)))}
    values = [last[at[sort.column]] for sort in plan.order]
    return rows.values_array(values if plan.table.key else [*values, last[-1]])


def within(most: int | None, count: int) -> int:
    """How many rows a plan changed, if it may change so many. Raises Conflict."""
    if most is not None and count > most:
        raise errors.Conflict(f"{count} rows match, more than max_affected allows ({most})")
    return count
