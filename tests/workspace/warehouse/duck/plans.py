"""Compiled statements, kept for as long as the tables that they name are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from tests.workspace.warehouse.duck.binding import Bound
from tests.workspace.warehouse.duck.compiler import USED, Compiler
from tests.workspace.warehouse.duck.scope import Output
from tests.workspace.warehouse.engine import Parameter
from tests.workspace.warehouse.unity import Statement, UnitySession
from tests.workspace.warehouse.unity.model import Table

KEPT = 2000
Key = tuple[str, str, str, tuple[tuple[str | None, str], ...]]


@dataclass(slots=True)
class Step:
    """One statement of DuckDB's, parsed when it first runs."""

    sql: str
    _parsed: duckdb.Statement | None = None
    _used: tuple[str, ...] = ()

    def parsed(self, cursor: duckdb.DuckDBPyConnection) -> duckdb.Statement:
        """What DuckDB has made of the text."""
        if self._parsed is None:
            (self._parsed,) = cursor.extract_statements(self.sql)
            self._used = tuple(dict.fromkeys(USED.findall(self.sql)))
        return self._parsed

    def run(self, cursor: duckdb.DuckDBPyConnection, binds: Mapping[str, Bound]) -> list[tuple[object, ...]]:
        """Run it and take all rows."""
        statement = self.parsed(cursor)
        rows: list[tuple[object, ...]] = cursor.execute(statement, self.needed(binds)).fetchall()
        return rows

    def needed(self, binds: Mapping[str, Bound]) -> dict[str, Bound]:
        """Those values that the text names."""
        return {name: binds[name] for name in self._used}


@dataclass(frozen=True, slots=True)
class Deed:
    """What a clause of MERGE does: "update", "delete" or "insert"; if `once`, to each row at most once."""

    action: str
    once: bool


@dataclass(slots=True)
class Plan:
    """A compiled statement.

    Attributes:
        steps: what runs in DuckDB, by name.
        columns: what a query gives.
        target: the table that is written to.
        deeds: what a MERGE's clauses do.
    """

    compiler: Compiler
    steps: dict[str, Step] = field(default_factory=dict)
    columns: Sequence[Output] = ()
    target: Table | None = None
    deeds: tuple[Deed, ...] = ()

    def binds(self, parameters: Sequence[Parameter], user: str) -> dict[str, Bound]:
        """The values of one run.

        Raises:
            SqlError: a parameter's text says nothing of the type that it is cast to.
        """
        used = {name for step in self.steps.values() for name in USED.findall(step.sql)}
        return {
            f"b{place}": bind.value(parameters, user)
            for place, bind in enumerate(self.compiler.binds)
            if f"b{place}" in used
        }

    def holds(self, session: UnitySession) -> bool:
        """Whether all tables are what they were when it was compiled."""
        find = session.unity.registry.find
        return all(find(*table.parts) is table for table in self.compiler.tables.values())


class Plans:
    """The compiled statements of an engine."""

    def __init__(self) -> None:
        self._kept: dict[Key, Plan] = {}

    def get(
        self,
        session: UnitySession,
        statement: Statement,
        parameters: Sequence[Parameter],
        compile_statement: Callable[[Compiler, Statement], Plan],
    ) -> Plan:
        """The plan of a statement, compiled if need be.

        Raises:
            SqlError: it cannot be compiled.
        """
        signature = tuple((parameter.name, _signed(parameter)) for parameter in parameters)
        key = (statement.text, session.catalog, session.schema, signature)
        plan = self._kept.get(key)
        if plan is None or not plan.holds(session):
            plan = compile_statement(Compiler(session, signature), statement)
            self._keep(key, plan)
        return plan

    def _keep(self, key: Key, plan: Plan) -> None:
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[key] = plan


def _signed(parameter: Parameter) -> str:
    return "void" if parameter.value is None and parameter.type.upper() == "VOID" else parameter.type
