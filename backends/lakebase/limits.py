"""What Postgres cannot make as it is named, or in such numbers."""

from collections.abc import Iterable

from backends import errors
from backends.lakebase.declaring import CONSTRAINT, MAX_NAME
from backends.plan import Table
from backends.structure import Structure

MAX_COLUMNS = 1600  # https://www.postgresql.org/docs/current/limits.html
SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})


def refuse_what_cannot_be(table: Table) -> None:
    """Refuse a table that Postgres cannot make as it is named.

    Raises:
        Unsupported: it cuts such names off or keeps them to itself, or takes no table of so many columns.
    """
    if table.name.schema.startswith("pg_"):
        raise errors.Unsupported('Postgres keeps schemas whose names begin with "pg_" to itself')
    if kept := SYSTEM_COLUMNS.intersection(table.names):
        raise errors.Unsupported(f'every table of Postgres has a column "{min(kept)}" of its own')
    if len(table.columns) > MAX_COLUMNS:
        raise errors.Unsupported(f"a table has at most {MAX_COLUMNS} columns, not {len(table.columns)}")
    _refuse_long((table.name.catalog, table.name.schema, table.name.table, *table.names))


def refuse_structure(before: Structure | None, after: Structure) -> None:
    """Refuse what is new of a table and Postgres, or the gateway in it, cannot make as it is named.

    Raises:
        Unsupported: see `refuse_what_cannot_be`; or a constraint is named as those that tell a type are.
    """
    refuse_what_cannot_be(after.table)
    new = _constraints(after) - (_constraints(before) if before else frozenset())
    _refuse_long(sorted(new))
    for name in sorted(new):
        if name.startswith(CONSTRAINT):
            raise errors.Unsupported(f'"{name}" begins as the constraints do that tell the type of a column')


def _constraints(structure: Structure) -> frozenset[str]:
    return frozenset(check.name for check in structure.checks) | {key.name for key in structure.foreign_keys}


def _refuse_long(names: Iterable[str]) -> None:
    for name in names:
        if len(name.encode()) > MAX_NAME:
            raise errors.Unsupported(f'"{name}" is longer than {MAX_NAME} bytes, where Postgres cuts it off')
