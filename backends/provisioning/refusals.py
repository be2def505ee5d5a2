"""Why Databricks refuses to make or change a database, as errors of ours that say what to do."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from databricks.sdk import errors as sdk
from databricks.sdk.core import DatabricksError

from backends import errors

QUOTA = frozenset({"QUOTA_EXCEEDED", "RESOURCE_LIMIT_EXCEEDED"})
ABSENT = frozenset({"FEATURE_DISABLED", "NOT_IMPLEMENTED", "ENDPOINT_NOT_FOUND"})
TAKEN = frozenset({"ALREADY_EXISTS", "RESOURCE_ALREADY_EXISTS", "RESOURCE_CONFLICT"})
BUSY = frozenset({"FAILED_PRECONDITION", "INVALID_STATE", "INVALID_STATE_TRANSITION", "ABORTED"})
UNFIT = frozenset({"INVALID_PARAMETER_VALUE", "BAD_REQUEST", "MALFORMED_REQUEST"})
DENIED = "PERMISSION_DENIED"
# where a refusal has a code that is as good as none
_QUOTA_TEXT = re.compile(
    r"quota|(maximum|max) number|limit of \d|exceed\w* the limit|limit exceeded", re.IGNORECASE
)
_REGION_TEXT = re.compile(
    r"\bregions?\b|not (available|supported|enabled) (in|for) (this|your) workspace", re.IGNORECASE
)

_log = logging.getLogger(__name__)


Reason = Callable[[str, str, str, str], errors.BackendError | None]
"""The error for a code and a text of Databricks', and the subject and verb they are for; see `refused`."""


class Taken(errors.Conflict):
    """The name is another's, or a deleted database still has it."""


@contextmanager
def told(subject: str, verb: str, reason: Reason) -> Iterator[None]:
    """What refuses to `verb` a `subject` as ours, in the words of `reason`; all other errors pass.

    Raises:
        Conflict: a quota is used up, the name is taken (`Taken`), or it is changing already.
        Unsupported: the workspace, or its region, does not offer this kind.
        Forbidden: a permission is missing.
        Invalid: Databricks does not take the values.
    """
    try:
        yield
    except errors.BackendError:
        raise
    except Exception as error:
        found = next(_answers(error), None)
        refusal = reason(str(found.error_code or ""), str(found), subject, verb) if found else None
        if refusal is None and isinstance(error, sdk.PermissionDenied):
            refusal = reason(DENIED, "", subject, verb)
        if refusal is None:
            raise
        _log.warning("Databricks refuses to %s %s: %s", verb, subject, str(found).partition(" Config: ")[0])
        raise refusal from error


def _answers(error: BaseException | None) -> Iterator[DatabricksError]:
    """What Databricks answered, wherever in the chain: when the SDK has tried again, a time-out is first."""
    while error is not None:
        if isinstance(error, DatabricksError):
            yield error
        error = error.__cause__ or error.__context__


def refused(code: str, text: str, subject: str, verb: str) -> errors.BackendError | None:
    """The error for an answer of Databricks', told by its code; None where there is no better one than usual.

    Only what has no code of its own is told by its text.
    """
    for codes, pattern, make in _REASONS:
        if code in codes or (pattern is not None and code not in _TELLING and pattern.search(text)):
            return make(subject, verb)
    return None


def _forbidden(subject: str, verb: str) -> errors.BackendError:
    return errors.Forbidden(
        f"the gateway's service principal may not {verb} {subject}: it needs CAN MANAGE there, which whoever"
        " made the database or a workspace admin grants; whether it may make databases at all, an admin says",
        reason="permission",
    )


def _quota(subject: str, verb: str) -> errors.BackendError:
    return errors.Conflict(
        f"a quota of the workspace does not let Databricks {verb} {subject}: delete a database that nobody"
        " needs (a workspace has at most 10 Provisioned ones), ask for less, or have the quota raised by"
        " Databricks' support",
        reason="quota",
    )


def _absent(subject: str, verb: str) -> errors.BackendError:
    other = (
        "Autoscaling (a project)" if subject.startswith("database instance") else "Provisioned (an instance)"
    )
    return errors.Unsupported(
        f"this workspace, or its region, does not let anybody {verb} {subject}: have an admin look whether"
        f" Lakebase is enabled there, try {other}, or a workspace in another region",
        reason="region",
    )


def _taken(subject: str, verb: str) -> errors.BackendError:
    return Taken(
        f"Databricks cannot {verb} {subject}: the name is taken, perhaps by one that was deleted and is"
        " kept for a while; take another name, or have it deleted for good",
        reason="taken",
    )


def _busy(subject: str, verb: str) -> errors.BackendError:
    return errors.Conflict(
        f"{subject} is in a state in which Databricks cannot {verb} it: look at it, and try again when it"
        " has settled; what is protected is to be unprotected first",
        reason="state",
    )


def _unfit(subject: str, verb: str) -> errors.BackendError:
    return errors.Invalid(
        f"Databricks does not take these values to {verb} {subject}: its region may offer other sizes;"
        " the gateway's log has its words"
    )


Make = Callable[[str, str], errors.BackendError]
_TELLING = QUOTA | ABSENT | TAKEN | BUSY | {DENIED, "UNAUTHENTICATED", "NOT_FOUND"}
_REASONS: tuple[tuple[frozenset[str], re.Pattern[str] | None, Make], ...] = (
    (QUOTA, _QUOTA_TEXT, _quota),
    (ABSENT, _REGION_TEXT, _absent),
    (TAKEN, None, _taken),
    (BUSY, None, _busy),
    (frozenset({DENIED}), None, _forbidden),
    (UNFIT, None, _unfit),
)
