"""One session's side in Spark: makes and fills tables, runs queries and writes."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
from py4j.protocol import Py4JJavaError

from tests.workspace.warehouse.duck import copying
from tests.workspace.warehouse.duck.side import DuckSide
from tests.workspace.warehouse.duck.side import Shared as DuckShared
from tests.workspace.warehouse.engine import Answer, SqlError
from tests.workspace.warehouse.spark import ddl, failures
from tests.workspace.warehouse.spark.copying import insert_text
from tests.workspace.warehouse.spark.jvm import Jvm
from tests.workspace.warehouse.spark.names import for_people, for_spark, physical_name
from tests.workspace.warehouse.spark.parameters import bound
from tests.workspace.warehouse.spark.results import Reader, columns_of
from tests.workspace.warehouse.spark.snapshots import Snapshots
from tests.workspace.warehouse.unity import Parameters, Physical, Statement, UnitySession, errors, parse
from tests.workspace.warehouse.unity.commands import Change, CopyInto
from tests.workspace.warehouse.unity.model import Column, Schema, Table

PADDING = "spark.sql.readSideCharPadding"


class Shared:
    """What all sessions of an engine have in common."""

    def __init__(self, jvm: Jvm, spark: Any, tables: Path) -> None:
        self.jvm = jvm
        self.spark = spark
        self.context = spark.sparkContext()
        self.tables = tables
        self.snapshots = Snapshots(jvm)
        self.reader = Reader(jvm)
        self.checked: set[int] = set()  # columns that a CHECK keeps from being NULL
        self.copied: dict[int, set[str]] = defaultdict(set)
        self.locks: dict[int, threading.Lock] = defaultdict(threading.Lock)

    @cached_property
    def duck(self) -> DuckShared:
        """What runs queries of INFORMATION_SCHEMA."""
        return DuckShared(duckdb.connect(":memory:"))

    def folder(self, table: Table) -> Path:
        """Where a table's files are."""
        return self.tables / physical_name(table)


