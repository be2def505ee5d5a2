"""INFORMATION_SCHEMA's relations in DuckDB, for as long as one query runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from tests.workspace.warehouse.unity import UnitySession, errors


@contextmanager
def registered(
    cursor: duckdb.DuckDBPyConnection, session: UnitySession, relations: Mapping[str, tuple[str, str]]
) -> Iterator[None]:
    """Let a cursor find relations under the names that they have in the SQL."""
    for name, (catalog, relation) in relations.items():
        cursor.register(name, _rows(session, catalog, relation))
    try:
        yield
    finally:
        for name in relations:
            cursor.unregister(name)


def _rows(session: UnitySession, catalog: str, relation: str) -> pa.Table:
    found = session.information.relation(catalog, relation)
    if found is None:
        raise errors.no_table(catalog, "information_schema", relation)
    return found
