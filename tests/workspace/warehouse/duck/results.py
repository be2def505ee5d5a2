"""What a cursor has to give, as Arrow in the types that Databricks sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from tests.workspace.warehouse.duck.binding import Bound
from tests.workspace.warehouse.duck.scope import Output
from tests.workspace.warehouse.engine import Answer
from tests.workspace.warehouse.unity.types import STRING, SqlType

FEW = 1000  # rows; as many are quicker to read one by one than as Arrow


def shown_type(kind: SqlType) -> SqlType:
    """A type in a result: CHAR and VARCHAR are STRING."""
    if kind.is_text:
        return STRING
    if kind.parts:
        return SqlType(kind.name, parts=tuple(shown_type(part) for part in kind.parts), names=kind.names)
    return kind


def final_select(sql: str, columns: Sequence[Output]) -> str:
    """A query's SQL in which moments have no zone, which Python could not read."""
    if not any(column.type.name == "timestamp" for column in columns):
        return sql
    items = (
        f"CAST(c{place} AS TIMESTAMP) AS c{place}" if column.type.name == "timestamp" else f"c{place}"
        for place, column in enumerate(columns)
    )
    return f"SELECT {', '.join(items)} FROM ({sql})"


def fetch(
    cursor: duckdb.DuckDBPyConnection,
    statement: duckdb.Statement,
    sql: str,
    binds: Mapping[str, Bound],
    columns: Sequence[Output],
) -> Answer:
    """Run a query and take all its rows."""
    kinds = [shown_type(column.type) for column in columns]
    if any(kind.is_nested for kind in kinds):
        arrays = _as_arrow(cursor, sql, binds, kinds)
    else:
        rows = cursor.execute(statement, dict(binds)).fetchmany(FEW)
        few = len(rows) < FEW
        cursor.complete() if few else cursor.abort()
        arrays = _built(rows, kinds) if few else _as_arrow(cursor, sql, binds, kinds)
    names = [column.name for column in columns]
    return Answer(pa.Table.from_arrays(arrays, names=names), tuple(kind.text for kind in kinds))


def _built(rows: Sequence[tuple[object, ...]], kinds: Sequence[SqlType]) -> list[pa.Array]:
    if not rows:
        return [pa.array([], kind.arrow) for kind in kinds]
    return [pa.array(values, kind.arrow) for values, kind in zip(zip(*rows, strict=True), kinds, strict=True)]


def _as_arrow(
    cursor: duckdb.DuckDBPyConnection, sql: str, binds: Mapping[str, Bound], kinds: Sequence[SqlType]
) -> list[pa.ChunkedArray]:
    table = cursor.sql(sql, params=dict(binds)).to_arrow_table()
    return [_fitting(column, kind) for column, kind in zip(table.columns, kinds, strict=True)]


def _fitting(column: pa.ChunkedArray, kind: SqlType) -> pa.ChunkedArray:
    if kind.name == "void":
        return pa.chunked_array([pa.nulls(len(column))])
    return column if column.type == kind.arrow else column.cast(kind.arrow)
