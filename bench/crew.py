"""Processes whose threads send the same statements again and again, each on a connection of its own."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

import psycopg2
from psycopg2.extensions import connection

from bench.measure import WrongAnswer
from bench.statements import Request
from bench.workloads import Workload

SESSION = "-c timezone=UTC -c jit=off"  # of what the gateway sets, all that changes an answer or its cost
PATIENCE = 60.0  # seconds for all processes to be there


@dataclass(frozen=True, slots=True)
class Load:
    """What the threads send for how long; each goes from its first number on by steps, and shares none."""

    requests: tuple[Request, ...]
    first: int  # of the process's first thread
    step: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a load in one process, or in all."""

    next: int  # a number that no request has had
    latencies: list[float]  # seconds
    seconds: float
    cpu: float  # seconds


class Crew:
    """One process's threads, each with a connection of its own."""

    def __init__(self, dsn: str, threads: int, together: Barrier) -> None:
        self.connections = [psycopg2.connect(dsn, options=SESSION) for _ in range(threads)]
        for each in self.connections:
            each.autocommit = True
        self._together = together

    def run(self, load: Load) -> Outcome:
        """Put the database under load, at the same time as the other processes."""
        self._together.wait(PATIENCE)
        began, used = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(len(self.connections)) as threads:
            tasks = [
                threads.submit(_busy, each, load, load.first + at, began + load.seconds)
                for at, each in enumerate(self.connections)
            ]
            ran = [task.result() for task in tasks]
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        found = chain.from_iterable(each for _, each in ran)
        return Outcome(max(number for number, _ in ran), [*found], seconds, cpu)


def _busy(by: connection, load: Load, number: int, until: float) -> tuple[int, list[float]]:
    """One request after the other; the first number that was not used, and the latencies."""
    found: list[float] = []
    while not found or time.perf_counter() < until:
        request = load.requests[number % len(load.requests)]
        began = time.perf_counter()
        request.send(by, number)
        found.append(time.perf_counter() - began)
        number += load.step
    return number, found


_crew: list[Crew] = []  # of this process


def _begin(dsn: str, threads: int, together: Barrier) -> None:
    _crew.append(Crew(dsn, threads, together))


def _run(load: Load) -> Outcome:
    return _crew[0].run(load)


def _is_right(request: Request, number: int) -> bool:
    return request.was_answered(_crew[0].connections[0], number)


@dataclass(frozen=True, slots=True)
class Crews:
    """All processes."""

    processes: ProcessPoolExecutor
    count: int
    threads: int  # of each

    def run(self, requests: tuple[Request, ...], first: int, seconds: float) -> Outcome:
        """Put the database under load; the first request gets the number `first`."""
        load = Load(requests, first, self.count * self.threads, seconds)
        loads = [replace(load, first=first + at * self.threads) for at in range(self.count)]
        # each process takes one, for it waits in it for the others
        ran = [*self.processes.map(_run, loads)]
        return Outcome(
            max(each.next for each in ran),
            [*chain.from_iterable(each.latencies for each in ran)],
            max(each.seconds for each in ran),
            sum(each.cpu for each in ran),
        )

    def ask(self, request: Request, workload: Workload, number: int = 0) -> None:
        """Send a workload's first request.

        Raises:
            WrongAnswer: it does not give what it gave the gateway.
        """
        if not self.processes.submit(_is_right, request, number).result():
            raise WrongAnswer(f"the driver alone was given something else for {workload.name!r}")


@contextmanager
def crews(dsn: str, processes: int, threads: int) -> Iterator[Crews]:
    """Processes with as many threads each."""
    context = get_context("spawn")
    together = context.Barrier(processes)
    with ProcessPoolExecutor(processes, context, _begin, (dsn, threads, together)) as pool:
        yield Crews(pool, processes, threads)
