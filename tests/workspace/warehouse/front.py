"""What the workspace answers over HTTPS besides the control plane: Thrift for warehouses, and files."""

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from tests.workspace.control.faults import Dropped
from tests.workspace.control.plane import ControlPlane
from tests.workspace.control.wire import Answer, ApiError, Content, Invalid, Request, Unauthenticated
from tests.workspace.journal import Asked
from tests.workspace.settings import NAME
from tests.workspace.warehouse.faults import Faults, Lose, Rejected
from tests.workspace.warehouse.ledger import Ledger
from tests.workspace.warehouse.states import SqlWarehouse
from tests.workspace.warehouse.volumes import DIRECTORIES, FILES, SIGNED, Volumes

if TYPE_CHECKING:  # it brings Arrow and the connector, which a workspace without statements does not need
    from tests.workspace.warehouse.service import Service

THRIFT = re.compile(r"/sql/1\.0/(?:warehouses|endpoints)/([^/]+)")
FILE_PATHS = (f"{FILES}/", f"{DIRECTORIES}/", f"{SIGNED}/")

log = logging.getLogger(__name__)


class Front:
    """Answers what is for warehouses and volumes; any thread may ask.

    Args:
        control: knows who asks, and the warehouses.
        folder: where the engine keeps its files.
        url: what signed URLs begin with.
        statements: where the texts of statements are written down, if anywhere.
    """

    def __init__(self, control: ControlPlane, folder: Path, url: str, statements: Path | None) -> None:
        self.faults = Faults()
        self.ledger = Ledger(statements)
        self._control = control
        self._folder = folder
        self._volumes = Volumes(folder / "volumes", url)
        self._service: Service | None = None
        self._lock = threading.Lock()
        control.warehouses.ended = self.end_sessions

    def serves(self, request: Request) -> bool:
        """Whether a request is for a warehouse or a volume."""
        return bool(THRIFT.fullmatch(request.path)) or request.path.startswith(FILE_PATHS)

    def answer(self, request: Request) -> Answer | Content | None:
        """What such a request is answered with; None if its connection is to be dropped."""
        try:
            return self._control.faults.meet(request, self._reply)
        except (Dropped, Lose):
            return None
        except Rejected as error:
            return Content(b"", "application/x-thrift", HTTPStatus(error.status), error.headers)

    def end_sessions(self, *, warehouse: str | None = None, principal: str | None = None) -> int:
        """End all sessions, or those of a warehouse or a principal, and return their number."""
        if self._service is None:
            return 0
        return self._service.sessions.end_where(
            lambda session: warehouse in {None, session.warehouse} and principal in {None, session.principal}
        )

    def sql(self, statement: str, principal: str) -> list[list[object]]:
        """The rows of a statement that no client has sent.

        Raises:
            Invalid: it failed.
        """
        from tests.workspace.warehouse.engine import SqlError

        try:
            return [list(row.values()) for row in self._started().sql(statement, principal).to_pylist()]
        except SqlError as error:
            raise Invalid(str(error)) from error

    def statistics(self) -> Mapping[str, object]:
        """Calls by method and what there is of sessions, operations and statements."""
        sessions = []
        if self._service:
            self._service.sessions.expire()
            sessions = self._service.sessions.all()
        return {
            "calls": dict(self.ledger.calls),
            "sessions_opened": self.ledger.sessions_opened,
            "open_sessions": len(sessions),
            "open_operations": sum(len(session.operations) for session in sessions),
        }

    def close(self) -> None:
        """End all sessions and the engine."""
        with self._lock:
            if self._service:
                self._service.close()
                self._service = None

    def _reply(self, request: Request) -> Answer | Content:
        if found := THRIFT.fullmatch(request.path):
            return self._call(request, found[1])
        answer = self._file(request)
        self._control.journal.add(Asked(request.method, request.path, answer.status))
        return answer

    def _file(self, request: Request) -> Answer | Content:
        try:
            if request.path.startswith(SIGNED):
                return self._volumes.answer_signed(request)
            self._control.identity.caller(request)
            return self._volumes.answer(request)
        except ApiError as error:
            return error.answer()

    def _call(self, request: Request, warehouse: str) -> Content:
        from thrift.Thrift import TException

        from tests.workspace.warehouse.conversation import Conversation
        from tests.workspace.warehouse.thrift import process

        principal = self._caller(request)
        conversation = Conversation(self._started(), self._warehouse(warehouse), principal)
        if request.method != "POST":
            raise Rejected(HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED: Thrift is spoken in POST.")
        try:
            return Content(process(conversation, request.body), "application/x-thrift")
        except (TException, EOFError) as error:
            raise Rejected(
                HTTPStatus.BAD_REQUEST, f"BAD_REQUEST: the call cannot be read: {error}"
            ) from error

    def _caller(self, request: Request) -> str:
        """Who calls.

        Raises:
            Rejected: nobody that is known.
        """
        try:
            return self._control.identity.caller(request)
        except Unauthenticated as error:
            if "authorization" not in request.headers:
                raise _refused(HTTPStatus.UNAUTHORIZED, str(error)) from error
            raise _refused(HTTPStatus.FORBIDDEN, "Invalid access token.") from error

    def _warehouse(self, name: str) -> SqlWarehouse:
        found = self._control.warehouses.all().get(name)
        if found is None or not found.exists:
            raise Rejected(
                HTTPStatus.NOT_FOUND, f"RESOURCE_DOES_NOT_EXIST: SQL warehouse {name} does not exist."
            )
        return found

    def _started(self) -> "Service":
        with self._lock:
            if self._service is None:
                from tests.workspace.warehouse.engines import LazyEngine
                from tests.workspace.warehouse.service import open_service

                settings = self._control.settings
                engine = LazyEngine(settings.engine, self._folder, [*self._grants()])
                self._service = open_service(engine, settings, self.faults, self.ledger, self._volumes.sign)
            return self._service

    def _grants(self) -> Iterator[str]:
        """What the first app may do: all in the catalog that is there, and make others."""
        client = self._control.apps.app(NAME).client
        yield f"GRANT ALL PRIVILEGES ON CATALOG main TO `{client}`"
        yield f"GRANT CREATE CATALOG ON METASTORE TO `{client}`"


def _refused(status: HTTPStatus, reason: str) -> Rejected:
    return Rejected(status, "", {"x-databricks-reason-phrase": reason})
