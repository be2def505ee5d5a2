"""A relay before a workspace's control plane that answers some requests itself, as firewalls do."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What a request gets: a status and a body, which is JSON if it looks like it."""

    status: int
    body: str = ""

    @property
    def kind(self) -> str:
        """The body's media type."""
        return "application/json" if self.body.startswith("{") else "text/html"


class _Relay(ThreadingHTTPServer):
    daemon_threads = True
    target: str
    answers: Mapping[str, Answer]


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Relay

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def _converse(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        line = f"{self.command} {self.path}"
        own = (answer for pattern, answer in self.server.answers.items() if re.search(pattern, line))
        self._send(next(own, None) or self._passed_on(body))

    def _passed_on(self, body: bytes) -> Answer:
        url, headers = f"{self.server.target}{self.path}", dict(self.headers)
        found = requests.request(self.command, url, data=body, headers=headers, timeout=ANSWER_SECONDS)
        return Answer(found.status_code, found.text)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body.encode())))
        self.end_headers()
        self.wfile.write(answer.body.encode())

    do_GET = do_PATCH = do_POST = _converse  # noqa: N815 - the library's names


@contextmanager
def relay(target: str, answers: Mapping[str, Answer]) -> Iterator[str]:
    """The URL of a relay to `target`; requests whose "METHOD path" has a pattern in it get that answer."""
    server = _Relay(("127.0.0.1", 0), _Conversation)
    server.target, server.answers = target, answers
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
