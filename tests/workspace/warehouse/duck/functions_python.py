"""Functions that DuckDB calls in Python: casts from texts, texts of numbers, and from_json."""

import threading
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import ARROW, SPECIAL

from tests.workspace.warehouse.duck import json_reader, values
from tests.workspace.warehouse.duck.dialect import duck_type
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity.types import FLOAT, STRING, SqlType

Column = Any  # an array of pyarrow, or one in chunks
_lock = threading.Lock()
_wanted: dict[str, tuple[SqlType, SqlType, Callable[[Column], pa.Array]]] = {}


def text_cast(sql: str, kind: SqlType) -> str:
    """The SQL of CAST of a STRING."""
    return call("cast", sql, STRING, kind, lambda column: _cast(column, kind))


def text_of_number(sql: str, kind: SqlType) -> str:
    """The SQL of a FLOAT or DOUBLE as a STRING."""
    single = kind == FLOAT
    return call("text_of", sql, kind, STRING, lambda column: _texts(column, single=single))


def from_json(sql: str, kind: SqlType, *, fail_fast: bool = False) -> str:
    """The SQL of from_json."""
    name = "from_json_fail_fast" if fail_fast else "from_json"
    return call(name, sql, STRING, kind, lambda column: _from_json(column, kind, fail_fast=fail_fast))


def lower(sql: str) -> str:
    """The SQL of lower: DuckDB's own knows no letter that becomes two, and no final sigma."""
    return call("lower", sql, STRING, STRING, lambda column: _each(str.lower, column))


def upper(sql: str) -> str:
    """The SQL of upper."""
    return call("upper", sql, STRING, STRING, lambda column: _each(str.upper, column))


class Functions:
    """Which of these functions a database has been given."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def give(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give the database those that any statement has wanted by now."""
        if len(self._given) == len(_wanted):
            return
        with _lock:
            for name in _wanted.keys() - self._given:
                source, target, function = _wanted[name]
                connection.create_function(
                    name,
                    function,
                    [duck_type(source)],
                    duck_type(target),
                    type=ARROW,
                    null_handling=SPECIAL,
                )
                self._given.add(name)


def call(
    name: str, sql: str, source: SqlType, target: SqlType, function: Callable[[Column], pa.Array]
) -> str:
    """The SQL of a call of a function, which is known by its name and its argument's type."""
    name = f"{name}_{_suffix(source)}_{_suffix(target)}"
    with _lock:
        _wanted.setdefault(name, (source, target, function))
    return f"{name}({sql})"


def _suffix(kind: SqlType) -> str:
    """A type in a function's name."""
    return kind.text.encode().hex() if kind.is_nested else f"{kind.name}_{kind.precision}_{kind.scale}"


def _cast(column: Column, kind: SqlType) -> pa.Array:
    read = values.reader(kind)
    texts = column.to_pylist()
    try:
        return pa.array([None if text is None else read(text) for text in texts], kind.arrow)
    except SqlError:
        raise
    except ValueError:
        return pa.array([None if text is None else values.read(text, kind) for text in texts], kind.arrow)


def _texts(column: Column, *, single: bool) -> pa.Array:
    numbers = column.to_pylist()
    return pa.array(
        [None if number is None else values.java_text(number, single=single) for number in numbers],
        pa.string(),
    )


def _each(change: Callable[[str], str], column: Column) -> pa.Array:
    return pa.array([None if text is None else change(text) for text in column.to_pylist()], pa.string())


def _from_json(column: Column, kind: SqlType, *, fail_fast: bool) -> pa.Array:
    return json_reader.parse(column.to_pylist(), kind, fail_fast=fail_fast)
