"""What Unity Catalog asks of the engine that keeps the rows."""

from abc import ABC, abstractmethod

from tests.workspace.warehouse.engine import Answer, Parameter
from tests.workspace.warehouse.unity.commands import Change, CopyInto
from tests.workspace.warehouse.unity.model import Column, Schema, Table
from tests.workspace.warehouse.unity.statement import Statement

Parameters = tuple[Parameter, ...]


class Physical(ABC):
    """One session's way to the rows.

    Unity has looked up all names and checked the principal's privileges before it calls any of these. What
    changes tables is called with the metastore's lock held, and is recorded only when it returns: what raises
    has changed nothing.
    """

    @abstractmethod
    def create_schema(self, schema: Schema) -> None:
        """Make room for a schema's tables."""

    @abstractmethod
    def drop_schema(self, schema: Schema) -> None:
        """Let go of a schema and of all the tables that are left in it."""

    @abstractmethod
    def create_table(self, table: Table) -> None:
        """Make an empty table.

        Raises:
            SqlError: a default or a check cannot be read, or does not fit.
        """

    @abstractmethod
    def create_table_as(self, table: Table, query: str, parameters: Parameters) -> int:
        """Make a table and fill it from a query, all or nothing.

        Returns:
            How many rows it has.

        Raises:
            SqlError: the query failed.
        """

    @abstractmethod
    def create_view(self, view: Table) -> None:
        """Know of a view, or of one in the place of another."""

    @abstractmethod
    def drop_table(self, table: Table) -> None:
        """Let go of a table or view."""

    @abstractmethod
    def alter_table(self, before: Table, after: Table, change: Change) -> None:
        """Change a table.

        Raises:
            SqlError: the rows do not allow it, such as NULL where none may be.
        """

    @abstractmethod
    def columns_of(self, query: str, parameters: Parameters) -> tuple[Column, ...]:
        """What columns a query gives.

        Raises:
            SqlError: the query cannot be read or resolved.
        """

    @abstractmethod
    def run(self, statement: Statement, parameters: Parameters) -> Answer:
        """Run a SELECT, INSERT, UPDATE, DELETE or MERGE on tables, views and files.

        Raises:
            SqlError: it failed; nothing was written.
        """

    @abstractmethod
    def copy_into(self, table: Table, command: CopyInto) -> Answer:
        """Append the rows of parquet files, which have not been copied into this table before.

        Raises:
            SqlError: they do not fit; nothing was written.
        """

    @abstractmethod
    def information(self, statement: Statement, parameters: Parameters) -> Answer:
        """Run a SELECT on INFORMATION_SCHEMA (and nothing else)."""
