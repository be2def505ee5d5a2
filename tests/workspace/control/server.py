"""The control plane's HTTP: requests in, answers out, connections dropped where a fault says so."""

import json
import logging
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.workspace.control.wire import Answer, Request

BACKLOG = 256  # connections that may wait to be accepted
FAULT = {"error_code": "INTERNAL_ERROR", "message": "The local workspace has a fault: see its log."}

log = logging.getLogger(__name__)

Application = Callable[[Request], Answer | None]


class Server:
    """Listens on 127.0.0.1 and asks an application for the answers; for None it drops the connection."""

    def __init__(self, port: int = 0) -> None:
        """Take the port, 0 for a free one; nobody is answered before `start`.

        Raises:
            OSError: the port is taken.
        """
        self._listener = _Listener(("127.0.0.1", port), _Conversation)
        self._thread: threading.Thread | None = None
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}"

    def start(self, application: Application) -> None:
        """Answer, each connection in a thread of its own."""
        self._listener.application = application
        self._thread = threading.Thread(
            target=self._listener.serve_forever, name="control plane", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        if self._thread:  # else there is nobody who could hear it
            self._listener.shutdown()
        self._listener.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = BACKLOG
    application: Application

    def handle_error(self, request: object, client_address: object) -> None:
        """Write down what went wrong; a client that did not wait for its answer is nothing to speak of."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            log.error("a conversation went wrong:\n%s", traceback.format_exc())


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the workspace keeps its own log of requests."""

    def _converse(self) -> None:
        answer = self._answer()
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._send(answer)

    def _answer(self) -> Answer | None:
        request = self._request()
        try:
            return self.server.application(request)
        except Exception:
            log.exception("no answer to %s", request.line)
            return Answer(FAULT, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _request(self) -> Request:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        place = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, place.path, place.query, headers, body, self.client_address[1])

    def _send(self, answer: Answer) -> None:
        body = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_DELETE = do_GET = do_PATCH = do_POST = do_PUT = _converse  # noqa: N815 - the library's names
