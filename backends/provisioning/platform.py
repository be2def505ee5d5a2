"""The workspace's control plane, asked about apps and files; its refusals say what to do."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from databricks.sdk.core import DatabricksError

from backends import errors
from backends.credentials import LoginUntold, Workspace
from backends.provisioning.refusals import BUSY, QUOTA, TAKEN, Taken

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

T = TypeVar("T")

_UNFIT = frozenset({"INVALID_PARAMETER_VALUE", "BAD_REQUEST", "MALFORMED_REQUEST"})
_log = logging.getLogger(__name__)


class Platform:
    """One process's questions about apps and files."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def ask(self, question: Callable[["WorkspaceClient"], T], subject: str, verb: str) -> T:
        """What Databricks answers when it is asked to `verb` a `subject`; it may be asked twice.

        Raises:
            Unsupported: the environment names no workspace.
            NotFound: there is no `subject`.
            Conflict: it is busy, or a quota is used up; `Taken`: there is one of that name.
            Forbidden: a permission is missing.
            Invalid: Databricks does not take the values.
            Unavailable: Databricks does not answer now.
        """

        def asked(client: "WorkspaceClient") -> T:
            with _told(subject, verb):
                return question(client)

        try:
            return self.workspace.ask(asked, subject)
        except LoginUntold as error:
            raise errors.Unsupported(error.message) from error

    def user(self) -> str:
        """As whom Databricks is asked."""
        return self.ask(lambda client: client.current_user.me().user_name or "", "user of its own", "show")


@contextmanager
def _told(subject: str, verb: str) -> Iterator[None]:
    try:
        yield
    except DatabricksError as error:
        refusal = _refused(str(error.error_code or ""), subject, verb)
        if refusal is None:
            raise
        _log.warning("Databricks refuses to %s %s: %s", verb, subject, error)
        raise refusal from error


def _refused(code: str, subject: str, verb: str) -> errors.BackendError | None:
    if code in TAKEN:
        return Taken(f"Databricks cannot {verb} {subject}: there is one")
    if code in QUOTA:
        return errors.Conflict(f"a quota of the workspace does not let Databricks {verb} {subject}")
    if code in BUSY:
        return errors.Conflict(
            f"{subject} is in a state in which Databricks cannot {verb} it: try again later"
        )
    if code == "PERMISSION_DENIED":
        return errors.Forbidden(f"who deploys may not {verb} {subject}: its owner, or an admin, can let them")
    if code in _UNFIT:
        return errors.Invalid(
            f"Databricks does not take these values to {verb} {subject}: the log has its words"
        )
    return None
