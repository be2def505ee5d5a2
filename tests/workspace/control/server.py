"""The workspace's HTTP: requests in, answers out, connections dropped where a fault says so."""

import json
import logging
import socket
import ssl
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.workspace.certificates import Certificates
from tests.workspace.control.wire import Answer, Content, Request

BACKLOG = 256  # connections that may wait to be accepted
POLL_SECONDS = 0.1  # that its end may take
MAX_LINE = 65536  # bytes of a header
METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
FAULT = {"error_code": "INTERNAL_ERROR", "message": "The local workspace has a fault: see its log."}

log = logging.getLogger(__name__)

Application = Callable[[Request], Answer | Content | None]


class Server:
    """Listens on 127.0.0.1 and asks an application for the answers; for None it drops the connection."""

    def __init__(self, port: int = 0, certificates: Certificates | None = None) -> None:
        """Take the port, 0 for a free one; with certificates, speak TLS; nobody is answered before `start`.

        Raises:
            OSError: the port is taken.
        """
        self._listener = _Listener(("127.0.0.1", port), _Conversation)
        self._listener.tls = _tls(certificates) if certificates else None
        self._thread: threading.Thread | None = None
        scheme = "https" if certificates else "http"
        self.url = self._listener.origin = f"{scheme}://127.0.0.1:{self._listener.server_address[1]}"

    def start(self, application: Application) -> None:
        """Answer, each connection in a thread of its own."""
        self._listener.application = application
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(POLL_SECONDS,), name="control plane", daemon=True
        )
        self._thread.start()

    @property
    def clock(self) -> Callable[[], float]:
        """The clock by which answers tell the time, in seconds since 1970."""
        return self._listener.clock

    @clock.setter
    def clock(self, clock: Callable[[], float]) -> None:
        self._listener.clock = clock

    def stop(self) -> None:
        """Listen no more."""
        if self._thread:  # else there is nobody who could hear it
            self._listener.shutdown()
        self._listener.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = BACKLOG
    application: Application
    origin: str
    tls: ssl.SSLContext | None
    clock: Callable[[], float] = staticmethod(time.time)

    def get_request(self) -> tuple[socket.socket, Any]:
        """A connection; hands are shaken in its own thread."""
        connection, address = super().get_request()
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request: object, client_address: object) -> None:
        """Write down what went wrong; a client that did not wait for its answer is nothing to speak of."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
            log.error("a conversation went wrong:\n%s", traceback.format_exc())


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer is sent as a whole
    server: _Listener

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the workspace keeps its own log of requests."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """A moment as headers have it; without one, now, by the server's clock."""
        return super().date_time_string(self.server.clock() if timestamp is None else timestamp)

    def handle_one_request(self) -> None:
        """Read a request and answer; the library's own way of reading costs more than most answers."""
        self.requestline = self.rfile.readline(MAX_LINE).decode("latin-1").strip()
        words = self.requestline.split()
        if not words:
            self.close_connection = True
            return
        self.command, self.path, self.request_version = words if len(words) == 3 else ("", "", "")
        if self.command not in METHODS or not self.request_version.startswith("HTTP/1."):
            self.send_error(HTTPStatus.BAD_REQUEST)  # which closes the connection
            return
        self._fields = dict(self._read_fields())
        if "transfer-encoding" in self._fields:
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return
        ends = self._fields.get("connection", "").lower() == "close"
        self.close_connection = ends or self.request_version == "HTTP/1.0"
        if self._fields.get("expect", "").lower() == "100-continue":
            self.handle_expect_100()
            self.wfile.flush()
        self._converse()

    def _read_fields(self) -> Iterator[tuple[str, str]]:
        """The headers, with names in lower case."""
        while line := self.rfile.readline(MAX_LINE).decode("latin-1").strip():
            name, _, value = line.partition(":")
            yield name.lower(), value.strip()

    def _converse(self) -> None:
        answer = self._answer()
        if answer is None:
            self.close_connection = True
            with suppress(OSError):  # the client may have hung up
                self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._send(answer)

    def _answer(self) -> Answer | Content | None:
        request = self._request()
        try:
            return self.server.application(request)
        except Exception:
            log.exception("no answer to %s", request.line)
            return Answer(FAULT, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _request(self) -> Request:
        body = self.rfile.read(int(self._fields.get("content-length", 0)))
        place = urlsplit(self.path)
        port, origin = self.client_address[1], self.server.origin
        return Request(self.command, place.path, place.query, self._fields, body, port, origin)

    def _send(self, answer: Answer | Content) -> None:
        kind, body = _encoded(answer)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()


def _encoded(answer: Answer | Content) -> tuple[str, bytes]:
    """An answer's type, and its bytes."""
    match answer:
        case Answer():
            return "application/json", json.dumps(answer.body).encode()
        case Content():
            return answer.type, answer.body


def _tls(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.chain, certificates.key)
    return context
