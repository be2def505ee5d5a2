"""Statements that Postgres keeps planned: when, how many, and that nobody sees a difference."""

import math
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg2.extensions import cursor

from backends import types
from backends.lakebase import planned
from backends.lakebase.driver import Connection, opened, run
from backends.plan import And, Column, Comparison, Condition, Not, Or, Table, TableName
from backends.sql import pins_key
from backends.sql.statements import Statement
from tests.client import Client, new_name
from tests.gateway_process import Gateway, running_gateway
from tests.lakebase.gateways import environment
from tests.workspace.handle import Workspace

OFTEN = 3
COLUMNS = (Column("id", types.Integer(32)), Column("n", types.Integer(32)))
KEYED = Table(TableName("c", "s", "t"), COLUMNS, ("id",))
ID, ALIVE = Comparison("id", "=", 1), Comparison("deleted_at", "IS NULL")
DOUBLED = Statement("SELECT %s::int * 2, 'a%%b' LIKE %s", (0, 1), steady=True)


@pytest.fixture
def connection(workspace: Workspace) -> Iterator[Connection]:
    """A connection on which a statement is kept planned from the third time on."""
    with closing(opened({"dsn": workspace.plain_url("planner")}, math.inf, OFTEN)) as made:
        yield made


@pytest.fixture
def found(connection: Connection) -> Iterator[cursor]:
    """A cursor of the connection."""
    with connection.cursor() as made:
        yield made


def kept(found: cursor) -> list[str]:
    """The SQL that the server keeps planned for a connection."""
    found.execute("SELECT statement FROM pg_prepared_statements ORDER BY prepare_time")
    return [statement for (statement,) in found.fetchall()]


def asked(found: cursor, statement: Statement, *values: object) -> list[tuple[object, ...]]:
    """What a statement gives."""
    run(found, statement.of([*values]))
    return found.fetchall()


def test_what_is_sent_often_is_kept_planned(found: cursor) -> None:
    for times in range(1, 2 * OFTEN):
        assert asked(found, DOUBLED, times, "a%") == [(2 * times, True)]
        assert len(kept(found)) == (times >= OFTEN)
    assert kept(found)[0].endswith("SELECT $1::int * 2, 'a%b' LIKE $2")


def test_a_statement_made_anew_is_another(found: cursor) -> None:
    for _ in range(OFTEN - 1):
        asked(found, DOUBLED, 1, "")
        asked(found, replace(DOUBLED), 1, "")
    assert kept(found) == []


def test_none_is_kept_where_that_is_told(workspace: Workspace) -> None:
    with closing(opened({"dsn": workspace.plain_url("planner")}, math.inf)) as made, made.cursor() as found:
        for _ in range(20):
            asked(found, DOUBLED, 1, "")
        assert kept(found) == []


def test_none_is_prepared_in_a_transaction_which_its_failure_would_end(found: cursor) -> None:
    found.execute("BEGIN")
    for _ in range(2 * OFTEN):
        asked(found, DOUBLED, 1, "")
    assert kept(found) == []
    found.execute("COMMIT")
    asked(found, DOUBLED, 1, "")
    assert len(kept(found)) == 1


def test_a_parameter_of_no_type_is_no_hindrance(found: cursor) -> None:
    statement = Statement("SELECT %s IS NULL", (0,), steady=True)
    assert [asked(found, statement, value) for value in (None, "a", 1, None, "b")] == [
        [(True,)], [(False,)], [(False,)], [(True,)], [(False,)]
    ]  # fmt: skip
    assert kept(found) == []


def test_an_array_is_read_as_what_it_is_for(found: cursor) -> None:
    statement = Statement("SELECT 7 = ANY(CAST(%s AS int[])), CAST(%s AS char(5)[])", (0, 1), steady=True)
    for _ in range(2 * OFTEN):
        assert asked(found, statement, ["7", None], ["ab", None]) == [(True, ["ab   ", None])]
        assert asked(found, statement, [], []) == [(False, [])]


def test_no_more_are_kept_than_that(found: cursor, monkeypatch: pytest.MonkeyPatch) -> None:
    statements = [Statement(f"SELECT {number} + %s", (0,), steady=True) for number in range(9)]
    monkeypatch.setattr(planned, "MOST_BYTES", 5 * len(statements[0].sql))
    for value in range(2 * OFTEN):
        for number, statement in enumerate(statements[: 4 + value]):
            for _ in range(OFTEN):
                assert asked(found, statement, value) == [(number + value,)]
            assert len(kept(found)) <= 5
    assert len(kept(found)) == 5


def test_none_is_counted_for_ever(found: cursor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planned, "COUNTED", 3)
    statements = [replace(DOUBLED) for _ in range(4)]
    for _ in range(2 * OFTEN):
        for statement in statements:
            asked(found, statement, 1, "")
    assert kept(found) == []


