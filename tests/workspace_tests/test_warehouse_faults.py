"""What goes wrong with calls on demand, and what the connector makes of it."""

import re
import time
from typing import Any

import pytest
from databricks.sql.exc import DatabaseError
from urllib3.exceptions import HTTPError

from tests.workspace.handle import Workspace
from tests.workspace.warehouse.faults import Fault, Faults, Lose, Rejected
from tests.workspace_tests.warehouse_clients import ask, connect, connected, request_error

ONCE: dict[str, Any] = {"_enable_v3_retries": False}  # or the connector sends again what it got no answer to


def inserted(house: Workspace) -> int:
    """How many inserts were carried out, of all."""
    with connected(house) as connection:
        return int(ask(connection, "COUNT")[0][0])


def test_a_connection_is_lost_before_a_statement(house: Workspace) -> None:
    before = inserted(house)
    with connected(house, **ONCE) as connection:
        house.warehouse.drop("ExecuteStatement INSERT", "before")
        with pytest.raises(HTTPError):
            ask(connection, "INSERT")
        assert ask(connection, "SELECT 1") == [(1,)]
    assert inserted(house) == before


def test_a_connection_is_lost_after_a_statement(house: Workspace) -> None:
    before = inserted(house)
    with connected(house, **ONCE) as connection:
        house.warehouse.drop("ExecuteStatement INSERT", "after")
        with pytest.raises(HTTPError):
            ask(connection, "INSERT")
        assert ask(connection, "SELECT 1") == [(1,)]
    assert inserted(house) == before + 1


def test_the_connector_s_own_retry_executes_twice(house: Workspace) -> None:
    before = inserted(house)
    options: dict[str, Any] = {
        "_retry_stop_after_attempts_count": 2,
        "_retry_stop_after_attempts_duration": 30,
    }
    with connected(house, **options) as connection:
        house.warehouse.drop("ExecuteStatement INSERT", "after")
        ask(connection, "INSERT")
    assert inserted(house) == before + 2
    assert [found.text for found in house.statements()].count("INSERT") == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_call_is_answered_with_a_status(house: Workspace, status: int) -> None:
    with connected(house, **ONCE) as connection:
        house.warehouse.fail("ExecuteStatement", status, message="SORRY: not now")
        with request_error(status, "SORRY: not now"):
            ask(connection, "INSERT")
        assert house.statements() == []
        assert ask(connection, "SELECT 1") == [(1,)]


def test_a_client_comes_back_when_it_is_told_to(house: Workspace) -> None:
    patient: dict[str, Any] = {
        "_retry_stop_after_attempts_count": 5,
        "_retry_stop_after_attempts_duration": 30,
    }
    with connected(house, **ONCE, **patient) as connection:
        house.warehouse.fail("ExecuteStatement", 503, retry_after=1, times=1)
        begin = time.monotonic()
        assert ask(connection, "SELECT 1") == [(1,)]
        assert time.monotonic() - begin > 0.9


def test_a_fault_lasts_as_often_as_it_is_asked_to(house: Workspace) -> None:
    with connected(house, **ONCE) as connection:
        house.warehouse.fail("ExecuteStatement", 500, times=2)
        for _ in range(2):
            with request_error(500, "an injected error occurred"):
                ask(connection, "SELECT 1")
        assert ask(connection, "SELECT 1") == [(1,)]


def test_a_fault_lasts_until_it_is_mended(house: Workspace) -> None:
    with connected(house, **ONCE) as connection:
        house.warehouse.fail("Execute", 500, times=None)
        for _ in range(3):
            with request_error(500, ""):
                ask(connection, "SELECT 1")
        house.mend()
        assert ask(connection, "SELECT 1") == [(1,)]


def test_other_calls_are_answered_as_ever(house: Workspace) -> None:
    house.warehouse.fail("^FetchResults", 500, times=None)
    with connected(house) as connection:
        assert ask(connection, "SELECT 1") == [(1,)]
        with pytest.raises(DatabaseError):
            ask(connection, "RANGE 200000")


def test_a_session_may_not_be_opened(house: Workspace) -> None:
    house.warehouse.fail("OpenSession", 500)
    with request_error(500, ""):
        connect(house, **ONCE)
    assert house.warehouse.statistics().sessions_opened == 0


def test_a_call_is_answered_slowly(house: Workspace) -> None:
    house.warehouse.delay("ExecuteStatement", 0.3)
    with connected(house) as connection:
        begin = time.monotonic()
        ask(connection, "SELECT 1")
        assert time.monotonic() - begin >= 0.3
    assert "GetOperationStatus" not in house.warehouse.statistics().calls


def test_a_client_that_does_not_wait_gets_no_answer(house: Workspace) -> None:
    house.warehouse.delay("ExecuteStatement", 1.5)
    with (
        connected(house, **{**ONCE, "_socket_timeout": 0.3}) as connection,
        pytest.raises(HTTPError, match="timed out"),
    ):
        ask(connection, "SELECT 1")


def test_the_whole_workspace_may_be_down(house: Workspace) -> None:
    with connected(house, **ONCE) as connection:
        house.set_down(True)
        with pytest.raises(HTTPError):
            ask(connection, "SELECT 1")
        house.set_down(False)
        assert ask(connection, "SELECT 1") == [(1,)]


def test_faults_of_the_control_plane_meet_the_warehouse_s_path_too(house: Workspace) -> None:
    with connected(house, **ONCE) as connection:
        house.fail("POST /sql/1.0/", 500)
        with request_error(500, ""):
            ask(connection, "SELECT 1")


def test_the_oldest_fault_that_fits_counts() -> None:
    faults = Faults()
    faults.add(Fault(re.compile("Fetch"), None, lost="before"))
    faults.add(Fault(re.compile("Execute"), 1, answer=Rejected(500, "first")))
    faults.add(Fault(re.compile("Execute"), None, lost="before"))
    with pytest.raises(Rejected, match="first"):
        faults.meet("ExecuteStatement", "SELECT 1")
    with pytest.raises(Lose):
        faults.meet("ExecuteStatement", "SELECT 1")
    faults.clear()
    faults.meet("ExecuteStatement", "SELECT 1").meet_after()
