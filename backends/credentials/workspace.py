"""A Databricks workspace's control plane: every question ends in time, and every error is one of ours."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from backends import errors
from backends.credentials.process import after_fork
from backends.credentials.tokens import Token

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

T = TypeVar("T")

ANSWER_SECONDS = 15.0  # for one question, with all that the SDK does again
THREADS = 8  # questions unanswered at a time; one that nobody waits for any more still counts


class LoginRefused(errors.Forbidden):
    """Databricks does not know who asks: the credentials are wrong, or a bearer token was revoked."""


class LoginUntold(errors.BackendError):
    """The settings do not tell how to log in to Databricks."""


def preload() -> None:
    """Import the SDK, which takes a second and 55 MB: before the workers are forked, once for all."""
    import_module("backends.credentials.client")


@contextmanager
def translated(subject: str) -> Iterator[None]:
    """The SDK's errors as ours, which pass, telling what was asked for: such as 'database instance "x"'.

    Raises:
        Unavailable: the control plane is down, slow, broken or asks for patience.
        Forbidden: it does not know us (`LoginRefused`), or we lack a permission.
        NotFound: there is no `subject`.
        BackendError: anything else.
    """
    from backends.credentials.client import as_ours

    try:
        yield
    except errors.BackendError:
        raise
    except Exception as error:
        raise as_ours(error, subject) from error


class Workspace:
    """The control plane as one process asks it, from many threads; connected when first asked."""

    def __init__(self, env: Mapping[str, str], seconds: float = ANSWER_SECONDS) -> None:
        """Log in with the DATABRICKS_... variables of `env`; wait up to `seconds` for an answer."""
        self._env = dict(env)
        self._seconds = seconds
        self._forget()
        after_fork(self._forget)

    def _forget(self) -> None:
        self._client: WorkspaceClient | None = None
        self._threads = threading.BoundedSemaphore(THREADS)

    def ask(self, question: Callable[["WorkspaceClient"], T], subject: str) -> T:
        """What `question` answers, given a client. It may be asked twice, and must not mind.

        It is asked in a thread of its own: not everything in the SDK has a time limit, so the waiting has.

        Raises:
            Unavailable: there was no answer in time, or too many questions are open. Else see `translated`.
        """
        threads = self._threads
        if not threads.acquire(blocking=False):
            raise errors.Unavailable("too many questions to Databricks are unanswered", retry_after=5)
        answer: Future[T] = Future()

        def work() -> None:
            try:
                answer.set_result(self._answered(question, subject))
            except BaseException as error:  # noqa: BLE001 - it is raised where the answer is waited for
                answer.set_exception(error)
            finally:
                threads.release()

        threading.Thread(target=work, name="databricks", daemon=True).start()
        with translated(subject):
            return answer.result(self._seconds)

    def _answered(self, question: Callable[["WorkspaceClient"], T], subject: str) -> T:
        """The answer; when the client's login is refused, from a new client: a client never logs in anew."""
        known = self._client
        try:
            with translated(subject):
                return question(known or self._opened())
        except LoginRefused:
            if known is None:
                raise
        with translated(subject):
            return question(self._opened())

    def bearer(self) -> Token:
        """A bearer token of a new login, as the workspace itself takes it.

        Raises:
            Unavailable, Forbidden: see `ask`.
        """

        def log_in(_: "WorkspaceClient") -> Token:
            header = self._opened().config.authenticate()["Authorization"]
            return Token.of(header.removeprefix("Bearer "))

        return self.ask(log_in, "the workspace")

    def _opened(self) -> "WorkspaceClient":
        from backends.credentials.client import open_workspace

        self._client = None  # until the new one is there: the old one is of no more use
        self._client = client = open_workspace(self._env)
        return client
