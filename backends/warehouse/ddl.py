"""Changes of structure as the statements that they are to Unity Catalog's tables.

https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-ddl-alter-table.html
Each statement may be sent a second time: see `faults.is_done`.
"""

from collections.abc import Iterator
from dataclasses import replace

from backends import errors
from backends.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AdvanceIdentity,
    Change,
    ClusterBy,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    RenameColumn,
    RenameTable,
    RetypeColumn,
    SetComment,
    SetDefault,
    SetNullable,
    SetPrimaryKey,
)
from backends.outcome import outcome
from backends.plan import Column, TableName
from backends.structure import ForeignKey, Structure, columns_in
from backends.warehouse.catalog import HELPER, IDENTITY
from backends.warehouse.clauses import (
    add_check,
    add_key,
    add_primary,
    alter,
    altered,
    clustered,
    commented,
    drop_check,
    drop_key,
    drop_primary,
    featured,
)
from backends.warehouse.constants import default_sql
from backends.warehouse.defining import (
    DEFAULTS,
    MAPPING,
    column_sql,
    create_schema,
    create_table,
    default_of,
    features_added,
    full_name,
    kept,
    properties_sql,
)
from backends.warehouse.fitting import alike, converted, refuse_keys, refuse_unfit, unfit
from backends.warehouse.inlining import literal, quoted
from backends.warehouse.names import comment_for
from backends.warehouse.numbering import advanced, refuse_other_types
from backends.warehouse.spelling import carried

NO_INDEX = '-- Unity Catalog has no indexes: that "{}" was asked for is kept in a property of the table'


def statements(change: Change, before: Structure | None, usual: TableName) -> tuple[str, ...]:
    """See `Backend.ddl`; the schema of `usual` is made by whoever makes the first table in it."""
    after = outcome(change, before)
    if isinstance(change, CreateTable) or before is None:
        return tuple(_created(after, usual)) if after is not None else ()
    if after is None:
        return (f"DROP TABLE {full_name(before.table.name)}",)
    return tuple(_altered(change, before, after))


def _altered(change: Change, before: Structure, after: Structure) -> Iterator[str]:
    match change:
        case RenameTable():
            yield from _table_renamed(before, after)
        case AddColumn(column=column):
            yield from _column_added(before, after, column)
        case DropColumn(column=name):
            yield featured(before, MAPPING)
            yield f"{alter(before)} DROP COLUMN IF EXISTS {quoted(name)}"
        case RenameColumn(column=name, to=to):
            yield from _column_renamed(before, after, name, to)
        case RetypeColumn(column=name):
            yield from _column_retyped(before, after, name)
        case SetNullable() | SetDefault() | SetComment():
            yield from _set(change, before, after)
        case SetPrimaryKey():
            yield from _keyed(before, after)
        case ClusterBy():
            yield clustered(after)
        case AdvanceIdentity(next=next_):
            yield from advanced(before, next_)
        case _:
            yield from _constrained(change, before, after)


def _created(after: Structure, usual: TableName) -> Iterator[str]:
    for column in after.table.columns:
        carried(column.type)  # what could not be written is refused before it is made
    refuse_other_types(after)
    for index in after.indexes:
        yield _no_index(index.name)
    name = after.table.name
    if (name.catalog, name.schema) != (usual.catalog, usual.schema):
        yield create_schema(name)
    yield create_table(after)
    for check in after.checks:
        yield add_check(after, check)
    for key in after.foreign_keys:
        yield add_key(after, key)


def _table_renamed(before: Structure, after: Structure) -> Iterator[str]:
    old, new = before.table.name, after.table.name
    if old.table.lower() != new.table.lower():
        for key in before.foreign_keys:  # the old names are for another table that takes this one's name
            yield drop_key(before, key)
        yield f"{alter(before)} RENAME TO {full_name(new)}"
        for key in after.foreign_keys:
            yield add_key(after, key)
    comment = comment_for(new.table, after.comment)
    if comment != comment_for(old.table, before.comment):
        yield commented(after)


def _column_added(before: Structure, after: Structure, column: Column) -> Iterator[str]:
    carried(column.type)
    value, name = default_of(after, replace(column, default=None)), quoted(column.name)
    if features := features_added(column, value):
        yield featured(before, *features)
    yield f"{alter(before)} ADD COLUMN {column_sql(replace(column, nullable=True))}"
    if value is not None:
        # rows that others add from now on have it by themselves
        yield f"{altered(before, column.name)} SET DEFAULT {value}"
        yield f"UPDATE {full_name(before.table.name)} SET {name} = {value} WHERE {name} IS NULL"  # noqa: S608
    if not column.nullable:
        yield f"{altered(before, column.name)} SET NOT NULL"


def _column_renamed(before: Structure, after: Structure, name: str, to: str) -> Iterator[str]:
    yield featured(before, MAPPING)
    yield from _freed(before, name)
    between = HELPER if name.lower() == to.lower() else to
    yield f"{alter(before)} RENAME COLUMN {quoted(name)} TO {quoted(between)}"
    if between != to:
        yield f"{alter(before)} RENAME COLUMN {quoted(between)} TO {quoted(to)}"
    yield from _remembered(before, after)
    yield from _bound(after, to)


