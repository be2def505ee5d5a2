"""Where SQLite's numbers of a table's rows go on: a row of `sqlite_sequence` (https://sqlite.org/autoinc.html)."""

from backends import errors
from backends.sqlite.grammar import physical_name, quoted
from backends.sqlite.literals import text_literal
from backends.structure import Structure

# SQLite makes `sqlite_sequence` with the first such table, and keeps it: others' tables may need none
_PLACE = quoted("lakegate:sequence")
_MADE = (f"CREATE TABLE {_PLACE} (n INTEGER PRIMARY KEY AUTOINCREMENT)", f"DROP TABLE {_PLACE}")


def refuse_other_keys(structure: Structure) -> None:
    """Refuse an identity column that is not the whole primary key. Raises Unsupported."""
    identity = structure.identity
    if identity is not None and structure.table.primary_key != (identity.column,):
        raise errors.Unsupported(
            f'"{identity.column}" has to be the primary key: SQLite numbers no other column'
        )


def kept(structure: Structure) -> tuple[str, ...]:
    """The statements by which a table that was just made goes on where it is to."""
    identity = structure.identity
    return (
        () if identity is None or identity.next == 1 else _going_on(structure, identity.column, identity.next)
    )


def advanced(structure: Structure, next_: int) -> tuple[str, ...]:
    """The statements by which a table goes on from a number, or from where it is if that is beyond."""
    identity = structure.identity
    return () if identity is None else (*_MADE, *_going_on(structure, identity.column, next_))


def _going_on(structure: Structure, column: str, next_: int) -> tuple[str, ...]:
    table = physical_name(structure.table.name)
    name, highest = text_literal(table), f"(SELECT coalesce(max({quoted(column)}), 0) FROM {quoted(table)})"  # noqa: S608
    missing = f"NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = {name})"  # noqa: S608 - quoted
    return (
        f"INSERT INTO sqlite_sequence (name, seq) SELECT {name}, 0 WHERE {missing}",
        f"UPDATE sqlite_sequence SET seq = max(seq, {next_ - 1}, {highest}) WHERE name = {name}",  # noqa: S608
    )
