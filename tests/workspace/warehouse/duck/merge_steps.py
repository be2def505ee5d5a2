"""What MERGE does once it is known what becomes of each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.workspace.warehouse.duck.dialect import duck_type
from tests.workspace.warehouse.duck.plans import Deed, Step
from tests.workspace.warehouse.duck.relations import physical_column, physical_name
from tests.workspace.warehouse.duck.scope import Typed
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity.model import Table


@dataclass(frozen=True, slots=True)
class Clause:
    """One WHEN.

    Attributes:
        about: a key of `WORDS`.
        action: "update", "delete" or "insert".
        test: when it applies, in SQL.
        conditional: it has a condition of its own.
        values: the new row's, by their columns' numbers.
    """

    about: str
    action: str
    test: str
    conditional: bool
    values: dict[int, Typed]


def staging_name(table: Table) -> str:
    """The table in which the rows of a MERGE into a table are worked out; it is empty but for that time."""
    return f"m{table.uid}"


def staging_table(table: Table) -> str:
    """The statement that makes it."""
    columns = "".join(f", {physical_column(column)} {duck_type(column.type)}" for column in table.columns)
    return f"CREATE OR REPLACE TABLE {staging_name(table)} (rid BIGINT, act INTEGER{columns})"


def acts(clauses: Sequence[Clause], action: str) -> str:
    """The places of the clauses that do this."""
    return ", ".join(str(place) for place, clause in enumerate(clauses) if clause.action == action)


def apply_steps(table: Table, clauses: Sequence[Clause]) -> dict[str, Step]:
    """What is done with the rows, and how many of each kind there are."""
    name, rows = physical_name(table), staging_name(table)
    updates, deletes, inserts = (acts(clauses, action) for action in ("update", "delete", "insert"))
    columns = [physical_column(column) for column in table.columns]
    steps = {"count": Step(f"SELECT act, rid FROM {rows}")}
    if deletes:
        steps["delete"] = Step(
            f"DELETE FROM {name} WHERE rowid IN (SELECT rid FROM {rows} WHERE act IN ({deletes}))"
        )
    if updates:
        changed = _changed_columns(table, clauses)
        sets = ", ".join(f"{column} = n.{column}" for column in changed)
        source = f"(SELECT * FROM {rows} WHERE act IN ({updates})) AS n"
        steps["update"] = Step(f"UPDATE {name} SET {sets} FROM {source} WHERE {name}.rowid = n.rid")
    if inserts:
        listed = ", ".join(columns)
        steps["insert"] = Step(
            f"INSERT INTO {name} ({listed}) SELECT {listed} FROM {rows} WHERE act IN ({inserts})"
        )
    return {**steps, "clear": Step(f"DELETE FROM {rows}")}


def _changed_columns(table: Table, clauses: Sequence[Clause]) -> list[str]:
    values = [clause.values for clause in clauses if clause.action == "update"]
    changed = [
        physical_column(column)
        for column in table.columns
        if any(not found[column.number].sql.endswith(f".{physical_column(column)}") for found in values)
    ]
    return changed or [physical_column(table.columns[0])]


def deeds(clauses: Sequence[Clause]) -> tuple[Deed, ...]:
    """What each clause does; a target's row may be met only once, but by a DELETE that stands alone."""
    matched = [clause for clause in clauses if clause.about == "MATCHED"]
    alone = len(matched) == 1 and matched[0].action == "delete" and not matched[0].conditional
    return tuple(Deed(clause.action, clause.about == "MATCHED" and not alone) for clause in clauses)


def tally(rows: Iterable[tuple[object, ...]], done: Sequence[Deed]) -> dict[str, int]:
    """How many rows are updated, deleted and inserted, of what the step "count" gives.

    Raises:
        SqlError: several rows of the source meet one of the target's.
    """
    numbers = {"update": 0, "delete": 0, "insert": 0}
    met: set[object] = set()
    for act, row in rows:
        deed = done[int(str(act))]
        if row is not None and row in met:
            if deed.once:
                raise _ambiguous()
            continue
        met.add(row)
        numbers[deed.action] += 1
    return numbers


def _ambiguous() -> SqlError:
    message = (
        "Cannot perform Merge as multiple source rows matched and attempted to modify the same\ntarget row "
        "in the Delta table in possibly conflicting ways. By SQL semantics of Merge,\nwhen multiple source "
        "rows match on the same target row, the result may be ambiguous\nas it is unclear which source row "
        "should be used to update or delete the matching\ntarget row. You can preprocess the source table "
        "to eliminate the possibility of\nmultiple matches."
    )
    return SqlError("DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE", message, "21506")
