"""One statement of a migration, as it is run."""

import re

from backends.plan import TableName
from backends.warehouse.catalog import HELPER, prepare_schema
from backends.warehouse.defining import create_schema, full_name
from backends.warehouse.driver import Session
from backends.warehouse.faults import Failed, is_missing_schema
from backends.warehouse.inlining import quoted
from backends.warehouse.names import spelled

_PART = r"`((?:[^`]|``)*)`"
_NOTHING = re.compile(r"(?>\s+|--[^\n]*|/\*.*?\*/)*+", re.DOTALL)  # comments alone, which Spark refuses
_HELPER = quoted(HELPER)
_ALIKE = re.compile(  # what `fitting.alike` says, as `ddl` asks for it
    rf"ALTER TABLE (.+) ADD CONSTRAINT {_HELPER} CHECK \(((?:rtrim\()?{_HELPER}\)? <=> (.+))\)", re.DOTALL
)
TRIES = 5  # to copy what others write meanwhile
_SCHEMA = re.compile(rf"CREATE SCHEMA IF NOT EXISTS {_PART}\.{_PART}(?: COMMENT '([^']*)')?")


def run(session: Session, statement: str, usual: TableName) -> None:
    """Run a statement; a schema is made only if it is missing, which whoever may make none is not asked.

    The schema of `usual` is made when the first table is made in it. Rows that others wrote after a
    column was copied to one beside it are copied too, so that the two can be kept alike.

    Raises:
        Failed, and what else `Session.table` does.
        Conflict: a schema is there whose name differs in case only.
    """
    if _NOTHING.fullmatch(statement):
        return
    match = _SCHEMA.fullmatch(statement)
    if match is not None and _is_there(session, *match.groups()):
        return
    if (copied := _ALIKE.fullmatch(statement)) is not None:
        _keep_alike(session, statement, *copied.groups())
        return
    try:
        session.run(statement)
    except Failed as error:
        if not (is_missing_schema(error) and statement.startswith(f"CREATE TABLE {_prefix(usual)}")):
            raise
        session.run(create_schema(usual))
        session.run(statement)


def _keep_alike(session: Session, statement: str, table: str, same: str, value: str) -> None:
    for _ in range(TRIES):
        try:
            session.run(statement)
        except Failed as error:
            if error.error_class != "DELTA_NEW_CHECK_CONSTRAINT_VIOLATION":
                raise
            session.run(f"UPDATE {table} SET {_HELPER} = {value} WHERE NOT ({same})")  # noqa: S608 - our own
        else:
            return
    session.run(statement)


def _prefix(name: TableName) -> str:
    """How the full names of a schema's tables begin."""
    return full_name(name).removesuffix(quoted(name.table.lower()))


def _is_there(session: Session, catalog: str, kept: str, comment: str | None) -> bool:
    schema = spelled(kept.replace("``", "`"), comment)
    return prepare_schema(session, TableName(catalog.replace("``", "`"), schema, ""))
