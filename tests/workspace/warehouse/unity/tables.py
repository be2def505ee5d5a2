"""Makes tables and views."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import pyarrow as pa

from tests.workspace.warehouse.engine import Answer, Parameter, SqlError
from tests.workspace.warehouse.unity import commands, errors
from tests.workspace.warehouse.unity.metastore import INFORMATION, checked_name
from tests.workspace.warehouse.unity.model import Column, Key, Schema, Table
from tests.workspace.warehouse.unity.types import SqlType

if TYPE_CHECKING:
    from tests.workspace.warehouse.unity.session import UnitySession

BAD_IN_COLUMN = set(" ,;{}()\n\t=")
MAPPING = "delta.columnMapping.mode"
DEFAULTS = "delta.feature.allowColumnDefaults"
LOCAL_TIMES = "delta.feature.timestampNtz"
MAKES_ROOM = ("id", "name")


def create_table(
    session: UnitySession, command: commands.CreateTable, parameters: tuple[Parameter, ...]
) -> Answer:
    """CREATE TABLE, with a query or without.

    Raises:
        SqlError: it is there already, its definition will not do, the query failed, or the principal may not.
    """
    registry = session.unity.registry
    schema, old = _place(session, command.parts)
    if old is not None and command.tolerant:
        return Answer(pa.table({}))
    _must_be_free(session, command, old)
    table = _table(session, command, schema)
    if command.query is not None:
        table = replace(table, columns=session.physical.columns_of(command.query, parameters))
    _check(table)
    table = _with_parents(session, table)
    answer = _make(session, table, command, parameters)
    if old is not None:
        session.physical.drop_table(old)
    registry.put_table(table)
    return answer


def create_view(
    session: UnitySession, command: commands.CreateView, parameters: tuple[Parameter, ...]
) -> None:
    """CREATE VIEW.

    Raises:
        SqlError: it is there already, its query cannot be resolved, or the principal may not.
    """
    schema, old = _place(session, command.parts)
    if old is not None and command.tolerant:
        return
    _must_be_free(session, command, old)
    columns = _view_columns(command, session.physical.columns_of(command.query, parameters))
    must_differ(column.name for column in columns)
    name = checked_name(command.parts[-1])
    view = Table(
        schema.catalog, schema.name, name, columns, session.principal, "VIEW", command.comment,
        dict(command.properties), query=command.query, search_path=(session.catalog, session.schema),
    )  # fmt: skip
    session.physical.create_view(view)
    session.unity.registry.put_table(view)


def must_differ(names: Iterable[str]) -> None:
    """Let no name pass twice, in whatever case.

    Raises:
        SqlError: one is there twice.
    """
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise errors.column_exists(name.lower())
        seen.add(name.lower())


def check_column(column: Column, properties: Iterable[tuple[str, str]]) -> None:
    """Let pass what Delta can keep.

    Raises:
        SqlError: a name has a character that Delta's files cannot have, an identity is no BIGINT.
    """
    mapped = any(key.lower() == MAPPING.lower() and value in MAKES_ROOM for key, value in properties)
    bad = [name for name in _all_names(column) if BAD_IN_COLUMN & set(name)]
    if bad and not mapped:
        message = (
            "Found invalid character(s) among ' ,;{}()\\n\\t=' in the column names of your "
            "schema.\nInvalid column "
            f"names: {', '.join(bad)}.\nPlease use other characters and try "
            "again.\nAlternatively, enable Column "
            "Mapping to keep using these characters."
        )
        raise SqlError("DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES", message, "42K05")
    if column.identity is not None:
        _check_identity(column)


def defaults_allowed(command: str, properties: Iterable[tuple[str, str]]) -> None:
    """Let pass a table that may have defaults.

    Raises:
        SqlError: its feature is not enabled.
    """
    if not any(
        key.lower() == DEFAULTS.lower() and value in {"supported", "enabled"} for key, value in properties
    ):
        message = (
            f"Failed to execute {command} command because it assigned a column DEFAULT "
            "value,\nbut the corresponding "
            "table feature was not enabled. Please retry the command again\nafter executing "
            "ALTER TABLE tableName "
            "SET\nTBLPROPERTIES('delta.feature.allowColumnDefaults' = 'supported')."
        )
        raise SqlError("WRONG_COLUMN_DEFAULTS_FOR_DELTA_FEATURE_NOT_ENABLED", message, "0AKDE")


def named(session: UnitySession, table: Table, key: Key) -> Key:
    """A key with a name that no other of its schema has; one without gets one.

    Raises:
        SqlError: another key has it.
    """
    schema = session.unity.registry.schema(table.catalog, table.schema)
    others = [other for other in schema.tables.values() if other.uid != table.uid]
    keys = [each for other in (*others, table) for each in keys_of(other) if each is not key]
    taken = {each.name.lower() for each in keys}
    if key.name:
        if key.name.lower() in taken:
            raise constraint_exists(key.name, "PRIMARY KEY or FOREIGN KEY")
        return key
    start = f"{table.name}_{'fk' if key.parent else 'pk'}"
    free = (name for number in count() if (name := f"{start}_{number}" if number else start) not in taken)
    return replace(key, name=next(free))


def keys_of(table: Table) -> list[Key]:
    """A table's keys, the primary one first."""
    return [*([table.primary_key] if table.primary_key else []), *table.foreign_keys]


def constraint_exists(name: str, old: str) -> SqlError:
    """One of this name is there."""
    message = (
        f"Constraint '{name}' already exists. Please delete the old constraint first.\nOld constraint:\n{old}"
    )
    return SqlError("DELTA_CONSTRAINT_ALREADY_EXISTS", message, "42710")


