"""One row by key without gunicorn and sockets, best of many batches: a busy machine hardly moves it."""

import io
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from itertools import chain
from multiprocessing import get_context
from typing import Any

from bench.contenders import Contender
from bench.measure import MICROSECOND, Bench, Sample, WrongAnswer
from bench.workloads import one

NAME = "one, app alone"
BATCH, BATCHES = 100, 60  # requests, and how many batches of them


def measured(bench: Bench, contenders: Iterable[Contender], round_: int) -> Iterator[Sample]:
    """All contenders in one new process, batch by batch in turn."""
    bench.renew()
    taking_part = [each for each in contenders if each.answers("one")]
    env = dict(chain.from_iterable(each.environment(bench.data).items() for each in taking_part))
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        costs = process.submit(best, {each.name: each.app for each in taking_part}, env).result()
    for name, seconds in costs.items():
        yield Sample(NAME, name, round_, {"CPU us": seconds / MICROSECOND})


def best(apps: Mapping[str, str], env: Mapping[str, str]) -> dict[str, float]:
    """Seconds of CPU that each app takes for a request, in its best batch.

    Raises:
        WrongAnswer: one does not answer as it should.
    """
    os.environ.update(env)
    workload = one()
    requests = [_environ(request) for request in workload.requests[:BATCH]]
    loaded = {name: _loaded(app) for name, app in apps.items()}
    for name, app in loaded.items():
        if not workload.right(answer := _answer(app, *requests[0])):
            raise WrongAnswer(f"{name} answered {answer[:300]!r}")
    costs = dict.fromkeys(loaded, float("inf"))
    for _ in range(BATCHES):
        for name, app in loaded.items():
            costs[name] = min(costs[name], _batch(app, requests))
    return costs


def _batch(app: Any, requests: list[tuple[dict[str, object], bytes]]) -> float:
    """Seconds of CPU for each of some requests."""
    began = time.process_time()
    for environ, body in requests:
        _answer(app, environ, body)
    return (time.process_time() - began) / len(requests)


def _loaded(app: str) -> Any:
    module, _, name = app.partition(":")
    return getattr(import_module(module), name)


def _answer(app: Any, environ: Mapping[str, object], body: bytes) -> bytes:
    chunks = app({**environ, "wsgi.input": io.BytesIO(body)}, lambda *_: None)
    try:
        return b"".join(chunks)
    finally:
        chunks.close()


def _environ(request: bytes) -> tuple[dict[str, object], bytes]:
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
