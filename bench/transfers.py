"""Tables moved between databases, beside the target's own bulk tool: `python -m bench.transfers`.

Each direction is a process of its own, which tells how many rows a second it moved and what memory it
took. The bulk tools are given the same rows, ready in a file: COPY for Postgres, executemany in one
transaction for SQLite, COPY INTO from a volume for the warehouse.
"""

import argparse
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
from databricks import sql
from psycopg2.extensions import make_dsn, set_wait_callback

from backends import open_backend
from backends.plan import Column, Insert, Table, TableName
from backends.types import parse
from bench import items
from gateway import create_app
from gateway.transfers import Asked
from tests.workspace.handle import Workspace, running_workspace

Environment = Mapping[str, str]
SCHEMA = "bench"
BLOCK = 50_000  # rows that are made at a time
SHAPES = {
    "BIGINT": pa.int64(),
    "INT": pa.int32(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DECIMAL(12,2)": pa.decimal128(12, 2),
    "TIMESTAMP": pa.timestamp("us", "UTC"),
}
COLUMNS = ("direction", "rows", "load s", "rows/s", "all s", "peak MiB", "of the bulk tool")
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"


def main() -> None:
    """Measure every direction, and report."""
    parser = argparse.ArgumentParser(prog="python -m bench.transfers", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="of the table (%(default)s)")
    parser.add_argument(
        "--only", action="append", default=[], metavar="FROM-TO", help="such as sqlite-lakebase"
    )
    parser.add_argument("--one", nargs=2, metavar=("FROM", "TO"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(one(*asked.one)))
        return
    with TemporaryDirectory(prefix="bench-") as name, running_workspace(Path(name)) as workspace:
        folder = Path(name)
        sites = environments(folder, workspace)
        for site, environment in sites.items():
            fill(environment, asked.rows)
            print(f"filled {site}", file=sys.stderr)
        told = told_of(folder, sites)
        tools = {site: TOOLS[site](sites[site], asked.rows, folder) for site in sites}
        print(HEAD)
        for source, target in permutations(sites, 2):
            if not asked.only or f"{source}-{target}" in asked.only:
                print(line(f"{source} to {target}", moved(told, source, target), tools[target]), flush=True)
        for site, rate in tools.items():
            print(f"{site}: the bulk tool {rate:,.0f} rows/s")


def environments(folder: Path, workspace: Workspace) -> dict[str, dict[str, str]]:
    """What each database is told by, and the tables are in the schema `SCHEMA` of each."""
    lakebase = workspace.environment("autoscaling")
    return {
        "sqlite": {
            "GATEWAY_BACKEND": "sqlite",
            "GATEWAY_SQLITE_DIR": str(folder / "sqlite"),
            "GATEWAY_CATALOG": "main",
        },
        "lakebase": {**lakebase, "GATEWAY_CATALOG": lakebase["PGDATABASE"], "GATEWAY_SCHEMA": "public"},
        "warehouse": {
            **workspace.environment("warehouse"),
            "GATEWAY_CATALOG": "main",
            "GATEWAY_SCHEMA": "public",
        },
    }


def told_of(folder: Path, sites: Mapping[str, Environment]) -> dict[str, str]:
    """The environment of a gateway that knows them all."""
    told = {"GATEWAY_BACKEND": "sqlite", "GATEWAY_SQLITE_DIR": str(folder / "own")}
    for name, environment in sites.items():
        told |= {f"CONNECTION_{name.upper()}__{variable}": text for variable, text in environment.items()}
        told |= {
            each: environment[each] for each in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE") if each in environment
        }
    return told


def blocks(rows: int) -> Iterator[str]:
    """All rows, as JSON arrays."""
    for at in range(0, rows, BLOCK):
        some = (items.row_text(str(key), key) for key in range(at, min(at + BLOCK, rows)))
        yield f"[{','.join(some)}]"


def fill(environment: Environment, rows: int) -> None:
    """Make the table that is moved."""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        if name in environment:
            os.environ[name] = environment[name]
    with closing(open_backend(environment["GATEWAY_BACKEND"], environment)) as backend:
        columns = tuple(
            Column(name, parse(text), name in items.NULLABLE) for name, text in items.COLUMNS.items()
        )
        place = TableName(backend.catalog, SCHEMA, items.NAME)
        backend.create_table(Table(place, columns, ("id",)))
        table = backend.table(place)
        for block in blocks(rows):
            backend.execute(Insert(table, block.encode(), tuple(items.COLUMNS)))


def moved(told: Environment, source: str, target: str) -> dict[str, float]:
    """What a transfer took, in a process of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "bench.transfers", "--one", source, target]
    done = subprocess.run(command, env={**kept, **told}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def one(source: str, target: str) -> dict[str, float]:
    """Move the table, in this process."""
    gateway = create_app(os.environ).extensions["lakegate"]
    before = peak_mebibytes()
    began = time.perf_counter()
    to_schema = f"from_{source}"
    asked = Asked(source, target, "replace", (items.NAME,), schema=SCHEMA, to_schema=to_schema)
    runner = gateway.transfers.begin(asked, "bench")
    runner.run()
    kept, (table,) = gateway.transfers.find(runner.transfer)
    if kept.state != "done":
        raise RuntimeError(f"{kept.state}: {kept.error} {table.error}")
    seconds = time.perf_counter() - began
    return {
        "rows": table.rows,
        "load": table.seconds,
        "all": seconds,
        "before": before,
        "peak": peak_mebibytes(),
    }


def peak_mebibytes() -> float:
    """The most memory that this process has taken."""
    (text,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(text) / 1024


def line(direction: str, found: Mapping[str, float], tool: float) -> str:
    """A line of the report."""
    rate = found["rows"] / found["load"]
    peak = f"{found['peak']:.0f} ({found['before']:.0f} before)"
    return (
        f"| {direction} | {found['rows']:,.0f} | {found['load']:.1f} | {rate:,.0f} | {found['all']:.1f}"
        f" | {peak} | {rate / tool:.2f} |"
    )


def copied(environment: Environment, rows: int, folder: Path) -> float:
    """Rows a second of COPY into the same table of Postgres."""
    text = folder / "rows.csv"
    with text.open("w") as file:
        for block in blocks(rows):
            for row in json.loads(block, parse_float=str):
                file.write(",".join("" if each is None else str(each) for each in row.values()) + "\n")
    place = f'{SCHEMA}."{items.NAME}"'
    with closing(psycopg2.connect(dsn(environment))) as connection, connection.cursor() as found:
        found.execute(f"CREATE TABLE {SCHEMA}.copied (LIKE {place} INCLUDING ALL)")
        with text.open() as file:
            began = time.perf_counter()
            found.copy_expert(f"COPY {SCHEMA}.copied FROM STDIN WITH (FORMAT csv)", file)
        connection.commit()
        return rows / (time.perf_counter() - began)


def dsn(environment: Environment) -> str:
    """Where the bare driver connects to, with a token as the gateway mints them."""
    with closing(open_backend("lakebase", environment)) as backend:
        token = backend._access.password()  # type: ignore[attr-defined]
    arguments = backend._access.arguments()  # type: ignore[attr-defined]
    set_wait_callback(None)  # it knows no COPY
    return make_dsn(**arguments, dbname=environment["PGDATABASE"], password=token)


def executed(_: Environment, rows: int, folder: Path) -> float:
    """Rows a second of executemany in one transaction, into the same table of SQLite."""
    path = folder / "bare.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        names = [*items.COLUMNS]
        connection.execute(f"CREATE TABLE t ({', '.join(names)}, PRIMARY KEY (id)) WITHOUT ROWID")
        found = [tuple(row.values()) for block in blocks(rows) for row in json.loads(block)]
        began = time.perf_counter()
        connection.execute("BEGIN")
        connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(names))})", found)
        connection.execute("COMMIT")
        return rows / (time.perf_counter() - began)


def copied_into(environment: Environment, rows: int, folder: Path) -> float:
    """Rows a second of PUT and COPY INTO, from a Parquet file, into such a table of the warehouse."""
    shape = pa.schema([(name, SHAPES.get(kind, pa.string())) for name, kind in items.COLUMNS.items()])
    path, volume = folder / "rows.parquet", f"/Volumes/main/{SCHEMA}/files"
    with pq.ParquetWriter(path, shape) as file:
        for block in blocks(rows):
            file.write_table(pa.Table.from_pylist([*map(typed, items.rows_of(block))], shape))
    with connected(environment, folder) as cursor:
        columns = ", ".join(f"{name} {kind}" for name, kind in items.COLUMNS.items())
        cursor.execute(f"CREATE VOLUME main.{SCHEMA}.files")
        cursor.execute(f"CREATE TABLE main.{SCHEMA}.copied ({columns})")
        began = time.perf_counter()
        cursor.execute(f"PUT '{path}' INTO '{volume}/rows.parquet' OVERWRITE")
        cursor.execute(f"COPY INTO main.{SCHEMA}.copied FROM '{volume}/rows.parquet' FILEFORMAT = PARQUET")
        return rows / (time.perf_counter() - began)


@contextmanager
def connected(environment: Environment, folder: Path) -> Iterator[Any]:
    """A cursor of the bare connector."""
    address = urlsplit(environment["DATABRICKS_HOST"])
    with closing(open_backend("warehouse", environment)) as backend:
        token = backend._access.token()  # type: ignore[attr-defined]
    with sql.connect(
        server_hostname=address.hostname or "",
        _port=address.port,
        http_path=f"/sql/1.0/warehouses/{environment['DATABRICKS_WAREHOUSE_ID']}",
        access_token=token,
        enable_telemetry=False,
        staging_allowed_local_path=str(folder),
    ) as connection:
        yield connection.cursor()


def typed(row: items.Row) -> items.Row:
    """A row as Arrow takes it."""
    score = None if row["score"] is None else float(str(row["score"]))
    return {**row, "score": score, "made_at": datetime.fromisoformat(str(row["made_at"]))}


Tool = Callable[[Environment, int, Path], float]
TOOLS: dict[str, Tool] = {"sqlite": executed, "lakebase": copied, "warehouse": copied_into}

if __name__ == "__main__":
    main()
