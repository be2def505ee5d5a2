"""The warehouse's service: sessions over an engine, and operations that run in them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tests.workspace.settings import Settings
from tests.workspace.warehouse.engines import LazyEngine, run_once
from tests.workspace.warehouse.faults import Faults, Rejected
from tests.workspace.warehouse.ledger import Ledger
from tests.workspace.warehouse.operations import Operation
from tests.workspace.warehouse.results import Result
from tests.workspace.warehouse.sessions import Session, Sessions
from tests.workspace.warehouse.staging import Sign
from tests.workspace.warehouse.states import SqlWarehouse
from tests.workspace.warehouse.thrift import T, operation_handle, success, written

Work = Callable[[], tuple[Result, int | None]]


class Unready(Exception):
    """A session was opened while its warehouse started, and that takes no statements yet."""


@dataclass(frozen=True)
class Service:
    """What all conversations share; any thread may use it."""

    engine: LazyEngine
    settings: Settings
    sessions: Sessions
    faults: Faults
    ledger: Ledger
    sign: Sign

    def open(self, warehouse: SqlWarehouse, principal: str, namespace: Any) -> Session:
        """Open a session, and start a warehouse that is stopped.

        Raises:
            Rejected: the warehouse is not there yet.
            SqlError: there is no such catalog or schema.
        """
        warehouse.start(self.settings.start_seconds)
        if not warehouse.runs and not self.settings.early_sessions:
            raise _unavailable(warehouse)
        catalog, schema = (namespace.catalogName, namespace.schemaName) if namespace else (None, None)
        engine = self.engine
        session = Session(principal, warehouse.id, lambda: engine.get().open(principal, catalog, schema))
        if warehouse.runs:
            session.open()
        self.sessions.add(session)
        self.ledger.session()
        return session

    def session(self, handle: Any, warehouse: SqlWarehouse, principal: str) -> Session:
        """An open session that takes statements.

        Raises:
            InvalidHandle: there is none of a principal's in a warehouse.
            Unready: the warehouse is not there yet.
        """
        session = self.sessions.find(handle.sessionId.guid, principal, warehouse.id)
        if not warehouse.runs:
            raise Unready(
                f"requirement failed: Session handle: SessionHandle [{written(session.id)}] has not been "
                "initialized or had already closed"
            )
        return session

    def run(self, response: Any, session: Session, operation: Operation, limits: Any) -> Any:
        """Run an operation; its results go with the answer if that is wanted and it ends soon."""
        session.submit(operation)
        return response(
            status=success(),
            operationHandle=operation_handle(operation.id),
            directResults=limits and self._direct(session, operation, limits),
        )

    def _direct(self, session: Session, operation: Operation, limits: Any) -> Any:
        operation.wait(self.settings.direct_seconds)
        found = T.TSparkDirectResults(operationStatus=operation.status())
        if found.operationStatus.operationState == T.TOperationState.FINISHED_STATE:
            rows = operation.rows()
            found.resultSetMetadata = rows.metadata
            found.resultSet = rows.fetch(limits.maxRows, limits.maxBytes)
        if operation.done and not (found.resultSet and found.resultSet.hasMoreRows):
            session.close(operation.id)
            found.closeOperation = T.TCloseOperationResp(status=success())
        return found

    def sql(self, statement: str, principal: str) -> pa.Table:
        """The rows of a statement that no client has sent.

        Raises:
            SqlError: it failed.
        """
        return run_once(self.engine.get(), principal, statement).table

    def close(self) -> None:
        """End all sessions and the engine."""
        self.sessions.end_where(lambda _: True)
        self.engine.close()


def open_service(
    engine: LazyEngine, settings: Settings, faults: Faults, ledger: Ledger, sign: Sign
) -> Service:
    """A service without sessions."""
    sessions = Sessions(lambda: settings.session_seconds)
    return Service(engine, settings, sessions, faults, ledger, sign)


def _unavailable(warehouse: SqlWarehouse) -> Rejected:
    return Rejected(
        503,
        f"TEMPORARILY_UNAVAILABLE: SQL warehouse {warehouse.id} is temporarily unavailable: "
        f"it is {warehouse.state}.",
        {"Retry-After": str(warehouse.seconds_left())},
    )
