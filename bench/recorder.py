"""Takes down what the gateway sends to Postgres for a workload's requests."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any
from unittest.mock import patch

from backends.lakebase import connections
from backends.lakebase.driver import Cursor
from bench import items
from bench.client import request
from bench.inside import answer, environ
from bench.measure import Bench, WrongAnswer
from bench.speech import READ
from bench.statements import Request, Statement
from bench.workloads import Workload
from gateway import create_app

Requests = tuple[Request, ...]

_seen: list[Statement] = []  # by this process


class Recorder(Cursor):
    """A cursor of the gateway's that remembers."""

    def execute(self, *arguments: Any) -> None:
        """See psycopg2."""
        super().execute(*arguments)
        _seen.append(Statement(arguments, self.rowcount))

    def fetchall(self) -> list[tuple[Any, ...]]:
        """See psycopg2."""
        rows = super().fetchall()
        _seen[-1] = replace(_seen[-1], answer=[tuple(map(_as_text, row)) for row in rows])
        return rows


def _as_text(value: Any) -> Any:
    """A value as a plain cursor gives it: the gateway takes a page's text as the bytes that it is."""
    return value.decode() if isinstance(value, bytes) else value


def recorded(bench: Bench, env: Mapping[str, str], workloads: Iterable[Workload]) -> dict[str, Requests]:
    """By the workloads' names, what a gateway in a process of its own sends for each of their requests.

    Raises:
        WrongAnswer: it does not answer as it should.
    """
    found = {}
    for workload in workloads:
        bench.database.renew()
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            requests, answered = process.submit(_recorded, env, workload.requests).result()
        if not workload.right(answered):
            raise WrongAnswer(f"{workload.name!r} was answered with {answered[:300]!r}")
        found[workload.name] = requests
    return found


def _recorded(env: Mapping[str, str], requests: Iterable[bytes]) -> tuple[Requests, bytes]:
    """What is sent for each request, and how the first is answered."""
    with patch.object(connections, "Cursor", Recorder):
        app = create_app(env)
        for table in (items.NAME, items.EMPTY):  # from then on it knows them, as when it is measured
            answer(app, *environ(request("POST", READ, f'{{"table":"{table}","limit":1}}')))
        found = [_one(app, each) for each in requests]
    return tuple(sent for sent, _ in found), found[0][1]


def _one(app: Any, asked: bytes) -> tuple[Request, bytes]:
    _seen.clear()
    answered = answer(app, *environ(asked))
    return Request(tuple(_seen), items.SLOT in asked), answered
