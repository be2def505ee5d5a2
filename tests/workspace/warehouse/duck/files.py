"""Parquet files of volumes in FROM."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from tests.workspace.warehouse.duck.compiler import Compiler, Query
from tests.workspace.warehouse.duck.dialect import duck_type, literal, quoted
from tests.workspace.warehouse.duck.scope import Output
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.types import SqlType, decimal

ARROW_NAMES = {
    pa.bool_(): "boolean", pa.int8(): "tinyint", pa.int16(): "smallint", pa.int32(): "int",
    pa.int64(): "bigint",
    pa.float32(): "float", pa.float64(): "double", pa.string(): "string", pa.large_string(): "string",
    pa.binary(): "binary", pa.large_binary(): "binary", pa.date32(): "date",
}  # fmt: skip


def read_files(compiler: Compiler, node: exp.Expr) -> Query:
    """The rows of read_files, which must say that the format is parquet.

    Raises:
        SqlError: it has other arguments, or there is no such file.
    """
    first, *options = node.expressions
    if node.name.lower() != "read_files":
        raise errors.unsupported(f"the table function {node.name}")
    for option in options:
        name = option.this.name.lower() if isinstance(option, exp.Kwarg) else ""
        if name != "format" or option.expression.name.lower() != "parquet":
            raise errors.unsupported(f"read_files with {option.sql('databricks')}")
    return read_parquet(compiler, first.name)


def read_parquet(compiler: Compiler, path: str) -> Query:
    """The rows of a parquet file, or of all in a folder.

    Raises:
        SqlError: there is no such file, or the principal may not read it.
    """
    return parquet_query(found_files(compiler.session.file(path), path))


def found_files(place: Path, path: str) -> list[Path]:
    """The parquet files at a path.

    Raises:
        SqlError: there is none.
    """
    found = sorted(place.glob("*.parquet")) if place.is_dir() else [place] if place.is_file() else []
    if not found:
        raise errors.no_file(path)
    return found


def parquet_query(paths: list[Path]) -> Query:
    """A query of files that all have the columns of the first."""
    schema = pq.read_schema(paths[0])
    columns = tuple(Output(field.name, sql_type(field.type)) for field in schema)
    items = (f"CAST({quoted(c.name)} AS {duck_type(c.type)}) AS c{n}" for n, c in enumerate(columns))
    listed = ", ".join(literal(str(path)) for path in paths)
    return Query(f"SELECT {', '.join(items)} FROM read_parquet([{listed}])", columns)


def sql_type(kind: pa.DataType) -> SqlType:
    """The type that Databricks reads such a column of a file as.

    Raises:
        SqlError: it is not known.
    """
    if pa.types.is_timestamp(kind):
        return SqlType("timestamp" if kind.tz else "timestamp_ntz")
    if pa.types.is_decimal(kind):
        return decimal(kind.precision, kind.scale)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return SqlType("array", parts=(sql_type(kind.value_type),))
    if pa.types.is_map(kind):
        return SqlType("map", parts=(sql_type(kind.key_type), sql_type(kind.item_type)))
    if pa.types.is_struct(kind):
        fields = [kind.field(place) for place in range(kind.num_fields)]
        return SqlType(
            "struct", parts=tuple(sql_type(f.type) for f in fields), names=tuple(f.name for f in fields)
        )
    if kind not in ARROW_NAMES:
        raise errors.unsupported(f"a parquet column of type {kind}")
    return SqlType(ARROW_NAMES[kind])
