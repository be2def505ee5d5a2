"""What the warehouse's service asks of what runs its SQL, and the errors of both."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import pyarrow as pa


class SqlError(Exception):
    """A statement that failed, in Databricks' own words.

    Args:
        error_class: as Databricks names it: "TABLE_OR_VIEW_NOT_FOUND".
        message: what follows the class, without the SQLSTATE.
        sqlstate: five characters.
    """

    def __init__(self, error_class: str, message: str, sqlstate: str) -> None:
        super().__init__(f"[{error_class}] {message} SQLSTATE: {sqlstate}")
        self.error_class = error_class
        self.sqlstate = sqlstate


@dataclass(frozen=True, slots=True)
class Parameter:
    """A native parameter: its name (None: it goes by position), its type in SQL, its text (None: NULL)."""

    name: str | None
    type: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """A PUT into a volume, which the client itself carries out: where its file is, and where it goes."""

    local_file: str
    path: str
    overwrite: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gave.

    Attributes:
        table: the rows, in the Arrow types that Databricks sends: a timestamp in microseconds, with UTC
            as its zone for TIMESTAMP and with none for TIMESTAMP_NTZ; lists, maps and structs as such.
        types: of each column, as Databricks writes it: "decimal(10,2)", "array<int>".
        modified: how many rows were written, changed or removed; None for what writes none.
        upload: what the client is to put into a volume.
    """

    table: pa.Table
    types: tuple[str, ...] = ()
    modified: int | None = None
    upload: Upload | None = None


class EngineSession(ABC):
    """One session: its principal, its catalog and schema. One statement at a time."""

    @abstractmethod
    def execute(self, sql: str, parameters: tuple[Parameter, ...]) -> Answer:
        """Run one statement.

        Raises:
            SqlError: it failed; nothing was written.
        """

    @abstractmethod
    def interrupt(self) -> None:
        """End what runs, if anything does, from another thread: it raises SqlError OPERATION_CANCELED."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what the session holds."""


class Engine(ABC):
    """Runs SQL for many sessions at once."""

    @abstractmethod
    def open(self, principal: str, catalog: str | None, schema: str | None) -> EngineSession:
        """A session of a user or service principal (a user name, or an application id).

        Raises:
            SqlError: there is no such catalog or schema.
        """

    @abstractmethod
    def close(self) -> None:
        """End the engine, and all that runs in it."""
