"""COPY INTO: the rows of parquet files, by their columns' names, each file once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from tests.workspace.warehouse.duck.compiler import Compiler
from tests.workspace.warehouse.duck.files import found_files, parquet_query
from tests.workspace.warehouse.duck.plans import Step
from tests.workspace.warehouse.duck.writes import insert_step as insert_rows
from tests.workspace.warehouse.engine import Answer, SqlError
from tests.workspace.warehouse.unity import UnitySession, errors
from tests.workspace.warehouse.unity.commands import CopyInto
from tests.workspace.warehouse.unity.model import Table


def new_files(session: UnitySession, table: Table, command: CopyInto, copied: set[str]) -> list[Path]:
    """The files that were not copied into the table yet.

    Raises:
        SqlError: the target is a view, or there are no files.
    """
    if table.is_view:
        raise errors.table_needed("COPY INTO", *table.parts)
    found = found_files(session.file(command.path), command.path)
    return found if command.force else [path for path in found if str(path) not in copied]


def insert_step(compiler: Compiler, table: Table, paths: Sequence[Path]) -> Step:
    """What appends the files' rows; a column that they lack is NULL or its default.

    Raises:
        SqlError: the files have columns that the table has not.
    """
    query = parquet_query(list(paths))
    unknown = [column.name for column in query.columns if table.find(column.name) is None]
    if unknown:
        message = (
            "A schema mismatch detected when writing to the Delta table. The columns "
            f"{', '.join(map(errors.quoted, unknown))} are not in the table {errors.quoted(*table.parts)}."
        )
        raise SqlError("COPY_INTO_SCHEMA_MISMATCH_WITH_TARGET_TABLE", message, "42KDG")
    return insert_rows(compiler, table, query, [column.name for column in query.columns])


def answer(count: int) -> Answer:
    """What COPY INTO gives."""
    names = ("num_affected_rows", "num_inserted_rows", "num_skipped_corrupt_files")
    numbers = (count, count, 0)
    table = pa.table(
        {name: pa.array([number], pa.int64()) for name, number in zip(names, numbers, strict=True)}
    )
    return Answer(table, ("bigint",) * 3, count)
