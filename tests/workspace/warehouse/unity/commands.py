"""Statements about metadata, files and privileges, as values; names are as they were written."""

from dataclasses import dataclass

from tests.workspace.warehouse.unity.model import Check, Column, Key

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Show:
    """SHOW CATALOGS, SCHEMAS, TABLES, VIEWS or VOLUMES [IN parts] [LIKE pattern]."""

    what: str
    within: Parts = ()
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class ShowColumns:
    """SHOW COLUMNS IN table."""

    table: Parts


@dataclass(frozen=True, slots=True)
class ShowProperties:
    """SHOW TBLPROPERTIES table [(key)]."""

    table: Parts
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ShowCreate:
    """SHOW CREATE TABLE table."""

    table: Parts


@dataclass(frozen=True, slots=True)
class ShowGrants:
    """SHOW GRANTS [principal] ON kind parts."""

    kind: str
    parts: Parts
    principal: str | None = None


@dataclass(frozen=True, slots=True)
class Describe:
    """DESCRIBE CATALOG, SCHEMA, TABLE or VOLUME [EXTENDED] parts."""

    kind: str
    parts: Parts
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """USE CATALOG name, or USE [SCHEMA] parts."""

    kind: str
    parts: Parts


@dataclass(frozen=True, slots=True)
class CreateSpace:
    """CREATE CATALOG, SCHEMA or VOLUME."""

    kind: str
    parts: Parts
    tolerant: bool
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class CreateTable:
    """CREATE TABLE; with a query its columns are the query's."""

    parts: Parts
    columns: tuple[Column, ...]
    tolerant: bool = False
    replace: bool = False
    comment: str | None = None
    properties: tuple[tuple[str, str], ...] = ()
    checks: tuple[Check, ...] = ()
    primary_key: Key | None = None
    foreign_keys: tuple[Key, ...] = ()
    clustered: Parts = ()
    query: str | None = None


@dataclass(frozen=True, slots=True)
class CreateView:
    """CREATE VIEW; `columns` are names and comments, if they are given."""

    parts: Parts
    query: str
    columns: tuple[tuple[str, str | None], ...] = ()
    tolerant: bool = False
    replace: bool = False
    comment: str | None = None
    properties: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Drop:
    """DROP CATALOG, SCHEMA, TABLE, VIEW or VOLUME."""

    kind: str
    parts: Parts
    tolerant: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class CommentOn:
    """COMMENT ON kind parts IS comment; a column's name ends its parts."""

    kind: str
    parts: Parts
    comment: str | None


@dataclass(frozen=True, slots=True)
class Grant:
    """GRANT privileges ON kind parts TO principal; or REVOKE them."""

    privileges: tuple[str, ...]
    kind: str
    parts: Parts
    principal: str
    revoke: bool = False


@dataclass(frozen=True, slots=True)
class SetOwner:
    """ALTER kind parts [SET] OWNER TO principal."""

    kind: str
    parts: Parts
    owner: str


@dataclass(frozen=True, slots=True)
class AddColumns:
    """ADD COLUMNS; each with where it goes: "", "FIRST" or "AFTER name"."""

    columns: tuple[tuple[Column, str], ...]
    tolerant: bool = False


@dataclass(frozen=True, slots=True)
class DropColumns:
    """DROP COLUMNS."""

    names: Parts
    tolerant: bool = False


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """RENAME COLUMN."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RenameTable:
    """RENAME TO."""

    new: Parts


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """ALTER COLUMN: SET or DROP NOT NULL or DEFAULT, SYNC IDENTITY, COMMENT or TYPE, with its text."""

    name: str
    what: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class AddConstraint:
    """ADD CONSTRAINT: one of the three."""

    check: Check | None = None
    primary_key: Key | None = None
    foreign_key: Key | None = None


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """DROP CONSTRAINT name, or DROP PRIMARY KEY (no name); `cascade` drops foreign keys that need it."""

    name: str | None
    tolerant: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class DropForeignKey:
    """DROP FOREIGN KEY (columns)."""

    columns: Parts
    tolerant: bool = False


@dataclass(frozen=True, slots=True)
class SetProperties:
    """SET TBLPROPERTIES."""

    properties: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UnsetProperties:
    """UNSET TBLPROPERTIES."""

    keys: Parts
    tolerant: bool = False


@dataclass(frozen=True, slots=True)
class ClusterBy:
    """CLUSTER BY (names), or NONE."""

    names: Parts


Change = (
    AddColumns | DropColumns | RenameColumn | RenameTable | AlterColumn | AddConstraint | DropConstraint
    | DropForeignKey | SetProperties | UnsetProperties | ClusterBy
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AlterTable:
    """ALTER TABLE (or VIEW) with one change."""

    parts: Parts
    change: Change
    view: bool = False


@dataclass(frozen=True, slots=True)
class Put:
    """PUT file INTO path."""

    local_file: str
    path: str
    overwrite: bool


@dataclass(frozen=True, slots=True)
class Remove:
    """REMOVE path."""

    path: str


@dataclass(frozen=True, slots=True)
class ListFiles:
    """LIST path."""

    path: str


@dataclass(frozen=True, slots=True)
class CopyInto:
    """COPY INTO table FROM path FILEFORMAT = PARQUET; `force` copies again what was copied before."""

    table: Parts
    path: str
    force: bool = False


Command = (
    Show | ShowColumns | ShowProperties | ShowCreate | ShowGrants | Describe | Use | CreateSpace | CreateTable
    | CreateView | Drop | CommentOn | Grant | SetOwner | AlterTable | Put | Remove | ListFiles | CopyInto
)  # fmt: skip
