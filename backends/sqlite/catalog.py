"""SQLite's tables described in the contract's words, and made from them."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from backends import errors, types
from backends.plan import Column, Kind, Table, TableName, TableSummary
from backends.sqlite import spelling, written
from backends.sqlite.grammar import MAIN, in_other_schema, logical_name, physical_name, quoted
from backends.sqlite.tables import table_sql
from backends.structure import Structure

Rows = list[tuple[Any, ...]]

_OBJECTS = (
    "SELECT name, type FROM sqlite_master"
    " WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
)
_HIDDEN, _VIRTUAL, _STORED = 1, 2, 3  # of PRAGMA table_xinfo: hidden in a virtual table, or generated
MAX_COLUMNS = 2000  # https://sqlite.org/limits.html
_SAMPLE = 100  # rows looked at to tell the type of a column that declares none
_BY_STORAGE = {
    frozenset({"integer"}): types.Integer(64),
    frozenset({"real"}): types.Float(64),
    frozenset({"integer", "real"}): types.Float(64),
    frozenset({"text"}): types.String(),
    frozenset({"blob"}): types.Binary(),
    frozenset(): types.String(),
}


def objects(connection: sqlite3.Connection) -> Iterator[tuple[str, TableSummary]]:
    """Every table and view of a file with its schema; one without a name only keeps its schema."""
    for name, kind in connection.execute(_OBJECTS):
        found = logical_name("", name)
        yield found.schema, TableSummary(found.table, kind)


def version(connection: sqlite3.Connection) -> int:
    """A number that changes with the file's tables, whoever changes them."""
    found: int = connection.execute("PRAGMA schema_version").fetchone()[0]
    return found


def describe(connection: sqlite3.Connection, name: TableName) -> tuple[Table, dict[str, bool]]:
    """A table, and its columns that the gateway did not declare: whether each keeps only what its type keeps.

    Raises:
        NotFound: the file has no such table.
        Unsupported: a column's type cannot be told.
    """
    kind, sql = found_object(connection, name)
    rows = _columns(connection, name)
    rowid = _rowid_alias(connection, name, rows)
    said = written.commented(sql if kind == "table" else "")
    columns, foreign = [], dict[str, bool]()
    for _, column, declared, not_null, default, _, hidden in rows:
        if hidden == _HIDDEN:
            continue
        type_ = spelling.own(declared)
        if column == rowid:
            type_ = spelling.numbered(said.types.get(column))
        if type_ is None:
            type_ = spelling.nearest(declared) or _sampled(connection, name, column)
            foreign[column] = spelling.kept_as(declared) == spelling.storage(type_)
        columns.append(
            Column(
                name=column,
                type=type_,
                nullable=not (not_null or column == rowid),
                comment=said.comments.get(column),
                default="NULL" if column == rowid else default,  # a NULL rowid is the next free one
                generated=hidden in (_VIRTUAL, _STORED),
            )
        )
    key_columns = sorted((key, column) for _, column, _, _, _, key, _ in rows if key)
    return Table(name, tuple(columns), tuple(column for _, column in key_columns), kind), foreign


def create(connection: sqlite3.Connection, table: Table) -> None:
    """Create a table, and its schema where that is new.

    An empty table with the schema's name and a dot keeps the schema when its last table goes, as
    other databases do.

    Raises:
        Unsupported: SQLite keeps the name to itself, or takes no table of so many columns.
    """
    for statement in creation(Structure(table)):
        connection.execute(statement)


def creation(structure: Structure) -> tuple[str, ...]:
    """The statements of `create`. Raises Unsupported."""
    name = structure.table.name
    refuse(name, len(structure.table.columns))
    keeper = f'CREATE TABLE IF NOT EXISTS {quoted(name.schema + ".")} ("schema")'
    return (*((keeper,) if name.schema != MAIN else ()), table_sql(structure))


