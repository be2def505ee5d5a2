"""A server under load: what each request costs it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import quantiles
from typing import Protocol

from bench import items
from bench.client import Load, Outcome, exchange, put_under
from bench.contenders import Contender, Served
from bench.server import Server, serving
from bench.workloads import Workload

Wanted = Callable[[str], bool]  # whether a workload is to be measured

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
class Streamed:
    """The table that is read as one stream, in which formats, and what a gateway is told to find it."""

    table: str
    count: int  # rows
    formats: tuple[str, ...]
    env: Mapping[str, str]


class Database(Protocol):
    """The rows that are asked for, and who is measured on them."""

    contenders: Sequence[Contender]
    streamed: Streamed
    version: Mapping[str, str]

    def renew(self) -> None:
        """Bring the catalog back to what it was when it was made."""

    def counted(self, table: str) -> int:
        """How many rows a table of the catalog has."""

    def cpu_seconds(self) -> Mapping[str, float]:
        """What processes other than the contenders' have used so far for them, by what they are."""

    def before(self, bench: "Bench", contenders: Sequence[Contender], wanted: Wanted) -> Iterable[Sample]:
        """What comes before the rounds."""

    def besides(
        self, bench: "Bench", contenders: Sequence[Contender], wanted: Wanted, round_: int
    ) -> Iterable[Sample]:
        """What is measured in each round beside one contender after the other."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements share: where the rows are, and who sends the requests."""

    database: Database
    folder: Path  # for what comes up
    clients: Executor  # another process
    connections: tuple[int, ...]  # so many are busy at a time, one number after the other
    seconds: float

    @property
    def log(self) -> Path:
        """What the servers write."""
        return self.folder / "log"

    def started(
        self, contender: Served, env: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Server]:
        """A server on a fresh copy of the catalog, which is told `env` as well."""
        self.database.renew()
        return serving(contender.command, {**contender.env, **(env or {})}, self.log)

    def put_under(
        self, server: Server, workload: Workload, first: int, connections: int, seconds: float
    ) -> Outcome:
        """Put a server under load; the first request gets the number `first`."""
        load = Load(server.port, workload.requests, items.SLOT, first, connections, seconds)
        return self.clients.submit(put_under, load).result()


class Others:
    """What processes beside a contender's own use from now on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._before = database.cpu_seconds()

    def used(self, unit: str, count: int) -> dict[str, float]:
        """Microseconds of CPU for each of `count`, as figures named by what used them and a unit."""
        after = self._database.cpu_seconds()
        return {
            f"{name} {unit}": (after[name] - before) / max(count, 1) / MICROSECOND
            for name, before in self._before.items()
        }


def requests(bench: Bench, contender: Served, workloads: list[Workload], round_: int) -> Iterator[Sample]:
    """A fresh server, put under each workload in turn.

    Raises:
        WrongAnswer: an answer is not right, or rows are missing that were said to be inserted.
    """
    with bench.started(contender) as server:
        number = 0  # of the next request
        for workload, connections in product(workloads, bench.connections):
            ask(server, workload, number)
            before = bench.database.counted(items.NAME)
            warm = bench.put_under(server, workload, number + 1, connections, WARM_SECONDS)
            number += 1 + warm.sent
            figures, outcome = _measured(bench, server, workload, number, connections)
            number += outcome.sent
            said = workload.inserts * (warm.answers + outcome.answers - warm.errors - outcome.errors)
            if bench.database.counted(items.NAME) - before != said:
                raise WrongAnswer(f"{contender.name}: rows of {workload.name!r} are missing")
            yield Sample(f"{workload.name} @{connections}", contender.name, round_, figures)


def ask(server: Server, workload: Workload, number: int = 0) -> None:
    """Send a workload's first request.

    Raises:
        WrongAnswer: it is not answered as it should be.
    """
    status, answer = exchange(server.port, workload.request(number))
    if status >= 400 or not workload.right(answer):
        raise WrongAnswer(f"{workload.name!r} was answered with {status} {answer[:300]!r}")


def _measured(
    bench: Bench, server: Server, workload: Workload, first: int, connections: int
) -> tuple[dict[str, float], Outcome]:
    server.forget_peak()
    before, others = server.cpu_seconds(), Others(bench.database)
    outcome = bench.put_under(server, workload, first, connections, bench.seconds)
    cpu = server.cpu_seconds() - before
    return {
        "requests/s": outcome.answers / outcome.seconds,
        "CPU us": cpu / max(outcome.answers, 1) / MICROSECOND,
        **latencies(outcome.latencies),
        "peak MiB": server.peak_memory(),
        "errors": outcome.errors,
        **others.used("us", outcome.answers),
    }, outcome


def latencies(seconds: Sequence[float]) -> dict[str, float]:
    """Figures of how long answers take."""
    centiles = quantiles(seconds, n=100) if len(seconds) > 1 else [0.0] * 99
    return {"p50 ms": centiles[49] / MILLISECOND, "p99 ms": centiles[98] / MILLISECOND}
