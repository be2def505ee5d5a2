"""What goes wrong with a warehouse: what the driver raises, and Databricks' errors as the contract's.

Databricks' own: https://docs.databricks.com/en/error-messages/error-classes.html
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from backends import errors
from backends.sql import refusals

_log = logging.getLogger(__name__)


class Forgotten(Exception):
    """The warehouse knows the session no more; the statement did not run."""


class Unreached(Exception):
    """The warehouse took no statement: it is starting, busy, or not to be reached.

    Args:
        seconds: that it asks to wait, if it does.
    """

    def __init__(self, seconds: int | None = None) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Refused(Exception):
    """The workspace refuses the bearer token; the statement did not run."""


class Lost(Exception):
    """The connection was lost while a statement was under way: it may have run or not."""


class Overdue(Exception):
    """There was no answer in time: the statement may have run or not."""


class Failed(Exception):
    """The warehouse ran the statement, which failed and wrote nothing.

    Args:
        text: "[ERROR_CLASS] ... SQLSTATE: xxxxx", as Databricks says it.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        match = _CLASS.match(text)
        self.error_class = match[1] if match else ""
        self.message = match[2] if match else text
        states = _STATE.findall(text)
        self.state = states[-1] if states else ""

    def raises(self, message: str) -> bool:
        """Whether a statement of ours raised this: other errors may quote what the statement would raise."""
        return self.error_class == "USER_RAISED_EXCEPTION" and message in self.message


# what our own statements raise, where a plan says that nothing may be written
DUPLICATE_KEY = "lakegate: primary key"
TOO_MANY = "lakegate: rows match "
UNFIT = "lakegate: a value does not fit"
NULL_KEY = "lakegate: a key is NULL"

_CLASS = re.compile(r"\s*(?:[\w.]+(?:Exception|Error): )?\[([A-Z0-9_.]+)\]\s*(.*)", re.DOTALL)
_STATE = re.compile(r"SQLSTATE: ([0-9A-Z]{5})")
_STARTING = ("has not been initialized", "/local_disk0/", "TEMPORARILY_UNAVAILABLE")
_COUNT = re.compile(re.escape(TOO_MANY) + r"([0-9]+)")
_PRIVILEGE = re.compile(r"does not have ([A-Z][A-Z ]*?) on (\w+) '([^']+)'")
_OWNER = re.compile(r"is not an owner of (\w+) '([^']+)'")
MANAGE = "MANAGE"  # lets others do what only an owner may

_THERE = frozenset({"42P06", "42P07", "42710", "42711", "42723", "42P16"})
_GONE = frozenset({"42P01", "42703", "42704", "42616"})
_ALREADY = re.compile(r"\balready (?:exists|has)\b")  # Unity Catalog's own errors have no states of theirs
_PART = r"(?:`(?:[^`]|``)*`|\w+)"
_DEED = re.compile(
    rf"\s*(?:(CREATE|DROP)\b|ALTER\s+(?:TABLE|VIEW|SCHEMA)\s+{_PART}(?:\.{_PART})*\s+(ADD|DROP|RENAME|UNSET)\b)",
    re.IGNORECASE,
)

_BY_CLASS: dict[str, Callable[[], errors.BackendError]] = {
    "DELTA_NOT_NULL_CONSTRAINT_VIOLATED": lambda: errors.Conflict(refusals.NOT_NULL),
    "DELTA_INSERT_COLUMN_MISMATCH": lambda: errors.Conflict(refusals.NOT_NULL),
    "NOT_NULL_ASSERT_VIOLATION": lambda: errors.Conflict(refusals.NOT_NULL),
    "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES": lambda: errors.Conflict(refusals.CHECK),
    "CHECK_CONSTRAINT_VIOLATION": lambda: errors.Conflict(refusals.CHECK),
    "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE": lambda: errors.Conflict(refusals.TWICE),
    "DELTA_EXCEED_CHAR_VARCHAR_LIMIT": lambda: errors.Invalid(refusals.TOO_LONG),
    "EXCEED_LIMIT_LENGTH": lambda: errors.Invalid(refusals.TOO_LONG),
    "SCHEMA_NOT_EMPTY": lambda: errors.Conflict("something else depends on it"),
}
_BY_STATE: dict[str, Callable[[], errors.BackendError]] = {
    "42P01": lambda: errors.NotFound(refusals.MISSING),
    "42703": lambda: errors.NotFound(refusals.MISSING),
    "42704": lambda: errors.NotFound(refusals.MISSING),
    "42K09": lambda: errors.NotFound(refusals.MISSING),  # a column has another type by now
    "42846": lambda: errors.NotFound(refusals.MISSING),
    "42P07": lambda: errors.Conflict("something else has this name"),
    "23502": lambda: errors.Conflict(refusals.NOT_NULL),
    "21506": lambda: errors.Conflict(refusals.TWICE),
    "0A000": lambda: errors.Unsupported(refusals.UNABLE),
    "54000": lambda: errors.Unsupported(refusals.TOO_LARGE),
    "54006": lambda: errors.Invalid(refusals.TOO_LONG),
    "57014": lambda: errors.Timeout(f"{refusals.OVERDUE}; nothing was written"),
    "HY008": lambda: errors.Timeout(f"{refusals.OVERDUE}; nothing was written"),
}
_BY_STATE_CLASS: dict[str, Callable[[], errors.BackendError]] = {
    "22": lambda: errors.Invalid(refusals.UNFIT),
    "23": lambda: errors.Conflict(refusals.OTHER),
    "42": lambda: errors.Unsupported(refusals.UNABLE),
    "0A": lambda: errors.Unsupported(refusals.UNABLE),
    "2B": lambda: errors.Conflict("something else depends on it"),
}


