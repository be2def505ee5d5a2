"""A server under load: what each request costs it."""

import shutil
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from bench import items
from bench.client import Load, Outcome, exchange, put_under
from bench.contenders import Contender
from bench.server import Server, serving
from bench.workloads import Workload

WARM_SECONDS = 0.5
MICROSECOND, MILLISECOND = 1e-6, 1e-3  # seconds


class WrongAnswer(Exception):
    """A contender does not do what it is measured for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The figures of one contender at one workload in one round."""

    workload: str
    contender: str
    round: int
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements share: where the data is, and who sends the requests."""

    folder: Path  # has the catalogs and the servers' log
    clients: Executor  # another process
    connections: int
    seconds: float

    @property
    def data(self) -> Path:
        """The folder of the catalog that is measured."""
        return self.folder / "data"

    def started(self, contender: Contender) -> AbstractContextManager[Server]:
        """A server on a fresh copy of the catalog."""
        self.renew()
        return serving(contender.app, contender.environment(self.data), self.folder / "log")

    def renew(self) -> None:
        """Bring the catalog back to what it was when it was made."""
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(self.folder / "template", self.data)

    def put_under(self, server: Server, workload: Workload, first: int, seconds: float) -> Outcome:
        """Put a server under load; the first request gets the number `first`."""
        load = Load(server.port, workload.requests, items.SLOT, first, self.connections, seconds)
        return self.clients.submit(put_under, load).result()


def requests(bench: Bench, contender: Contender, workloads: list[Workload], round_: int) -> Iterator[Sample]:
    """A fresh server, put under each workload in turn.

    Raises:
        WrongAnswer: an answer is not right, or rows are missing that were said to be inserted.
    """
    with bench.started(contender) as server:
        number = 0  # of the next request
        for workload in workloads:
            ask(server, workload, number)
            before = items.counted(bench.data, items.NAME)
            warm = bench.put_under(server, workload, number + 1, WARM_SECONDS)
            number += 1 + warm.sent
            figures, outcome = _measured(bench, server, workload, number)
            number += outcome.sent
            said = workload.inserts * (warm.answers + outcome.answers - warm.errors - outcome.errors)
            if items.counted(bench.data, items.NAME) - before != said:
                raise WrongAnswer(f"{contender.name}: rows of {workload.name!r} are missing")
            yield Sample(workload.name, contender.name, round_, figures)


def ask(server: Server, workload: Workload, number: int = 0) -> None:
    """Send a workload's first request.

    Raises:
        WrongAnswer: it is not answered as it should be.
    """
    status, answer = exchange(server.port, workload.requests[0].replace(items.SLOT, b"1%06d" % number))
    if status >= 400 or not workload.right(answer):
        raise WrongAnswer(f"{workload.name!r} was answered with {status} {answer[:300]!r}")


def _measured(
    bench: Bench, server: Server, workload: Workload, first: int
) -> tuple[dict[str, float], Outcome]:
    server.forget_peak()
    before = server.cpu_seconds()
    outcome = bench.put_under(server, workload, first, bench.seconds)
    cpu = server.cpu_seconds() - before
    centiles = quantiles(outcome.latencies, n=100) if len(outcome.latencies) > 1 else [0.0] * 99
    return {
        "requests/s": outcome.answers / outcome.seconds,
        "CPU us": cpu / max(outcome.answers, 1) / MICROSECOND,
        "p50 ms": centiles[49] / MILLISECOND,
        "p99 ms": centiles[98] / MILLISECOND,
        "peak MiB": server.peak_memory(),
        "errors": outcome.errors,
    }, outcome
