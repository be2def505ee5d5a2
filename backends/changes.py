"""Changes of a table's structure, which migrations are made of: frozen values in SQL's own words.

They hold nothing that only one database understands; each backend says them in its own SQL
(`Backend.ddl`). `backends.outcome` tells what becomes of a structure by each.
"""

from dataclasses import dataclass

from backends import types
from backends.plan import Column, TableName
from backends.structure import Check, Default, ForeignKey, Index, Structure


@dataclass(frozen=True, slots=True)
class CreateTable:
    """Create a table, and its schema where that is missing."""

    structure: Structure

    @property
    def name(self) -> TableName:
        """The table."""
        return self.structure.table.name


@dataclass(frozen=True, slots=True)
class DropTable:
    """Remove a table with all it holds."""

    name: TableName


@dataclass(frozen=True, slots=True)
class RenameTable:
    """Give a table another name in its schema; keys that point at it follow."""

    name: TableName
    to: str


@dataclass(frozen=True, slots=True)
class AddColumn:
    """Add a column after the others. Rows that are there get the default, else NULL."""

    name: TableName
    column: Column
    default: Default | None = None


@dataclass(frozen=True, slots=True)
class DropColumn:
    """Remove a column with what it holds; nothing else may use it."""

    name: TableName
    column: str


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """Give a column another name; keys, checks and indexes follow."""

    name: TableName
    column: str
    to: str


@dataclass(frozen=True, slots=True)
class RetypeColumn:
    """Give a column another type that says the same values: see `becoming.can_become`.

    A value that the other type cannot hold refuses the change.
    """

    name: TableName
    column: str
    type: types.Type


@dataclass(frozen=True, slots=True)
class SetNullable:
    """Let a column be NULL, or not; rows in which it is NULL refuse the latter."""

    name: TableName
    column: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class SetDefault:
    """Set, or with None take away, what stands in for an absent value; rows that are there stay."""

    name: TableName
    column: str
    default: Default | None


@dataclass(frozen=True, slots=True)
class SetComment:
    """Say something about a table, or a column of it; None says nothing."""

    name: TableName
    column: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class SetPrimaryKey:
    """Set the primary key, or with no columns take it away; two equal rows refuse it."""

    name: TableName
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddCheck:
    """Add a check; a row that fails it refuses it."""

    name: TableName
    check: Check


@dataclass(frozen=True, slots=True)
class AddForeignKey:
    """Add a foreign key; where it is enforced, a row that points nowhere refuses it."""

    name: TableName
    key: ForeignKey


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """Remove a check or a foreign key."""

    name: TableName
    constraint: str


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """Create an index; a database that has none keeps in mind that it was asked for."""

    name: TableName
    index: Index


@dataclass(frozen=True, slots=True)
class DropIndex:
    """Remove an index."""

    name: TableName
    index: str


@dataclass(frozen=True, slots=True)
class AdvanceIdentity:
    """Let the numbers of the identity column go on from `next`, or beyond what is there.

    Never back: no number that is in the table is given again.
    """

    name: TableName
    next: int


@dataclass(frozen=True, slots=True)
class ClusterBy:
    """Keep rows that are alike in some columns together; with none, as they come.

    Only Unity Catalog's tables can: elsewhere it is kept in mind that it was asked for.
    """

    name: TableName
    columns: tuple[str, ...]


Change = (
    CreateTable | DropTable | RenameTable | AddColumn | DropColumn | RenameColumn | RetypeColumn
    | SetNullable | SetDefault | SetComment | SetPrimaryKey | AddCheck | AddForeignKey | DropConstraint
    | CreateIndex | DropIndex | ClusterBy | AdvanceIdentity
)  # fmt: skip
