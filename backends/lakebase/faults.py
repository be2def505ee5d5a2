"""Postgres's errors as the contract's: by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

import re
from collections.abc import Callable

import psycopg2

from backends import errors
from backends.lakebase import misfits, quoting
from backends.sql import refusals


class Overdue(Exception):
    """The server did not answer before the connection's deadline; the connection is closed."""


class Lost(Exception):
    """The connection was lost while a statement was under way."""


_BY_CODE: dict[str, Callable[[], errors.BackendError]] = {
    "0A000": lambda: errors.Unsupported(refusals.UNABLE),
    "21000": lambda: errors.Conflict(refusals.TWICE),
    "23502": lambda: errors.Conflict(refusals.NOT_NULL),
    "23503": lambda: errors.Conflict(refusals.FOREIGN_KEY),
    "23514": lambda: errors.Conflict(refusals.CHECK),
    "2BP01": lambda: errors.Conflict("something else depends on it"),
    "P0001": lambda: errors.Conflict(refusals.TRIGGER),
    "57014": lambda: errors.Timeout(f"{refusals.OVERDUE}; nothing was written"),
    "25006": lambda: errors.Forbidden("the database takes no writes: this is a read-only endpoint"),
    "2200H": lambda: errors.Conflict("a sequence has no more numbers"),
    "42710": lambda: errors.Conflict("something else has this name"),
    "42P07": lambda: errors.Conflict("something else has this name"),
    "55006": lambda: errors.Unavailable("something else uses it now; nothing was written", retry_after=5),
    "55P03": lambda: errors.Unavailable("others use the table now; nothing was written", retry_after=5),
    "40001": lambda: errors.Unavailable("another write came in between; nothing was written"),
    "40P01": lambda: errors.Unavailable("two writes waited for each other; nothing was written"),
    "54000": lambda: errors.Unsupported("a key, or a whole row, is larger than the database can hold"),
    "54001": lambda: errors.Unsupported(refusals.TOO_LARGE),
    "54011": lambda: errors.Unsupported(refusals.TOO_LARGE),
    "54023": lambda: errors.Unsupported(refusals.TOO_LARGE),
}
# what a statement made for a table that has changed since runs into: a name, an operator or a type is gone
_CHANGED = (
    "42P01", "42703", "42704", "42804", "42809", "42846", "42883", "42P10", "42P17", "3F000",
)  # fmt: skip
_UNFIT = (
    "22P02", "22007", "22008", "22003", "22001", "22P05", "22021", "22026", "2202E",
    "2200L", "2200M", "2200N", "2200S", "2200T",
)  # fmt: skip
_BY_CLASS: dict[str, Callable[[], errors.BackendError]] = {
    "08": lambda: errors.Unavailable("the database cannot be reached"),
    "22": lambda: errors.Invalid(refusals.UNFIT),
    "23": lambda: errors.Conflict(refusals.OTHER),
    "53": lambda: errors.Unavailable("the database has no room for the statement now", retry_after=5),
    "54": lambda: errors.Invalid(refusals.TOO_LONG),
    "55": lambda: errors.Unsupported(refusals.UNABLE),
    "57": lambda: errors.Unavailable("the database is stopping or starting"),
}


def translated(error: psycopg2.Error, key_constraint: str | None = None) -> errors.BackendError:
    """The contract's error for one of a statement's; `key_constraint` is the name of the primary key's."""
    code = error.pgcode or ""
    if code == "23505":
        key = key_constraint is not None and error.diag.constraint_name == key_constraint
        return errors.Conflict(refusals.PRIMARY_KEY if key else refusals.UNIQUE)
    if code in _UNFIT:
        return misfits.told(error.diag.message_primary or "") or errors.Invalid(refusals.UNFIT)
    if code in _CHANGED:
        return errors.NotFound(refusals.MISSING)
    make = _BY_CODE.get(code) or _BY_CLASS.get(code[:2])
    return make() if make else errors.BackendError(refusals.FAILED)


# psycopg2 gives no code for what happens while connecting: only the server's text tells. It is looked at
# from its beginning, for a name in it may be anything.
_REFUSED_TOKEN = ("password authentication failed for user", "Failed to decode token", "not a valid JWT")
_STARTING = (
    "the database system is starting up",
    "the database system is not yet accepting",
    "the database system is in recovery",
)
_FULL = ("sorry, too many clients", "too many connections", "remaining connection slots")


def _said(error: Exception) -> str:
    """What the server said, without what libpq puts before it."""
    match = re.search(r"FATAL:\s+(.*)", str(error), re.DOTALL)
    return match[1].strip() if match else ""


def is_refused_token(error: Exception) -> bool:
    """Whether the server refused the password, which may be a token that ended."""
    return _said(error).startswith(_REFUSED_TOKEN)


def is_starting(error: Exception) -> bool:
    """Whether the server is there, and starting."""
    return _said(error).startswith(_STARTING)


def connecting(error: Exception, database: str, user: str) -> errors.BackendError:
    """The contract's error for one of connecting to a database of the server as a user."""
    said = _said(error)
    if is_refused_token(error) or said.startswith('role "'):
        return errors.Forbidden(
            f'the database refuses the login of "{user}": it has no such role, or another password or token'
        )
    if said.startswith("permission denied for database"):
        grant = f"GRANT CONNECT ON DATABASE {quoting.name(database)} TO {quoting.name(user)}"
        return errors.Forbidden(f"a grant is missing: {grant}", grants=[grant])
    if said.startswith('database "'):
        return errors.NotFound(f'there is no catalog "{database}"')
    if is_starting(error):
        return errors.Unavailable("the database is starting", retry_after=2, state="starting")
    if said.startswith(_FULL):
        return errors.Unavailable("the database takes no more connections now", retry_after=5)
    return errors.Unavailable("the database cannot be reached", retry_after=2)
