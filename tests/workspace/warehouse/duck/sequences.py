"""The numbers of identity columns: a sequence for each column, which goes on as Delta's does."""

from collections.abc import Callable

from tests.workspace.warehouse.duck.relations import physical_column, physical_name
from tests.workspace.warehouse.unity.model import Column, Identity, Table

Rows = list[tuple[int, ...]]


def sequence(column: Column, identity: Identity, start: int) -> str:
    """What makes a column's sequence, or makes it go on elsewhere."""
    bounds = "MINVALUE -9223372036854775808 MAXVALUE 9223372036854775807"
    name = f"s{column.number}"
    return f"CREATE OR REPLACE SEQUENCE {name} START {start} INCREMENT {identity.step} {bounds}"


def sync(do: Callable[[str], Rows], table: Table, column: Column) -> None:
    """SYNC IDENTITY: go on beyond the values that are there, unless they are before the start; never back."""
    identity = column.identity
    assert identity is not None
    farthest = "max" if identity.step > 0 else "min"
    ((value,),) = do(f"SELECT {farthest}({physical_column(column)}) FROM {physical_name(table)}")
    if value is None or (value - identity.start) * identity.step < 0:
        return
    steps = -((identity.start - value) // identity.step)
    beyond = identity.start + (steps + 1) * identity.step
    now = _next(do, column, identity)
    do(sequence(column, identity, max(now, beyond) if identity.step > 0 else min(now, beyond)))


def _next(do: Callable[[str], Rows], column: Column, identity: Identity) -> int:
    known = f"FROM duckdb_sequences() WHERE sequence_name = 's{column.number}'"
    ((start, last),) = do(f"SELECT start_value, last_value {known}")
    return start if last is None else last + identity.step