def numbers(connection: sqlite3.Connection, name: TableName, column: str) -> int | None:
    """The highest number that a column has, or had and SQLite keeps in mind; None where there is none."""
    table = physical_name(name)
    highest = f"SELECT max({quoted(column)}) FROM {quoted(table)}"  # noqa: S608 - names that exist, quoted
    found: list[int | None] = [connection.execute(highest).fetchone()[0]]
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone():
        kept = connection.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = ?", (table,))
        found.append(kept.fetchone()[0])
    return max((number for number in found if number is not None), default=None)


def refuse(name: TableName, columns: int) -> None:
    """Refuse what SQLite has no room for. Raises Unsupported."""
    if name.schema == MAIN and in_other_schema(name.table):
        raise errors.Unsupported(f'"{name.table}" is, in SQLite, the name of a table of another schema')
    if physical_name(name).lower().startswith("sqlite_"):
        raise errors.Unsupported('SQLite keeps names that begin with "sqlite_" to itself')
    if columns > MAX_COLUMNS:
        raise errors.Unsupported(f"a table has at most {MAX_COLUMNS} columns, not {columns}")


def exists(connection: sqlite3.Connection, name: TableName) -> bool:
    """Whether there is a table or view of that name.

    Raises:
        Conflict: there is one, or such a schema, whose name differs in case only: SQLite cannot tell
            tables apart by it, nor other databases schemas.
    """
    found = {(MAIN, "")} | {(schema, summary.name) for schema, summary in objects(connection)}
    if (name.schema, name.table) in found:
        return True
    same_schema = {schema for schema, _ in found if schema.lower() == name.schema.lower()}
    tables = {table.lower() for schema, table in found if schema == name.schema}
    if same_schema - {name.schema} or name.table.lower() in tables:
        raise errors.Conflict(f'"{name}" differs only in case from what exists')
    return False


def drop(connection: sqlite3.Connection, name: TableName) -> None:
    """Remove a table or view.

    Raises:
        NotFound: there is none.
    """
    kind, _ = found_object(connection, name)
    connection.execute(f"DROP {kind} {quoted(physical_name(name))}")


def numbered(connection: sqlite3.Connection, name: TableName) -> str | None:
    """The column that SQLite fills with the next free number: the rowid itself."""
    return _rowid_alias(connection, name, _columns(connection, name))


def found_object(connection: sqlite3.Connection, name: TableName) -> tuple[Kind, str]:
    """Whether a table or view is there, and its own SQL. Raises NotFound."""
    found = connection.execute(
        "SELECT type, sql FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?",
        (physical_name(name),),
    ).fetchone()
    if found is None or not name.table or (name.schema == MAIN and in_other_schema(name.table)):
        raise errors.NotFound(f'there is no table "{name}"')
    return found[0], found[1]


def _columns(connection: sqlite3.Connection, name: TableName) -> Rows:
    return connection.execute(f"PRAGMA table_xinfo({quoted(physical_name(name))})").fetchall()


def _rowid_alias(connection: sqlite3.Connection, name: TableName, rows: Rows) -> str | None:
    """The column that is the rowid itself (https://sqlite.org/lang_createtable.html#rowid): never NULL.

    A primary key that is anything else has an index of its own.
    """
    keys = [str(row[1]) for row in rows if row[5]]
    indexes = connection.execute(f"PRAGMA index_list({quoted(physical_name(name))})")
    return keys[0] if len(keys) == 1 and not any(origin == "pk" for _, _, _, origin, _ in indexes) else None


def _sampled(connection: sqlite3.Connection, name: TableName, column: str) -> types.Type:
    """The type of a column that declares none, such as a view's expression: by its first values."""
    kinds = connection.execute(
        "SELECT DISTINCT typeof(value)"  # noqa: S608 - names that exist, quoted
        f" FROM (SELECT {quoted(column)} AS value FROM {quoted(physical_name(name))}"
        f" WHERE {quoted(column)} IS NOT NULL LIMIT {_SAMPLE})"
    )
    found = _BY_STORAGE.get(frozenset(kind for (kind,) in kinds))
    if found is None:
        raise errors.Unsupported(f'column "{column}" holds values of several types, which no type can hold')
    return found
