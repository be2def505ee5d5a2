"""INFORMATION_SCHEMA's relations in DuckDB, for as long as one query runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from tests.workspace.warehouse.duck.compiler import Asked
from tests.workspace.warehouse.engine import Parameter
from tests.workspace.warehouse.unity import UnitySession, errors


@contextmanager
def registered(
    cursor: duckdb.DuckDBPyConnection,
    session: UnitySession,
    relations: Mapping[str, Asked],
    parameters: Sequence[Parameter],
) -> Iterator[None]:
    """Let a cursor find relations under the names that they have in the SQL."""
    for name, asked in relations.items():
        equal = {column: parameters[place].value for column, place in asked.equal.items()}
        cursor.register(name, _rows(session, asked.catalog, asked.relation, equal))
    try:
        yield
    finally:
        for name in relations:
            cursor.unregister(name)


def _rows(session: UnitySession, catalog: str, relation: str, equal: Mapping[str, str | None]) -> pa.Table:
    found = session.information.relation(catalog, relation, equal)
    if found is None:
        raise errors.no_table(catalog, "information_schema", relation)
    return found
