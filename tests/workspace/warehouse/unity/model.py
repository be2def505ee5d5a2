"""What Unity Catalog keeps: catalogs, schemas, tables and volumes, and what a table is made of."""

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.types import SqlType

_uids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Identity:
    """GENERATED ... AS IDENTITY.

    Attributes:
        always: no statement may give a value of its own.
    """

    always: bool
    start: int = 1
    step: int = 1

    @property
    def text(self) -> str:
        """As SHOW CREATE TABLE writes it."""
        when = "ALWAYS" if self.always else "BY DEFAULT"
        return f"GENERATED {when} AS IDENTITY (START WITH {self.start} INCREMENT BY {self.step})"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `number` stays the same when it is renamed."""

    name: str
    type: SqlType
    nullable: bool = True
    default: str | None = None
    comment: str | None = None
    identity: Identity | None = None
    number: int = field(default_factory=lambda: next(_uids))


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint, which is enforced."""

    name: str
    condition: str


@dataclass(frozen=True, slots=True)
class Key:
    """A PRIMARY KEY, or a FOREIGN KEY where `parent` is set; both are declared only."""

    name: str
    columns: tuple[str, ...]
    parent: tuple[str, ...] = ()
    parent_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view.

    Attributes:
        query: what a view selects.
        search_path: the catalog and schema in which a view finds names that lack them.
        uid: stays the same when it is renamed or changed.
    """

    catalog: str
    schema: str
    name: str
    columns: tuple[Column, ...]
    owner: str
    kind: str = "MANAGED"
    comment: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    primary_key: Key | None = None
    foreign_keys: tuple[Key, ...] = ()
    query: str | None = None
    search_path: tuple[str, str] = ("main", "default")
    clustered: tuple[str, ...] = ()
    created: float = field(default_factory=time.time)
    altered: float = field(default_factory=time.time)
    uid: int = field(default_factory=lambda: next(_uids))

    @property
    def parts(self) -> tuple[str, str, str]:
        """Catalog, schema and name."""
        return self.catalog, self.schema, self.name

    @property
    def full_name(self) -> str:
        """Its name in three levels, without backticks."""
        return ".".join(self.parts)

    @property
    def is_view(self) -> bool:
        """Whether it is a view."""
        return self.kind == "VIEW"

    def find(self, name: str) -> Column | None:
        """A column by its name, in whatever case."""
        lower = name.lower()
        return next((column for column in self.columns if column.name.lower() == lower), None)

    def column(self, name: str) -> Column:
        """A column by its name, in whatever case.

        Raises:
            SqlError: there is none.
        """
        found = self.find(name)
        if found is None:
            raise errors.no_column(errors.quoted(name), (column.name for column in self.columns))
        return found

    def with_column(self, old: Column, new: Column) -> Self:
        """The table with a column changed."""
        return replace(self, columns=tuple(new if column is old else column for column in self.columns))


@dataclass(slots=True)
class Volume:
    """A folder of files."""

    catalog: str
    schema: str
    name: str
    owner: str
    comment: str | None = None
    created: float = field(default_factory=time.time)
    uid: int = field(default_factory=lambda: next(_uids))

    @property
    def full_name(self) -> str:
        """Its name in three levels, without backticks."""
        return f"{self.catalog}.{self.schema}.{self.name}"


@dataclass(slots=True)
class Schema:
    """Tables, views and volumes under one name."""

    catalog: str
    name: str
    owner: str
    comment: str | None = None
    tables: dict[str, Table] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    uid: int = field(default_factory=lambda: next(_uids))

    @property
    def full_name(self) -> str:
        """Its name in two levels, without backticks."""
        return f"{self.catalog}.{self.name}"


@dataclass(slots=True)
class Catalog:
    """Schemas under one name."""

    name: str
    owner: str
    comment: str | None = None
    schemas: dict[str, Schema] = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    uid: int = field(default_factory=lambda: next(_uids))

    @property
    def full_name(self) -> str:
        """Its name."""
        return self.name


@dataclass(slots=True)
class Metastore:
    """All catalogs; on it, privileges such as CREATE CATALOG are given."""

    owner: str
    name: str = "metastore"
    catalogs: dict[str, Catalog] = field(default_factory=dict)
    uid: int = field(default_factory=lambda: next(_uids))

    @property
    def full_name(self) -> str:
        """Its name."""
        return self.name


Securable = Metastore | Catalog | Schema | Table | Volume


def kind_of(securable: Securable) -> str:
    """What Databricks calls it in messages: "Table"."""
    return "View" if isinstance(securable, Table) and securable.is_view else type(securable).__name__
