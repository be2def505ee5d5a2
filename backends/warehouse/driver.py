"""The connector's edge: sessions of the warehouse, one statement at a time, and its errors told apart.

Importing this imports the connector, pyarrow and pandas.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import urllib3.exceptions
from databricks import sql
from databricks.sql.exc import Error, RequestError, ServerOperationError
from databricks.sql.parameters.native import IntegerParameter, StringParameter, VoidParameter
from thrift.protocol.TBinaryProtocol import TBinaryProtocolAccelerated
from thrift.transport.TTransport import TBufferedTransport

from backends.sql import Prepared
from backends.warehouse.faults import Failed, Forgotten, Lost, Overdue, Refused, Unreached, is_starting
from backends.warehouse.inlining import fitted

ANSWER_SECONDS = 30.0  # for each HTTP answer: the warehouse holds none back for so long
FETCH_BYTES = 4 * 1024 * 1024  # of Arrow, that one answer brings at most
FETCH_ROWS = 100_000
READ_BYTES = 64 * 1024
MOST_ROWS = 1 << 30  # LIMIT and OFFSET are INTs, and so is their sum
CONFIGURATION = {"ANSI_MODE": "true", "TIMEZONE": "UTC"}
_BUSY = (429, 503)  # nothing ran
_REFUSED = (401, 403)

# it logs every failure that is raised anyway, and warns of the retries that are switched off on purpose
logging.getLogger("databricks.sql").setLevel(logging.CRITICAL)

Header = Callable[[], dict[str, str]]


class Session:
    """One session of the warehouse, for one thread at a time."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._cursor = connection.cursor(arraysize=FETCH_ROWS, buffer_size_bytes=FETCH_BYTES)
        self.spent = False  # it is not to be used again
        self.deadline: float | None = None  # of the statement that runs, in the monotonic clock's seconds
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

    def tables(self, statement: Prepared, first: int, size: int) -> Iterator[Any]:
        """What a statement gives, in Arrow tables of so many rows. Raises as `table` does."""
        with self._told():
            self._execute(statement)
        while True:
            with self._told():
                found = self._cursor.fetchmany_arrow(first)
            if not found.num_rows:
                return
            yield found
            first = size

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
        try:
            yield
        except (Error, urllib3.exceptions.HTTPError, OSError, EOFError) as error:
            found = seen(error)
            if self._overdue.is_set():
                found = Overdue()
            self.spent = not isinstance(found, Failed)
            raise found from error


def connect(host: str, path: str, header: Header, seconds: float, folder: str | None = None) -> Session:
    """A new session; files of `folder` may be put into volumes.

    Raises:
        Unreached, Refused: there is none to be had now.
        Failed: the warehouse refuses it.
    """
    address = urlsplit(host)
    try:
        connection = sql.connect(
            server_hostname=address.hostname or "",
            http_path=path,
            _port=address.port or 443,
            credentials_provider=_Provider(header),
            session_configuration=CONFIGURATION,
            user_agent_entry="lakegate",
            enable_telemetry=False,
            staging_allowed_local_path=folder,
            max_download_threads=2,
            _socket_timeout=max(seconds, ANSWER_SECONDS),
            # no request is ever sent twice: with the connector's own retries a write may run twice
            _enable_v3_retries=False,
            _retry_stop_after_attempts_count=1,
        )
    except (Error, urllib3.exceptions.HTTPError, OSError, EOFError) as error:
        found = seen(error)
        if isinstance(found, Lost | Overdue | Forgotten):  # no statement was under way
            found = Unreached()
        raise found from error
    _read_in_c(connection)
    return Session(connection)


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
    return Failed(said) if code in (400, 404) else Lost(said)


class Watch:
    """Ends statements that take too long: one thread, begun with the first of them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: set[Session] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, session: Session) -> Iterator[None]:
        """Let a session's statements run for so long and no longer."""
        session.deadline = time.monotonic() + self._seconds
        with self._lock:
            self._running.add(session)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="overdue", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(session)

    def _look(self) -> None:
        while True:
            time.sleep(1.0)
            with self._lock:
                late = [each for each in self._running if (each.deadline or 0) < time.monotonic()]
                self._running.difference_update(late)
            for session in late:
                session.cancel()
