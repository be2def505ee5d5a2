"""The audit columns: who made a row and when, who changed it, and whether it is marked as deleted."""

from datetime import UTC, datetime
from functools import lru_cache

from backends import types
from backends.errors import Fault, Invalid
from backends.plan import And, Column, Comparison, Condition, Table, Value
from backends.values import Misfit, reader

CREATED = ("created_at", "created_by")
AUDIT: dict[str, types.Type] = {
    "created_at": types.Timestamp(),
    "created_by": types.String(),
    "updated_at": types.Timestamp(),
    "updated_by": types.String(),
    "deleted_at": types.Timestamp(),
}


@lru_cache(maxsize=4096)
def audit_columns(table: Table) -> dict[str, Column]:
    """The audit columns that the gateway fills: those of a type that can hold what it fills in."""
    return {column.name: column for column in table.columns if column.name in AUDIT and _holds(column)}


def fills(column: Column) -> bool:
    """Whether the gateway fills a column when it creates a row, so that no row need bring it."""
    return column.name in CREATED and _holds(column)


def _holds(column: Column) -> bool:
    kinds = (
        types.Timestamp | types.TimestampNtz if column.name.endswith("_at") else types.String | types.Varchar
    )
    return isinstance(column.type, kinds) and not column.generated


def stamps(table: Table, event: str, caller: str) -> tuple[tuple[str, Value], ...]:
    """What the gateway fills in when a row is created or updated."""
    columns = audit_columns(table)
    found: list[tuple[str, Value]] = []
    if moment := columns.get(f"{event}_at"):
        found.append((moment.name, now(moment)))
    if name := columns.get(f"{event}_by"):
        found.append((name.name, _fitting(caller, name)))
    return tuple(found)


def _fitting(caller: str, column: Column) -> Value:
    try:
        return reader(column.type)(caller)
    except Misfit as misfit:
        raise Invalid.of([Fault((column.name,), f"the caller's name does not fit: {misfit.msg}")]) from misfit


def stamped(updates: dict[str, object], table: Table, caller: str) -> dict[str, object]:
    """An update's values, with who makes it and when; a caller's own values stay."""
    return {**dict(stamps(table, "updated", caller)), **updates}


def now(column: Column) -> str:
    """The gateway's clock, in UTC, as a column of moments has it."""
    moment = datetime.now(UTC).replace(tzinfo=None).isoformat()
    return str(reader(column.type)(moment))


def alive(table: Table, where: Condition) -> Condition:
    """The condition, for rows that are not marked as deleted."""
    if "deleted_at" not in audit_columns(table):
        return where
    unmarked = Comparison("deleted_at", "IS NULL")
    return And((*where.parts, unmarked)) if isinstance(where, And) else And((where, unmarked))
