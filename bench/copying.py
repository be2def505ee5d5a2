"""COPY, the fastest way into Postgres and out of it: what a bulk insert and a stream are held against."""

import io
import os
import time
from collections.abc import Iterator
from contextlib import closing
from typing import TextIO

import psycopg2

from bench import items
from bench.measure import MICROSECOND, Bench, Sample, Wanted, WrongAnswer

COPY = "COPY"
_INTO = f"COPY bench.{items.EMPTY} FROM STDIN WITH (FORMAT csv, NULL 'null')"
_OUT = f"COPY (SELECT * FROM bench.{items.NAME} ORDER BY id) TO STDOUT WITH (FORMAT csv)"


def measured(bench: Bench, dsn: str, wanted: Wanted, round_: int) -> Iterator[Sample]:
    """All rows sent by COPY, ready as text in memory, and all rows read by it, by the client's process.

    Raises:
        WrongAnswer: rows are missing.
    """
    for workload, copy in (("bulk", into), ("stream", out)):
        if wanted(workload):
            bench.database.renew()
            seconds, cpu = bench.clients.submit(copy, dsn).result()
            figures = {"rows/s": items.COUNT / seconds, "CPU us/row": cpu / items.COUNT / MICROSECOND}
            yield Sample("bulk" if copy is into else "stream NDJSON", COPY, round_, figures)
            if copy is into and bench.database.counted(items.EMPTY) != items.COUNT:
                raise WrongAnswer("COPY: rows are missing")


def into(dsn: str) -> tuple[float, float]:
    """Write all rows; gives the seconds and the CPU's seconds."""
    lines = io.StringIO("".join([_line(row) for row in items.rows_of(items.all_rows())]))
    return _copied(dsn, _INTO, lines)


def out(dsn: str) -> tuple[float, float]:
    """The same, for reading them."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - psycopg2 takes a file
        return _copied(dsn, _OUT, nowhere)


def _copied(dsn: str, sql: str, file: TextIO) -> tuple[float, float]:
    with closing(psycopg2.connect(dsn)) as by, by.cursor() as found:
        began, used = time.perf_counter(), time.process_time()
        found.copy_expert(sql, file)
        by.commit()
        return time.perf_counter() - began, time.process_time() - used


def _line(row: items.Row) -> str:
    return ",".join("null" if value is None else str(value) for value in row.values()) + "\n"
