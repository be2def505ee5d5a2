"""Bare Flask views on Postgres as one would write them by hand: a thread's own connection, one query."""

import json
import os
import threading
from typing import Any

import psycopg2
from flask import Flask, Response, jsonify, request
from psycopg2.extensions import connection

from bench.items import COLUMNS

app = Flask(__name__, static_folder=None)

_thread = threading.local()
_NAMES = ", ".join(COLUMNS)
_ROWS = "SELECT count(*), coalesce(json_agg(found), '[]')::text FROM ({}) AS found"
_ONE = _ROWS.format(f"SELECT {_NAMES} FROM bench.items WHERE id = %s")
_PAGE = _ROWS.format(
    f"SELECT {_NAMES} FROM bench.items WHERE category = %s AND active = %s ORDER BY made_at, id LIMIT %s"
)
_INSERT = (
    "INSERT INTO bench.{0} ({1}) SELECT {1} FROM json_populate_recordset(NULL::bench.{0}, %s::text::json)"
)
_INSERTS = {table: _INSERT.format(table, _NAMES) for table in ("items", "arrivals")}
_DELETE = "DELETE FROM bench.items WHERE id = %s"
_UPDATE = "UPDATE bench.items SET price = %s, quantity = %s WHERE id = %s"


def connected() -> connection:
    """This thread's connection."""
    if not hasattr(_thread, "connection"):
        _thread.connection = psycopg2.connect(
            os.environ["DATABASE_URL"], options="-c timezone=UTC -c jit=off"
        )
        _thread.connection.autocommit = True
    found: connection = _thread.connection
    return found


@app.post("/api/v1/records/read")
def read() -> Response:
    """One row by key, or the first rows of a category, as Postgres writes them."""
    asked: dict[str, Any] = request.get_json()
    values = [condition["value"] for condition in asked["filters"]]
    with connected().cursor() as cursor:
        if "order_by" in asked:
            cursor.execute(_PAGE, (*values, asked["limit"]))
        else:
            cursor.execute(_ONE, values)
        ((count, rows),) = cursor.fetchall()
    return Response(f'{{"data":{rows},"count":{count}}}', mimetype="application/json")


@app.post("/api/v1/records/write")
def write() -> tuple[Response, int]:
    """Insert rows, which Postgres takes out of the JSON."""
    asked: dict[str, Any] = request.get_json()
    with connected().cursor() as cursor:
        cursor.execute(_INSERTS[asked["table"]], (json.dumps(asked["data"]),))
        return jsonify(count=cursor.rowcount), 201


@app.post("/api/v1/records/update")
def update() -> Response:
    """Change one row by key."""
    asked: dict[str, Any] = request.get_json()
    new = asked["updates"]
    with connected().cursor() as cursor:
        cursor.execute(_UPDATE, (new["price"], new["quantity"], asked["key_value"]))
        return jsonify(count=cursor.rowcount)


@app.post("/api/v1/records/delete")
def delete() -> Response:
    """Away with one row by key."""
    asked: dict[str, Any] = request.get_json()
    with connected().cursor() as cursor:
        cursor.execute(_DELETE, (asked["key_value"],))
        return jsonify(count=cursor.rowcount)
