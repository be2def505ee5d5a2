"""The workspace's control plane, asked to make and change things; its refusals say what to do."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from backends import errors
from backends.credentials import LoginUntold, Workspace
from backends.provisioning import refusals

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

T = TypeVar("T")


class Control:
    """One process's questions about databases; a kind of it may have other words for what is refused."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def ask(self, question: Callable[["WorkspaceClient"], T], subject: object, verb: str) -> T:
        """What Databricks answers when it is asked to `verb` a `subject`; it may be asked twice.

        Raises:
            Unsupported: the environment names no workspace; or see `refusals.told`.
            NotFound: there is no `subject`.
            Conflict, Forbidden, Invalid: see `refusals.told`.
            Unavailable: Databricks does not answer now.
        """

        def asked(client: "WorkspaceClient") -> T:
            with refusals.told(str(subject), verb, self.reason):
                return question(client)

        try:
            return self.workspace.ask(asked, str(subject))
        except LoginUntold as error:
            raise errors.Unsupported(error.message) from error

    @staticmethod
    def reason(code: str, text: str, subject: str, verb: str) -> errors.BackendError | None:
        """The error for an answer of Databricks'; see `refusals.refused`."""
        return refusals.refused(code, text, subject, verb)

    def user(self) -> str:
        """As whom Databricks is asked, which is also the name of that user's role in a database."""
        return self.ask(lambda client: client.current_user.me().user_name or "", "user of its own", "show")