def translated(error: Failed) -> errors.BackendError:
    """The contract's error for a statement that failed."""
    if error.raises(DUPLICATE_KEY):
        return errors.Conflict(refusals.PRIMARY_KEY)
    if error.error_class in ("INSUFFICIENT_PERMISSIONS", "PERMISSION_DENIED") or error.state == "42501":
        return _forbidden(error)
    make = (
        _BY_CLASS.get(error.error_class) or _BY_STATE.get(error.state) or _BY_STATE_CLASS.get(error.state[:2])
    )
    return make() if make else errors.BackendError(refusals.FAILED)


def refused(error: Failed) -> errors.BackendError:
    """The contract's error for a statement that changes a structure, which the log tells more of."""
    _log.warning("a statement was refused: %s", error)
    if error.raises(UNFIT) or error.state[:2] == "22" or error.state == "54006":
        return errors.Conflict("a value that is there does not fit")
    if error.raises(NULL_KEY) or error.error_class == "DELTA_NEW_NOT_NULL_VIOLATION":
        return errors.Conflict(refusals.NOT_NULL)
    if error.error_class == "DELTA_NEW_CHECK_CONSTRAINT_VIOLATION":
        return errors.Conflict(refusals.CHECK)
    if error.state in _THERE:
        return errors.Conflict("something else has this name")
    if "depends on the primary key" in error.message:  # Unity Catalog has no class for it
        return errors.Conflict("something else depends on it")
    if error.state.startswith("426"):
        return errors.Invalid("the database does not understand the statement")
    return translated(error)


def is_done(error: Failed, statement: str) -> bool:
    """Whether a statement that was sent before failed because it has done its work.

    What it makes is there, or what it takes or renames is gone.
    """
    match = _DEED.match(statement)
    if match is None:
        return False
    if (match[1] or match[2]).upper() in ("CREATE", "ADD"):
        return error.state in _THERE or _ALREADY.search(error.message) is not None
    return error.state in _GONE


def too_many(error: Failed, most: int) -> errors.Conflict | None:
    """The contract's error where a statement found more rows than it may change."""
    match = _COUNT.search(error.message)
    return (
        errors.Conflict(f"{match[1]} rows match, more than max_affected allows ({most})") if match else None
    )


def is_starting(text: str) -> bool:
    """Whether a warehouse that took the session is not able to run statements yet."""
    return any(said in text for said in _STARTING)


def is_concurrent(error: Failed) -> bool:
    """Whether somebody else's write came in between: nothing was written, and it may be tried again."""
    return error.state == "2D521" or error.error_class.startswith("DELTA_CONCURRENT")


def is_missing_catalog(error: Failed) -> bool:
    """Whether there is no such catalog."""
    return error.error_class.startswith(("NO_SUCH_CATALOG", "CATALOG_NOT_FOUND"))


def is_missing_schema(error: Failed) -> bool:
    """Whether there is no such schema."""
    return error.error_class == "SCHEMA_NOT_FOUND"


def is_there(error: Failed) -> bool:
    """Whether a table or view of that name is there."""
    return error.error_class == "TABLE_OR_VIEW_ALREADY_EXISTS" or error.state == "42P07"


def _forbidden(error: Failed) -> errors.Forbidden:
    """What an administrator has to grant, where Unity Catalog tells."""
    if match := _PRIVILEGE.search(error.message):
        privilege, kind, name = match.groups()
    elif match := _OWNER.search(error.message):
        privilege, kind, name = MANAGE, *match.groups()
    else:
        return errors.Forbidden("Unity Catalog's grants refuse this")
    quoted = ".".join(f"`{part.strip('`')}`" for part in name.split("."))
    grant = f"GRANT {privilege} ON {kind.upper()} {quoted} TO"
    return errors.Forbidden(f"a grant is missing: {grant} ...", grants=[grant])


@contextmanager
def contract_errors(catalog_name: str | None = None, most: int | None = None) -> Iterator[None]:
    """The warehouse's errors as the contract's; `most` is what a write may change."""
    try:
        yield
    except Failed as error:
        if catalog_name is not None and is_missing_catalog(error):
            raise errors.NotFound(f'there is no catalog "{catalog_name}"') from error
        raise (too_many(error, most) if most is not None else None) or translated(error) from error
    except (Forgotten, Lost) as error:
        raise errors.Unavailable("the connection to the SQL warehouse was lost") from error
    except Overdue as error:
        raise errors.Timeout("the SQL warehouse did not answer in time") from error
