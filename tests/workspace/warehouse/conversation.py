"""One call to the warehouse: Thrift's methods, the shape of their errors, and the faults they meet."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from tests.workspace.warehouse import catalog
from tests.workspace.warehouse.engine import Answer, EngineSession, SqlError
from tests.workspace.warehouse.faults import NONE, Lose, Rejected
from tests.workspace.warehouse.ledger import Statement
from tests.workspace.warehouse.operations import Operation, internal
from tests.workspace.warehouse.parameters import native
from tests.workspace.warehouse.results import Form, Result, form_of
from tests.workspace.warehouse.service import Service, Unready, Work
from tests.workspace.warehouse.sessions import Session
from tests.workspace.warehouse.staging import staged
from tests.workspace.warehouse.states import SqlWarehouse
from tests.workspace.warehouse.thrift import (
    InvalidHandle,
    T,
    Through,
    failure,
    session_handle,
    success,
    written,
)

log = logging.getLogger(__name__)

PROTOCOL = T.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8
POLL_SECONDS = 1.0  # that a question after an operation waits for its end

Method = Callable[["Conversation", Any], Any]


def answering(response: Any) -> Callable[[Method], Method]:
    """Let a method meet with faults, and answer with errors in the shape of a response."""

    def decorate(method: Method) -> Method:
        @functools.wraps(method)
        def reply(conversation: "Conversation", req: Any) -> Any:
            return conversation.reply(method, response, req)

        return reply

    return decorate


def unsupported(name: str, response: Any) -> Method:
    """A method that refuses."""

    def refuse(conversation: "Conversation", req: Any) -> Any:
        raise SqlError("UNSUPPORTED_FEATURE", f"{name} is not supported.", "0A000")

    refuse.__name__ = name
    return answering(response)(refuse)


class Conversation:
    """One call of a principal to a warehouse; its methods are those of Thrift's `TCLIService`."""

    def __init__(self, service: Service, warehouse: SqlWarehouse, principal: str) -> None:
        self._service = service
        self._warehouse = warehouse
        self._principal = principal
        self._fault = NONE

    def reply(self, method: Method, response: Any, req: Any) -> Any:
        """What a method answers.

        Raises:
            Through: Rejected, or Lose: the answer is none of Thrift's.
        """
        name = method.__name__
        self._service.ledger.call(name)
        try:
            self._fault = self._service.faults.meet(name, getattr(req, "statement", None) or "")
            answer = self._attempt(method, response, req)
            self._fault.meet_after()
        except (Rejected, Lose) as error:
            raise Through from error
        return answer

    def _attempt(self, method: Method, response: Any, req: Any) -> Any:
        try:
            return method(self, req)
        except SqlError as error:
            return response(status=failure(str(error), error.sqlstate))
        except Unready as error:
            return response(status=failure(str(error), "HY000"))
        except InvalidHandle as error:
            code = T.TStatusCode.INVALID_HANDLE_STATUS
            return response(status=T.TStatus(code, sqlState="HY000", errorMessage=str(error)))
        except Rejected:
            raise
        except Exception as error:
            log.exception("no answer to %s", method.__name__)
            return response(status=failure(str(internal(error)), "XX000"))

    @answering(T.TOpenSessionResp)
    def OpenSession(self, req: Any) -> Any:  # noqa: N802 - Thrift's name, as all that follow
        """Open a session; a warehouse that is stopped starts."""
        session = self._service.open(self._warehouse, self._principal, req.initialNamespace)
        return T.TOpenSessionResp(
            status=success(),
            serverProtocolVersion=PROTOCOL,
            sessionHandle=session_handle(session.id),
            configuration=req.configuration,
            initialNamespace=req.initialNamespace,
            canUseMultipleCatalogs=True,
        )

    @answering(T.TCloseSessionResp)
    def CloseSession(self, req: Any) -> Any:  # noqa: N802
        """End a session and all that runs in it."""
        guid, sessions = req.sessionHandle.sessionId.guid, self._service.sessions
        sessions.end(sessions.find(guid, self._principal, self._warehouse.id))
        return T.TCloseSessionResp(status=success())

    @answering(T.TGetInfoResp)
    def GetInfo(self, req: Any) -> Any:  # noqa: N802
        """What the service says of itself."""
        self._session(req)
        return T.TGetInfoResp(success(), catalog.info(req.infoType))

    @answering(T.TExecuteStatementResp)
    def ExecuteStatement(self, req: Any) -> Any:  # noqa: N802
        """Run a statement."""
        session = self._session(req)
        parameters, form = native(req.parameters), form_of(req)
        self._service.ledger.add(Statement(req.statement, self._principal, written(session.id)))

        def work() -> tuple[Result, int | None]:
            answer = session.open().execute(req.statement, parameters)
            if answer.upload:
                return staged(answer.upload, self._service.sign, form), None
            return _result(answer, form, req.resultRowLimit), answer.modified

        return self._run(T.TExecuteStatementResp, session, work, req)

    @answering(T.TGetCatalogsResp)
    def GetCatalogs(self, req: Any) -> Any:  # noqa: N802
        """The catalogs."""
        return self._look_up(T.TGetCatalogsResp, req, catalog.catalogs)

    @answering(T.TGetSchemasResp)
    def GetSchemas(self, req: Any) -> Any:  # noqa: N802
        """The schemas that fit."""
        return self._look_up(T.TGetSchemasResp, req, lambda engine: catalog.schemas(engine, req))

    @answering(T.TGetTablesResp)
    def GetTables(self, req: Any) -> Any:  # noqa: N802
        """The tables that fit."""
        return self._look_up(T.TGetTablesResp, req, lambda engine: catalog.tables(engine, req))

    @answering(T.TGetColumnsResp)
    def GetColumns(self, req: Any) -> Any:  # noqa: N802
        """The columns that fit."""
        return self._look_up(T.TGetColumnsResp, req, lambda engine: catalog.columns(engine, req))

    @answering(T.TGetTableTypesResp)
    def GetTableTypes(self, req: Any) -> Any:  # noqa: N802
        """What a table may be."""
        return self._look_up(T.TGetTableTypesResp, req, lambda _: catalog.table_types())

    @answering(T.TGetTypeInfoResp)
    def GetTypeInfo(self, req: Any) -> Any:  # noqa: N802
        """The types of SQL."""
        return self._look_up(T.TGetTypeInfoResp, req, lambda _: catalog.type_info())

    @answering(T.TGetOperationStatusResp)
    def GetOperationStatus(self, req: Any) -> Any:  # noqa: N802
        """How an operation stands; waits a little for its end."""
        operation = self._operation(req)[1]
        operation.wait(POLL_SECONDS)
        return operation.status()

    @answering(T.TCancelOperationResp)
    def CancelOperation(self, req: Any) -> Any:  # noqa: N802
        """End an operation, and know it still."""
        session, operation = self._operation(req)
        session.cancel(operation)
        return T.TCancelOperationResp(status=success())

    @answering(T.TCloseOperationResp)
    def CloseOperation(self, req: Any) -> Any:  # noqa: N802
        """End an operation, and know it no longer."""
        session, operation = self._operation(req)
        session.close(operation.id)
        return T.TCloseOperationResp(status=success())

    @answering(T.TGetResultSetMetadataResp)
    def GetResultSetMetadata(self, req: Any) -> Any:  # noqa: N802
        """What an operation's rows look like."""
        return self._operation(req)[1].rows().metadata

    @answering(T.TFetchResultsResp)
    def FetchResults(self, req: Any) -> Any:  # noqa: N802
        """An operation's next rows."""
        if req.orientation != T.TFetchOrientation.FETCH_NEXT:
            raise SqlError("UNSUPPORTED_FEATURE", "Rows are only fetched in order.", "0A000")
        operation = self._operation(req)[1]
        operation.wait(POLL_SECONDS)
        return operation.rows().fetch(req.maxRows, req.maxBytes)

    GetFunctions = unsupported("GetFunctions", T.TGetFunctionsResp)
    GetPrimaryKeys = unsupported("GetPrimaryKeys", T.TGetPrimaryKeysResp)
    GetCrossReference = unsupported("GetCrossReference", T.TGetCrossReferenceResp)
    GetDelegationToken = unsupported("GetDelegationToken", T.TGetDelegationTokenResp)
    CancelDelegationToken = unsupported("CancelDelegationToken", T.TCancelDelegationTokenResp)
    RenewDelegationToken = unsupported("RenewDelegationToken", T.TRenewDelegationTokenResp)

    def _session(self, req: Any) -> Session:
        return self._service.session(req.sessionHandle, self._warehouse, self._principal)

    def _operation(self, req: Any) -> tuple[Session, Operation]:
        guid = req.operationHandle.operationId.guid
        return self._service.sessions.owner(guid, self._principal, self._warehouse.id)

    def _look_up(self, response: Any, req: Any, look_up: Callable[[EngineSession], Result]) -> Any:
        session = self._session(req)
        return self._run(response, session, lambda: (look_up(session.open()), None), req)

    def _run(self, response: Any, session: Session, work: Work, req: Any) -> Any:
        operation = Operation(_failing(self._fault.error) or work, self._fault.running)
        return self._service.run(response, session, operation, req.getDirectResults)


def _failing(error: tuple[str, str] | None) -> Work | None:
    """What a fault puts into the place of some work."""
    if error is None:
        return None
    error_class, state = error

    def fail() -> tuple[Result, int | None]:
        raise SqlError(error_class, "an injected error occurred.", state)

    return fail


def _result(answer: Answer, form: Form, limit: int | None) -> Result:
    table = answer.table if limit is None else answer.table.slice(0, limit)
    return Result(table, answer.types, form)
