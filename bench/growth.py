"""`python -m bench.growth`: what a request costs as its table, its rows, its clients and its catalog grow.

Everything is asked through gunicorn; the figure is the CPU of its workers. It is printed, and drawn.
"""

import argparse
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

from backends import open_backend
from backends.base import Backend
from backends.plan import Column, Insert, Table, TableName
from backends.types import Type, parse
from bench import items
from bench.client import Load, exchange, put_under, request
from bench.contenders import LAKEGATE, gunicorn
from bench.lakebase import PLACE, USER
from bench.server import ROOT, Server, serving
from bench.speech import READ, WRITE
from tests.workspace.handle import running_workspace

ROWS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
COLUMNS = (1, 3, 10, 30, 100, 300)
TABLES = (1, 10, 100, 1_000, 5_000)
CONNECTIONS = (1, 4, 16, 64, 256)
CHUNK = 100_000  # rows written at a time
MICROSECOND = 1e-6  # seconds
PLOTTER = (".bench/bin/python", "bench/peers/plot.py")

Asked = dict[str, tuple[bytes, ...]]  # requests by what they ask
Point = tuple[int, float]  # a size, and microseconds of CPU for each request
Line = dict[str, list[Point]]  # by what is asked


def main() -> None:
    """Measure and draw."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument(
        "--database", choices=PLACES, default="sqlite", help="what to measure on (%(default)s)"
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the largest table (%(default)s)")
    parser.add_argument("--tables", type=int, default=1_000, help="of the largest catalog (%(default)s)")
    parser.add_argument("--seconds", type=float, default=1.0, help="of load for each figure (%(default)s)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="the plot's folder (%(default)s)")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="bench-") as name, PLACES[asked.database](Path(name)) as env:
        found = dict(measured(env, Path(name) / "log", asked))
        figures = Path(name) / "figures.json"
        figures.write_text(json.dumps(found))
        subprocess.run([*PLOTTER, figures, asked.out / f"growth-{asked.database}.svg"], cwd=ROOT, check=True)


@contextmanager
def on_sqlite(folder: Path) -> Iterator[dict[str, str]]:
    """What a gateway on SQLite is told."""
    place = {"GATEWAY_CATALOG": items.CATALOG, "GATEWAY_SCHEMA": "main"}
    yield {"GATEWAY_BACKEND": "sqlite", "GATEWAY_SQLITE_DIR": str(folder / "data"), **place}


@contextmanager
def on_postgres(folder: Path) -> Iterator[dict[str, str]]:
    """What a gateway on Postgres is told."""
    with running_workspace(folder) as workspace:
        yield {**PLACE, "DATABASE_URL": workspace.plain_url(USER)}


PLACES = {"sqlite": on_sqlite, "lakebase": on_postgres}


def measured(env: Mapping[str, str], log: Path, asked: argparse.Namespace) -> Iterator[tuple[str, Line]]:
    """What grows, and its lines; the database is filled as it goes."""
    with (
        closing(open_backend(env["GATEWAY_BACKEND"], env)) as backend,
        serving(gunicorn(LAKEGATE, "wsgi:app", env).command, env, log) as server,
    ):

        def cost(requests: Asked, connections: int = 16) -> dict[str, float]:
            return costs(server, requests, connections, asked.seconds)

        yield (
            "rows of a table",
            along(_up_to(asked.rows, ROWS), lambda size: cost(by_rows(backend, size))),
        )
        yield "columns of a table", along(COLUMNS, lambda size: cost(by_columns(backend, size)))
        one = {"one row by key": reads(ROWS[0])}
        yield "clients at a time", along(CONNECTIONS, lambda size: cost(one, size))
        yield (
            "tables of a catalog",
            along(_up_to(asked.tables, TABLES), lambda size: cost(by_tables(backend, size))),
        )


def along(sizes: Iterable[int], cost: Callable[[int], dict[str, float]]) -> Line:
    """What each kind of request costs at each size."""
    line: Line = {}
    for size in sizes:
        for name, figure in cost(size).items():
            line.setdefault(name, []).append((size, round(figure, 3)))
            print(f"{size:>12,}  {name:32} {figure:12,.1f} us")
    return line


def costs(server: Server, requests: Asked, connections: int, seconds: float) -> dict[str, float]:
    """The CPU of the workers for each request of a kind, in microseconds."""
    found = {}
    for name, some in requests.items():
        status, answer = exchange(server.port, some[0].replace(items.SLOT, b"1%06d" % _numbers.taken(1)))
        if status >= 400:
            raise RuntimeError(f"{name}: {status} {answer[:300]!r}")
        for _ in range(2):  # the first time, tables are described
            before, first = server.cpu_seconds(), _numbers.taken(0)
            outcome = put_under(Load(server.port, some, items.SLOT, first, connections, seconds))
            _numbers.taken(outcome.sent)
            if outcome.errors:
                raise RuntimeError(f"{name}: {outcome.errors} errors")
        found[name] = (server.cpu_seconds() - before) / outcome.answers / MICROSECOND
    return found


def by_rows(backend: Backend, count: int) -> Asked:
    """What is asked of a table of so many rows, which is made."""
    name = f"rows_{count}"
    _make(backend, name, {column: parse(text) for column, text in items.COLUMNS.items()}, items.NULLABLE)
    table = backend.table(TableName(backend.catalog, backend.schema, name))
    for first in range(0, count, CHUNK):
        numbers = range(first, min(first + CHUNK, count))
        rows = f"[{','.join([items.row_text(str(number), number) for number in numbers])}]"
        backend.execute(Insert(table, rows.encode(), tuple(items.COLUMNS)))
    row = items.row_text(items.SLOT.decode() + "00000", 7)
    return {
        "one row by key": reads(count),
        "page of 100 from a key on": reads(count, op=">="),
        "insert of 1": (request("POST", WRITE, f'{{"table":"{name}","data":[{row}]}}'),),
    }


def reads(count: int, op: str = "=") -> tuple[bytes, ...]:
    """Reads by keys all over a table of so many rows."""
    keys = [number * 77_777 % count for number in range(1, 200)]
    return tuple(_read(f"rows_{count}", filters=[{"column": "id", "op": op, "value": key}]) for key in keys)


def by_columns(backend: Backend, count: int) -> Asked:
    """What is asked of a table of 1,000 rows with so many columns beside its key."""
    name, columns = f"columns_{count}", [f"c{at}" for at in range(count)]
    _make(backend, name, {"id": parse("BIGINT"), **dict.fromkeys(columns, parse("INT"))}, columns)
    table = backend.table(TableName(backend.catalog, backend.schema, name))
    values = ",".join(f'"{column}":{at}' for at, column in enumerate(columns))
    rows = ",".join([f'{{"id":{key},{values}}}' for key in range(1000)])
    backend.execute(Insert(table, f"[{rows}]".encode(), ("id", *columns)))
    row = f'{{"id":{items.SLOT.decode()}00000,{values}}}'
    return {
        "one row": (_read(name, filters=[{"column": "id", "value": 7}]),),
        "page of 100": (_read(name, limit=100),),
        "insert of 1": (request("POST", WRITE, f'{{"table":"{name}","data":[{row}]}}'),),
    }


def by_tables(backend: Backend, count: int) -> Asked:
    """What is asked of a catalog that has so many tables more."""
    for at in range(count):
        _make(backend, f"table_{at}", {"id": parse("BIGINT"), "n": parse("INT")}, ["n"])
    place = f"/api/v1/catalogs/{backend.catalog}/schemas/{backend.schema}/tables"
    return {
        "one row of one table": (_read("table_0", filters=[{"column": "id", "value": 7}]),),
        "one row of each table in turn": tuple(_read(f"table_{at}", limit=1) for at in range(count)),
        "a table described": (request("GET", f"{place}/table_0"),),
        "the list of tables": (request("GET", place),),
    }


def _make(backend: Backend, name: str, types: Mapping[str, Type], nullable: Iterable[str]) -> None:
    columns = tuple(Column(column, kind, column in nullable) for column, kind in types.items())
    backend.create_table(Table(TableName(backend.catalog, backend.schema, name), columns, ("id",)))


def _read(table: str, **fields: object) -> bytes:
    return request("POST", READ, json.dumps({"table": table, **fields}, separators=(",", ":")))


def _up_to(most: int, sizes: Iterable[int]) -> list[int]:
    return [*takewhile(lambda size: size <= most, sizes)]


class _Numbers:
    """Numbers for requests, so that none writes a key twice."""

    def __init__(self) -> None:
        self._next = 0

    def taken(self, count: int) -> int:
        """The first of so many numbers, which are given to nobody else."""
        self._next += count
        return self._next - count


_numbers = _Numbers()


if __name__ == "__main__":
    main()
