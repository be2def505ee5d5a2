"""SQLite's errors as the contract's, told apart by their codes (https://sqlite.org/rescode.html)."""

import sqlite3

from backends import errors
from backends.sql import refusals
from backends.sqlite.functions import last_fault

_CONSTRAINTS = {
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: refusals.PRIMARY_KEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID: refusals.PRIMARY_KEY,
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: refusals.UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_NOTNULL: refusals.NOT_NULL,
    sqlite3.SQLITE_CONSTRAINT_CHECK: refusals.CHECK,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: refusals.FOREIGN_KEY,
    sqlite3.SQLITE_CONSTRAINT_TRIGGER: refusals.TRIGGER,
}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# of the driver itself; the second, of a function whose own error would be `last_fault`
_NOT_UTF8 = ("Could not decode to UTF-8", "user-defined function raised exception")
# https://sqlite.org/limits.html: for these, too, there is one code and only the text tells
_TOO_MUCH = ("too many", "Expression tree is too large", "parser stack overflow")
# of statements that change tables: what is there already, and what would be left behind broken
_DONE = ("already exists", "duplicate column name", "no such table", "no such column", "no such index")
_IN_THE_WAY = ("already", "duplicate column name", "cannot drop", "error in ")
_PRIMARY = 0xFF  # the part of an extended result code that is its class


def translated(error: sqlite3.Error) -> errors.BackendError:
    """The contract's error for one of the driver's."""
    if fault := last_fault():
        return fault
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    primary = code & _PRIMARY
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return errors.Conflict(_CONSTRAINTS.get(code, refusals.OTHER))
    if primary in _BUSY:
        return errors.Unavailable("the database is busy with another writer")
    return _by_class(primary, error)


def refused(error: sqlite3.Error) -> errors.BackendError:
    """The contract's error for one that a statement of a migration gave."""
    found = translated(error)
    if type(found) is not errors.BackendError:
        return found
    if any(words in str(error) for words in _IN_THE_WAY):
        return errors.Conflict("something of that name is there, or something else depends on it")
    return errors.Invalid("the database does not understand the statement")


def is_done(error: sqlite3.Error) -> bool:
    """Whether a statement was refused because it has been run before."""
    return any(words in str(error) for words in _DONE)


def _by_class(primary: int, error: sqlite3.Error) -> errors.BackendError:
    match primary:
        case sqlite3.SQLITE_INTERRUPT:
            return errors.Timeout(refusals.OVERDUE)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return errors.Forbidden("the database file cannot be written by this service")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_IOERR | sqlite3.SQLITE_FULL:
            return errors.Unavailable("the database file cannot be read or written now")
        case sqlite3.SQLITE_SCHEMA:  # SQLite has prepared the statement anew fifty times
            return errors.Unavailable("the database's tables are being changed without a pause")
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return errors.Unsupported("the catalog's file is not a sound SQLite database")
        case sqlite3.SQLITE_TOOBIG:
            return errors.Invalid(refusals.TOO_LONG)
    if _is_missing(error):
        return errors.NotFound(refusals.MISSING)
    if str(error).startswith(_NOT_UTF8):
        return errors.Unsupported("a column holds text that is not UTF-8")
    if str(error).startswith(_TOO_MUCH):
        return errors.Unsupported(refusals.TOO_LARGE)
    return errors.BackendError(refusals.FAILED)


def _is_missing(error: sqlite3.Error) -> bool:
    """SQLite has one code for every error in a statement: only its text tells a missing name."""
    return str(error).startswith(("no such table", "no such column", "no such index"))
