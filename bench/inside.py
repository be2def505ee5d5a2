"""One row by key without gunicorn and its sockets, best of many batches: a busy machine moves it little."""

import io
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from multiprocessing import get_context
from typing import Any

from bench.contenders import Served
from bench.measure import MICROSECOND, Bench, Sample, WrongAnswer
from bench.speech import GATEWAY
from bench.workloads import one

NAME = "one, app alone"
BATCH, BATCHES = 100, 60  # requests, and how many batches of them


def measured(bench: Bench, contenders: Iterable[Served], round_: int) -> Iterator[Sample]:
    """Contenders in a new process each, batch by batch in turn.

    Raises:
        WrongAnswer: one does not answer as it should.
    """
    bench.database.renew()
    with ExitStack() as stack:
        processes = {
            each.name: stack.enter_context(
                ProcessPoolExecutor(1, get_context("spawn"), _begin, (each.app, dict(each.env)))
            )
            for each in contenders
            if each.answers("one")
        }
        for name, process in processes.items():
            process.submit(_ask, name).result()
        costs = dict.fromkeys(processes, float("inf"))
        for _ in range(BATCHES):
            for name, process in processes.items():
                costs[name] = min(costs[name], process.submit(_batch).result())
    for name, seconds in costs.items():
        yield Sample(NAME, name, round_, {"CPU us": seconds / MICROSECOND})


_apps: list[Any] = []  # of this process
_requests: list[tuple[dict[str, object], bytes]] = []


def _begin(app: str, env: Mapping[str, str]) -> None:
    os.environ.update(env)
    _apps.append(_loaded(app))
    _requests.extend(environ(request) for request in one(GATEWAY).requests[:BATCH])


def _ask(name: str) -> None:
    answered = answer(_apps[0], *_requests[0])
    if not one(GATEWAY).right(answered):
        raise WrongAnswer(f"{name} answered {answered[:300]!r}")


def _batch() -> float:
    """Seconds of CPU for each request, in one batch of them."""
    began = time.process_time()
    for request in _requests:
        answer(_apps[0], *request)
    return (time.process_time() - began) / len(_requests)


def _loaded(app: str) -> Any:
    module, _, name = app.partition(":")
    return getattr(import_module(module), name)


def answer(app: Any, environ: Mapping[str, object], body: bytes) -> bytes:
    """What an app answers."""
    chunks = app({**environ, "wsgi.input": io.BytesIO(body)}, lambda *_: None)
    try:
        return b"".join(chunks)
    finally:
        if close := getattr(chunks, "close", None):
            close()


def environ(request: bytes) -> tuple[dict[str, object], bytes]:
    """What gunicorn makes of a request, but for the body's stream."""
    head, _, body = request.partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    named = (header.split(": ", 1) for header in headers)
    fields: dict[str, object] = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in named}
    return {
        "CONTENT_TYPE": fields.pop("HTTP_CONTENT_TYPE"),
        "CONTENT_LENGTH": fields.pop("HTTP_CONTENT_LENGTH"),
        **fields,
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": line.split(" ")[1],
        "RAW_URI": line.split(" ")[1],
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }, body
