"""Statements of migrations, run; and what Postgres says of them in the contract's words."""

import logging
import re
from collections.abc import Callable

import psycopg2
from psycopg2.extensions import cursor

from backends import errors
from backends.lakebase import blocks
from backends.lakebase.catalog import NO_QUEUE
from backends.lakebase.connections import Database
from backends.lakebase.ending import refuse_ending, says_nothing
from backends.lakebase.faults import translated
from backends.lakebase.transactions import driver_of

_log = logging.getLogger(__name__)

_DONE = frozenset({"42701", "42P07", "42710", "42P06", "42723"})  # there is one of that name
_GONE = frozenset({"42P01", "42703", "42704", "3F000"})  # there is none
# what makes it so that there is none of a name
_REMOVES = re.compile(r"\s*(DROP\s|ALTER\s.*\s(DROP|RENAME)\s)", re.IGNORECASE | re.DOTALL)

_MISFITS = ("22003", "22001", "22008", "22007", "22P02")
_BY_CODE: dict[str, Callable[[], errors.BackendError]] = {
    **dict.fromkeys(_DONE, lambda: errors.Conflict("something else has this name")),
    **dict.fromkeys(_GONE, lambda: errors.NotFound("what the statement names is not there")),
    **dict.fromkeys(_MISFITS, lambda: errors.Conflict("a value cannot become what is asked for")),
    "25P01": lambda: errors.Invalid("a statement may not end the transaction that it is in"),
    blocks.ALIKE: lambda: errors.Conflict("something has a name that differs only in case"),
    "25001": lambda: errors.Unsupported("the database does this in no transaction"),
    "42501": lambda: errors.Forbidden("the database's grants, or a row-level security policy, refuse this"),
    "42830": lambda: errors.Invalid("a foreign key points to what is no key"),
    "42P16": lambda: errors.Conflict("the table has something of the kind already, or cannot have it"),
    "2B000": lambda: errors.Conflict("something else depends on it"),
}
_BY_CLASS: dict[str, Callable[[], errors.BackendError]] = {
    "23": lambda: errors.Conflict("rows that are there refuse it"),
    "42": lambda: errors.Invalid("the database does not understand the statement"),
}


def run(database: Database, statement: str, *, again: bool) -> None:
    """Run a statement; see `Backend.run`. One of nothing but a comment is none."""
    refuse_ending(statement)
    if says_nothing(statement):
        return

    def work(found: cursor) -> None:
        driver_of(found).spent = True
        found.execute(NO_QUEUE)
        found.execute(statement)

    try:
        database.change(work)
    except psycopg2.Error as error:
        if again and _is_so(error, statement):
            return
        _log.warning("a statement was refused: %s (%s)", error.diag.message_primary, error.pgcode)
        raise refused(error) from error


def _is_so(error: psycopg2.Error, statement: str) -> bool:
    """Whether an error tells that a statement has been run before."""
    return error.pgcode in _DONE or (error.pgcode in _GONE and bool(_REMOVES.match(statement)))


def refused(error: psycopg2.Error) -> errors.BackendError:
    """The contract's error for a statement of a migration's."""
    code = error.pgcode or ""
    make = _BY_CODE.get(code) or _BY_CLASS.get(code[:2])
    return make() if make else translated(error)
