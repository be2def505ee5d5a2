"""Tables and requests that the tests of the planner share."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backends import types
from backends.errors import Invalid
from backends.plan import Column, Comparison, Table, TableName
from gateway.requests import Selector, Target

HERE = Target("people")
NAME = TableName("c", "s", "people")
ID = Column("id", types.Integer(32), nullable=False)
PEOPLE = Table(
    NAME,
    (
        ID,
        Column("name", types.Varchar(5)),
        Column("born", types.Date()),
        Column("worth", types.Decimal(10, 2)),
        Column("tags", types.Array(types.String())),
        Column("initial", types.String(), generated=True),
    ),
    ("id",),
)
AUDIT = (
    Column("created_at", types.Timestamp()),
    Column("created_by", types.String()),
    Column("updated_at", types.TimestampNtz()),
    Column("updated_by", types.Varchar(8)),
    Column("deleted_at", types.Timestamp()),
)
AUDITED = Table(NAME, (ID, Column("name", types.String()), *AUDIT), ("id",))
KEYLESS = Table(NAME, (Column("a", types.String()), Column("b", types.Array(types.Date()))))
VIEW = Table(NAME, PEOPLE.columns, kind="view")
ALIVE = Comparison("deleted_at", "IS NULL")
BY_ID = Selector("key_value", Comparison("id", "=", 1), single=True)


def places(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str | int, ...]]:
    return [fault.loc for fault in error.value.faults]


def assert_now(text: Any) -> None:
    """An instant or a moment in UTC, a minute old at most."""
    found = datetime.fromisoformat(text)
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    assert timedelta(0) <= datetime.now(UTC) - found < timedelta(minutes=1)
