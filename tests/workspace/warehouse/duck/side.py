"""One session's rows in DuckDB: makes and fills tables, runs queries and writes."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from tests.workspace.warehouse.duck import (
    alterations,
    copying,
    failures,
    information,
    merge,
    merge_steps,
    queries,
    results,
    sequences,
    writes,
)
from tests.workspace.warehouse.duck.assignment import default_of
from tests.workspace.warehouse.duck.binding import Bound
from tests.workspace.warehouse.duck.compiler import Compiler
from tests.workspace.warehouse.duck.dialect import duck_type
from tests.workspace.warehouse.duck.functions_python import Functions
from tests.workspace.warehouse.duck.plans import Plan, Plans, Step
from tests.workspace.warehouse.duck.relations import physical_column, physical_name
from tests.workspace.warehouse.duck.scope import Scope
from tests.workspace.warehouse.engine import Answer, Parameter, SqlError
from tests.workspace.warehouse.unity import Physical, Statement, UnitySession
from tests.workspace.warehouse.unity.commands import AlterColumn, Change, CopyInto
from tests.workspace.warehouse.unity.model import Column, Schema, Table
from tests.workspace.warehouse.unity.statement import parse_tree

Parameters = tuple[Parameter, ...]
COMPILERS: dict[str, Callable[[Compiler, Statement], Plan]] = {
    "INSERT": writes.compile_insert, "UPDATE": writes.compile_update, "DELETE": writes.compile_delete,
    "MERGE": merge.compile_merge,
}  # fmt: skip


class Shared:
    """What all sessions of an engine have in common."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self.database = database
        self.plans = Plans()
        self.functions = Functions()
        self.staged: dict[int, Table] = {}
        self.copied: dict[int, set[str]] = defaultdict(set)
        self._locks: dict[int, threading.Lock] = {}
        self._lock = threading.Lock()

    def lock(self, table: Table) -> threading.Lock:
        """What excludes other writes of a table."""
        with self._lock:
            return self._locks.setdefault(table.uid, threading.Lock())