@pytest.mark.parametrize(
    ("sql", "steady"),
    [("SELECT %s::int", False), ("SELECT 1", True), ("SELECT CAST(%s AS interval minute)::text", True)],
)
def test_what_had_better_not_is_not_kept(found: cursor, sql: str, steady: bool) -> None:
    statement = Statement(sql, (0,) * sql.count("%s"), steady=steady)
    answers = {str(asked(found, statement, "5")) for _ in range(2 * OFTEN)}
    assert len(answers) == 1 and kept(found) == []


@pytest.mark.parametrize(
    ("where", "table", "pinned"),
    [
        (And((ID, ALIVE)), KEYED, True),
        (ID, KEYED, True),
        (And((ID, ALIVE)), replace(KEYED, primary_key=()), False),
        (And((ID, ALIVE)), replace(KEYED, primary_key=("id", "n")), False),
        (And((ID, Comparison("n", "=", 1))), replace(KEYED, primary_key=("id", "n")), True),
        (And((Comparison("id", ">", 1),)), KEYED, False),
        (And((Comparison("id", "IN", (1,)),)), KEYED, False),
        (Or((ID,)), KEYED, False),
        (Not(ID), KEYED, False),
    ],
)
def test_a_row_by_its_whole_key_is_steady(where: Condition, table: Table, pinned: bool) -> None:
    assert pins_key(where, table) == pinned


@pytest.fixture
def gateway(workspace: Workspace, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of one connection, on which all that may be is kept planned at once."""
    told = environment(workspace, GATEWAY_PREPARE_THRESHOLD=1, GATEWAY_WORKERS=1, GATEWAY_THREADS=1)
    with running_gateway(told, tmp_path / "gateway.log") as running:
        yield running


def test_a_type_that_others_replace_is_no_hindrance(workspace: Workspace, gateway: Gateway) -> None:
    client, table, catalog = Client(gateway), new_name(), gateway.environment["GATEWAY_CATALOG"]
    place = f"{gateway.environment['GATEWAY_SCHEMA']}.{table}"
    client.create(new_name(), {"id": "INT"})  # with which the schema comes to be
    mood, small = f"mood_{table}", f"small_{table}"
    workspace.sql(f"CREATE TYPE {mood} AS ENUM ('ok')", catalog)
    workspace.sql(f"CREATE DOMAIN {small} AS int CHECK (VALUE < 10)", catalog)
    workspace.sql(f"CREATE TABLE {place} (id int PRIMARY KEY, m {mood}, n {small})", catalog)
    workspace.sql(f'GRANT ALL ON {place} TO "{workspace.client}"', catalog)
    assert client.write(table, [{"id": 1, "m": "ok", "n": 1}]).status == 201

    def statuses() -> list[int]:
        tried = [(1, {"m": "ok"}), (1, {"n": 2}), (2, {"n": 11}), (1, {"n": 11})]
        return [client.update(table, key_column="id", key_value=k, updates=new).status for k, new in tried]

    assert [statuses(), statuses()] == [[200, 200, 404, 409]] * 2
    workspace.sql(f"ALTER TYPE {mood} RENAME TO {mood}_old", catalog)
    workspace.sql(f"CREATE TYPE {mood} AS ENUM ('ok', 'no')", catalog)
    workspace.sql(f"ALTER TABLE {place} ALTER m TYPE {mood} USING m::text::{mood}", catalog)
    workspace.sql(f"DROP TYPE {mood}_old", catalog)
    assert [statuses(), statuses()] == [[200, 200, 404, 409]] * 2


def test_a_column_that_others_retype_takes_what_it_can_hold_now(
    workspace: Workspace, gateway: Gateway
) -> None:
    large, told = 5_000_000_000, gateway.environment
    client, table = Client(gateway), new_name()
    client.create(table, {"id": "INT", "n": "INT"})
    for number in range(3):
        assert client.write(table, [{"id": number, "n": number}]).status == 201
        assert client.update(table, key_column="id", key_value=number, updates={"n": 9}).status == 200
        assert client.ids(table, filters=[{"column": "n", "op": "IN", "value": [9]}], order_by=["id"]) == [
            *range(number + 1)
        ]
    schema, catalog = told["GATEWAY_SCHEMA"], told["GATEWAY_CATALOG"]
    workspace.sql(f"ALTER TABLE {schema}.{table} ALTER id TYPE bigint, ALTER n TYPE bigint", catalog)
    assert client.write(table, [{"id": large, "n": large}]).status == 201
    assert client.update(table, key_column="id", key_value=large, updates={"n": large + 1}).status == 200
    assert client.ids(table, filters=[{"column": "n", "op": "IN", "value": [large + 1]}]) == [large]
    workspace.sql(f"ALTER TABLE {schema}.{table} DROP n", catalog)
    assert client.ids(table, order_by=["id"]) == [0, 1, 2, large]
