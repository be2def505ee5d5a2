"""COPY INTO as an INSERT of files' rows."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.spark.names import physical_name
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.model import Table


def insert_text(table: Table, paths: Sequence[Path]) -> str:
    """What appends the files' rows, by their columns' names; they all have the columns of the first.

    Raises:
        SqlError: the files have columns that the table has not.
    """
    names = pq.read_schema(paths[0]).names
    unknown = [name for name in names if table.find(name) is None]
    if unknown:
        message = (
            "A schema mismatch detected when writing to the Delta table. The columns "
            f"{', '.join(map(errors.quoted, unknown))} are not in the table {errors.quoted(*table.parts)}."
        )
        raise SqlError("COPY_INTO_SCHEMA_MISMATCH_WITH_TARGET_TABLE", message, "42KDG")
    columns = ", ".join(map(errors.quoted, names))
    queries = [f"SELECT {columns} FROM parquet.{errors.quoted(str(path))}" for path in paths]
    return f"INSERT INTO {physical_name(table)} ({columns}) {' UNION ALL '.join(queries)}"
