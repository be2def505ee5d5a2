"""Statements that Postgres keeps planned: when, how many, and that nobody sees a difference."""

import math
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from psycopg2.extensions import cursor

from backends.lakebase import planned
from backends.lakebase.driver import Connection, opened, run
from backends.sql.statements import Statement
from tests.client import Client, new_name
from tests.gateway_process import running_gateway
from tests.lakebase.gateways import environment
from tests.workspace.handle import Workspace

OFTEN = 3
DOUBLED = Statement("SELECT %s::int * 2, 'a%%b' LIKE %s", (0, 1))


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
        asked(found, Statement(DOUBLED.sql, DOUBLED.markers), 1, "")
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
    statement = Statement("SELECT %s IS NULL", (0,))
    assert [asked(found, statement, value) for value in (None, "a", 1, None, "b")] == [
        [(True,)], [(False,)], [(False,)], [(True,)], [(False,)]
    ]  # fmt: skip
    assert kept(found) == []


def test_an_array_is_read_as_what_it_is_for(found: cursor) -> None:
    statement = Statement("SELECT 7 = ANY(CAST(%s AS int[])), CAST(%s AS char(5)[])", (0, 1))
    for _ in range(2 * OFTEN):
        assert asked(found, statement, ["7", None], ["ab", None]) == [(True, ["ab   ", None])]
        assert asked(found, statement, [], []) == [(False, [])]


def test_no_more_are_kept_than_that(found: cursor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planned, "MOST", 5)
    monkeypatch.setattr(planned, "COUNTED", 7)
    statements = [Statement(f"SELECT {number} + %s", (0,)) for number in range(9)]
    for value in range(2 * OFTEN):
        for number, statement in enumerate(statements[: 4 + value]):
            for _ in range(OFTEN):
                assert asked(found, statement, value) == [(number + value,)]
            assert len(kept(found)) <= 5


def test_a_column_that_others_retype_takes_what_it_can_hold_now(workspace: Workspace, tmp_path: Path) -> None:
    told = environment(workspace, GATEWAY_PREPARE_THRESHOLD=1, GATEWAY_WORKERS=1, GATEWAY_THREADS=1)
    large = 5_000_000_000
    with running_gateway(told, tmp_path / "gateway.log") as gateway:
        client, table = Client(gateway), new_name()
        client.create(table, {"id": "INT", "n": "INT"})
        for number in range(3):
            assert client.write(table, [{"id": number, "n": number}]).status == 201
            assert client.update(table, key_column="id", key_value=number, updates={"n": 9}).status == 200
            assert client.ids(
                table, filters=[{"column": "n", "op": "IN", "value": [9]}], order_by=["id"]
            ) == [*range(number + 1)]
        schema, catalog = told["GATEWAY_SCHEMA"], told["GATEWAY_CATALOG"]
        workspace.sql(f"ALTER TABLE {schema}.{table} ALTER id TYPE bigint, ALTER n TYPE bigint", catalog)
        assert client.write(table, [{"id": large, "n": large}]).status == 201
        assert client.update(table, key_column="id", key_value=large, updates={"n": large + 1}).status == 200
        assert client.ids(table, filters=[{"column": "n", "op": "IN", "value": [large + 1]}]) == [large]
        workspace.sql(f"ALTER TABLE {schema}.{table} DROP n", catalog)
        assert client.ids(table, order_by=["id"]) == [0, 1, 2, large]
