"""Runs statements as one principal, and tells what came of them."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tests.workspace.warehouse.engine import Answer, Engine, EngineSession, Parameter, SqlError

ADMIN = "admin@lakegate"
SCHEMA = "`main`.`cases`"
T = f"{SCHEMA}.`t`"
U = f"{SCHEMA}.`u`"


class Run:
    """One session. Parameters are STRINGs, given by name."""

    def __init__(self, engine: Engine, session: EngineSession) -> None:
        self.engine = engine
        self.session = session

    def __call__(self, sql: str, **parameters: str | None) -> Answer:
        """The answer of a statement."""
        found = tuple(Parameter(name, "STRING", value) for name, value in parameters.items())
        return self.session.execute(sql, found)

    def rows(self, sql: str, **parameters: str | None) -> list[tuple[Any, ...]]:
        """The rows of a query; points in time are in UTC, or without a zone."""
        table = self(sql, **parameters).table
        columns = [[plain(value) for value in column.to_pylist()] for column in table.columns]
        return list(zip(*columns, strict=True))

    def value(self, sql: str, **parameters: str | None) -> Any:
        """The one value that a query gives."""
        ((found,),) = self.rows(sql, **parameters)
        return found

    def column(self, sql: str, **parameters: str | None) -> list[Any]:
        """The values of a query's one column."""
        return [value for (value,) in self.rows(sql, **parameters)]

    def refused(self, sql: str, **parameters: str | None) -> str:
        """The class and SQLSTATE of the error that a statement ends with."""
        with pytest.raises(SqlError) as caught:
            self(sql, **parameters)
        return f"{caught.value.error_class} {caught.value.sqlstate}"

    def arrow(self, sql: str) -> pa.DataType:
        """The Arrow type of a query's one column."""
        return self(sql).table.schema.field(0).type

    @contextmanager
    def other(self, principal: str) -> Iterator["Run"]:
        """A session of another principal."""
        session = self.engine.open(principal, None, None)
        try:
            yield Run(self.engine, session)
        finally:
            session.close()


@contextmanager
def running(engine: Engine) -> Iterator[Run]:
    """A session of the admin's, with an empty schema that is dropped afterwards."""
    session = engine.open(ADMIN, None, None)
    run = Run(engine, session)
    run(f"CREATE SCHEMA {SCHEMA}")
    try:
        yield run
    finally:
        run(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        session.close()


def plain(value: Any) -> Any:
    """A value that compares as it reads: its zone is a fixed one."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC)
    return value


def utc(text: str) -> dt.datetime:
    """A point in time in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def naive(text: str) -> dt.datetime:
    """A date and time without a zone."""
    return dt.datetime.fromisoformat(text)


def number(text: str) -> Decimal:
    """A DECIMAL."""
    return Decimal(text)
