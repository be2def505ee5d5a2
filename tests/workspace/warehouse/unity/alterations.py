"""ALTER TABLE: a table as it is and a change make the table as it will be."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import commands, constraints, errors, tables
from tests.workspace.warehouse.unity.metastore import checked_name
from tests.workspace.warehouse.unity.model import Column, Key, Table
from tests.workspace.warehouse.unity.types import parse_type

if TYPE_CHECKING:
    from tests.workspace.warehouse.unity.session import UnitySession

BY_MODIFY = (
    commands.AddColumns, commands.DropColumns, commands.AlterColumn,
    commands.SetProperties, commands.UnsetProperties,
)  # fmt: skip


def alter(session: UnitySession, command: commands.AlterTable) -> None:
    """Change a table, or a view's name and properties.

    Raises:
        SqlError: it is not there, does not allow this, or the principal may not.
    """
    before = session.table(command.parts)
    _must_be_allowed(session, before, command)
    after = _changed(session, before, command.change)
    if after is before:
        return
    session.physical.alter_table(before, after, command.change)
    registry = session.unity.registry
    if after.parts != before.parts:
        for child, key in [*constraints.children(session, before)]:
            _follow(session, child, key, after)
        after = replace(after, foreign_keys=registry.table(*before.parts).foreign_keys)
        registry.remove_table(before)
    registry.put_table(replace(after, altered=time.time()))


def _follow(session: UnitySession, child: Table, key: Key, parent: Table) -> None:
    """Let a foreign key point at its parent's new name."""
    child = session.unity.registry.table(*child.parts)
    keys = tuple(
        replace(other, parent=parent.parts) if other.name == key.name else other
        for other in child.foreign_keys
    )
    session.unity.registry.put_table(replace(child, foreign_keys=keys))


def _must_be_allowed(session: UnitySession, table: Table, command: commands.AlterTable) -> None:
    if isinstance(command.change, BY_MODIFY):
        session.rights.need("MODIFY", table)
    else:
        session.rights.need_ownership(table)
    if command.view and not table.is_view:
        raise errors.view_needed("ALTER VIEW", *table.parts)
    fits_views = commands.RenameTable | commands.SetProperties | commands.UnsetProperties
    if table.is_view and not isinstance(command.change, fits_views):
        raise errors.table_needed("ALTER TABLE", *table.parts)


def _changed(session: UnitySession, table: Table, change: commands.Change) -> Table:
    match change:
        case commands.AddColumns():
            return _add_columns(table, change)
        case commands.DropColumns():
            return _drop_columns(table, change)
        case commands.RenameColumn():
            return _rename_column(table, change)
        case commands.RenameTable(new=new):
            return _rename_table(session, table, new)
        case commands.AlterColumn():
            return table.with_column(table.column(change.name), _altered(table, change))
        case commands.AddConstraint():
            return constraints.added(session, table, change)
        case commands.DropConstraint():
            return constraints.dropped(session, table, change)
        case commands.DropForeignKey():
            return constraints.key_dropped(table, change)
        case commands.SetProperties(properties=properties):
            return replace(table, properties={**table.properties, **dict(properties)})
        case commands.UnsetProperties():
            return _unset(table, change)
        case commands.ClusterBy(names=names):
            return replace(table, clustered=tuple(table.column(name).name for name in names))


def _add_columns(table: Table, change: commands.AddColumns) -> Table:
    columns = list(table.columns)
    for column, place in change.columns:
        if change.tolerant and table.find(column.name):
            continue
        _check_added(table, column)
        columns.insert(_index(columns, place, table), column)
    tables.must_differ(column.name for column in columns)
    return replace(table, columns=tuple(columns)) if len(columns) > len(table.columns) else table


def _check_added(table: Table, column: Column) -> None:
    tables.check_column(column, table.properties.items())
    if column.default is not None:
        message = (
            "Failed to execute the command because DEFAULT values are not supported when "
            "adding new\ncolumns to previously existing Delta tables; please add the column without a "
            "default\nvalue first, then run a second ALTER TABLE ALTER COLUMN SET DEFAULT command to "
            "apply\nfor future inserted rows instead."
        )
        raise SqlError(
            "WRONG_COLUMN_DEFAULTS_FOR_DELTA_ALTER_TABLE_ADD_COLUMN_NOT_SUPPORTED", message, "0AKDC"
        )
    if _holds_local_times(column) and not any(map(_holds_local_times, table.columns)):
        _must_have_local_times(table)
    if not column.nullable or column.identity is not None:
        raise errors.unsupported("ADD COLUMN with NOT NULL or GENERATED")


def _holds_local_times(column: Column) -> bool:
    return "timestamp_ntz" in column.type.text


def _must_have_local_times(table: Table) -> None:
    if table.properties.get(tables.LOCAL_TIMES) not in {"supported", "enabled"}:
        message = (
            "Your table schema requires manually enablement of the following table feature(s): timestampNtz."
        )
        raise SqlError("DELTA_FEATURES_REQUIRE_MANUAL_ENABLEMENT", message, "0AKDE")


