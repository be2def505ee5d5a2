"""Changes of a table's structure as Postgres's statements, made of what is known before and after."""

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
    DropTable,
    RenameColumn,
    RenameTable,
    RetypeColumn,
    SetComment,
    SetDefault,
    SetNullable,
    SetPrimaryKey,
)
from backends.lakebase import blocks, quoting, retyping, spelling
from backends.lakebase.constants import default_sql
from backends.lakebase.declaring import (
    check_statements,
    column_line,
    comment_statement,
    index_name,
    index_statements,
    key_statement,
    table_statements,
    told_check,
)
from backends.lakebase.limits import refuse_structure
from backends.outcome import outcome
from backends.plan import TableName
from backends.structure import Structure, columns_in

Place = tuple[str, str]  # a catalog and a schema
OfTable = CreateTable | DropTable | RenameTable | SetComment | SetPrimaryKey | ClusterBy | AdvanceIdentity
OfColumn = AddColumn | DropColumn | RenameColumn | RetypeColumn | SetNullable | SetDefault


def ddl(change: Change, before: Structure | None, usual: Place) -> tuple[str, ...]:
    """See `Backend.ddl`; the `usual` schema is there, made with the first connection."""
    after = outcome(change, before)
    if after is not None:
        refuse_structure(before, after)
    if isinstance(change, CreateTable):
        there = usual == (change.name.catalog, change.name.schema)
        schema = () if there else (blocks.schema(change.name.schema),)
        return (blocks.unlike(change.name), *schema, *_created(after or change.structure))
    if before is None:
        raise errors.NotFound(f'there is no table "{change.name}"')
    if isinstance(change, OfTable):
        return tuple(_of_table(change, before))
    if isinstance(change, OfColumn):
        return tuple(_of_column(change, before, after or before))
    return tuple(_of_rules(change, before))


def _created(made: Structure) -> Iterator[str]:
    name = made.table.name
    yield from table_statements(made.table, made.defaults, made.identity)
    if made.comment is not None:
        yield comment_statement(name, None, made.comment)
    for check in made.checks:
        yield from check_statements(made.table, check)
    for key in made.foreign_keys:
        yield key_statement(name, key)
    for index in made.indexes:
        yield from index_statements(name, index)
    if made.clustering:
        yield _clustered(made.clustering)


def _of_table(
    change: DropTable | RenameTable | SetComment | SetPrimaryKey | ClusterBy | AdvanceIdentity,
    before: Structure,
) -> Iterator[str]:
    place = quoting.place(change.name)
    match change:
        case DropTable():
            yield f"DROP TABLE {place}"
        case RenameTable(name, to):
            yield from _renamed(name, to, before)
        case SetComment(name, column, comment):
            yield comment_statement(name, column, comment)
        case SetPrimaryKey(columns=columns):
            if before.table.primary_key:
                yield blocks.drop_primary_key(change.name)
            if columns:
                yield f"ALTER TABLE {place} ADD PRIMARY KEY ({quoting.names(columns)})"
        case ClusterBy(columns=columns):
            yield _clustered(columns)
        case AdvanceIdentity(name, next_) if before.identity is not None:
            yield blocks.advance(name, before.identity.column, next_)


def _renamed(name: TableName, to: str, before: Structure) -> Iterator[str]:
    """A table's other name; the names of its indexes, which are of its schema, are free for the next one."""
    yield blocks.unlike(replace(name, table=to), name.table)
    yield f"ALTER TABLE {quoting.place(name)} RENAME TO {quoting.name(to)}"
    for index in before.indexes:
        old = f"{quoting.name(name.schema)}.{quoting.name(index_name(name.table, index.name))}"
        yield f"ALTER INDEX IF EXISTS {old} RENAME TO {quoting.name(index_name(to, index.name))}"


def _clustered(columns: tuple[str, ...]) -> str:
    if not columns:
        return quoting.remark("Postgres keeps no rows together: there is nothing to take away")
    return quoting.remark(f"Postgres keeps no rows together that are alike in {quoting.names(columns)}")


def _of_column(change: OfColumn, before: Structure, after: Structure) -> Iterator[str]:
    place = quoting.place(change.name)
    match change:
        case AddColumn():
            yield from _added(change, after)
        case DropColumn(column=column):
            yield f"ALTER TABLE {place} DROP COLUMN {quoting.name(column)}"
        case RenameColumn():
            yield from _column_renamed(change, after)
        case RetypeColumn(column=column):
            yield from retyping.statements(column, before, after)
        case SetNullable(column=column, nullable=nullable):
            word = "DROP" if nullable else "SET"
            yield f"ALTER TABLE {place} ALTER COLUMN {quoting.name(column)} {word} NOT NULL"
        case SetDefault(column=column, default=default):
            text = default and f"SET DEFAULT {default_sql(after.table.by_name[column].type, default)}"
            yield f"ALTER TABLE {place} ALTER COLUMN {quoting.name(column)} {text or 'DROP DEFAULT'}"


def _added(change: AddColumn, after: Structure) -> Iterator[str]:
    column = after.table.by_name[change.column.name]
    yield f"ALTER TABLE {quoting.place(change.name)} ADD COLUMN {column_line(column, change.default)}"
    if condition := spelling.bounds(column.type, quoting.name(column.name)):
        yield blocks.hold_type(change.name, column, condition)
    if column.comment is not None:
        yield comment_statement(change.name, column.name, column.comment)


def _column_renamed(change: RenameColumn, after: Structure) -> Iterator[str]:
    old, new = quoting.name(change.column), quoting.name(change.to)
    yield f"ALTER TABLE {quoting.place(change.name)} RENAME COLUMN {old} TO {new}"
    for check in after.checks:
        if change.to in columns_in(check.condition):
            yield told_check(change.name, check)


def _of_rules(
    change: AddCheck | AddForeignKey | DropConstraint | CreateIndex | DropIndex, before: Structure
) -> Iterator[str]:
    match change:
        case AddCheck(check=check):
            yield from check_statements(before.table, check)
        case AddForeignKey(name, key):
            yield key_statement(name, key)
        case DropConstraint(name, constraint):
            yield f"ALTER TABLE {quoting.place(name)} DROP CONSTRAINT {quoting.name(constraint)}"
        case CreateIndex(name, index):
            yield from index_statements(name, index)
        case DropIndex(name, index):
            yield blocks.drop_index(name, index)
