"""The workspace's control plane, asked to make and change databases; its refusals say what to do."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from backends import errors
from backends.credentials import LoginUntold, Workspace
from backends.provisioning import refusals

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

T = TypeVar("T")


class Control:
    """One process's questions about databases."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def ask(self, question: Callable[["WorkspaceClient"], T], subject: object, verb: str) -> T:
        """What Databricks answers when it is asked to `verb` a `subject`.

        Raises:
            Unsupported: the environment names no workspace; or see `refusals.told`.
            NotFound: there is no `subject`.
            Conflict, Forbidden, Invalid: see `refusals.told`.
            Unavailable: Databricks does not answer now.
        """

        def asked(client: "WorkspaceClient") -> T:
            with refusals.told(str(subject), verb):
                return question(client)

        try:
            return self._workspace.ask(asked, str(subject))
        except LoginUntold as error:
            raise errors.Unsupported(error.message) from error

    def user(self) -> str:
        """As whom Databricks is asked, which is also the name of that user's role in a database."""
        return self.ask(lambda client: client.current_user.me().user_name or "", "user of its own", "show")
