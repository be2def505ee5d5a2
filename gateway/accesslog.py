"""The access log: one line of JSON per request on stdout, written by gunicorn's workers."""

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import quote

import msgspec
from gunicorn.glogging import Logger

from gateway.identity import CALLER

LONGEST_PATH = 1024  # characters; keeps a line under 4096 bytes, which a pipe takes in one piece
MILLISECOND = timedelta(milliseconds=1)


class Line(msgspec.Struct, frozen=True):
    """One request. `ms` is the time from its last header to the last byte of the answer."""

    time: datetime
    request_id: str | None
    method: str | None
    path: str | None
    status: int
    ms: float
    bytes: int
    caller: str | None


class Request(Protocol):
    """What gunicorn parsed; None as far as a malformed request did not get."""

    method: str | None
    path: str | None


class Answer(Protocol):
    """What gunicorn sent. `status` is None if the application failed before it had one."""

    status: str | None
    headers: list[tuple[str, str]]
    sent: int


encode = msgspec.json.Encoder().encode


class AccessLog(Logger):
    """gunicorn's logger; its access log is JSON, and the format setting has no say in it."""

    def access(self, resp: Answer, req: Request, environ: dict[str, object], request_time: timedelta) -> None:
        """Write the line of a request that was answered."""
        if not self.access_log_enabled or resp.status is None:
            return  # without a status it failed; gunicorn answers 500 and calls again
        line = encode(line_of(resp, req, environ, request_time)) + b"\n"
        try:
            os.write(sys.stdout.fileno(), line)
        except OSError:  # nobody reads the log; the request was answered all the same
            self.error_log.warning("the access log cannot be written")


def line_of(resp: Answer, req: Request, environ: dict[str, object], request_time: timedelta) -> Line:
    """What the log tells of a request: no query string, and of the headers only the request's id."""
    who = environ.get(CALLER)
    return Line(
        time=datetime.now(UTC),
        request_id=request_id_of(resp.headers),
        method=req.method,
        path=path_of(req),
        status=int((resp.status or "0")[:3]),
        ms=request_time / MILLISECOND,
        bytes=resp.sent,
        caller=who if isinstance(who, str) else None,
    )


def request_id_of(headers: list[tuple[str, str]]) -> str | None:
    """The request's id, as the answer gives it."""
    for name, value in headers:
        if name.lower() == "x-request-id":
            return value
    return None


def path_of(req: Request) -> str | None:
    """The path as it was sent, still percent-encoded; raw bytes in it are encoded too."""
    path = req.path
    if path is None or (path.isascii() and path.isprintable() and len(path) <= LONGEST_PATH):
        return path
    return quote(path, safe="/%", encoding="latin-1")[:LONGEST_PATH]
