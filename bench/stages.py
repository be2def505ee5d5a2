"""`python -m bench.stages`: where the microseconds of a request go, stage by stage, on Postgres.

One thread calls the application as gunicorn would; at each stage's beginning and end the thread's CPU is
looked at. A stage's figure is the median of what it used itself, without the stages inside it.
"""

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask

import gateway.body
import gateway.response
import gateway.service
import gateway.views
import gateway.views.records
from backends import lakebase as backend
from backends.lakebase.connections import Database
from backends.lakebase.driver import Cursor
from bench import items, lakebase
from bench.inside import answer, environ
from bench.measure import MICROSECOND
from bench.speech import GATEWAY
from bench.workloads import WORKLOADS

FLASK = "Flask: contexts, routing, the answer's headers"
STAGES: tuple[tuple[str, Any, str], ...] = (  # what it is, and the function that it is
    ("the view, and what is not below", Flask, "dispatch_request"),
    ("body read", gateway.views.records, "raw_body"),
    ("body read", gateway.views, "raw_body"),
    ("JSON decoded, keys compared", gateway.views, "decode"),
    ("JSON decoded, keys compared", gateway.body, "split"),
    ("JSON decoded, keys compared", gateway.body, "refuse_repeated_keys"),
    ("envelope checked", gateway.views, "load"),
    ("envelope checked", gateway.views.records, "load"),
    ("planned", gateway.service, "plan_page"),
    ("planned, rows checked", gateway.service, "plan_write"),
    ("planned", gateway.service, "plan_update"),
    ("statement found by its shape", backend, "page_statement"),
    ("statement found by its shape", backend, "insert_statements"),
    ("statement found by its shape", backend, "prepare_update"),
    ("connection taken and given back", Database, "read"),
    ("connection taken and given back", Database, "write"),
    ("psycopg2: sent, awaited, received", Cursor, "execute"),
    ("answer made", gateway.response, "page"),
    ("answer made", gateway.response, "as_json"),
)


class Stages:
    """What each stage uses itself, request by request."""

    def __init__(self) -> None:
        self.used: dict[str, list[float]] = defaultdict(list)
        self._request: dict[str, float] = defaultdict(float)
        self._open: list[str] = []
        self._since = 0.0

    def watched(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function whose CPU is counted to a stage."""

        def run(*arguments: Any, **named: Any) -> Any:
            self._turn()
            self._open.append(stage)
            try:
                return function(*arguments, **named)
            finally:
                self._turn()
                self._open.pop()

        return run

    def end(self) -> None:
        """A request is over."""
        for stage, seconds in self._request.items():
            self.used[stage].append(seconds)
        self._request.clear()

    def _turn(self) -> None:
        """Count the CPU since the last turn to the stage that is under way."""
        now = time.thread_time()
        if self._open:
            self._request[self._open[-1]] += now - self._since
        self._since = now


def main() -> None:
    """Measure, and print a table for each workload."""
    parser = argparse.ArgumentParser(prog="python -m bench.stages", description=__doc__)
    parser.add_argument("workloads", nargs="*", default=["one", "page 100", "insert 1"], help="%(default)s")
    parser.add_argument("--requests", type=int, default=3000, help="of each workload (%(default)s)")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="bench-") as name, lakebase.running(Path(name)) as database:
        database.renew()
        os.environ.update(next(each for each in database.contenders if each.name == "postgres").env)  # type: ignore[union-attr]
        from wsgi import app

        for workload in asked.workloads:
            print(f"\n| {workload} | us |\n|---|---|")
            used = measured(app, workload, asked.requests)
            for stage, seconds in used.items():
                print(f"| {stage} | {seconds / MICROSECOND:.1f} |")
            print(f"| all | {sum(used.values()) / MICROSECOND:.0f} |")


def measured(app: Any, workload: str, count: int) -> dict[str, float]:
    """Seconds of CPU by stage, in the order of `STAGES`."""
    stages = Stages()
    ask = stages.watched(FLASK, answer)
    before = [(place, name, getattr(place, name)) for _, place, name in STAGES]
    for (stage, place, name), (_, _, function) in zip(STAGES, before, strict=True):
        setattr(place, name, stages.watched(stage, function))
    try:
        requests = WORKLOADS[workload](GATEWAY).requests
        for number in range(count):
            text = requests[number % len(requests)].replace(items.SLOT, b"1%06d" % number)
            ask(app, *environ(text))
            stages.end()
    finally:
        for place, name, function in before:
            setattr(place, name, function)
    names = (FLASK, *(stage for stage, *_ in STAGES))
    return {name: median(stages.used[name]) for name in names if name in stages.used}


if __name__ == "__main__":
    main()
