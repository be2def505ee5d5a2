"""What stands before an app: lets in who has an OAuth bearer, tells the app who that is, and passes it on.

https://docs.databricks.com/aws/dev-tools/databricks-apps/connect-local : bearers, and no personal access
tokens, are taken on paths under /api/ only; https://docs.databricks.com/gcp/dev-tools/databricks-apps/http-headers
"""

import uuid
from collections.abc import Callable
from http import HTTPStatus

import requests

from tests.workspace.control.identity import Identity
from tests.workspace.control.server import Server
from tests.workspace.control.wire import Content, Request, Unauthenticated

PATIENCE_SECONDS = 120
OWN = "x-forwarded-"  # headers that a client cannot send through
HOP = ("connection", "host", "content-length", "authorization", "transfer-encoding", "keep-alive")
API = "/api/"


class Proxy:
    """Listens at an app's URL, whether the app runs or not; `port` gives where the app itself listens."""

    def __init__(self, identity: Identity, port: Callable[[], int | None]) -> None:
        self._identity = identity
        self._port = port
        self._server = Server()
        self._server.start(self.answer)

    @property
    def url(self) -> str:
        """The app's URL."""
        return self._server.url

    def stop(self) -> None:
        """Listen no more."""
        self._server.stop()

    def answer(self, request: Request) -> Content:
        """What a request is answered with."""
        if not request.path.startswith(API) or "authorization" not in request.headers:
            return Content(b"", "text/html", HTTPStatus.FOUND, {"Location": "/.auth/login"})
        try:
            caller = self._identity.bearer(request)
        except Unauthenticated:
            return Content(b"", "text/html", HTTPStatus.UNAUTHORIZED)
        port = self._port()
        if port is None:
            return Content(b"App Not Available", "text/html", HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            return _passed_on(request, caller, port)
        except requests.RequestException:
            return Content(b"upstream connect error", "text/plain", HTTPStatus.BAD_GATEWAY)


def _passed_on(request: Request, caller: str, port: int) -> Content:
    headers = {
        name: value for name, value in request.headers.items() if not name.startswith(OWN) and name not in HOP
    }
    told = {
        "X-Forwarded-Email": caller,
        "X-Forwarded-User": f"{caller}@1234567890123456",
        "X-Forwarded-Preferred-Username": caller,
        "X-Forwarded-Host": request.headers.get("host", ""),
        "X-Forwarded-Proto": "https",
        "X-Request-Id": str(uuid.uuid4()),
    }
    query = f"?{request.query}" if request.query else ""
    answer = requests.request(
        request.method,
        f"http://127.0.0.1:{port}{request.path}{query}",
        headers={**headers, **told},
        data=request.body,
        timeout=PATIENCE_SECONDS,
        allow_redirects=False,
    )
    kept = {name: answer.headers[name] for name in ("Retry-After", "X-Request-Id") if name in answer.headers}
    kind = answer.headers.get("Content-Type", "application/octet-stream")
    return Content(answer.content, kind, HTTPStatus(answer.status_code), kept)
