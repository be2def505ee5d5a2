"""CREATE TABLE and CREATE INDEX from a structure.

What SQLite has no place for stands in the table's own SQL as a comment, in JSON: the table's comment
after its parenthesis, a column's and a check's condition after each, the type of a column that SQLite
numbers, which has to be INTEGER for that, in an object after it. There it survives what SQLite
itself does to that text when something is renamed, added or dropped.
"""

import json

from backends.plan import Column, TableName
from backends.sqlite.checks import condition_sql
from backends.sqlite.grammar import physical_name, quoted
from backends.sqlite.literals import default_sql
from backends.sqlite.spelling import declared
from backends.structure import Check, Default, ForeignKey, Index, Structure, condition_text


def table_sql(structure: Structure, name: str | None = None) -> str:
    """CREATE TABLE, under another name if one is given."""
    table = structure.table
    numbered = structure.identity.column if structure.identity else None
    lines = [
        _numbered_sql(column)
        if column.name == numbered
        else column_sql(column, structure.defaults.get(column.name))
        for column in table.columns
    ]
    if table.primary_key and numbered is None:
        lines.append(f"PRIMARY KEY ({names_sql(table.primary_key)})")
    lines += [_check_sql(check, structure) for check in structure.checks]
    lines += [_key_sql(key) for key in structure.foreign_keys]
    body = ",\n  ".join(lines)
    # WITHOUT ROWID: rows in the order of their key: one search for a row, one run for a page
    opening = f"CREATE TABLE {quoted(name or physical_name(table.name))} ({_comment(structure.comment)}"
    return f"{opening}\n  {body}\n)" + (" WITHOUT ROWID" if table.primary_key and numbered is None else "")


def column_sql(column: Column, default: Default | None) -> str:
    """A column as CREATE TABLE and ADD COLUMN have it."""
    null = "" if column.nullable else " NOT NULL"
    filled = "" if default is None else f" DEFAULT {default_sql(column.type, default)}"
    return f"{quoted(column.name)} {quoted(declared(column.type))}{null}{filled}{_comment(column.comment)}"


def _numbered_sql(column: Column) -> str:
    """The column that SQLite numbers: never NULL, and the primary key."""
    told = _remark(json.dumps({"type": str(column.type)}))
    return f"{quoted(column.name)} INTEGER{told} PRIMARY KEY AUTOINCREMENT{_comment(column.comment)}"


def index_sql(name: TableName, index: Index) -> str:
    """CREATE INDEX."""
    on = f"{quoted(physical_name(name))} ({names_sql(index.columns)})"
    return f"CREATE INDEX {quoted(index_name(name, index.name))} ON {on}"


def index_name(name: TableName, index: str) -> str:
    """An index's name in its file, where all tables' indexes have one list of names."""
    return f"{physical_name(name)}:{index}"


def names_sql(names: tuple[str, ...]) -> str:
    """Names as a list."""
    return ", ".join(map(quoted, names))


def _check_sql(check: Check, structure: Structure) -> str:
    condition = condition_sql(check.condition, structure.table.by_name)
    kept = _remark(condition_text(check.condition))
    return f"CONSTRAINT {quoted(check.name)} CHECK ({condition}){kept}"


def _key_sql(key: ForeignKey) -> str:
    target = f"{quoted(physical_name(key.target))} ({names_sql(key.target_columns)})"
    return f"CONSTRAINT {quoted(key.name)} FOREIGN KEY ({names_sql(key.columns)}) REFERENCES {target}"


def _comment(text: str | None) -> str:
    return "" if text is None else _remark(json.dumps(text))


def _remark(told: str) -> str:
    """JSON as an SQL comment, which nothing in it ends."""
    return " /* " + told.replace("*/", "*\\/") + " */"