def _column_retyped(before: Structure, after: Structure, name: str) -> Iterator[str]:
    """The statements that make a column of another type beside the old one, which it then replaces."""
    old, new = before.table.by_name[name], after.table.by_name[name]
    if old.default == IDENTITY:  # one that is NULL may be, too
        raise errors.Unsupported(f'"{name}" is numbered by the table')
    if old.type == new.type:
        return
    default = default_of(after, new)
    if misfit := unfit(name, old.type, new.type):
        yield refuse_unfit(full_name(before.table.name), misfit)
    if name in before.table.primary_key:  # refused now, if another table points at it
        yield from _without_primary(before)
        yield add_primary(before)
    yield featured(before, MAPPING, *features_added(new, default))
    yield from _made_beside(before, old, new)
    yield from _freed(before, name)
    if name in before.clustering:
        yield clustered(replace(before, clustering=()))
    yield drop_check(before, HELPER)  # at the last moment: it keeps what others write from being lost
    yield f"{alter(before)} DROP COLUMN IF EXISTS {quoted(name)}"
    yield f"{alter(before)} RENAME COLUMN {quoted(HELPER)} TO {quoted(name)}"
    if default is not None:
        yield f"{altered(before, name)} SET DEFAULT {default}"
    yield from _remembered(before, after)
    yield from _bound(after, name)
    if name in after.clustering:
        yield clustered(after)


def _made_beside(before: Structure, old: Column, new: Column) -> Iterator[str]:
    """The new column beside the old one; from then on whoever writes the old one alone is refused."""
    yield drop_check(before, HELPER)  # those that were left behind
    yield f"{alter(before)} DROP COLUMN IF EXISTS {quoted(HELPER)}"
    beside, value = replace(new, name=HELPER, nullable=True), converted(old.name, old.type, new.type)
    yield f"{alter(before)} ADD COLUMN {column_sql(beside)} AFTER {quoted(old.name)}"
    yield f"UPDATE {full_name(before.table.name)} SET {quoted(HELPER)} = {value}"  # noqa: S608 - quoted
    same = alike(old.name, old.type, new.type, HELPER)
    yield f"{alter(before)} ADD CONSTRAINT {quoted(HELPER)} CHECK ({same})"
    if not new.nullable:
        yield f"{altered(before, HELPER)} SET NOT NULL"


def _set(change: SetNullable | SetDefault | SetComment, before: Structure, after: Structure) -> Iterator[str]:
    match change:
        case SetNullable(column=name, nullable=nullable):
            yield f"{altered(before, name)} {'DROP' if nullable else 'SET'} NOT NULL"
        case SetDefault(column=name, default=default) if default is not None:
            value = default_sql(before.table.by_name[name].type, default)
            yield featured(before, DEFAULTS)
            yield f"{altered(before, name)} SET DEFAULT {value}"
        case SetDefault(column=name):
            yield f"{altered(before, name)} DROP DEFAULT"
        case SetComment(column=None):
            yield commented(after)
        case SetComment(column=name, comment=comment):
            yield f"{altered(before, name or '')} COMMENT {literal(comment or '')}"


def _keyed(before: Structure, after: Structure) -> Iterator[str]:
    columns = {name: after.table.by_name[name].type for name in after.table.primary_key}
    if columns:
        yield from refuse_keys(full_name(before.table.name), columns)
    yield drop_primary(before)
    for name in columns:
        if before.table.by_name[name].nullable:
            yield f"{altered(before, name)} SET NOT NULL"
    if columns:
        yield add_primary(after)


def _constrained(change: Change, before: Structure, after: Structure) -> Iterator[str]:
    match change:
        case AddCheck(check=check):
            yield add_check(before, check)
        case AddForeignKey(key=key):
            yield add_key(before, key)
        case DropConstraint(constraint=name):
            keys = {each.name: each for each in before.foreign_keys}
            yield drop_key(before, keys[name]) if name in keys else drop_check(before, name)
        case CreateIndex(index=index):
            yield _no_index(index.name)
        case DropIndex(index=name):
            yield _no_index(name)
    yield from _remembered(before, after)


def _no_index(name: str) -> str:
    return NO_INDEX.format(" ".join(name.split()))  # of one line, as remarks are


def _freed(before: Structure, name: str) -> Iterator[str]:
    """Take away what names a column, and would keep it from being changed; what may be refused is first."""
    if name in before.table.primary_key:
        yield from _without_primary(before)
    for key in before.foreign_keys:
        if name in key.columns:
            yield drop_key(before, key)
    for check in before.checks:
        if name in columns_in(check.condition):
            yield drop_check(before, check.name)


def _without_primary(before: Structure) -> Iterator[str]:
    """Take away the primary key, and the table's own foreign keys that point at it."""
    for key in before.foreign_keys:
        if key.target == before.table.name:
            yield drop_key(before, key)
    yield drop_primary(before)


def _bound(after: Structure, name: str) -> Iterator[str]:
    """Put back what was taken away, by the column's name."""
    if name in after.table.primary_key:
        yield add_primary(after)
    for key in after.foreign_keys:
        if name in key.columns or _points_at(after, key, name):
            yield add_key(after, key)
    for check in after.checks:
        if name in columns_in(check.condition):
            yield add_check(after, check)


def _points_at(structure: Structure, key: ForeignKey, name: str) -> bool:
    return key.target == structure.table.name and name in key.target_columns


def _remembered(before: Structure, after: Structure) -> Iterator[str]:
    """Let the table keep in mind what it has by now."""
    old, new = kept(before), kept(after)
    if changed := {key: value for key, value in new.items() if old.get(key) != value}:
        yield f"{alter(before)} SET {properties_sql(changed)}"
    if gone := [literal(key) for key in old if key not in new]:
        yield f"{alter(before)} UNSET TBLPROPERTIES IF EXISTS ({', '.join(gone)})"
