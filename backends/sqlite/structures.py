"""All that a table is made of, read from its file; what the contract's words cannot say, as sentences."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from backends import errors
from backends.numbering import next_number
from backends.plan import Table, TableName
from backends.sqlite import catalog, checks, literals
from backends.sqlite.grammar import logical_name, physical_name, quoted
from backends.sqlite.written import Written, WrittenCheck, written
from backends.structure import Check, Default, ForeignKey, Identity, Index, Structure, condition_of

_WORDS = {
    "COLLATE": "it has a column that compares text in a way of its own (COLLATE)",
    "CONFLICT": "it says what happens to a row that is refused (ON CONFLICT)",
    "DEFERRABLE": "it has a foreign key that is looked at late (DEFERRABLE)",
}
_SHOWN = 200  # characters of others' SQL
Named = TypeVar("Named", Check, ForeignKey, Index)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A table that is being read; what cannot be said of it is added to `others`."""

    connection: sqlite3.Connection
    table: Table
    written: Written
    others: list[str]

    def pragma(self, name: str, of: str) -> list[tuple[object, ...]]:
        return self.connection.execute(f"PRAGMA {name}({quoted(of)})").fetchall()


def structure(connection: sqlite3.Connection, name: TableName) -> Structure:
    """See `Backend.structure`."""
    kind, sql = catalog.found_object(connection, name)
    if kind == "view":
        raise errors.Unsupported(f'"{name}" is a view')
    table, _ = catalog.describe(connection, name)
    found = _Reading(connection, table, written(sql), [])
    defaults = dict(_defaults(found))
    kept = _sorted(_checks(found)), _sorted(_foreign_keys(found)), _sorted(_indexes(found))
    others = (*found.others, *_others(found, sql))
    return Structure(
        table, found.written.comment, defaults, *kept, others=others, identity=_identity(connection, table)
    )


def _identity(connection: sqlite3.Connection, table: Table) -> Identity | None:
    """The column that is the rowid itself, which SQLite numbers with AUTOINCREMENT or without."""
    column = catalog.numbered(connection, table.name)
    if column is None:
        return None
    highest = catalog.numbers(connection, table.name, column)
    return Identity(column, next_number(table.by_name[column].type, highest))


def _sorted(items: Iterable[Named]) -> tuple[Named, ...]:
    return tuple(sorted(items, key=lambda item: item.name))


def _defaults(found: _Reading) -> Iterator[tuple[str, Default]]:
    for column in found.table.columns:
        if column.default is None or column.default.upper() == "NULL" or column.generated:
            continue
        if default := literals.default_of(found.connection, column):
            yield column.name, default
        else:
            found.others.append(f'the default of "{column.name}" is {_shown(column.default)}')


def _checks(found: _Reading) -> Iterator[Check]:
    for check in found.written.checks:
        if ours := _own_check(check, found.table):
            yield ours
        else:
            found.others.append(f"a check of its own: {_shown(check.sql)}")


def _own_check(check: WrittenCheck, table: Table) -> Check | None:
    """A check whose condition stands beside it, and is still what SQLite looks at."""
    try:
        condition = condition_of(check.remark or "")
        same = checks.condition_sql(condition, table.by_name) == check.sql
    except (LookupError, RecursionError, TypeError, ValueError):
        return None
    return Check(check.name, condition) if same and check.name else None


def _foreign_keys(found: _Reading) -> Iterator[ForeignKey]:
    keys: dict[object, list[tuple[object, ...]]] = {}
    for row in found.pragma("foreign_key_list", physical_name(found.table.name)):
        keys.setdefault(row[0], []).append(row)
    newest_first = list(keys.values())
    names = found.written.keys if len(found.written.keys) == len(keys) else [None] * len(keys)
    taken = {name.lower() for name in names if name}
    for given, rows in zip(names, reversed(newest_first), strict=True):
        name = given or _free_name(found.table.name.table, rows, taken)
        taken.add(name.lower())
        yield _foreign_key(found, name, rows)


def _free_name(table: str, rows: list[tuple[object, ...]], taken: set[str]) -> str:
    """A name for a foreign key that was given none."""
    name = f"{table}_{'_'.join(str(row[3]) for row in rows)}_fkey"
    numbered = (f"{name}{number or ''}" for number in count())
    return next(each for each in numbered if each.lower() not in taken)


def _foreign_key(found: _Reading, name: str, rows: list[tuple[object, ...]]) -> ForeignKey:
    columns = tuple(str(row[3]) for row in rows)
    target = _spelled(found.connection, str(rows[0][2]))
    if rows[0][4] is None:
        key = sorted((row[5], str(row[1])) for row in found.pragma("table_info", target) if row[5])
        pointed = tuple(column for _, column in key)
    else:
        pointed = tuple(str(row[4]) for row in rows)
    for event, action in zip(("update", "delete"), rows[0][5:7], strict=True):
        if action != "NO ACTION":
            found.others.append(f'the foreign key "{name}" has an action of its own on {event}: {action}')
    return ForeignKey(name, columns, logical_name(found.table.name.catalog, target), pointed)


def _spelled(connection: sqlite3.Connection, table: str) -> str:
    """A table's name as it is spelled where it was made: a foreign key may spell it in another case."""
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE"
    row = connection.execute(sql, (table,)).fetchone()
    return str(row[0]) if row else table


def _indexes(found: _Reading) -> Iterator[Index]:
    before = f"{physical_name(found.table.name)}:"
    for _, name, unique, origin, partial in found.pragma("index_list", physical_name(found.table.name)):
        if origin == "pk":
            continue
        columns = _plain_columns(found, str(name))
        if not unique and not partial and columns and str(name).startswith(before):
            yield Index(str(name).removeprefix(before), columns)
        elif origin == "u":
            found.others.append(f"a unique key: {', '.join(columns)}")
        else:
            kind = "unique index" if unique else "index"
            found.others.append(f'the {kind} "{name}", which has properties or a name of its own')


def _plain_columns(found: _Reading, index: str) -> tuple[str, ...]:
    """An index's columns, if it has nothing but columns in their own order."""
    rows = [row for row in found.pragma("index_xinfo", index) if row[5]]
    plain = all(row[2] is not None and not row[3] and row[4] == "BINARY" for row in rows)
    return tuple(str(row[2]) for row in rows) if plain else ()


def _others(found: _Reading, sql: str) -> Iterator[str]:
    yield from (sentence for word, sentence in _WORDS.items() if word in found.written.words)
    if sql[:14].upper() == "CREATE VIRTUAL":
        yield "it is a virtual table"
    if "STRICT" in sql.rpartition(")")[2].upper():
        yield "SQLite itself refuses values of other types (STRICT)"
    for column in found.table.columns:
        if column.generated:
            yield f'"{column.name}" is computed from other columns'
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE"
    for (name,) in found.connection.execute(triggers, (physical_name(found.table.name),)):
        yield f'the trigger "{name}"'


def _shown(sql: str) -> str:
    return sql if len(sql) <= _SHOWN else f"{sql[:_SHOWN]}..."