def parent_key(session: UnitySession, key: Key) -> Key:
    """A FOREIGN KEY with its parent's name in three levels, and the parent's columns.

    Raises:
        SqlError: there is no such parent, or it has no primary key.
    """
    parent = session.table(key.parent)
    primary = parent.primary_key
    columns = key.parent_columns or (primary.columns if primary else ())
    if primary is None or set(map(str.lower, columns)) != set(map(str.lower, primary.columns)):
        message = (
            f"The parent table {parent.full_name} does not have a primary key on the columns "
            f"{', '.join(columns)}."
        )
        raise SqlError("INVALID_PARAMETER_VALUE", message, "22023")
    return replace(
        key, parent=parent.parts, parent_columns=tuple(parent.column(name).name for name in columns)
    )


def _place(session: UnitySession, parts: tuple[str, ...]) -> tuple[Schema, Table | None]:
    catalog, name, table = session.resolve(parts)
    registry = session.unity.registry
    parent = registry.catalog(catalog)
    session.rights.need_use(parent)
    if name == INFORMATION:
        raise errors.unsupported("CREATE in information_schema")
    schema = registry.schema(catalog, name)
    session.rights.need_use(schema)
    return schema, schema.tables.get(table)


def _must_be_free(
    session: UnitySession, command: commands.CreateTable | commands.CreateView, old: Table | None
) -> None:
    catalog, schema, _ = session.resolve(command.parts)
    if old is None:
        session.rights.need("CREATE TABLE", session.unity.registry.schema(catalog, schema))
        return
    if not command.replace:
        raise errors.table_exists(*old.parts)
    session.rights.need_ownership(old)
    if old.is_view and isinstance(command, commands.CreateTable):
        raise errors.table_needed("CREATE OR REPLACE TABLE", *old.parts)
    if not old.is_view and isinstance(command, commands.CreateView):
        raise errors.view_needed("CREATE OR REPLACE VIEW", *old.parts)


def _table(session: UnitySession, command: commands.CreateTable, schema: Schema) -> Table:
    keys = command.primary_key.columns if command.primary_key else ()
    lower = {name.lower() for name in keys}
    columns = tuple(
        replace(column, nullable=column.nullable and column.name.lower() not in lower)
        for column in command.columns
    )
    if command.checks:
        raise errors.unsupported("CHECK in CREATE TABLE; add it with ALTER TABLE")
    return Table(
        schema.catalog, schema.name, checked_name(command.parts[-1]), columns, session.principal, "MANAGED",
        command.comment, dict(command.properties), (), command.primary_key, command.foreign_keys,
        clustered=command.clustered, created=time.time(),
    )  # fmt: skip


def _with_parents(session: UnitySession, table: Table) -> Table:
    for key in keys_of(table):
        for name in key.columns:
            table.column(name)
    for name in table.clustered:
        table.column(name)
    if table.primary_key is not None:
        table = replace(table, primary_key=named(session, table, table.primary_key))
    keys = tuple(parent_key(session, named(session, table, key)) for key in table.foreign_keys)
    return replace(table, foreign_keys=keys)


def _check(table: Table) -> None:
    must_differ(column.name for column in table.columns)
    properties = list(table.properties.items())
    for column in table.columns:
        check_column(column, properties)
        if column.type.name == "void":
            raise errors.unsupported(f"the column {errors.quoted(column.name)} of type VOID")
    if any(column.default is not None for column in table.columns):
        defaults_allowed("CREATE TABLE", properties)


def _check_identity(column: Column) -> None:
    if column.type.name != "bigint":
        message = f"DataType {column.type.text} is not supported for IDENTITY columns."
        raise SqlError("DELTA_IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE", message, "428H2")
    if column.identity is not None and column.identity.step == 0:
        raise SqlError("DELTA_IDENTITY_COLUMNS_ILLEGAL_STEP", "IDENTITY column step cannot be 0.", "42611")
    if column.default is not None:
        message = (
            "A column cannot have both a default value and an identity column specification but column "
            f"{column.name} has default value: ({column.default}) and identity column specification."
        )
        raise SqlError("IDENTITY_COLUMN_WITH_DEFAULT_VALUE", message, "42623")


def _all_names(column: Column) -> list[str]:
    return [column.name, *_field_names(column.type)]


def _field_names(kind: SqlType) -> list[str]:
    inner = [name for part in kind.parts for name in _field_names(part)]
    return [*kind.names, *inner]


def _make(
    session: UnitySession, table: Table, command: commands.CreateTable, parameters: tuple[Parameter, ...]
) -> Answer:
    if command.query is None:
        session.physical.create_table(table)
        return Answer(pa.table({}))
    count = session.physical.create_table_as(table, command.query, parameters)
    rows = pa.table(
        {name: pa.array([count], pa.int64()) for name in ("num_affected_rows", "num_inserted_rows")}
    )
    return Answer(rows, ("bigint", "bigint"), count)


def _view_columns(command: commands.CreateView, found: tuple[Column, ...]) -> tuple[Column, ...]:
    if not command.columns:
        return found
    if len(command.columns) != len(found):
        message = (
            f"Cannot create view, the reason is: {len(command.columns)} columns are named, the "
            f"query has {len(found)}."
        )
        raise SqlError("CREATE_VIEW_COLUMN_ARITY_MISMATCH", message, "21S01")
    named = zip(found, command.columns, strict=True)
    return tuple(replace(column, name=name, comment=comment) for column, (name, comment) in named)
