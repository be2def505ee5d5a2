"""The connector's edge: sessions of the warehouse, one statement at a time, and its errors told apart.

Importing this imports the connector, pyarrow and pandas.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3.exceptions
from databricks import sql
from databricks.sql.exc import Error, RequestError, ServerOperationError
from databricks.sql.parameters.native import IntegerParameter, StringParameter, VoidParameter
from thrift.protocol.TBinaryProtocol import TBinaryProtocolAccelerated
from thrift.transport.TTransport import TBufferedTransport

from backends.sql.statements import Prepared
from backends.warehouse.faults import Failed, Forgotten, Lost, Overdue, Refused, Unreached, is_starting
from backends.warehouse.inlining import fitted
from backends.warehouse.watch import Watch

ANSWER_SECONDS = 30.0  # for each HTTP answer: the warehouse holds none back for so long
FETCH_BYTES = 4 * 1024 * 1024  # of Arrow, that one answer brings at most
FETCH_ROWS = 100_000
READ_BYTES = 64 * 1024
MOST_ROWS = 1 << 30  # LIMIT and OFFSET are INTs, and so is their sum
CONFIGURATION = {"ANSI_MODE": "true", "TIMEZONE": "UTC"}
_BUSY = (429, 503)  # nothing ran
_REFUSED = (401, 403)
BAD_REQUEST, NOT_FOUND = 400, 404

# it logs every failure that is raised anyway, and warns of the retries that are switched off on purpose
logging.getLogger("databricks.sql").setLevel(logging.CRITICAL)

Header = Callable[[], dict[str, str]]


class Place(NamedTuple):
    """Where a warehouse is."""

    host: str  # the workspace's URL
    path: str
    folder: str  # whose files may be put into volumes


class Session:
    """One session of the warehouse, for one thread at a time; each statement has so many seconds."""

    def __init__(self, connection: Any, watch: Watch, seconds: float) -> None:
        self._connection = connection
        self._watch = watch
        self._seconds = seconds
        self._cursor = connection.cursor(arraysize=FETCH_ROWS, buffer_size_bytes=FETCH_BYTES)
        self.spent = False  # it is not to be used again
        self._overdue = threading.Event()

    def table(self, statement: Prepared) -> Any:
        """All that a statement gives, as an Arrow table.

        Raises:
            Failed, Forgotten, Unreached, Refused, Lost, Overdue: see there.
        """
        with self._told():
            self._execute(statement)
            return self._cursor.fetchall_arrow()

    def run(self, text: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows that some SQL gives, few of them. Raises as `table` does."""
        found = self.table(Prepared(text, tuple(values)))
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))

    def change(self, statement: Prepared) -> int:
        """How many rows a statement wrote. Raises as `table` does."""
        found = self.table(statement)
        return int(found.column("num_affected_rows")[0].as_py())

    def tables(self, statement: Prepared, first: int, most: int) -> Iterator[Any]:
        """What a statement gives, in Arrow tables of some rows: of fewer where they are large.

        Raises as `table` does.
        """
        with self._told():
            self._execute(statement)
        try:
            while True:
                with self._told():
                    found = self._cursor.fetchmany_arrow(first)
                if not found.num_rows:
                    return
                yield found
                first = max(1, min(most, FETCH_BYTES * found.num_rows // max(1, found.nbytes)))
        finally:
            self._finish()

    def _finish(self) -> None:
        """Let go of what was not read to its end."""
        if not self.spent:
            with suppress(Exception), self._told():  # it is spent then
                self._cursor.active_result_set.close()

    def put(self, file: str, place: str) -> None:
        """Put a file into a volume. Raises as `table` does."""
        with self._told():
            self._cursor.execute(f"PUT '{file}' INTO '{place}' OVERWRITE")

    def remove(self, place: str) -> None:
        """Remove a file from a volume. Raises as `table` does."""
        with self._told():
            self._cursor.execute(f"REMOVE '{place}'")

    def cancel(self) -> None:
        """End the statement that runs, from another thread: it is overdue."""
        self._overdue.set()
        with suppress(Exception):  # it ends by itself, or its socket's time does
            self._cursor.cancel()

    def close(self) -> None:
        """End the session, if the warehouse still listens."""
        with suppress(Exception):  # who has gone needs no farewell
            self._connection.close()

    def _execute(self, statement: Prepared) -> None:
        text, values = fitted(statement)
        # without values the connector must not look for markers: it would take those in a text for its own
        self._cursor.execute(text, [_parameter(value) for value in values] or None)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell the driver's errors apart; after those that leave the session in doubt it is spent."""
        self._overdue.clear()
        try:
            with self._watch.over(self, self._seconds):
                yield
        except (Error, urllib3.exceptions.HTTPError, OSError, EOFError) as error:
            found = seen(error)
            if self._overdue.is_set():
                found = Overdue()
            self.spent = not isinstance(found, Failed)
            raise found from error


def connect(place: Place, header: Header, watch: Watch, seconds: float) -> Session:
    """A new session, whose statements the watch ends after so many seconds.

    Raises:
        Unreached, Refused: there is none to be had now.
        Failed: the warehouse refuses it.
    """
    address = urlsplit(place.host)
    try:
        connection = sql.connect(
            server_hostname=address.hostname or "",
            http_path=place.path,
            _port=address.port or 443,
            credentials_provider=_Provider(header),
            session_configuration=CONFIGURATION,
            user_agent_entry="lakegate",
            enable_telemetry=False,
            staging_allowed_local_path=place.folder,
            max_download_threads=2,
            _socket_timeout=ANSWER_SECONDS,
            # no request is ever sent twice: with the connector's own retries a write may run twice
            _enable_v3_retries=False,
            _retry_stop_after_attempts_count=1,
        )
    except (Error, urllib3.exceptions.HTTPError, OSError, EOFError) as error:
        found = seen(error)
        if isinstance(found, Forgotten):
            found = Failed(str(found))
        elif isinstance(found, Lost | Overdue):  # no statement was under way
            found = Unreached()
        raise found from error
    _read_in_c(connection)
    return Session(connection, watch, seconds)


def _read_in_c(connection: Any) -> None:
    """Let Thrift's own C code read the answers: the connector's way takes a millisecond more for each."""
    client = connection.session.backend
    buffered = TBufferedTransport(client._transport, READ_BYTES)
    client._client._iprot = client._client._oprot = TBinaryProtocolAccelerated(
        buffered, string_length_limit=None, container_length_limit=None
    )


class _Provider:
    """What the connector asks for each request's header."""

    def __init__(self, header: Header) -> None:
        self._header = header

    def auth_type(self) -> str:
        return "lakegate"

    def __call__(self, *_: object, **__: object) -> Header:
        return self._header


def _parameter(value: object) -> Any:
    """A native parameter: all values are text, which the statement casts; but for LIMIT and OFFSET."""
    if value is None:
        return VoidParameter(None)
    if isinstance(value, int):
        return IntegerParameter(min(value, MOST_ROWS))
    return StringParameter(str(value))


def seen(error: Exception) -> Exception:
    """What an error of the connector's means."""
    if isinstance(error, urllib3.exceptions.HTTPError):
        return _of_network(error)
    if isinstance(error, RequestError):
        return _of_answer(error)
    text = str(error)
    if "Invalid SessionHandle" in text or "SESSION_NOT_FOUND" in text:
        return Forgotten(text)
    if "Invalid OperationHandle" in text:  # the session went while the statement ran
        return Lost(text)
    if is_starting(text):
        return Unreached()
    if isinstance(error, ServerOperationError | Error):
        return Failed(text)
    return Lost(text)


def _of_network(error: urllib3.exceptions.HTTPError) -> Exception:
    reason = error.reason if isinstance(error, urllib3.exceptions.MaxRetryError) else error
    match reason:
        case urllib3.exceptions.NewConnectionError() | urllib3.exceptions.ConnectTimeoutError():
            return Unreached()
        case urllib3.exceptions.SSLError():
            return Unreached()
        case urllib3.exceptions.ReadTimeoutError():
            return Overdue()
    return Lost(str(reason))


def _of_answer(error: RequestError) -> Exception:
    """What an answer means that is no answer of the service's."""
    context = error.context or {}
    code, said = (
        context.get("http-code"),
        f"{context.get('error-message')} {context.get('original-exception')}",
    )
    if code in _REFUSED:
        return Refused(said)
    if "Invalid SessionHandle" in said:
        return Forgotten(said)
    if code in _BUSY:
        return Unreached()
    if code == NOT_FOUND:  # the warehouse is gone, and its sessions are
        return Forgotten(said)
    return Failed(said) if code == BAD_REQUEST else Lost(said)
