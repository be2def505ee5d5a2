"""A statement's text with the names that Spark knows.

All tables are in one database under names of their own (`t12`); each has as its alias what its name was.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.workspace.warehouse.unity import Statement, UnitySession, errors
from tests.workspace.warehouse.unity.model import Table
from tests.workspace.warehouse.unity.scanner import Kind, Token, scan

DATABASE = "default"
BEFORE_TABLES = {"FROM", "INTO", "JOIN", "OVERWRITE", "TABLE", "UPDATE", "USING"}
NO_ALIAS_AFTER = {"INTO", "OVERWRITE", "TABLE"}
AFTER_TABLES = {
    "ANTI", "CLUSTER", "CROSS", "DISTRIBUTE", "EXCEPT", "FULL", "GROUP", "HAVING", "INNER", "INTERSECT",
    "JOIN", "LATERAL", "LEFT", "LIMIT", "MINUS", "NATURAL", "OFFSET", "ON", "ORDER", "PIVOT", "RIGHT",
    "SELECT", "SEMI", "SET", "SORT", "TABLESAMPLE", "UNION", "UNPIVOT", "USING", "VALUES", "WHEN",
    "WHERE", "WINDOW",
}  # fmt: skip
OWN_NAME = re.compile(r"(?:`?spark_catalog`?\.)?(?:`?default`?\.)`?t(\d+)`?|`t(\d+)`|\bt(\d+)\b")


@dataclass(frozen=True, slots=True)
class _Path:
    """Names parted by dots: from which token to which, and what they are."""

    first: int
    last: int
    parts: tuple[str, ...]


def physical_name(table: Table) -> str:
    """The name by which Spark knows a table."""
    return f"t{table.uid}"


def text_of(value: str) -> str:
    """A text as a literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def for_spark(session: UnitySession, statement: Statement) -> str:
    """A statement's text with Spark's names.

    Raises:
        SqlError: a table or file is not there.
    """
    return Writer(session, statement).text()


class Writer:
    """Writes one statement anew."""

    def __init__(self, session: UnitySession, statement: Statement) -> None:
        self._session = session
        self._sql = statement.text
        self._tokens = scan(statement.text)
        written = [statement.writes] if statement.writes else []
        self._tables = {_lower(parts): parts for parts in (*statement.reads, *written)}
        self._qualifiers = {parts[start:] for parts in self._tables for start in range(len(parts) - 1)}
        self._files = bool(statement.files)
        self._is_merge = statement.kind == "MERGE"

    def text(self) -> str:
        """The new text."""
        pieces, place = [], 0
        for start, end, piece in self._changes():
            pieces += [self._sql[place:start], piece]
            place = end
        return "".join((*pieces, self._sql[place:]))

    def _changes(self) -> Iterator[tuple[int, int, str]]:
        for path in _paths(self._tokens):
            piece, last = self._piece(path)
            if piece:
                yield self._tokens[path.first].start, self._tokens[last].end, piece

    def _piece(self, path: _Path) -> tuple[str, int]:
        follows = self._tokens[path.last + 1]
        parts = _lower(path.parts)
        is_table = parts in self._tables and (len(parts) == 3 or self._before(path) in BEFORE_TABLES)
        if is_table:
            return self._table(path), path.last
        if follows.value == "(":
            return self._function(path)
        if self._files and len(parts) == 2 and parts[0] == "parquet":
            return f"parquet.{errors.quoted(str(self._session.file(path.parts[1])))}", path.last
        head = next((size for size in (3, 2) if len(parts) > size and parts[:size] in self._qualifiers), 0)
        return (errors.quoted(*path.parts[head - 1 :]), path.last) if head else ("", path.last)

    def _before(self, path: _Path) -> str:
        return self._tokens[path.first - 1].value.upper() if path.first else ""

    def _table(self, path: _Path) -> str:
        name = f"{DATABASE}.{physical_name(self._session.table(self._tables[_lower(path.parts)]))}"
        before, follows = self._before(path), self._tokens[path.last + 1]
        takes_alias = self._is_merge or before not in NO_ALIAS_AFTER
        has_alias = follows.kind is Kind.NAME or (
            follows.kind is Kind.WORD and follows.value.upper() not in AFTER_TABLES
        )
        return f"{name} AS {errors.quoted(path.parts[-1])}" if takes_alias and not has_alias else name

    def _function(self, path: _Path) -> tuple[str, int]:
        name = path.parts[-1].lower()
        if name == "read_files":
            return self._read_files(path)
        if self._tokens[path.last + 2].value != ")":
            return "", path.last
        match name:
            case "current_user" | "session_user" | "user":
                return text_of(self._session.principal), path.last + 2
            case "current_catalog":
                return text_of(self._session.catalog), path.last + 2
            case "current_schema" | "current_database":
                return text_of(self._session.schema), path.last + 2
            case _:
                return "", path.last

    def _read_files(self, path: _Path) -> tuple[str, int]:
        place = path.last + 2
        name = self._tokens[place].value
        said = [token.value.lower() for token in self._tokens[place + 1 : place + 7]]
        if said[:6] != [",", "format", "=", ">", "parquet", ")"]:
            raise errors.unsupported("read_files with anything but format => 'parquet'")
        return f"parquet.{errors.quoted(str(self._session.file(name)))}", place + 6


def _paths(tokens: Sequence[Token]) -> Iterator[_Path]:
    names = {Kind.NAME, Kind.WORD}
    place = 0
    while place < len(tokens):
        if tokens[place].kind not in names:
            place += 1
            continue
        first = place
        while tokens[place + 1].value == "." and tokens[place + 2].kind in names:
            place += 2
        yield _Path(first, place, tuple(token.value for token in tokens[first : place + 1 : 2]))
        place += 1


def _lower(parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(part.lower() for part in parts)


def for_people(session: UnitySession, message: str) -> str:
    """A message with the tables' names in three levels."""
    known = {table.uid: table for table in session.unity.registry.tables()}

    def named(match: re.Match[str]) -> str:
        number = next(group for group in match.groups() if group)
        table = known.get(int(number))
        return errors.quoted(*table.parts) if table else match[0]

    return OWN_NAME.sub(named, message)
