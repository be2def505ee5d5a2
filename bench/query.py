"""Bare Flask views as one would write them by hand: a thread's own connection, one query, json."""

import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request

from bench.items import COLUMNS, connected

app = Flask(__name__, static_folder=None)
app.json.sort_keys = False  # type: ignore[attr-defined]

_thread = threading.local()
_NAMES = ", ".join(COLUMNS)
_ONE = f"SELECT {_NAMES} FROM items WHERE id = ?"
_PAGE = f"SELECT {_NAMES} FROM items WHERE category = ? AND active = ? ORDER BY made_at, id LIMIT ?"
_MARKS = ", ".join("?" * len(COLUMNS))


def connection() -> sqlite3.Connection:
    """This thread's connection."""
    if not hasattr(_thread, "connection"):
        _thread.connection = connected(Path(os.environ["GATEWAY_SQLITE_DIR"]))
    found: sqlite3.Connection = _thread.connection
    return found


@app.post("/api/v1/records/read")
def read() -> Response:
    """One row by key, or the first rows of a category."""
    asked: dict[str, Any] = request.get_json()
    values = [condition["value"] for condition in asked["filters"]]
    if "order_by" in asked:
        found = connection().execute(_PAGE, (*values, asked["limit"]))
    else:
        found = connection().execute(_ONE, values)
    rows = [dict(zip(COLUMNS, _shown(row), strict=True)) for row in found]
    return jsonify(data=rows, count=len(rows))


@app.post("/api/v1/records/write")
def write() -> tuple[Response, int]:
    """Insert rows in one transaction."""
    asked: dict[str, Any] = request.get_json()
    insert = f"INSERT INTO {'arrivals' if asked['table'] == 'arrivals' else 'items'} VALUES ({_MARKS})"
    rows = [(*row.values(),) for row in asked["data"]]
    rows = [(*row[:2], f"{row[2]:.2f}", *row[3:]) for row in rows]
    with connection() as transaction:
        transaction.execute("BEGIN IMMEDIATE")
        transaction.executemany(insert, rows)
    return jsonify(count=len(rows)), 201


@app.post("/api/v1/records/update")
def update() -> Response:
    """Change one row by key."""
    asked: dict[str, Any] = request.get_json()
    new = asked["updates"]
    found = connection().execute(
        "UPDATE items SET price = ?, quantity = ? WHERE id = ?",
        (f"{new['price']:.2f}", new["quantity"], asked["key_value"]),
    )
    return jsonify(count=found.rowcount)


@app.post("/api/v1/records/delete")
def delete() -> Response:
    """Away with one row by key."""
    asked: dict[str, Any] = request.get_json()
    found = connection().execute("DELETE FROM items WHERE id = ?", (asked["key_value"],))
    return jsonify(count=found.rowcount)


def _shown(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*row[:2], float(row[2]), row[3], bool(row[4]), *row[5:])
