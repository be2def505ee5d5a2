"""An HTTP client that costs little: requests are prepared bytes, and of an answer only its length is read."""

import re
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse

HOST = "127.0.0.1"
JSON = "application/json"
PATIENCE = 120.0  # seconds that a single answer may take
BUFFER = 1 << 20  # bytes, asked for each way
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """What to send for how long: a number's request, `slot` in it replaced by the number; then the next."""

    port: int
    requests: tuple[bytes, ...]
    slot: bytes
    first: int  # the number that the first request gets
    connections: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a load: an error is an answer of status 400 or more, or none."""

    sent: int
    answers: int
    errors: int
    seconds: float
    latencies: list[float]  # seconds, of every answer


def request(
    method: str, path: str, body: str | bytes = "", *, content_type: str = JSON, accept: str = JSON
) -> bytes:
    """A request, with a body where there is one."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: bench\r\nAccept: {accept}\r\n"
    text = body.encode() if isinstance(body, str) else body
    if text:
        head += f"Content-Type: {content_type}\r\nContent-Length: {len(text)}\r\n"
    return f"{head}\r\n".encode() + text


def exchange(port: int, request: bytes) -> tuple[int, bytes]:
    """The status and the body of one answer."""
    with socket.create_connection((HOST, port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        with HTTPResponse(connection) as response:
            response.begin()
            return response.status, response.read()


def streamed(port: int, request: bytes) -> Iterator[bytes]:
    """The pieces of one answer, as they arrive.

    Raises:
        ValueError: its status is not 200.
    """
    with socket.create_connection((HOST, port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        with HTTPResponse(connection) as response:
            response.begin()
            if response.status != 200:
                raise ValueError(f"status {response.status}: {response.read(200)!r}")
            while piece := response.read1(1 << 18):
                yield piece


def put_under(load: Load) -> Outcome:
    """Keep every connection busy with one request at a time until the time is up."""
    return _Loader(load).run()


class _Connection:
    """A keep-alive connection, on which one answer is awaited."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER
        )  # a body fits: sending never waits
        self.socket.settimeout(PATIENCE)
        self.socket.connect((HOST, port))
        self.status = 0
        self.sent = 0.0
        self._head = b""
        self._end = b""
        self._chunked = False
        self._missing = 0  # bytes of the body

    def send(self, request: bytes) -> None:
        self._head, self.status = b"", 0
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def is_answered(self) -> bool:
        """Read what has arrived; whether that ends the answer. Raises OSError if none will come."""
        found = self.socket.recv(BUFFER)
        if not found:
            raise ConnectionResetError
        if self.status:
            self._missing -= len(found)
            return self._is_whole(found)
        self._head += found
        end = self._head.find(b"\r\n\r\n")
        if end < 0:
            return False
        length = _LENGTH.search(self._head, 0, end + 2)
        self.status = int(self._head[9:12])
        self._chunked = b"chunked" in self._head[:end]
        self._missing = end + 4 + (int(length[1]) if length else 0) - len(self._head)
        return self._is_whole(found)

    def _is_whole(self, last: bytes) -> bool:
        """JSON has no line break like those that end what comes in chunks."""
        self._end = (self._end + last)[-5:]
        return self._end == b"0\r\n\r\n" if self._chunked else self._missing <= 0


class _Loader:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._selector = selectors.DefaultSelector()
        self._sent = self._errors = 0
        self._latencies: list[float] = []

    def run(self) -> Outcome:
        began = time.perf_counter()
        deadline = began + self._load.seconds
        for _ in range(self._load.connections):
            self._connect()
        while self._selector.get_map():
            for key, _ in self._selector.select(PATIENCE):
                self._serve(key.data, deadline)
        seconds = time.perf_counter() - began
        return Outcome(self._sent, len(self._latencies), self._errors, seconds, self._latencies)

    def _serve(self, connection: _Connection, deadline: float) -> None:
        try:
            if not connection.is_answered():
                return
        except OSError:
            self._errors += 1
            self._close(connection)
            self._connect()
            return
        now = time.perf_counter()
        self._latencies.append(now - connection.sent)
        self._errors += connection.status >= 400
        if now < deadline:
            connection.send(self._next())
        else:
            self._close(connection)

    def _next(self) -> bytes:
        number = self._load.first + self._sent
        request = self._load.requests[number % len(self._load.requests)]
        self._sent += 1
        return request.replace(self._load.slot, b"1%06d" % number)

    def _connect(self) -> None:
        connection = _Connection(self._load.port)
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(self._next())

    def _close(self, connection: _Connection) -> None:
        self._selector.unregister(connection.socket)
        connection.socket.close()
