"""The gateway's own SQL sent by the driver alone: as many threads as the gateway has, no HTTP, no JSON."""

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager

from bench import items
from bench.contenders import Driver
from bench.crew import Crews, crews
from bench.measure import MICROSECOND, WARM_SECONDS, Bench, Others, Sample, WrongAnswer, latencies
from bench.server import THREADS, WORKERS
from bench.workloads import Workload


def requests(bench: Bench, driver: Driver, workloads: Iterable[Workload], round_: int) -> Iterator[Sample]:
    """The database put under each workload in turn.

    Raises:
        WrongAnswer: an answer is not right, or rows are missing.
    """
    bench.database.renew()
    with _as_the_gateway(driver) as crew:
        number = 0  # of the next request
        for workload in workloads:
            recorded = driver.recorded[workload.name]
            crew.ask(recorded[0], workload, number)
            before = bench.database.counted(items.NAME)
            warm = crew.run(recorded, number + 1, WARM_SECONDS)
            others = Others(bench.database)
            ran = crew.run(recorded, warm.next, bench.seconds)
            number, answers = ran.next, len(ran.latencies)
            figures = {
                "requests/s": answers / ran.seconds,
                "CPU us": ran.cpu / answers / MICROSECOND,
                **latencies(ran.latencies),
                **others.used("us", answers),
            }
            said = workload.inserts * (len(warm.latencies) + answers)
            if bench.database.counted(items.NAME) - before != said:
                raise WrongAnswer(f"{driver.name}: rows of {workload.name!r} are missing")
            yield Sample(f"{workload.name} @{crew.count * crew.threads}", driver.name, round_, figures)


def _as_the_gateway(driver: Driver) -> AbstractContextManager[Crews]:
    """As many processes and threads as gunicorn has."""
    workers, threads = os.environ.get("GATEWAY_WORKERS"), os.environ.get("GATEWAY_THREADS")
    return crews(driver.dsn, int(workers or WORKERS), int(threads or THREADS))


def once(bench: Bench, driver: Driver, workload: Workload, round_: int) -> Sample:
    """The one request of a workload of all rows, by one thread.

    Raises:
        WrongAnswer: an answer is not right, or rows are missing.
    """
    bench.database.renew()
    (request,) = driver.recorded[workload.name]
    with crews(driver.dsn, 1, 1) as crew:
        others = Others(bench.database)
        ran = crew.run((request,), 0, 0.0)
        figures = {
            "rows/s": items.COUNT / ran.seconds,
            "CPU us/row": ran.cpu / items.COUNT / MICROSECOND,
            **others.used("us/row", items.COUNT),
        }
        if workload.name != "bulk":
            crew.ask(request, workload)
        elif bench.database.counted(items.EMPTY) != items.COUNT:
            raise WrongAnswer(f"{driver.name}: rows of {workload.name!r} are missing")
    return Sample(workload.name, driver.name, round_, figures)
