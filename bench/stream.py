"""A whole table read as one stream."""

import time
from dataclasses import dataclass

from bench.client import streamed
from bench.contenders import Served
from bench.measure import MICROSECOND, MILLISECOND, Bench, Others, Sample, Streamed, WrongAnswer
from bench.server import Server
from bench.speech import FORMATS, Gateway, Rest
from bench.workloads import stream


def read(bench: Bench, contender: Served, speech: Gateway | Rest, form: str, round_: int) -> Sample:
    """One stream of all rows, by a fresh server.

    Raises:
        WrongAnswer: rows are missing.
    """
    table = bench.database.streamed
    with bench.started(contender, table.env) as server:
        before, used, others = server.memory(), server.cpu_seconds(), Others(bench.database)
        server.forget_peak()
        timed = _timed(server, speech, table, form)
        figures = {
            "first byte ms": timed.first / MILLISECOND,
            "rows/s": table.count / timed.seconds,
            "CPU us/row": (server.cpu_seconds() - used) / table.count / MICROSECOND,
            "MB/s": timed.size / timed.seconds / 1e6,
            "MiB before": before,
            "MiB at 1/4": timed.memory,
            "peak MiB": server.peak_memory(),
            "MiB grown since": server.peak_memory() - timed.memory,
            **others.used("us/row", table.count),
        }
    return Sample(f"stream {form}", contender.name, round_, figures)


@dataclass(frozen=True, slots=True)
class Timed:
    """A stream that was read to its end."""

    first: float  # seconds to the first byte
    seconds: float
    size: int  # bytes
    memory: float  # MiB of the worker after a quarter of the rows


def _timed(server: Server, speech: Gateway | Rest, table: Streamed, form: str) -> Timed:
    (request,), (_, head) = stream(speech, table.table, table.count, form).requests, FORMATS[form]
    first, memory, size, lines = 0.0, 0.0, 0, 0
    began = time.perf_counter()
    for piece in streamed(server.port, request):
        first = first or time.perf_counter() - began
        size += len(piece)
        lines += piece.count(b"\n")
        if not memory and lines > table.count / 4:
            memory = server.memory()
    if lines - head != table.count:
        raise WrongAnswer(f"a stream of {table.count} rows has {lines - head}")
    return Timed(first, time.perf_counter() - began, size, memory)
