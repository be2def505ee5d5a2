"""The engine: one database in memory, a cursor of it for each session."""

from pathlib import Path

import duckdb

from tests.workspace.warehouse.duck import aggregates, arithmetic, basics, conditions, functions, nested
from tests.workspace.warehouse.duck.side import DuckSide, Shared
from tests.workspace.warehouse.engine import Answer, Engine, EngineSession, Parameter
from tests.workspace.warehouse.unity import Unity, UnitySession

HANDLERS = (
    aggregates,
    arithmetic,
    basics,
    conditions,
    functions,
    nested,
)  # imported, they are known to the compiler


class DuckSession(EngineSession):
    """A session on DuckDB."""

    def __init__(self, session: UnitySession, side: DuckSide) -> None:
        self._session = session
        self._side = side

    def execute(self, sql: str, parameters: tuple[Parameter, ...]) -> Answer:
        """Run one statement."""
        return self._session.execute(sql, parameters)

    def interrupt(self) -> None:
        """End what runs."""
        self._side.cursor.interrupt()

    def close(self) -> None:
        """Let go of the cursor."""
        self._side.close()


class DuckEngine(Engine):
    """Databricks SQL on DuckDB.

    Args:
        folder: volumes' files are kept in its folder "volumes"; tables are in memory.
        admin: the principal that may do everything, the workspace's own; None means the first to open a
        session.
    """

    def __init__(self, folder: Path, admin: str | None = None) -> None:
        self.unity = Unity(folder, admin)
        self._database = duckdb.connect(":memory:")
        for setting in ("threads = 1", "TimeZone = 'UTC'", "preserve_insertion_order = true"):
            self._database.execute(f"SET {setting}")
        self._shared = Shared(self._database)

    def open(self, principal: str, catalog: str | None, schema: str | None) -> DuckSession:
        """A session of a principal."""
        session = UnitySession(self.unity, principal, catalog, schema)
        side = DuckSide(session, self._shared)
        session.physical = side
        return DuckSession(session, side)

    def close(self) -> None:
        """End the database."""
        self._database.close()