class SparkSide(Physical):
    """Spark's side of a session."""

    def __init__(self, session: UnitySession, shared: Shared) -> None:
        self._session = session
        self._shared = shared
        self._spark = shared.spark.newSession()
        self._group = ""
        self._canceled = False

    def interrupt(self) -> None:
        """End what runs."""
        if self._group:
            self._canceled = True
            self._shared.context.cancelJobGroupAndFutureJobs(self._group, "canceled")

    def create_schema(self, schema: Schema) -> None:
        """Spark knows of no schemas: there is nothing to make."""

    def drop_schema(self, schema: Schema) -> None:
        """Drop its tables."""
        for table in schema.tables.values():
            self.drop_table(table)

    def create_table(self, table: Table) -> None:
        """Make an empty table."""
        self._do(ddl.create_table(table))

    def create_table_as(self, table: Table, query: str, parameters: Parameters) -> int:
        """Make a table and fill it; it is dropped again if that fails."""
        self.create_table(table)
        try:
            text = f"INSERT INTO {physical_name(table)} {for_spark(self._session, parse(query))}"
            return self._insert(table, text, parameters)
        except SqlError:
            self.drop_table(table)
            raise

    def create_view(self, view: Table) -> None:
        """Make a view, in the place of one of its name."""
        catalog, schema = view.search_path
        session = UnitySession(self._session.unity, self._session.principal, catalog, schema)
        columns = ", ".join(errors.quoted(column.name) for column in view.columns)
        query = for_spark(session, parse(view.query or ""))
        self._do(f"CREATE VIEW {physical_name(view)} ({columns}) AS {query}")

    def drop_table(self, table: Table) -> None:
        """Drop a table or view."""
        with self._shared.locks[table.uid]:
            self._do(f"DROP {'VIEW' if table.is_view else 'TABLE'} {physical_name(table)}")
            self._shared.snapshots.forget(self._shared.folder(table))

    def alter_table(self, before: Table, after: Table, change: Change) -> None:
        """Change a table."""
        if before.is_view:
            return
        with self._shared.locks[before.uid]:
            for sql in ddl.alter_table(before, after, change, self._shared.checked):
                self._do(sql)

    def columns_of(self, query: str, parameters: Parameters) -> tuple[Column, ...]:
        """What columns a query gives."""
        with self._running():
            frame = self._frame(for_spark(self._session, parse(query)), parameters)
            return tuple(Column(name, kind) for name, kind in columns_of(frame))

    def run(self, statement: Statement, parameters: Parameters) -> Answer:
        """Run a query or a write."""
        text = for_spark(self._session, statement)
        self._prepare(statement.reads)
        match statement.kind, statement.writes:
            case "SELECT", _:
                return self._select(text, parameters)
            case "INSERT", target if target is not None:
                count = self._insert(self._session.table(target), text, parameters)
                return counted({"num_affected_rows": count, "num_inserted_rows": count})
            case _, target if target is not None:
                return self._change(self._session.table(target), text, parameters)
            case kind, _:
                raise errors.unsupported(kind)

    def copy_into(self, table: Table, command: CopyInto) -> Answer:
        """Append the rows of parquet files that were not copied before."""
        copied = self._shared.copied[table.uid]
        paths = copying.new_files(self._session, table, command, copied)
        if not paths:
            return copying.answer(0)
        text = insert_text(table, paths)
        count = self._insert(table, text, ())
        copied.update(map(str, paths))
        return copying.answer(count)

    def information(self, statement: Statement, parameters: Parameters) -> Answer:
        """Run a SELECT of INFORMATION_SCHEMA."""
        side = DuckSide(self._session, self._shared.duck)
        try:
            return side.information(statement, parameters)
        finally:
            side.close()

    def _select(self, text: str, parameters: Parameters) -> Answer:
        with self._running():
            return self._shared.reader.answer(self._frame(text, parameters))

    def _insert(self, table: Table, text: str, parameters: Parameters) -> int:
        folder, snapshots = self._shared.folder(table), self._shared.snapshots
        with self._shared.locks[table.uid], self._running():
            snapshots.prepare(self._spark, folder)
            before = snapshots.version(folder)
            self._frame(text, parameters)
            metrics = snapshots.metrics(self._spark, folder, before)
            return int(metrics.get("numOutputRows", "0"))

    def _change(self, table: Table, text: str, parameters: Parameters) -> Answer:
        with self._shared.locks[table.uid], self._running(), self._unpadded():
            self._shared.snapshots.prepare(self._spark, self._shared.folder(table))
            found = self._shared.reader.answer(self._frame(text, parameters))
            return Answer(found.table, found.types, found.table.column("num_affected_rows")[0].as_py())

    def _frame(self, text: str, parameters: Parameters) -> Any:
        sql, values = bound(text, parameters)
        found = self._shared.jvm.java.java.util.HashMap()
        for name, value in values.items():
            found.put(name, value)
        return self._spark.sql(sql, found)

    def _do(self, sql: str) -> None:
        with self._running():
            self._frame(sql, ())

    def _prepare(self, names: tuple[tuple[str, ...], ...]) -> None:
        for table in map(self._session.table, names):
            if not table.is_view:
                self._shared.snapshots.prepare(self._spark, self._shared.folder(table))

    @contextmanager
    def _unpadded(self) -> Iterator[None]:
        """Read CHARs as they were written: open source Delta cannot MERGE into those that are padded."""
        self._spark.conf().set(PADDING, "false")
        try:
            yield
        finally:
            self._spark.conf().unset(PADDING)

    @contextmanager
    def _running(self) -> Iterator[None]:
        self._canceled = False
        self._group = str(uuid4())
        self._shared.context.setJobGroup(self._group, "", True)
        try:
            yield
        except Py4JJavaError as error:
            if self._canceled:
                raise failures.canceled() from error
            reword = partial(for_people, self._session)
            found = failures.translated(self._shared.jvm.gateway, error, reword)
            raise failures.of_null(found, ddl.NOT_NULL) from error
        finally:
            self._group = ""


def counted(numbers: Mapping[str, int]) -> Answer:
    """What a write gives: numbers of rows, all of them first."""
    table = pa.table({name: pa.array([number], pa.int64()) for name, number in numbers.items()})
    return Answer(table, ("bigint",) * len(numbers), next(iter(numbers.values())))
