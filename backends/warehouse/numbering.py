"""Columns that a Delta table numbers, and where their numbers go on.

https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-ddl-alter-table-manage-column.html
"""

from collections.abc import Iterator

from backends import errors
from backends.structure import Structure
from backends.types import Integer
from backends.warehouse.clauses import altered

_BIGINT = Integer(64)
NO_LEAP = "-- Delta's numbers go on from those that are there: they do not leap to {}"


def refuse_other_types(structure: Structure) -> None:
    """Refuse an identity column that is no BIGINT. Raises Unsupported."""
    identity = structure.identity
    if identity is not None and structure.table.by_name[identity.column].type != _BIGINT:
        raise errors.Unsupported(f'"{identity.column}" has to be BIGINT: Delta numbers no other type')


def advanced(before: Structure, next_: int) -> Iterator[str]:
    """What lets a table's numbers go on beyond those that are there."""
    identity = before.identity
    if identity is None:
        return
    if next_ > identity.next:
        yield NO_LEAP.format(next_)
    yield f"{altered(before, identity.column)} SYNC IDENTITY"
