"""One statement, parsed: what kind it is, and which tables and files it reads and writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.commands import Command
from tests.workspace.warehouse.unity.parser import read_command
from tests.workspace.warehouse.unity.scanner import Kind, scan

DIALECT = "databricks"
MARKER = "lakegate_marker_"  # and a number: the name of a parameter that goes by its position
Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement.

    Attributes:
        kind: "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", or "COMMAND".
        command: what a COMMAND says.
        tree: what the others are, as sqlglot reads them; never changed.
        reads: the tables and views it selects from, their names as they were written.
        writes: the table it changes.
        files: the paths it reads with read_files or parquet.`path`.
    """

    text: str
    kind: str
    command: Command | None = None
    tree: exp.Expr | None = None
    reads: tuple[Parts, ...] = ()
    writes: Parts | None = None
    files: tuple[str, ...] = ()


@lru_cache(4096)
def parse(sql: str) -> Statement:
    """Read one statement.

    Raises:
        SqlError: it cannot be read, is more than one, or is of a kind that is not known.
    """
    command = read_command(sql)
    if command is not None:
        return Statement(sql, "COMMAND", command)
    tree = parse_tree(sql)
    kind, target = _kind(tree)
    found = [table for table in tree.find_all(exp.Table) if table is not target]
    return Statement(
        sql, kind, None, tree, _reads(tree, found), parts_of(target) if target else None, _files(found)
    )


def parse_tree(sql: str) -> exp.Expr:
    """sqlglot's tree of one statement.

    Raises:
        SqlError: it cannot be read, or is more than one.
    """
    try:
        trees = sqlglot.parse(_plain_texts(sql), read=DIALECT)
    except SqlglotError as error:
        raise _syntax(error) from error
    if len(trees) != 1 or trees[0] is None:
        raise errors.syntax(sql.strip()[-20:])
    return trees[0]


def parse_expression(sql: str) -> exp.Expr:
    """sqlglot's tree of one expression, such as a default or a check.

    Raises:
        SqlError: it cannot be read.
    """
    tree = parse_tree(f"SELECT {sql}")
    if (
        not isinstance(tree, exp.Select)
        or len(tree.expressions) != 1
        or set(_filled(tree)) != {"expressions"}
    ):
        raise errors.syntax(sql)
    found: exp.Expr = tree.expressions[0]
    return found


def parts_of(table: exp.Table) -> Parts:
    """A table's name as it was written."""
    return tuple(part.name for part in table.parts)


def is_file(table: exp.Table) -> bool:
    """Whether this is parquet.`path`."""
    return table.db.lower() == "parquet" and not table.catalog and "/" in table.name


def _kind(tree: exp.Expr) -> tuple[str, exp.Table | None]:
    match tree:
        case exp.Query():
            return "SELECT", None
        case exp.Insert() | exp.Update() | exp.Delete() | exp.Merge():
            target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
            if not isinstance(target, exp.Table):
                raise errors.unsupported(f"{tree.key.upper()} without a table")
            return tree.key.upper(), target
        case _:
            raise errors.unsupported(f"the statement {tree.key.upper()}")


def _reads(tree: exp.Expr, tables: list[exp.Table]) -> tuple[Parts, ...]:
    local = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    names = [
        parts_of(table) for table in tables if isinstance(table.this, exp.Identifier) and not is_file(table)
    ]
    return tuple(dict.fromkeys(name for name in names if len(name) > 1 or name[0].lower() not in local))


def _files(tables: list[exp.Table]) -> tuple[str, ...]:
    return tuple(path for table in tables for path in _paths(table))


def _paths(table: exp.Table) -> Iterator[str]:
    if is_file(table):
        yield table.name
    elif isinstance(table.this, exp.Anonymous) and table.this.name.lower() == "read_files":
        first = table.this.expressions[0] if table.this.expressions else None
        if not isinstance(first, exp.Literal) or not first.is_string:
            raise errors.unsupported("read_files without a path")
        yield first.this


def _filled(tree: exp.Expr) -> list[str]:
    return [key for key, value in tree.args.items() if value]


def _plain_texts(sql: str) -> str:
    """The statement with its texts in a form that sqlglot reads as Databricks does.

    Markers get the name of their place in the text, which a tree does not tell.
    """
    pieces, place, markers = [], 0, 0
    for token in scan(sql):
        if token.kind is Kind.TEXT:
            pieces += [sql[place : token.start], _literal(token.value)]
            place = token.end
        elif token.kind is Kind.MARK and token.value == "?":
            pieces += [sql[place : token.start], f":{MARKER}{markers}"]
            place, markers = token.end, markers + 1
    return "".join((*pieces, sql[place:]))


def _literal(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _syntax(error: SqlglotError) -> SqlError:
    details = getattr(error, "errors", None)
    near = str(details[0].get("highlight") or "") if details else ""
    return errors.syntax(near)
