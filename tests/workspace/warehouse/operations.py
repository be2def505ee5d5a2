"""Operations: what a session runs, one after another, and what became of it."""

import logging
import threading
import uuid
from collections.abc import Callable
from typing import Any

from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.results import Result
from tests.workspace.warehouse.thrift import T, success

log = logging.getLogger(__name__)

States = T.TOperationState


class Operation:
    """Something that runs; any thread may ask after it.

    Args:
        work: gives the rows, and how many rows were changed.
        delay: seconds that it runs longer than it would.
    """

    def __init__(self, work: Callable[[], tuple[Result, int | None]], delay: float = 0.0) -> None:
        self.id = uuid.uuid4().bytes
        self.state: int = States.PENDING_STATE
        self.error: SqlError | None = None
        self.result: Result | None = None
        self._work = work
        self._delay = delay
        self._modified: int | None = None
        self._done = threading.Event()
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether somebody has ended it."""
        return self._cancelled.is_set()

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._done.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended, or so long; whether it has."""
        return self._done.wait(seconds)

    def run(self) -> None:
        """Do the work; all that goes wrong is kept."""
        self.state = States.RUNNING_STATE
        self._cancelled.wait(self._delay)
        try:
            if not self.cancelled:
                self.result, self._modified = self._work()
        except SqlError as error:
            self.error = error
        except Exception as error:
            log.exception("an operation failed for no reason of its own")
            self.error = internal(error)
        self._settle(States.ERROR_STATE if self.error else States.FINISHED_STATE)

    def cancel(self) -> None:
        """Count as cancelled, if it has not ended; whoever runs it must be interrupted besides."""
        if not self.done:
            self._cancelled.set()
            self._settle(States.CANCELED_STATE)

    def rows(self) -> Result:
        """What it gave.

        Raises:
            SqlError: it failed, was cancelled, or still runs.
        """
        if self.error:
            raise self.error
        if self.cancelled:
            raise cancelled()
        if self.result is None:
            raise SqlError("STATEMENT_NOT_READY", "The statement has not finished.", "HY010")
        return self.result

    def status(self) -> Any:
        """How it stands, for a client."""
        answer = T.TGetOperationStatusResp(success(), self.state, hasResultSet=True)
        if self.state == States.FINISHED_STATE:
            answer.numModifiedRows = self._modified
        if self.state == States.ERROR_STATE and self.error:
            answer.errorMessage = answer.displayMessage = str(self.error)
            answer.sqlState = self.error.sqlstate
            answer.diagnosticInfo = f"org.apache.hive.service.cli.HiveSQLException: {self.error}"
        return answer

    def _settle(self, state: int) -> None:
        if self.cancelled:
            self.result, state = None, States.CANCELED_STATE
        self.state = state
        self._done.set()


def internal(error: Exception) -> SqlError:
    """What is said of a fault of the workspace's own."""
    return SqlError("INTERNAL_ERROR", f"{type(error).__name__}: {error}", "XX000")


def cancelled() -> SqlError:
    """What is said of a statement that somebody has ended."""
    return SqlError("OPERATION_CANCELED", "Operation has been canceled.", "HY008")
