"""The gateway on the local SQL warehouse beside the bare connector: `python -m bench.warehouse`.

One client, which alternates between the two. What the connector is given is what a user would write
by hand with it: the same statements, without keys that hold, canonical JSON or an answer over HTTP.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from databricks import sql
from databricks.sql.parameters.native import StringParameter

from backends import open_backend
from bench import items
from bench.client import exchange, request, streamed
from bench.contenders import gunicorn
from bench.server import Server, cpu_seconds, serving
from tests.workspace.handle import Workspace, running_workspace

SCHEMA = "bench"
TABLE = f"`{items.CATALOG}`.`{SCHEMA}`.`{items.NAME}`"
EMPTY = f"`{items.CATALOG}`.`{SCHEMA}`.`{items.EMPTY}`"
READ, WRITE = "/api/v1/records/read", "/api/v1/records/write"
SHAPE = ",".join(f"{name}: {'STRING' if name == 'made_at' else kind}" for name, kind in items.COLUMNS.items())
VALUES = ", ".join(
    f"CAST(r.{name} AS TIMESTAMP)" if name == "made_at" else f"r.{name}" for name in items.COLUMNS
)
INSERT = (
    f"INSERT INTO {EMPTY} SELECT {VALUES} FROM (SELECT explode(from_json(?, 'ARRAY<STRUCT<{SHAPE}>>')) AS r)"
)
SLICE = 5000  # rows of a statement by hand: about a MiB of JSON
BLOCK = 1_000_000  # numbers, of which each insert has its own
FLIGHTS = 336_776  # as many rows as the demo has

HEAD = "| workload | gateway ms | CPU ms | connector ms | CPU ms | ratio |\n|---|---|---|---|---|---|"

_blocks = count(1)

Deed = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Workload:
    """What both do, each given the next number."""

    name: str
    gateway: Deed
    connector: Deed
    repeats: int


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.warehouse", description=__doc__)
    parser.add_argument("--repeats", type=int, default=100, help="of the short workloads (%(default)s)")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="lakegate-bench-") as folder, running_workspace(Path(folder)) as workspace:
        env = _filled(workspace)
        gateway = gunicorn("gateway", "wsgi:app", env)
        with (
            serving(gateway.command, env, Path(folder) / "gateway.log") as server,
            _connected(env) as connector,
        ):
            print(HEAD)
            for workload in _workloads(server, connector, asked.repeats):
                print(_line(workload, server))
            print(_stream(server))


def _filled(workspace: Workspace) -> Mapping[str, str]:
    place = {"GATEWAY_CATALOG": items.CATALOG, "GATEWAY_SCHEMA": SCHEMA, "GATEWAY_ACCESS_LOG": "off"}
    env = {**workspace.environment("warehouse"), **place}
    os.environ.update({name: env[name] for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")})
    with closing(open_backend("warehouse", env)) as backend:
        items.fill(backend, SCHEMA)
    return env


@contextmanager
def _connected(env: Mapping[str, str]) -> Iterator[Any]:
    address = urlsplit(env["DATABRICKS_HOST"])
    with closing(open_backend("warehouse", env)) as backend:
        token = backend._access.token()  # type: ignore[attr-defined] # the gateway's own, so that both may the same
    with sql.connect(
        server_hostname=address.hostname or "",
        _port=address.port,
        http_path=f"/sql/1.0/warehouses/{env['DATABRICKS_WAREHOUSE_ID']}",
        access_token=token,
        enable_telemetry=False,
    ) as connection:
        yield connection.cursor()


def _workloads(server: Server, connector: Any, repeats: int) -> Iterator[Workload]:
    by_key = {"table": items.NAME, "filters": [{"column": "id", "value": 7}]}
    page = {"table": items.NAME, "order_by": ["id"], "limit": 1000}

    def read(body: Mapping[str, object]) -> Deed:
        return lambda _: _asked(server, READ, json.dumps(body).encode())

    def fetch(text: str) -> Deed:
        return lambda _: connector.execute(text).fetchall_arrow()

    yield Workload("one row by key", read(by_key), fetch(f"SELECT * FROM {TABLE} WHERE id = 7"), repeats)
    yield Workload(
        "page of 1000", read(page), fetch(f"SELECT * FROM {TABLE} ORDER BY id LIMIT 1000"), repeats
    )
    for number_of_rows, times in ((1, repeats), (1000, repeats // 5), (100_000, 3)):
        yield _insert(server, connector, number_of_rows, times)


def _insert(server: Server, connector: Any, number_of_rows: int, repeats: int) -> Workload:
    def rows(block: int, first: int = 0, size: int = number_of_rows) -> str:
        base = block * BLOCK + first
        return f"[{','.join(items.row_text(str(base + at), at) for at in range(size))}]"

    def through_gateway(_: int) -> object:
        body = f'{{"table":"{items.EMPTY}","data":{rows(next(_blocks))}}}'
        return _asked(server, WRITE, body.encode())

    def by_hand(_: int) -> object:
        block = next(_blocks)
        for first in range(0, number_of_rows, SLICE):
            text = rows(block, first, min(SLICE, number_of_rows - first))
            connector.execute(INSERT, [StringParameter(text)])
        return None

    return Workload(f"insert of {number_of_rows:,}", through_gateway, by_hand, repeats)


def _asked(server: Server, path: str, body: bytes) -> bytes:
    status, answer = exchange(server.port, request("POST", path, body))
    if status not in (200, 201):
        raise ValueError(f"status {status}: {answer[:300]!r}")
    return answer


def _line(workload: Workload, server: Server) -> str:
    """Medians of both, in turns, after a few that do not count."""
    figures: dict[str, list[tuple[float, float]]] = {"gateway": [], "connector": []}
    warm = min(5, workload.repeats)
    for number in range(warm + workload.repeats):
        for name, deed, cpu in (
            ("gateway", workload.gateway, server.cpu_seconds),
            ("connector", workload.connector, lambda: cpu_seconds(os.getpid())),
        ):
            before, began = cpu(), time.perf_counter()
            deed(number)
            if number >= warm:
                figures[name].append((time.perf_counter() - began, cpu() - before))
    wall = {name: statistics.median(each[0] for each in found) * 1000 for name, found in figures.items()}
    cpus = {name: statistics.mean(each[1] for each in found) * 1000 for name, found in figures.items()}
    return (
        f"| {workload.name} | {wall['gateway']:.1f} | {cpus['gateway']:.1f} | {wall['connector']:.1f}"
        f" | {cpus['connector']:.1f} | {wall['gateway'] / wall['connector']:.2f} |"
    )


def _stream(server: Server) -> str:
    """What a stream of as many rows as the demo has costs in memory."""
    body = json.dumps({"table": items.EMPTY, "limit": FLIGHTS}).encode()
    before = server.memory()
    server.forget_peak()
    began, lines = time.perf_counter(), 0
    for piece in streamed(server.port, request("POST", READ, body, accept="application/x-ndjson")):
        lines += piece.count(b"\n")
    seconds = time.perf_counter() - began
    return (
        f"\nNDJSON of {lines:,} rows: {lines / seconds:,.0f} rows/s;"
        f" the largest worker had {before:.0f} MiB before and {server.peak_memory():.0f} MiB at most"
    )


if __name__ == "__main__":
    sys.exit(main())  # type: ignore[func-returns-value]