def _index(columns: list[Column], place: str, table: Table) -> int:
    if place == "FIRST":
        return 0
    after = place.removeprefix("AFTER ")
    return columns.index(table.column(after)) + 1 if after else len(columns)


def _must_be_mapped(table: Table, error_class: str, what: str) -> None:
    if table.properties.get(tables.MAPPING) not in tables.MAKES_ROOM:
        message = (
            f"{what} is not supported for your Delta table. Please enable Column Mapping on your "
            "Delta table with mapping mode 'name'."
        )
        raise SqlError(error_class, message, "0AKDC")


def _drop_columns(table: Table, change: commands.DropColumns) -> Table:
    if change.tolerant and not any(table.find(name) for name in change.names):
        return table
    _must_be_mapped(table, "DELTA_UNSUPPORTED_DROP_COLUMN", "DROP COLUMN")
    dropped = [table.column(name) for name in change.names if table.find(name) or not change.tolerant]
    for column in dropped:
        constraints.must_not_be_used(table, column)
        constraints.must_not_be_clustered(table, column)
    left = tuple(column for column in table.columns if column not in dropped)
    if not left:
        message = "Cannot drop column from a schema with a single column."
        raise SqlError("DELTA_DROP_COLUMN_ON_SINGLE_FIELD_SCHEMA", message, "0AKDC")
    return replace(table, columns=left)


def _rename_column(table: Table, change: commands.RenameColumn) -> Table:
    _must_be_mapped(table, "DELTA_UNSUPPORTED_RENAME_COLUMN", "Column rename")
    column = table.column(change.old)
    constraints.must_not_be_used(table, column)
    other = table.find(change.new)
    if other is not None and other is not column:
        raise errors.column_exists(change.new)
    clustered = tuple(change.new if name == column.name else name for name in table.clustered)
    return replace(table.with_column(column, replace(column, name=change.new)), clustered=clustered)


def _rename_table(session: UnitySession, table: Table, new: tuple[str, ...]) -> Table:
    catalog, schema, name = session.resolve(new)
    registry = session.unity.registry
    target = registry.schema(catalog, schema)
    session.rights.need("CREATE TABLE", target)
    if catalog != table.catalog:
        raise errors.unsupported("RENAME TO another catalog")
    if name in target.tables:
        raise errors.table_exists(catalog, schema, name)
    return replace(table, schema=schema, name=checked_name(name))


def _altered(table: Table, change: commands.AlterColumn) -> Column:
    column = table.column(change.name)
    _must_fit_identity(column, change.what)
    match change.what:
        case "SYNC IDENTITY":
            return column
        case "SET NOT NULL":
            return replace(column, nullable=False)
        case "DROP NOT NULL":
            return replace(column, nullable=True)
        case "SET DEFAULT":
            tables.defaults_allowed("ALTER TABLE", table.properties.items())
            return replace(column, default=change.text)
        case "DROP DEFAULT":
            return replace(column, default=None)
        case "COMMENT":
            return replace(column, comment=change.text)
        case _:
            return _retyped(column, change.text)


def _must_fit_identity(column: Column, what: str) -> None:
    if what == "SYNC IDENTITY" and column.identity is None:
        message = "ALTER TABLE ALTER COLUMN SYNC IDENTITY is only supported for IDENTITY columns."
        raise SqlError("DELTA_IDENTITY_COLUMNS_ALTER_NON_IDENTITY_COLUMN", message, "429BQ")
    if what in {"TYPE", "SET DEFAULT"} and column.identity is not None:
        message = "ALTER TABLE ALTER COLUMN is not supported for IDENTITY columns."
        raise SqlError("DELTA_IDENTITY_COLUMNS_ALTER_COLUMN_NOT_SUPPORTED", message, "429BQ")


def _retyped(column: Column, text: str) -> Column:
    old, new = column.type, parse_type(text)
    longer = old.name == "varchar" and (
        new.name == "string" or (new.name == "varchar" and new.precision >= old.precision)
    )
    if old != new and not longer:
        message = (
            f"ALTER TABLE CHANGE COLUMN is not supported for changing column {column.name} from "
            f"{old.text.upper()} to {new.text.upper()}"
        )
        raise SqlError("DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP", message, "0AKDC")
    return replace(column, type=new)


def _unset(table: Table, change: commands.UnsetProperties) -> Table:
    missing = next((key for key in change.keys if key not in table.properties), None)
    if missing is not None and not change.tolerant:
        message = f"Attempted to unset non-existent property '{missing}' in table {table.full_name}"
        raise SqlError("DELTA_UNSET_NON_EXISTENT_PROPERTY", message, "42616")
    left = {key: value for key, value in table.properties.items() if key not in change.keys}
    return replace(table, properties=left)
