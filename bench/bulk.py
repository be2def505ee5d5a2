"""100,000 rows in one body, beside the driver's executemany of the same rows."""

import time
from contextlib import closing
from pathlib import Path

from bench import items
from bench.contenders import Served
from bench.measure import MICROSECOND, Bench, Others, Sample, WrongAnswer, ask
from bench.workloads import Workload


def insert(bench: Bench, contender: Served, workload: Workload, round_: int) -> Sample:
    """One body of many rows, sent to a fresh server.

    Raises:
        WrongAnswer: the rows are not there afterwards.
    """
    with bench.started(contender) as server:
        before, used, others = server.memory(), server.cpu_seconds(), Others(bench.database)
        server.forget_peak()
        began = time.perf_counter()
        ask(server, workload)
        seconds = time.perf_counter() - began
        figures = {
            "rows/s": items.COUNT / seconds,
            "CPU us/row": (server.cpu_seconds() - used) / items.COUNT / MICROSECOND,
            "MiB before": before,
            "peak MiB": server.peak_memory(),
            **others.used("us/row", items.COUNT),
        }
    if bench.database.counted(items.EMPTY) != items.COUNT:
        raise WrongAnswer(f"{contender.name}: rows of {workload.name!r} are missing")
    return Sample(workload.name, contender.name, round_, figures)


def insert_bare(bench: Bench, folder: Path, round_: int) -> Sample:
    """The same rows by the driver alone, in a process of its own."""
    bench.database.renew()
    seconds, cpu = bench.clients.submit(executemany, folder).result()
    figures = {"rows/s": items.COUNT / seconds, "CPU us/row": cpu / items.COUNT / MICROSECOND}
    return Sample("bulk", "executemany", round_, figures)


def executemany(folder: Path) -> tuple[float, float]:
    """Insert the rows, ready as tuples, in one transaction; gives the seconds and the CPU's seconds."""
    rows = [_kept(row) for row in items.rows_of(items.all_rows())]
    marks = ", ".join("?" * len(items.COLUMNS))
    with closing(items.connected(folder)) as connection:
        began, used = time.perf_counter(), time.process_time()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(f"INSERT INTO {items.EMPTY} VALUES ({marks})", rows)
        connection.execute("COMMIT")
        return time.perf_counter() - began, time.process_time() - used


def _kept(row: items.Row) -> tuple[object, ...]:
    score = row["score"]
    return (*({**row, "price": str(row["price"]), "score": score and float(str(score))}).values(),)
