"""What a client asks, typed: made by `gateway.schemas`, turned into plans by `gateway.planner`.

Values here are as the client sent them, decoded with floats as `decimal.Decimal`; the planner
checks them against the table's columns.
"""

from dataclasses import dataclass
from typing import Literal

from backends.plan import And, Column, Condition, OnConflict, Sort

Json = object


@dataclass(frozen=True, slots=True)
class Target:
    """The table a request means; None where the gateway's default stands in."""

    table: str
    catalog: str | None = None
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class ReadRecords:
    """Read rows. `columns` None means all; `limit` None the default of a page, or all of a stream."""

    target: Target
    columns: tuple[str, ...] | None = None
    filters: Condition = And(())
    order_by: tuple[Sort, ...] = ()
    limit: int | None = None
    offset: int = 0
    cursor: str | None = None
    include_total: bool = False
    include_deleted: bool = False


@dataclass(frozen=True, slots=True)
class WriteRecords:
    """Write rows: `data` is a JSON array of objects, not yet looked into."""

    target: Target
    data: bytes
    auto_create: bool = False
    schema_definition: tuple[Column, ...] = ()
    primary_key: tuple[str, ...] = ()
    on_conflict: OnConflict = "error"


@dataclass(frozen=True, slots=True)
class DefineTable:
    """A table as it should be."""

    target: Target
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selector:
    """Which rows to change: `values` of the columns in `keys`, or `filters`.

    `place` is the field of the request it came from; `single` says that matching nothing is 404.
    """

    place: Literal["key_value", "key_values", "keys", "filters"]
    condition: Condition
    single: bool = False


@dataclass(frozen=True, slots=True)
class UpdateRecords:
    """Set `updates` in the rows that `selector` means."""

    target: Target
    selector: Selector
    updates: dict[str, Json]
    max_affected: int | None = None
    include_deleted: bool = False


@dataclass(frozen=True, slots=True)
class UpdateEachRecord:
    """Set other values for each key: pairs of a key and its updates."""

    target: Target
    key_column: str
    changes: tuple[tuple[Json, dict[str, Json]], ...]
    max_affected: int | None = None
    include_deleted: bool = False


@dataclass(frozen=True, slots=True)
class DeleteRecords:
    """Remove the rows that `selector` means, or mark them as deleted."""

    target: Target
    selector: Selector
    soft: bool = True
    max_affected: int | None = None
    include_deleted: bool = False
