"""What becomes of a table's structure by a change; what cannot be meant is refused here, before any SQL."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from backends import types
from backends.becoming import can_become, retyped
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
    DropTable,
    RenameColumn,
    RenameTable,
    RetypeColumn,
    SetComment,
    SetDefault,
    SetNullable,
    SetPrimaryKey,
)
from backends.errors import Conflict, Invalid, NotFound
from backends.numbering import advanced, numbered, refuse_numbered
from backends.plan import Column, Table
from backends.structure import (
    CHECKABLE,
    Check,
    Default,
    ForeignKey,
    Index,
    Now,
    Structure,
    columns_in,
    operators_in,
    renamed_in,
)

Named = Check | ForeignKey | Index
Item = TypeVar("Item", Check, ForeignKey, Index)


def outcome(change: Change, before: Structure | None) -> Structure | None:
    """The table's structure after a change; None where there is no table.

    Raises:
        NotFound: there is no such table, column, constraint or index.
        Conflict: there is one of that name already; or something else uses the column.
        Invalid: the change cannot be meant: a type that a column cannot become, a nested key.
    """
    if isinstance(change, CreateTable):
        return _created(change, before)
    if before is None:
        raise NotFound(f'there is no table "{change.name}"')
    match change:
        case DropTable():
            return None
        case RenameTable(name, to):
            new = replace(name, table=to)
            keys = (replace(key, target=new) if key.target == name else key for key in before.foreign_keys)
            return replace(before, table=replace(before.table, name=new), foreign_keys=tuple(keys))
        case SetComment(column=None, comment=comment):
            return replace(before, comment=comment)
        case AddColumn() | DropColumn() | RenameColumn() | RetypeColumn():
            return _columns_changed(change, before)
        case SetNullable() | SetDefault() | SetComment():
            return _column_changed(change, before)
        case SetPrimaryKey(columns=columns):
            return _keyed(before, columns)
        case ClusterBy(columns=columns):
            _refuse_unknown(before, columns)
            return replace(before, clustering=columns)
        case AdvanceIdentity(next=next_):
            return advanced(before, next_)
        case _:
            return _constrained(change, before)


def _created(change: CreateTable, before: Structure | None) -> Structure:
    if before is not None:
        raise Conflict(f'"{change.name}" is there already')
    names = [column.name.lower() for column in change.structure.table.columns]
    if len(set(names)) < len(names):
        raise Conflict(f'"{change.name}" names a column twice, in this or another case')
    made = replace(change.structure, checks=(), foreign_keys=(), indexes=(), clustering=(), identity=None)
    made = replace(made, table=replace(made.table, primary_key=()), defaults={})
    made = _keyed(made, change.structure.table.primary_key)
    for name, default in change.structure.defaults.items():
        made = _column_changed(SetDefault(change.name, name, default), made)
    for check in change.structure.checks:
        made = _constrained(AddCheck(change.name, check), made)
    for key in change.structure.foreign_keys:
        made = _constrained(AddForeignKey(change.name, key), made)
    for index in change.structure.indexes:
        made = _constrained(CreateIndex(change.name, index), made)
    _refuse_unknown(made, change.structure.clustering)
    made = replace(made, clustering=change.structure.clustering)
    return numbered(made, change.structure.identity)


def _columns_changed(
    change: AddColumn | DropColumn | RenameColumn | RetypeColumn, before: Structure
) -> Structure:
    columns = before.table.columns
    match change:
        case AddColumn(column=column, default=default):
            _refuse_known(before, column.name)
            if not column.nullable and default is None:
                raise Invalid(f'"{column.name}" is NOT NULL: rows that are there need its default')
            added = _with_columns(before, (*columns, column))
            return _column_changed(SetDefault(change.name, column.name, default), added)
        case DropColumn(column=name):
            _column(before, name)
            _refuse_used(before, name)
            left = _with_columns(before, tuple(column for column in columns if column.name != name))
            return _with_default(left, name, None)
        case RenameColumn(column=name, to=to):
            _column(before, name)
            if name.lower() != to.lower():
                _refuse_known(before, to)
            return _renamed(before, name, to)
        case RetypeColumn(column=name, type=new):
            old = _column(before, name).type
            refuse_numbered(before, name)
            if not can_become(old, new):
                raise Invalid(f'"{name}" is {old}, which cannot become {new}')
            return retyped(before, name, new)


def _column_changed(change: SetNullable | SetDefault | SetComment, before: Structure) -> Structure:
    column = _column(before, change.column or "")
    match change:
        case SetNullable(nullable=nullable):
            if nullable:
                refuse_numbered(before, column.name)
            if nullable and column.name in before.table.primary_key:
                raise Conflict(f'"{column.name}" is in the primary key')
            return _with_column(before, replace(column, nullable=nullable))
        case SetComment(comment=comment):
            return _with_column(before, replace(column, comment=comment))
        case SetDefault(default=default):
            refuse_numbered(before, column.name)
            if column.type.nested and default is not None:
                raise Invalid(f'"{column.name}" is {column.type}, which takes no default')
            if isinstance(default, Now) and column.type != types.Timestamp():
                raise Invalid(f'"{column.name}" is {column.type}: the time is a default of TIMESTAMP')
            return _with_default(before, column.name, default)


def _constrained(
    change: AddCheck | AddForeignKey | DropConstraint | CreateIndex | DropIndex, before: Structure
) -> Structure:
    match change:
        case AddCheck(check=check):
            _refuse_unknown(before, columns_in(check.condition))
            _refuse_name(check, (*before.checks, *before.foreign_keys))
            if left := operators_in(check.condition) - CHECKABLE:
                raise Invalid(f'"{check.name}": a check takes no {", ".join(sorted(left))}')
            return replace(before, checks=_sorted((*before.checks, check)))
        case AddForeignKey(key=key):
            _refuse_unknown(before, key.columns)
            _refuse_name(key, (*before.checks, *before.foreign_keys))
            if key.target.catalog != change.name.catalog:
                raise Invalid(f'"{key.name}" points at another catalog')
            if len(key.columns) != len(key.target_columns) or not key.columns:
                raise Invalid(f'"{key.name}" has {len(key.columns)} columns for {len(key.target_columns)}')
            return replace(before, foreign_keys=_sorted((*before.foreign_keys, key)))
        case CreateIndex(index=index):
            _refuse_unknown(before, index.columns)
            _refuse_name(index, before.indexes)
            return replace(before, indexes=_sorted((*before.indexes, index)))
        case DropIndex(index=name):
            return replace(before, indexes=_without(before, before.indexes, name, "index"))
        case DropConstraint(constraint=name):
            if any(key.name == name for key in before.foreign_keys):
                keys = _without(before, before.foreign_keys, name, "constraint")
                return replace(before, foreign_keys=keys)
            return replace(before, checks=_without(before, before.checks, name, "check or foreign key"))


def _keyed(before: Structure, columns: tuple[str, ...]) -> Structure:
    _refuse_unknown(before, columns)
    if len(set(columns)) < len(columns):
        raise Invalid("a primary key names a column once")
    table = replace(before.table, primary_key=columns)
    keyed = [replace(each, nullable=each.nullable and each.name not in columns) for each in table.columns]
    return _with_columns(replace(before, table=table), tuple(keyed))


def _renamed(before: Structure, name: str, to: str) -> Structure:
    def follow(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(to if each == name else each for each in columns)

    column, identity = replace(_column(before, name), name=to), before.identity
    table = replace(before.table, primary_key=follow(before.table.primary_key))
    table = replace(table, columns=tuple(column if each.name == name else each for each in table.columns))
    return replace(
        before,
        table=table,
        defaults={to if each == name else each: default for each, default in before.defaults.items()},
        checks=tuple(replace(c, condition=renamed_in(c.condition, name, to)) for c in before.checks),
        foreign_keys=tuple(
            replace(
                key,
                columns=follow(key.columns),
                target_columns=follow(key.target_columns)
                if key.target == before.table.name
                else key.target_columns,
            )
            for key in before.foreign_keys
        ),
        indexes=tuple(replace(index, columns=follow(index.columns)) for index in before.indexes),
        clustering=follow(before.clustering),
        identity=identity and replace(identity, column=to if identity.column == name else identity.column),
    )


def _column(structure: Structure, name: str) -> Column:
    found = structure.table.by_name.get(name)
    if found is None:
        raise NotFound(f'there is no column "{name}" in "{structure.table.name}"')
    return found


def _refuse_unknown(structure: Structure, columns: Iterable[str]) -> None:
    for name in columns:
        column = _column(structure, name)
        if column.type.nested:
            raise Invalid(f'"{name}" is {column.type}, whose values cannot be compared')


def _refuse_known(structure: Structure, name: str) -> None:
    if name.lower() in (column.name.lower() for column in structure.table.columns):
        raise Conflict(f'"{structure.table.name}" has a column "{name}", in this or another case')


def _refuse_name(new: Named, others: Iterable[Named]) -> None:
    if new.name.lower() in (other.name.lower() for other in others):
        raise Conflict(f'there is a "{new.name}" already, in this or another case')


def _refuse_used(structure: Structure, name: str) -> None:
    """Refuse to remove a column that something else is made of."""
    users = {
        "the primary key": structure.table.primary_key,
        "its clustering": structure.clustering,
        "the numbering": (structure.identity.column,) if structure.identity else (),
        **{f'the check "{each.name}"': columns_in(each.condition) for each in structure.checks},
        **{f'the foreign key "{each.name}"': each.columns for each in structure.foreign_keys},
        **{f'the index "{each.name}"': each.columns for each in structure.indexes},
    }
    for user, columns in users.items():
        if name in columns:
            raise Conflict(f'{user} of "{structure.table.name}" uses "{name}"')


def _without(structure: Structure, items: tuple[Item, ...], name: str, kind: str) -> tuple[Item, ...]:
    left = tuple(item for item in items if item.name != name)
    if len(left) == len(items):
        raise NotFound(f'there is no {kind} "{name}" on "{structure.table.name}"')
    return left


def _sorted(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: item.name))


def _with_column(structure: Structure, column: Column) -> Structure:
    columns = (column if each.name == column.name else each for each in structure.table.columns)
    return _with_columns(structure, tuple(columns))


def _with_columns(structure: Structure, columns: tuple[Column, ...]) -> Structure:
    return _with_table(structure, replace(structure.table, columns=columns))


def _with_table(structure: Structure, table: Table) -> Structure:
    return replace(structure, table=table)


def _with_default(structure: Structure, column: str, default: Default | None) -> Structure:
    left: Mapping[str, Default] = {each: kept for each, kept in structure.defaults.items() if each != column}
    return replace(structure, defaults=left if default is None else {**left, column: default})