class DuckSide(Physical):
    """DuckDB's side of a session."""

    def __init__(self, session: UnitySession, shared: Shared) -> None:
        self._session = session
        self._shared = shared
        self.cursor = shared.database.cursor()

    def close(self) -> None:
        """Let go of the cursor."""
        self.cursor.close()

    def create_schema(self, schema: Schema) -> None:
        """Tables' names have nothing of their schemas' in them: there is nothing to make."""

    def drop_schema(self, schema: Schema) -> None:
        """Drop its tables."""
        for table in schema.tables.values():
            self.drop_table(table)

    def create_table(self, table: Table) -> None:
        """Make an empty table, and a sequence for each identity."""
        compiler = Compiler(self._session)
        for column in table.columns:
            default_of(compiler, table, column)
        columns = ", ".join(f"{physical_column(c)} {duck_type(c.type)}" for c in table.columns)
        self._do(f"CREATE TABLE {physical_name(table)} ({columns})")
        for column in table.columns:
            if column.identity is not None:
                self._do(sequences.sequence(column, column.identity, column.identity.start))

    def create_table_as(self, table: Table, query: str, parameters: Parameters) -> int:
        """Make a table and fill it; it is dropped again if that fails."""
        self.create_table(table)
        try:
            compiler = Compiler(self._session, _signature(parameters))
            found = queries.compile_query(compiler, parse_tree(query), Scope())
            plan = Plan(compiler, {"insert": writes.insert_step(compiler, table, found, ())}, target=table)
            return self._insert(plan, plan.binds(parameters, self._session.principal))
        except SqlError:
            self.drop_table(table)
            raise

    def create_view(self, view: Table) -> None:
        """A view is compiled into the queries that name it: there is nothing to make."""

    def drop_table(self, table: Table) -> None:
        """Drop a table and its sequences."""
        if table.is_view:
            return
        with self._shared.lock(table):
            self._do(f"DROP TABLE {physical_name(table)}")
            if self._shared.staged.pop(table.uid, None):
                self._do(f"DROP TABLE {merge_steps.staging_name(table)}")
            for column in table.columns:
                if column.identity is not None:
                    self._do(f"DROP SEQUENCE s{column.number}")

    def alter_table(self, before: Table, after: Table, change: Change) -> None:
        """Change a table's columns, or prove its rows against a new rule."""
        with self._shared.lock(before):
            for sql in alterations.statements(before, after):
                self._do(sql)
            if isinstance(change, AlterColumn) and change.what == "SYNC IDENTITY":
                sequences.sync(self._do, after, after.column(change.name))
            compiler = Compiler(self._session)
            for sql, error in alterations.proofs(compiler, before, after):
                if count := self._prove(compiler, sql):
                    raise error(count)

    def columns_of(self, query: str, parameters: Parameters) -> tuple[Column, ...]:
        """What columns a query gives."""
        found = queries.compile_query(
            Compiler(self._session, _signature(parameters)), parse_tree(query), Scope()
        )
        return tuple(Column(column.name, results.shown_type(column.type)) for column in found.columns)

    def run(self, statement: Statement, parameters: Parameters) -> Answer:
        """Run a query or a write."""
        compile_statement = COMPILERS.get(statement.kind, compile_select)
        plan = self._shared.plans.get(self._session, statement, parameters, compile_statement)
        binds = plan.binds(parameters, self._session.principal)
        match statement.kind:
            case "SELECT":
                return self._select(plan, binds)
            case "INSERT":
                return counted({"num_inserted_rows": self._insert(plan, binds)})
            case "MERGE":
                return self._merge(plan, binds)
            case _:
                return counted({}, self._change(plan, binds))

    def copy_into(self, table: Table, command: CopyInto) -> Answer:
        """Append the rows of parquet files that were not copied before."""
        paths = copying.new_files(self._session, table, command, self._shared.copied[table.uid])
        if not paths:
            return copying.answer(0)
        compiler = Compiler(self._session)
        plan = Plan(compiler, {"insert": copying.insert_step(compiler, table, paths)}, target=table)
        count = self._insert(plan, plan.binds((), self._session.principal))
        self._shared.copied[table.uid].update(map(str, paths))
        return copying.answer(count)

    def information(self, statement: Statement, parameters: Parameters) -> Answer:
        """Run a SELECT of INFORMATION_SCHEMA."""
        plan = self._shared.plans.get(self._session, statement, parameters, compile_select)
        with information.registered(self.cursor, self._session, plan.compiler.information, parameters):
            return self._select(plan, plan.binds(parameters, self._session.principal))

    def _select(self, plan: Plan, binds: Mapping[str, Bound]) -> Answer:
        step = plan.steps["select"]
        with self._translating():
            parsed = step.parsed(self.cursor)
            return results.fetch(self.cursor, parsed, step.sql, step.needed(binds), plan.columns)

    def _insert(self, plan: Plan, binds: Mapping[str, Bound]) -> int:
        with self._writing(plan):
            if "delete" not in plan.steps:
                return self._counted(plan.steps["insert"], binds)
            with self._transaction():
                plan.steps["delete"].run(self.cursor, binds)
                return self._counted(plan.steps["insert"], binds)

    def _change(self, plan: Plan, binds: Mapping[str, Bound]) -> int:
        with self._writing(plan):
            (step,) = plan.steps.values()
            return self._counted(step, binds)

    def _merge(self, plan: Plan, binds: Mapping[str, Bound]) -> Answer:
        with self._writing(plan), self._staged(plan), self._transaction():
            plan.steps["rows"].run(self.cursor, binds)
            numbers = merge_steps.tally(plan.steps["count"].run(self.cursor, {}), plan.deeds)
            for name in (*(name for name, number in numbers.items() if number), "clear"):
                plan.steps[name].run(self.cursor, {})
        return counted({f"num_{name.rstrip('e')}ed_rows": number for name, number in numbers.items()})

    def _prove(self, compiler: Compiler, sql: str) -> int:
        """How many rows a new rule forbids."""
        plan = Plan(compiler, {"proof": Step(sql)})
        with self._translating():
            return self._counted(plan.steps["proof"], plan.binds((), self._session.principal))

    def _counted(self, step: Step, binds: Mapping[str, Bound]) -> int:
        ((count,),) = step.run(self.cursor, binds)
        return int(str(count))

    def _do(self, sql: str) -> list[tuple[int, ...]]:
        with self._translating():
            rows: list[tuple[int, ...]] = self.cursor.execute(sql).fetchall()
            return rows

    @contextmanager
    def _translating(self) -> Iterator[None]:
        self._shared.functions.give(self._shared.database)
        try:
            yield
        except duckdb.Error as error:
            raise failures.translated(error) from error

    @contextmanager
    def _writing(self, plan: Plan) -> Iterator[None]:
        assert plan.target is not None
        with self._shared.lock(plan.target), self._translating():
            yield

    @contextmanager
    def _staged(self, plan: Plan) -> Iterator[None]:
        table = plan.target
        assert table is not None
        if self._shared.staged.get(table.uid) is not table:
            self._do(merge_steps.staging_table(table))
            self._shared.staged[table.uid] = table
        yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.cursor.begin()
        try:
            yield
            self.cursor.commit()
        except BaseException:
            self.cursor.rollback()
            raise


def compile_select(compiler: Compiler, statement: Statement) -> Plan:
    """A SELECT.

    Raises:
        SqlError: it cannot be compiled.
    """
    assert statement.tree is not None
    found = queries.compile_query(compiler, statement.tree, Scope())
    return Plan(compiler, {"select": Step(results.final_select(found.sql, found.columns))}, found.columns)


def counted(numbers: Mapping[str, int], total: int | None = None) -> Answer:
    """The answer of a write: all rows that were affected, then each kind."""
    affected = sum(numbers.values()) if total is None else total
    found = {"num_affected_rows": affected, **numbers}
    table = pa.table({name: pa.array([number], pa.int64()) for name, number in found.items()})
    return Answer(table, ("bigint",) * len(found), affected)


def _signature(parameters: Parameters) -> tuple[tuple[str | None, str], ...]:
    return tuple((parameter.name, parameter.type) for parameter in parameters)
