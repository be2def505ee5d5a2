"""What the gateway asks of a backend: frozen values in SQL's own words.

A `Value` is the canonical JSON of its column's type (DESIGN section 4) as Python holds it: bool,
int, float or str. DECIMAL is the str of its digits, BINARY is base64, NaN and the infinities are
the strings "NaN", "Infinity" and "-Infinity". Whole rows cross as canonical JSON bytes.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from backends.types import Type

Value = bool | int | float | str | None
Operator = Literal[
    "=", "!=", "<", "<=", ">", ">=", "LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE", "IN", "NOT IN",
    "BETWEEN", "IS NULL", "IS NOT NULL",
]  # fmt: skip
OnConflict = Literal["error", "update", "ignore"]
Kind = Literal["table", "view"]


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """Where a table is: three names as the database spells them, unquoted."""

    catalog: str
    schema: str
    table: str

    def __str__(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.table}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the contract sees it.

    `default` is the database's own expression for an absent value (None: NULL). A `generated`
    column is always computed by the database and never written.
    """

    name: str
    type: Type
    nullable: bool = True
    comment: str | None = None
    default: str | None = None
    generated: bool = False


@dataclass(frozen=True)
class Table:
    """A table or view, its columns in their own order."""

    name: TableName
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    kind: Kind = "table"
    key_enforced: bool = True  # by the database, against every writer

    def __hash__(self) -> int:
        return hash(self.name)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The primary key where it tells every two rows apart; () where it may be NULL, or is none."""
        nullable = any(self.by_name[name].nullable for name in self.primary_key)
        return self.primary_key if self.key_enforced and not nullable else ()


@dataclass(frozen=True, slots=True)
class TableSummary:
    """One line of a list of tables."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Comparison:
    """`column op value`: `value` is a tuple for IN and NOT IN, a pair for BETWEEN, None for IS [NOT] NULL.

    A LIKE pattern escapes with a backslash, and only `%`, `_` and the backslash itself.
    """

    column: str
    op: Operator
    value: Value | tuple[Value, ...] = None


@dataclass(frozen=True, slots=True)
class And:
    """All of `parts`; true when there are none."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of `parts`; false when there are none."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of `part`; unknown (a NULL compared) stays unknown, as in SQL."""

    part: "Condition"


Condition = Comparison | And | Or | Not


@dataclass(frozen=True, slots=True)
class Sort:
    """Text by code point, numbers as numbers; NULLs last ascending, first descending."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """Read `columns` of the rows that meet `where`, in `order`.

    `order` must end in the table's key; for a table without one, in all its columns, so that only
    rows equal in every column tie. Nested columns, which can only stand there, are ordered in any
    way that is the same every time. `after` holds the `order` values of the last row seen, from
    `Result.next`: each a Value, a nested one its canonical JSON text; without a key one more number
    follows, how many rows equal to it were seen. `limit` None reads to the end. `total` also counts
    all rows that meet `where`.
    """

    table: Table
    columns: tuple[str, ...]
    where: Condition = And(())
    order: tuple[Sort, ...] = ()
    limit: int | None = 100
    offset: int = 0
    after: tuple[Value, ...] | None = None
    total: bool = False


@dataclass(frozen=True, slots=True)
class Insert:
    """Write `rows`, a canonical JSON array of objects: all of them or none.

    `columns` are those that some row brings, in table order; `ragged` says that not every row
    brings all of them. What a row does not bring is filled from `stamps`, else with the column's
    default. A row whose primary key is taken is a Conflict, or sets the columns it brings, but for
    `kept`, and `restamps` ("update"), or is passed over ("ignore"). No two rows have the same key.
    """

    table: Table
    rows: bytes
    columns: tuple[str, ...]
    ragged: bool = False
    on_conflict: OnConflict = "error"
    stamps: tuple[tuple[str, Value], ...] = ()
    restamps: tuple[tuple[str, Value], ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """Set `changes`, one canonical JSON object naming `columns`, in every row that meets `where`."""

    table: Table
    changes: bytes
    columns: tuple[str, ...]
    where: Condition
    max_affected: int | None = None


@dataclass(frozen=True, slots=True)
class UpdateEach:
    """Set other changes for each key: all of them or none.

    `rows` is a canonical JSON array of {"key_value": ..., "updates": {...}}, no key twice and none
    of them changed;
    `columns` are those that some `updates` names. Rows that do not meet `where` are left alone,
    and `stamps` are set in every row changed.
    """

    table: Table
    key_column: str
    rows: bytes
    columns: tuple[str, ...]
    where: Condition = And(())
    stamps: tuple[tuple[str, Value], ...] = ()
    max_affected: int | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove every row that meets `where`."""

    table: Table
    where: Condition
    max_affected: int | None = None


Plan = Select | Insert | Update | UpdateEach | Delete


@dataclass(frozen=True, slots=True)
class Result:
    """What a plan gave: `count` rows selected, or written, or removed.

    `rows` is a canonical JSON array of objects. `next` is there when more rows follow: the canonical
    JSON array of the values that `Select.after` takes to read on.
    """

    count: int
    rows: bytes = b"[]"
    total: int | None = None
    next: bytes | None = None
