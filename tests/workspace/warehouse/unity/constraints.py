"""Constraints of a table that come and go; keys' names are unique within their schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import commands, errors, tables
from tests.workspace.warehouse.unity.model import Check, Column, Key, Table
from tests.workspace.warehouse.unity.statement import parse_expression

if TYPE_CHECKING:
    from tests.workspace.warehouse.unity.session import UnitySession


def added(session: UnitySession, table: Table, change: commands.AddConstraint) -> Table:
    """The table with a constraint more.

    Raises:
        SqlError: there is one of its name, or a key that cannot be.
    """
    if change.check is not None:
        return _add_check(table, change.check)
    if change.foreign_key is not None:
        key = _known_columns(table, tables.named(session, table, change.foreign_key))
        return replace(table, foreign_keys=(*table.foreign_keys, tables.parent_key(session, key)))
    key = _known_columns(table, change.primary_key or Key("", ()))
    if table.primary_key is not None:
        raise tables.constraint_exists(table.primary_key.name, "PRIMARY KEY")
    nullable = next((name for name in key.columns if table.column(name).nullable), None)
    if nullable is not None:
        message = (
            f"Cannot create the primary key `{key.name}` because its child column(s) "
            f"`{nullable}` is nullable. "
            "Please change the column nullability and retry."
        )
        raise SqlError("INVALID_PARAMETER_VALUE", message, "22023")
    return replace(table, primary_key=tables.named(session, table, key))


def dropped(session: UnitySession, table: Table, change: commands.DropConstraint) -> Table:
    """The table with a constraint less.

    Raises:
        SqlError: there is none, or other tables' keys depend on it.
    """
    primary = table.primary_key
    if change.name is None or (primary is not None and primary.name.lower() == change.name.lower()):
        if primary is None and not change.tolerant:
            raise _missing("PRIMARY KEY", table)
        return _drop_primary(session, table, primary, cascade=change.cascade) if primary else table
    lower = change.name.lower()
    checks = tuple(check for check in table.checks if check.name.lower() != lower)
    keys = tuple(key for key in table.foreign_keys if key.name.lower() != lower)
    found = len(checks) < len(table.checks) or len(keys) < len(table.foreign_keys)
    if not found and not change.tolerant:
        raise _missing(change.name, table)
    return replace(table, checks=checks, foreign_keys=keys) if found else table


def key_dropped(table: Table, change: commands.DropForeignKey) -> Table:
    """The table without the foreign key of some columns.

    Raises:
        SqlError: there is none.
    """
    columns = tuple(map(str.lower, change.columns))
    keys = tuple(key for key in table.foreign_keys if tuple(map(str.lower, key.columns)) != columns)
    if len(keys) == len(table.foreign_keys) and not change.tolerant:
        raise _missing(f"FOREIGN KEY ({', '.join(change.columns)})", table)
    return replace(table, foreign_keys=keys) if len(keys) < len(table.foreign_keys) else table


def children(session: UnitySession, table: Table) -> Iterator[tuple[Table, Key]]:
    """The foreign keys that point at a table."""
    for other in session.unity.registry.tables():
        for key in other.foreign_keys:
            if key.parent == table.parts:
                yield other, key


def must_not_be_used(table: Table, column: Column) -> None:
    """Let pass a column that no check, key or clustering names.

    Raises:
        SqlError: one does.
    """
    lower = column.name.lower()
    using = [check for check in table.checks if lower in _columns_of(check)]
    if using:
        shown = "\n".join(f"{check.name} -> {check.condition}" for check in using)
        message = (
            f"Cannot alter column {column.name} because this column is referenced by the "
            f"following check constraint(s):\n{shown}"
        )
        raise SqlError("DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE", message, "42K09")
    keys = [*table.foreign_keys, *([table.primary_key] if table.primary_key else [])]
    if any(lower == name.lower() for key in keys for name in key.columns):
        raise errors.unsupported(f"a change of {errors.quoted(column.name)}, which is part of a key")


def must_not_be_clustered(table: Table, column: Column) -> None:
    """Let pass a column that the table is not clustered by.

    Raises:
        SqlError: it is.
    """
    if column.name in table.clustered:
        message = f"Dropping clustering columns ({column.name}) is not allowed."
        raise SqlError("DELTA_UNSUPPORTED_DROP_CLUSTERING_COLUMN", message, "0AKDC")


def _columns_of(check: Check) -> set[str]:
    return {column.name.lower() for column in parse_expression(check.condition).find_all(exp.Column)}


def _add_check(table: Table, check: Check) -> Table:
    if not check.name:
        raise errors.unsupported("a CHECK without a name")
    old = next((known for known in table.checks if known.name.lower() == check.name.lower()), None)
    if old is not None:
        raise tables.constraint_exists(check.name, old.condition)
    return replace(table, checks=(*table.checks, check))


def _known_columns(table: Table, key: Key) -> Key:
    return replace(key, columns=tuple(table.column(name).name for name in key.columns))


def _drop_primary(session: UnitySession, table: Table, primary: Key, *, cascade: bool) -> Table:
    for child, key in [*children(session, table)]:
        if not cascade:
            message = f"A foreign key `{key.name}` depends on the primary key `{primary.name}`."
            raise SqlError("UC_DEPENDENT_FOREIGN_KEY", message, "2BP01")
        left = tuple(other for other in child.foreign_keys if other is not key)
        session.unity.registry.put_table(replace(child, foreign_keys=left))
    own = tuple(key for key in table.foreign_keys if key.parent != table.parts)
    return replace(table, primary_key=None, foreign_keys=own if cascade else table.foreign_keys)


def _missing(what: str, table: Table) -> SqlError:
    message = (
        f"Cannot drop nonexistent constraint {what} from table "
        f"{errors.quoted(*table.parts)}. To avoid "
        "throwing an error, provide the parameter IF EXISTS."
    )
    return SqlError("DELTA_CONSTRAINT_DOES_NOT_EXIST", message, "42704")
