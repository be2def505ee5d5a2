"""A client that is lost with its query: it cannot know the outcome, and the test can."""

import psycopg2
import pytest

from tests.workspace.lakebase.faults import When
from tests.workspace.postgres import Postgres
from tests.workspace_tests.data_plane_process import (
    CLOSED,
    DataPlaneProcess,
    ids,
    query,
    wait_until,
)


def lose(plane: DataPlaneProcess, statement: str) -> None:
    """Run a statement whose outcome does not come back."""
    with pytest.raises(psycopg2.OperationalError, match=CLOSED):
        query(plane.connect(), statement)


@pytest.mark.parametrize(("when", "written"), [("before", []), ("after", [1])])
def test_a_client_is_lost_before_or_after_its_query(
    plane: DataPlaneProcess, postgres: Postgres, when: When, written: list[int]
) -> None:
    plane.call("sever", "INSERT INTO t", when)
    assert plane.query("SELECT 'insert into t'") == [("insert into t",)]
    assert plane.get("severs")
    lose(plane, "INSERT INTO t VALUES (1)")
    assert ids(postgres) == written
    assert not plane.get("severs")
    assert plane.query("INSERT INTO t VALUES (2) RETURNING id") == [(2,)]


@pytest.mark.parametrize(("when", "written"), [("before", []), ("after", [1])])
def test_a_client_is_lost_before_or_after_its_commit(
    plane: DataPlaneProcess, postgres: Postgres, when: When, written: list[int]
) -> None:
    connection = plane.connect()
    connection.autocommit = False
    query(connection, "INSERT INTO t VALUES (1)")
    plane.call("sever", "COMMIT", when)
    with pytest.raises(psycopg2.OperationalError, match=CLOSED):
        connection.commit()
    wait_until(lambda: plane.statistics.open_connections == 0)
    assert ids(postgres) == written


@pytest.mark.parametrize(("when", "written"), [("before", []), ("after", [1])])
def test_a_query_of_many_pieces_is_recognised_by_its_end(
    plane: DataPlaneProcess, postgres: Postgres, when: When, written: list[int]
) -> None:
    plane.call("sever", "-- the end", when)
    lose(plane, f"INSERT INTO t VALUES (1) -- {'x' * 3_000_000} \n-- the end")
    assert ids(postgres) == written


def test_a_long_answer_is_lost_as_a_whole(plane: DataPlaneProcess) -> None:
    plane.call("sever", "generate_series", "after")
    lose(plane, "SELECT repeat('x', 1000) FROM generate_series(1, 20000)")
    assert plane.query("SELECT 1") == [(1,)]


def test_only_the_client_that_asked_is_lost(plane: DataPlaneProcess) -> None:
    other = plane.connect()
    plane.call("sever", "SELECT 'lost'")
    lose(plane, "SELECT 'lost'")
    assert query(other, "SELECT 1") == [(1,)]
