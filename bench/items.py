"""The table that the benchmark asks: 100,000 rows of nine mixed columns, the same in every run."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from backends import open_backend
from backends.base import Backend
from backends.plan import Column, Insert, Table, TableName
from backends.types import parse

COUNT = 100_000
CATEGORIES = 20
CATALOG = "bench"
NAME, EMPTY = "items", "arrivals"  # the table that is read and changed, and the one of bulk inserts
COLUMNS = {
    "id": "BIGINT",
    "name": "STRING",
    "price": "DECIMAL(12,2)",
    "score": "DOUBLE",
    "active": "BOOLEAN",
    "made_at": "TIMESTAMP",
    "quantity": "INT",
    "grade": "INT",
    "category": "STRING",
}
NULLABLE = ("score", "grade")
INDEX = f"{NAME}_by_category ON {NAME} (category, made_at, id)"  # what serves the pages
SLOT = b"1777777"  # stands for a number of seven digits that no other request has
_START = datetime(2025, 1, 1, tzinfo=UTC)

Row = dict[str, object]


def category(number: int) -> str:
    """The name of a category."""
    return f"category {number % CATEGORIES:02d}"


def row_text(key: str, number: int) -> str:
    """The canonical JSON of a row; all but its key follows from `number`."""
    made_at = (_START + timedelta(seconds=number * 311, milliseconds=number % 4 * 250)).replace(tzinfo=None)
    moment = made_at.isoformat(timespec="milliseconds" if number % 4 else "seconds")
    score = "null" if number % 50 == 0 else repr(number * 7919 % 1_000_003 / 1_000_003)
    grade = "null" if number % 33 == 0 else str(number % 12)
    return (
        f'{{"id":{key},"name":"item {number} of the catalogue","price":{number * 37 % 10**9 / 100:.2f},'
        f'"score":{score},"active":{"false" if number % 3 == 0 else "true"},'
        f'"made_at":"{moment.rstrip("0") if number % 4 else moment}+00:00","quantity":{number % 5000},'
        f'"grade":{grade},"category":"{category(number)}"}}'
    )


def row(number: int) -> Row:
    """A row of the table as it is read."""
    return rows_of(f"[{row_text(str(number), number)}]")[0]


def rows_of(text: str | bytes) -> list[Row]:
    """Rows from JSON, numbers exact."""
    found: list[Row] = json.loads(text, parse_float=Decimal)
    return found


@cache
def page(number: int, size: int) -> list[Row]:
    """The first active rows of a category, the oldest first."""
    keys = range(number % CATEGORIES, COUNT, CATEGORIES)
    return [row(key) for key in keys if key % 3][:size]


def texts(count: int = COUNT) -> list[str]:
    """The canonical JSON of each row of the table."""
    return [row_text(str(key), key) for key in range(count)]


def all_rows(count: int = COUNT) -> str:
    """The whole table, or so many rows of it, as a JSON array."""
    return f"[{','.join(texts(count))}]"


def fill(backend: Backend, schema: str, count: int = COUNT) -> None:
    """Make the table, with so many rows, and the empty one, in a schema of the catalog."""
    columns = tuple(Column(name, parse(text), name in NULLABLE) for name, text in COLUMNS.items())
    for name in (NAME, EMPTY):
        backend.create_table(Table(TableName(CATALOG, schema, name), columns, ("id",)))
    table = backend.table(TableName(CATALOG, schema, NAME))
    backend.execute(Insert(table, all_rows(count).encode(), tuple(COLUMNS)))


def create(folder: Path) -> None:
    """Make the catalog's file, with an index that serves the pages."""
    env = {"GATEWAY_SQLITE_DIR": str(folder), "GATEWAY_CATALOG": CATALOG}
    with closing(open_backend("sqlite", env)) as backend:
        fill(backend, "main")
    with closing(connected(folder)) as connection:
        connection.execute(f"CREATE INDEX {INDEX}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def connected(folder: Path) -> sqlite3.Connection:
    """A connection to the catalog's file, set up as the gateway's own are."""
    connection = sqlite3.connect(folder / f"{CATALOG}.db", timeout=30, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def counted(folder: Path, table: str) -> int:
    """How many rows a table of the catalog has."""
    with closing(connected(folder)) as connection:
        found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return found
