"""What ALTER TABLE does to the rows: columns come and go, and new rules are proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.workspace.warehouse.duck.assignment import default_of, new_rows
from tests.workspace.warehouse.duck.compiler import Compiler
from tests.workspace.warehouse.duck.dialect import duck_type
from tests.workspace.warehouse.duck.relations import physical_column, physical_name
from tests.workspace.warehouse.duck.scope import Scope
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity.model import Table
from tests.workspace.warehouse.unity.statement import parse_expression

Proof = tuple[str, Callable[[int], SqlError]]


def statements(before: Table, after: Table) -> Iterator[str]:
    """What DuckDB is told."""
    if before.is_view:
        return
    name = physical_name(before)
    old, new = ({column.number: column for column in table.columns} for table in (before, after))
    for number in new.keys() - old.keys():
        yield f"ALTER TABLE {name} ADD COLUMN {physical_column(new[number])} {duck_type(new[number].type)}"
    for number in old.keys() - new.keys():
        yield f"ALTER TABLE {name} DROP COLUMN {physical_column(old[number])}"


def proofs(compiler: Compiler, before: Table, after: Table) -> Iterator[Proof]:
    """Queries that count the rows which a new rule forbids, and the errors if there are any.

    Raises:
        SqlError: a check or a default cannot be read.
    """
    if before.is_view:
        return
    name = physical_name(after)
    old = {column.number: column for column in before.columns}
    for column in after.columns:
        known = old.get(column.number)
        if known is not None and known.nullable and not column.nullable:
            rule = f"the new NOT NULL constraint on {column.name}"
            count = f"SELECT count(*) FROM {name} WHERE {physical_column(column)} IS NULL"
            yield count, _violation("DELTA_NEW_NOT_NULL_VIOLATION", after, rule)
        if known is not None and known.default != column.default:
            default_of(compiler, after, column)
    for check in set(after.checks) - set(before.checks):
        condition = compiler.condition(parse_expression(check.condition), Scope([new_rows(after, "n")]))
        count = f"SELECT count(*) FROM {name} AS n WHERE ({condition}) IS NOT TRUE"
        yield (
            count,
            _violation(
                "DELTA_NEW_CHECK_CONSTRAINT_VIOLATION", after, f"the new CHECK constraint ({check.condition})"
            ),
        )


def _violation(error_class: str, table: Table, rule: str) -> Callable[[int], SqlError]:
    return lambda count: SqlError(error_class, f"{count} rows in {table.full_name} violate {rule}", "23512")
