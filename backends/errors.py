"""Every way a backend can fail, as one tree; `gateway.errors` gives each its HTTP status.

BackendError
    Invalid              the request cannot be meant; `faults` lists each place
    NotFound             no such catalog, schema, table or row
    Conflict             a key or a constraint refused it
    PreconditionFailed   the row is no longer what the caller said it was
    Unauthenticated      the caller's own token is missing, or refused
    Forbidden            the database's own grants say no
    Unsupported          the request is well meant, but this table or database cannot do it
    Timeout              the database took longer than it may
    Unavailable          the database cannot be reached; retrying may help

Messages and details are safe to show a client: no driver text, no SQL, no path.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request: where it stands in the body, and why it cannot be meant."""

    loc: Place
    msg: str


class BackendError(Exception):
    """The base of all that a backend raises; itself, a failure that no class below describes."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Invalid(BackendError):
    """The request cannot be meant, whatever the database holds."""

    LISTED: ClassVar = 100  # faults shown to a client; the rest are only counted

    def __init__(self, message: str, faults: Iterable[Fault] = ()) -> None:
        self.faults = tuple(faults)
        listed = [{"loc": list(fault.loc), "msg": fault.msg} for fault in self.faults[: self.LISTED]]
        super().__init__(message, **({"errors": listed} if listed else {}))

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> "Invalid":
        """The error for one or more faults, its message naming the first."""
        found = tuple(faults)
        first = ".".join(map(str, found[0].loc))
        others = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return cls(f"{first}: {found[0].msg}{others}" if first else found[0].msg + others, found)


class NotFound(BackendError):
    """There is no such catalog, schema, table or row."""


class Conflict(BackendError):
    """A key or a constraint refused the write, and nothing was written."""


class PreconditionFailed(BackendError):
    """The row changed since the caller read it."""


class Unauthenticated(BackendError):
    """Statements run as the caller, who brought no token, or one that is refused."""


class Forbidden(BackendError):
    """The database's own grants refuse this."""


class Unsupported(BackendError):
    """This table or database cannot do what was asked."""


class Timeout(BackendError):
    """The database took longer than it may. Nothing was written, unless `outcome` is "unknown"."""


class Unavailable(BackendError):
    """The database cannot be reached now. `retry_after` is in seconds.

    Nothing was written, unless the detail `outcome` is "unknown": the connection was lost under way.
    """

    def __init__(self, message: str, retry_after: int = 1, **details: object) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after
