"""Changes of structure as SQLite's statements.

What SQLite changes in place is changed so; all else by making the table anew beside the old one
(https://sqlite.org/lang_altertable.html section 7), with foreign keys looked at afterwards.
"""

from backends import errors, values
from backends.changes import (
    AddColumn,
    AddForeignKey,
    AdvanceIdentity,
    Change,
    ClusterBy,
    CreateIndex,
    DropColumn,
    DropIndex,
    RenameColumn,
    RenameTable,
    SetPrimaryKey,
)
from backends.outcome import outcome
from backends.plan import TableName
from backends.sqlite import catalog, sequence
from backends.sqlite.carrying import carried
from backends.sqlite.grammar import MAIN, physical_name, quoted
from backends.sqlite.literals import default_sql, text_literal
from backends.sqlite.tables import column_sql, index_name, index_sql, names_sql, table_sql
from backends.structure import ForeignKey, Structure, columns_in

Statements = tuple[str, ...]
UNCLUSTERED = "-- SQLite keeps rows in the order of their key: clustering is only kept in mind"


def ddl(change: Change, before: Structure | None) -> Statements:
    """See `Backend.ddl`."""
    try:
        return _statements(change, before)
    except values.Misfit as misfit:
        raise errors.Invalid(f"a default, or what a check compares with: {misfit.msg}") from misfit


def _statements(change: Change, before: Structure | None) -> Statements:
    after = outcome(change, before)
    if after is not None:
        sequence.refuse_other_keys(after)
    if after is None:
        return (_unreferenced(change.name, text_literal(physical_name(change.name))), _drop(change.name))
    if before is None:
        return _created(after)
    match change:
        case RenameTable():
            return _table_renamed(before, after)
        case RenameColumn():
            return _column_renamed(change, after)
        case AddColumn() if (line := _added_in_place(change)) is not None:
            catalog.refuse(change.name, len(after.table.columns))
            return (f"ALTER TABLE {_table(change.name)} ADD COLUMN {line}",)
        case DropColumn(name, column):
            return (f"ALTER TABLE {_table(name)} DROP COLUMN {quoted(column)}",)
        case CreateIndex(name, index):
            return (index_sql(name, index),)
        case DropIndex(name, index):
            return (_drop_index(name, index),)
        case ClusterBy():
            return (UNCLUSTERED,)
        case AdvanceIdentity(next=next_):
            return sequence.advanced(after, next_)
    return _guarded(change, _rebuilt(before, after))


def _created(after: Structure) -> Statements:
    return (
        *_schema_guard(after.table.name),
        *catalog.creation(after),
        *(_key_guard(key) for key in after.foreign_keys),
        *(index_sql(after.table.name, index) for index in after.indexes),
        *((UNCLUSTERED,) if after.clustering else ()),
        *sequence.kept(after),
    )


def _table_renamed(before: Structure, after: Structure) -> Statements:
    old, new = before.table.name, after.table.name
    catalog.refuse(new, len(after.table.columns))
    return (
        *(_drop_index(old, index.name) for index in before.indexes),
        *_renamed(old, new),
        *(index_sql(new, index) for index in after.indexes),
    )


def _renamed(old: TableName, new: TableName) -> Statements:
    """SQLite takes the name in another case for one that is there: it is reached by way of another."""
    if old == new or old.table.lower() != new.table.lower():
        return (f"ALTER TABLE {_table(old)} RENAME TO {_table(new)}",)
    beside = quoted(_beside(new))
    return (
        f"ALTER TABLE {_table(old)} RENAME TO {beside}",
        f"ALTER TABLE {beside} RENAME TO {_table(new)}",
    )


def _column_renamed(change: RenameColumn, after: Structure) -> Statements:
    """SQLite renames it everywhere but in a check's condition as we keep it, beside the check."""
    renamed = (
        f"ALTER TABLE {_table(change.name)} RENAME COLUMN {quoted(change.column)} TO {quoted(change.to)}",
    )
    checked = any(change.to in columns_in(check.condition) for check in after.checks)
    return (*renamed, *(_rebuilt(after, after) if checked else ()))


