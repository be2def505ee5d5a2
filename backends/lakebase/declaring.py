"""What a table is made of, as Postgres's statements declare it.

Postgres has no room for some of what was asked: the type that a constraint holds values to, a check's
condition, an index's own name, which in Postgres is one in a whole schema. Their comments have it.
"""

import hashlib
from collections.abc import Iterator, Mapping

from backends import types
from backends.lakebase import quoting, spelling
from backends.lakebase.constants import default_sql, literal
from backends.plan import Column, Table, TableName, Value
from backends.sql.checks import check_sql
from backends.structure import Check, Default, ForeignKey, Index, condition_text

CONSTRAINT = "lakegate_"  # begins the names of the constraints that tell a column's type
FITS = f"{CONSTRAINT}fits"  # a constraint that only looks whether a column may be given another type
MARK = "lakegate:"  # begins the comment of a check or an index
MAX_NAME = 63  # bytes; Postgres cuts longer names off
_DIGEST = 8  # characters that tell apart indexes whose names are long, or made of the same words


def table_statements(table: Table, defaults: Mapping[str, Default]) -> Iterator[str]:
    """CREATE TABLE, and the comments of its columns and of the constraints that tell their types."""
    place = quoting.place(table.name)
    lines = [
        _column_line(f"{CONSTRAINT}{at}", column, defaults.get(column.name))
        for at, column in enumerate(table.columns)
    ]
    if table.primary_key:
        lines.append(f"PRIMARY KEY ({quoting.names(table.primary_key)})")
    yield f"CREATE TABLE {place} ({', '.join(lines)})"
    for at, column in enumerate(table.columns):
        if column.comment is not None:
            yield comment_statement(table.name, column.name, column.comment)
        if spelling.bounds(column.type, ""):
            yield _comment(f"CONSTRAINT {CONSTRAINT}{at} ON {place}", str(column.type))


def _column_line(constraint: str, column: Column, default: Default | None) -> str:
    condition = spelling.bounds(column.type, quoting.name(column.name))
    held = f" CONSTRAINT {constraint} CHECK ({condition})" if condition else ""
    return f"{column_line(column, default)}{held}"


def column_line(column: Column, default: Default | None) -> str:
    """A column in CREATE TABLE or ADD COLUMN, but for what holds its values to its type."""
    parts = [quoting.name(column.name), declared(column.type)]
    if default is not None:
        parts.append(f"DEFAULT {default_sql(column.type, default)}")
    if not column.nullable:
        parts.append("NOT NULL")
    return " ".join(parts)


def declared(type_: types.Type) -> str:
    """A type, its text in the order of the contract."""
    collation = ' COLLATE "C"' if spelling.collatable(type_) else ""
    return f"{spelling.declared(type_)}{collation}"


def comment_statement(table: TableName, column: str | None, comment: str | None) -> str:
    """What says something about a table or a column of it."""
    place = quoting.place(table)
    what = f"TABLE {place}" if column is None else f"COLUMN {place}.{quoting.name(column)}"
    return _comment(what, comment)


def check_statements(table: Table, check: Check) -> Iterator[str]:
    """What adds a check, and keeps in mind what was asked for."""
    condition = _check_text(table, check)
    place, name = quoting.place(table.name), quoting.name(check.name)
    yield f"ALTER TABLE {place} ADD CONSTRAINT {name} CHECK ({condition})"
    yield told_check(table.name, check)


def told_check(table: TableName, check: Check) -> str:
    """What keeps in mind what was asked for of a check."""
    on = f"CONSTRAINT {quoting.name(check.name)} ON {quoting.place(table)}"
    return _comment(on, MARK + condition_text(check.condition))


def _check_text(table: Table, check: Check) -> str:
    def operand(name: str) -> str:
        text = spelling.collatable(table.by_name[name].type)
        return f'{quoting.name(name)}::text COLLATE "C"' if text else quoting.name(name)

    def compared(name: str, value: Value) -> str:
        return literal(table.by_name[name].type, value)

    return check_sql(check.condition, operand, compared)


def key_statement(table: TableName, key: ForeignKey) -> str:
    """What adds a foreign key."""
    target = f"{quoting.place(key.target)} ({quoting.names(key.target_columns)})"
    return (
        f"ALTER TABLE {quoting.place(table)} ADD CONSTRAINT {quoting.name(key.name)}"
        f" FOREIGN KEY ({quoting.names(key.columns)}) REFERENCES {target}"
    )


def index_statements(table: TableName, index: Index) -> Iterator[str]:
    """What creates an index, and keeps its own name in mind."""
    physical = index_name(table.table, index.name)
    yield f"CREATE INDEX {quoting.name(physical)} ON {quoting.place(table)} ({quoting.names(index.columns)})"
    yield _comment(f"INDEX {quoting.name(table.schema)}.{quoting.name(physical)}", MARK + index.name)


def index_name(table: str, index: str) -> str:
    """The name of an index in its schema, where tables have names of the same kind."""
    digest = hashlib.sha256(f"{table}\0{index}".encode()).hexdigest()[:_DIGEST]
    shown = f"{table}_{index}".encode()[: MAX_NAME - _DIGEST - 1].decode(errors="ignore")
    return f"{shown}_{digest}"


def _comment(what: str, comment: str | None) -> str:
    return f"COMMENT ON {what} IS {'NULL' if comment is None else quoting.text(comment)}"
