"""The engine: one Java virtual machine with Spark in it, a session of Spark's for each session."""

import shutil
from pathlib import Path
from typing import Any

from tests.workspace.warehouse.engine import Answer, Engine, EngineSession, Parameter
from tests.workspace.warehouse.spark.configuration import configuration
from tests.workspace.warehouse.spark.jvm import Jvm
from tests.workspace.warehouse.spark.side import Shared, SparkSide
from tests.workspace.warehouse.unity import Unity, UnitySession


class SparkSession(EngineSession):
    """A session on Spark."""

    def __init__(self, session: UnitySession, side: SparkSide) -> None:
        self._session = session
        self._side = side

    def execute(self, sql: str, parameters: tuple[Parameter, ...]) -> Answer:
        """Run one statement."""
        return self._session.execute(sql, parameters)

    def interrupt(self) -> None:
        """End what runs."""
        self._side.interrupt()

    def close(self) -> None:
        """Spark's session ends when nobody knows it any more."""


class SparkEngine(Engine):
    """Databricks SQL on Apache Spark and Delta Lake.

    Args:
        folder: tables are kept in its folder "spark", volumes' files in "volumes".
        admin: the principal that may do everything; None means the first to open a session.
    """

    def __init__(self, folder: Path, admin: str | None = None) -> None:
        self.unity = Unity(folder, admin)
        own = folder / "spark"
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir(parents=True)
        self._jvm = Jvm(own)
        builder = self._jvm.java.org.apache.spark.sql.SparkSession.builder()
        for name, value in configuration(own).items():
            builder = builder.config(name, value)
        self._shared = Shared(self._jvm, builder.getOrCreate(), own / "tables")

    def open(self, principal: str, catalog: str | None, schema: str | None) -> SparkSession:
        """A session of a principal."""
        session = UnitySession(self.unity, principal, catalog, schema)
        side = SparkSide(session, self._shared)
        session.physical = side
        return SparkSession(session, side)

    @property
    def parser(self) -> Any:
        """Spark's own parser of SQL, in Java."""
        return self._shared.spark.sessionState().sqlParser()

    def jobs(self) -> int:
        """How many jobs Spark has begun."""
        return int(self._shared.context.dagScheduler().nextJobId())

    def close(self) -> None:
        """End Spark and its virtual machine."""
        self._jvm.stop()