def _added_in_place(change: AddColumn) -> str | None:
    """The column as SQLite adds it; None where its default is an expression, which it does not add."""
    default = change.default
    if default is not None and default_sql(change.column.type, default).startswith("("):
        return None
    return column_sql(change.column, default)


def _rebuilt(before: Structure, after: Structure) -> Statements:
    """The statements that make a table anew with its rows, under the name that it has."""
    name, was = after.table.name, before.table.by_name
    if before.others:
        raise errors.Unsupported(f'"{name}" has what would be lost by the change: {before.others[0]}')
    catalog.refuse(name, len(after.table.columns))
    beside = _beside(name)
    kept = [column for column in after.table.columns if column.name in was]
    values = ", ".join(carried(was[column.name], column.type) for column in kept)
    into = f"{quoted(beside)} ({names_sql(tuple(column.name for column in kept))})"
    return (
        table_sql(after, beside),
        f"INSERT INTO {into} SELECT {values} FROM {_table(name)}",  # noqa: S608 - names are quoted
        _drop(name),
        "PRAGMA legacy_alter_table=ON",  # else SQLite minds that views have no table now
        f"ALTER TABLE {quoted(beside)} RENAME TO {_table(name)}",
        "PRAGMA legacy_alter_table=OFF",
        *(index_sql(name, index) for index in after.indexes),
        *sequence.kept(after),
    )


def _guarded(change: Change, statements: Statements) -> Statements:
    """Statements with those that refuse what SQLite itself would not."""
    match change:
        case SetPrimaryKey(name):
            return (_unreferenced(name, "''"), *statements)
        case AddForeignKey(key=key):
            return (_key_guard(key), *statements)
    return statements


def _unreferenced(name: TableName, but: str) -> str:
    """What refuses a change of a table that other tables' foreign keys point at."""
    table = text_literal(physical_name(name))
    return (
        "SELECT lakegate_conflict('a foreign key of \"' || m.name || '\" points at it')"  # noqa: S608 - quoted
        " FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'"
        f' AND lower(f."table") = lower({table}) AND m.name <> {but}'
    )


def _schema_guard(name: TableName) -> Statements:
    """What refuses a schema whose name differs in case only from one that is there: see `catalog.exists`."""
    text = f'"{name}" differs only in case from what exists'
    if name.schema == MAIN:
        return ()
    if name.schema.lower() == MAIN:
        raise errors.Conflict(text)
    schema, found = text_literal(f"{name.schema}."), f"substr(name, 1, {len(name.schema) + 1})"
    differs = f"lower({found}) = lower({schema}) AND {found} <> {schema}"
    refused = f"lakegate_conflict({text_literal(text)})"
    return (f"SELECT {refused} FROM sqlite_master WHERE {differs}",)  # noqa: S608 - quoted


def _key_guard(key: ForeignKey) -> str:
    """What refuses a foreign key that does not point at a primary key."""
    target, wanted = text_literal(physical_name(key.target)), ", ".join(map(text_literal, key.target_columns))
    text = text_literal(f'"{key.target}" has no such primary key as "{key.name}" points at')
    count = f"SELECT count(*) FROM pragma_table_info({target}) WHERE pk"  # noqa: S608 - quoted
    size = len(set(key.target_columns))
    matching = f"{count} AND name IN ({wanted})"
    return f"SELECT lakegate_missing({text}) WHERE ({count}) <> {size} OR ({matching}) <> {size}"


def _drop(name: TableName) -> str:
    return f"DROP TABLE {_table(name)}"


def _drop_index(name: TableName, index: str) -> str:
    return f"DROP INDEX {quoted(index_name(name, index))}"


def _beside(name: TableName) -> str:
    return f"lakegate:{physical_name(name)}"


def _table(name: TableName) -> str:
    return quoted(physical_name(name))
