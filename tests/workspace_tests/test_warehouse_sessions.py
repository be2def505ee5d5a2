"""Sessions and operations: how long they live, and how they end."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from databricks.sql.exc import DatabaseError, ServerOperationError

from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN, USER, USER_TOKEN
from tests.workspace.warehouse.engine import EngineSession
from tests.workspace.warehouse.operations import Operation
from tests.workspace.warehouse.results import Form, Result
from tests.workspace.warehouse.sessions import Session, Sessions
from tests.workspace.warehouse.switchboard import WarehouseStatistics
from tests.workspace.warehouse.thrift import InvalidHandle, T
from tests.workspace_tests.warehouse_clients import (
    ask,
    call,
    connect,
    connected,
    execute,
    lost_session,
    open_session,
)

SECONDS = 30.0  # for whatever must come to pass
States = T.TOperationState


def wait_until(house: Workspace, condition: Callable[[WarehouseStatistics], bool]) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + SECONDS
    while not condition(house.warehouse.statistics()):
        assert time.monotonic() < deadline, house.warehouse.statistics()


def executing(statistics: WarehouseStatistics) -> bool:
    """Whether a statement was received."""
    return statistics.calls.get("ExecuteStatement", 0) > 0 and statistics.open_operations > 0


def no_engine() -> EngineSession:
    """Nobody asks for it."""
    raise AssertionError


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time as sessions see it, to be set."""
    now = [100.0]
    monkeypatch.setattr("tests.workspace.warehouse.sessions.time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


class Asking(threading.Thread):
    """Sends a statement in a thread of its own, and keeps the error it got."""

    def __init__(self, cursor: Any, statement: str) -> None:
        super().__init__(daemon=True)
        self.error: Exception | None = None
        self._cursor = cursor
        self._statement = statement
        self.start()

    def run(self) -> None:
        try:
            self._cursor.execute(self._statement)
        except DatabaseError as error:
            self.error = error


def test_a_session_that_was_closed_is_refused(house: Workspace) -> None:
    session = open_session(house)
    call(house, "CloseSession", T.TCloseSessionReq(session))
    for status in (
        execute(house, session, "SELECT 1").status,
        call(house, "CloseSession", T.TCloseSessionReq(session)).status,
    ):
        assert status.statusCode == T.TStatusCode.INVALID_HANDLE_STATUS
        assert status.errorMessage.startswith("Invalid SessionHandle: SessionHandle [")


def test_a_session_that_was_idle_for_too_long_is_refused(house: Workspace) -> None:
    with connected(house) as connection:
        house.warehouse.set_session_seconds(0.0)
        with lost_session():
            ask(connection, "SELECT 1")
        assert house.warehouse.statistics().open_sessions == 0
    assert house.statements() == []


def test_a_session_lives_on_while_it_is_used(clock: list[float]) -> None:
    sessions, session = Sessions(lambda: 10.0), Session(ADMIN, "w", no_engine)
    sessions.add(session)
    for clock[0] in (109.0, 118.0, 127.0):
        assert sessions.find(session.id, ADMIN, "w") is session
    clock[0] = 138.0
    with pytest.raises(InvalidHandle):
        sessions.find(session.id, ADMIN, "w")
    assert sessions.all() == []


def test_a_session_does_not_end_while_a_statement_runs(clock: list[float]) -> None:
    sessions, session = Sessions(lambda: 10.0), Session(ADMIN, "w", no_engine)
    sessions.add(session)
    ended = threading.Event()

    def work() -> tuple[Result, None]:
        ended.wait(SECONDS)
        clock[0] = 1000.0
        return Result(pa.table({}), (), Form()), None

    session.submit(operation := Operation(work))
    clock[0] = 500.0
    assert sessions.owner(operation.id, ADMIN, "w") == (session, operation)
    ended.set()
    assert operation.wait(SECONDS)
    session.end()
    clock[0] = 1009.0
    assert sessions.find(session.id, ADMIN, "w") is session


def test_sessions_that_were_idle_for_too_long_are_not_counted(house: Workspace) -> None:
    open_session(house)
    assert house.warehouse.statistics().open_sessions == 1
    house.warehouse.set_session_seconds(0.0)
    assert house.warehouse.statistics().open_sessions == 0


def test_all_sessions_can_be_ended(house: Workspace) -> None:
    with connected(house) as connection:
        assert house.warehouse.end_sessions() == 1
        with lost_session():
            ask(connection, "SELECT 1")


def test_the_sessions_of_one_principal_can_be_ended(house: Workspace) -> None:
    with connected(house) as admin, connected(house, USER_TOKEN) as user:
        assert house.warehouse.end_sessions(USER) == 1
        with lost_session():
            ask(user, "SELECT 1")
        assert ask(admin, "WHERE") == [(f"{ADMIN} None None",)]


def test_a_statement_that_takes_long_is_asked_after(house: Workspace) -> None:
    house.warehouse.set_direct_seconds(0.0)
    house.warehouse.slow("ExecuteStatement", 0.5)
    with connected(house) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT")
        assert cursor.rowcount == 1
        assert cursor.fetchall_arrow().to_pylist() == [{"num_affected_rows": 1, "num_inserted_rows": 1}]
    calls = house.warehouse.statistics().calls
    assert calls["GetOperationStatus"] >= 1 and calls["GetResultSetMetadata"] == 1


def test_an_answer_does_not_wait_longer_than_it_may(house: Workspace) -> None:
    house.warehouse.set_direct_seconds(0.05)
    session = open_session(house)
    direct = execute(house, session, "WAIT").directResults
    assert direct.operationStatus.operationState == States.RUNNING_STATE
    assert direct.resultSet is None and direct.closeOperation is None


def test_an_asynchronous_statement_is_fetched_when_it_is_done(house: Workspace) -> None:
    with connected(house) as connection, connection.cursor() as cursor:
        cursor.execute_async("RANGE 3")
        cursor.get_async_execution_result()
        assert [row.id for row in cursor.fetchall()] == [0, 1, 2]


def test_a_statement_is_cancelled_from_another_thread(house: Workspace) -> None:
    house.warehouse.set_direct_seconds(0.05)
    with connected(house) as connection:
        cursor = connection.cursor()
        asking = Asking(cursor, "WAIT")
        wait_until(house, lambda told: told.calls.get("GetOperationStatus", 0) > 0)
        cursor.cancel()
        asking.join(SECONDS)
        assert isinstance(asking.error, DatabaseError)
        assert "[OPERATION_CANCELED] Operation has been canceled. SQLSTATE: HY008" in str(asking.error)
        assert ask(connection, "SELECT 1") == [(1,)]


def test_a_cancelled_operation_says_so(house: Workspace) -> None:
    house.warehouse.set_direct_seconds(0.0)
    handle = execute(house, open_session(house), "WAIT").operationHandle
    call(house, "CancelOperation", T.TCancelOperationReq(handle))
    status = call(house, "GetOperationStatus", T.TGetOperationStatusReq(handle))
    assert status.operationState == States.CANCELED_STATE


def test_a_statement_that_waits_for_another_can_be_cancelled(house: Workspace) -> None:
    house.warehouse.set_direct_seconds(0.0)
    session = open_session(house)
    first = execute(house, session, "WAIT").operationHandle
    second = execute(house, session, "INSERT")
    assert second.directResults.operationStatus.operationState == States.PENDING_STATE
    call(house, "CancelOperation", T.TCancelOperationReq(second.operationHandle))
    call(house, "CancelOperation", T.TCancelOperationReq(first))
    house.warehouse.set_direct_seconds(SECONDS)
    execute(house, session, "NOTHING")
    status = call(house, "GetOperationStatus", T.TGetOperationStatusReq(second.operationHandle))
    assert status.operationState == States.CANCELED_STATE
    with connected(house) as connection:
        before = ask(connection, "COUNT")
        ask(connection, "INSERT")
        assert ask(connection, "COUNT") == [(before[0][0] + 1,)]


def test_an_operation_that_has_ended_is_not_cancelled_any_more(house: Workspace) -> None:
    answer = execute(house, open_session(house), "RANGE 9", getDirectResults=T.TSparkGetDirectResults(1, 999))
    call(house, "CancelOperation", T.TCancelOperationReq(answer.operationHandle))
    request = T.TFetchResultsReq(answer.operationHandle, T.TFetchOrientation.FETCH_NEXT, 100)
    assert call(house, "FetchResults", request).results.arrowBatches


def test_rows_of_a_statement_that_runs_are_not_there_yet(house: Workspace) -> None:
    house.warehouse.set_direct_seconds(0.0)
    handle = execute(house, open_session(house), "WAIT").operationHandle
    request = T.TFetchResultsReq(handle, T.TFetchOrientation.FETCH_NEXT, 100)
    assert "STATEMENT_NOT_READY" in call(house, "FetchResults", request).status.errorMessage


def test_what_runs_in_a_session_ends_with_it(house: Workspace) -> None:
    house.warehouse.set_direct_seconds(SECONDS)
    connection = connect(house)
    asking = Asking(connection.cursor(), "WAIT")
    wait_until(house, executing)
    assert house.warehouse.end_sessions() == 1
    asking.join(SECONDS)
    assert asking.error
    told = house.warehouse.statistics()
    assert (told.open_sessions, told.open_operations) == (0, 0)


def test_closing_an_operation_ends_it(house: Workspace) -> None:
    house.warehouse.set_direct_seconds(0.0)
    session = open_session(house)
    handle = execute(house, session, "WAIT").operationHandle
    call(house, "CloseOperation", T.TCloseOperationReq(handle))
    house.warehouse.set_direct_seconds(SECONDS)
    assert execute(house, session, "SELECT 1").directResults.resultSet


def test_statements_of_one_session_run_one_after_another(house: Workspace) -> None:
    house.warehouse.set_direct_seconds(0.0)
    session = open_session(house)
    first = execute(house, session, "WAIT").operationHandle
    second = execute(house, session, "SELECT 1")
    assert second.directResults.operationStatus.operationState == States.PENDING_STATE
    call(house, "CancelOperation", T.TCancelOperationReq(first))
    house.warehouse.set_direct_seconds(SECONDS)
    execute(house, session, "NOTHING")
    status = call(house, "GetOperationStatus", T.TGetOperationStatusReq(second.operationHandle))
    assert status.operationState == States.FINISHED_STATE


def test_sessions_run_beside_one_another(house: Workspace) -> None:
    house.warehouse.set_direct_seconds(0.0)
    execute(house, open_session(house), "WAIT")
    house.warehouse.set_direct_seconds(SECONDS)
    assert execute(house, open_session(house), "SELECT 1").directResults.resultSet


def test_a_failed_statement_leaves_no_operation(house: Workspace) -> None:
    with connected(house) as connection:
        with pytest.raises(ServerOperationError):
            ask(connection, "FAIL")
        assert house.warehouse.statistics().open_operations == 0
