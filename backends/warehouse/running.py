"""One statement of a migration, as it is run."""

import re

from backends.plan import TableName
from backends.warehouse.catalog import prepare_schema
from backends.warehouse.defining import create_schema, full_name
from backends.warehouse.driver import Session
from backends.warehouse.faults import Failed, is_missing_schema
from backends.warehouse.inlining import quoted
from backends.warehouse.names import spelled

_PART = r"`((?:[^`]|``)*)`"
_SCHEMA = re.compile(rf"CREATE SCHEMA IF NOT EXISTS {_PART}\.{_PART}(?: COMMENT '([^']*)')?")


def run(session: Session, statement: str, usual: TableName) -> None:
    """Run a statement; a schema is made only if it is missing, which whoever may make none is not asked.

    The schema of `usual` is made when the first table is made in it.

    Raises:
        Failed, and what else `Session.table` does.
        Conflict: a schema is there whose name differs in case only.
    """
    match = _SCHEMA.fullmatch(statement)
    if match is not None and _is_there(session, *match.groups()):
        return
    try:
        session.run(statement)
    except Failed as error:
        if not (is_missing_schema(error) and statement.startswith(f"CREATE TABLE {_prefix(usual)}")):
            raise
        session.run(create_schema(usual))
        session.run(statement)


def _prefix(name: TableName) -> str:
    """How the full names of a schema's tables begin."""
    return full_name(name).removesuffix(quoted(name.table.lower()))


def _is_there(session: Session, catalog: str, kept: str, comment: str | None) -> bool:
    schema = spelled(kept.replace("``", "`"), comment)
    return prepare_schema(session, TableName(catalog.replace("``", "`"), schema, ""))
