"""Autoscaling's long-running operations, as far as this process has begun them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends import errors
from backends.provisioning import refusals
from backends.provisioning.control import Control
from backends.provisioning.instance import State

if TYPE_CHECKING:
    from databricks.sdk.service.postgres import DatabricksServiceExceptionWithDetailsProto as Refusal

PAUSE = 0.5  # seconds between two questions for one that must end first
ENDED_SECONDS = 600.0


@dataclass(slots=True)
class _Begun:
    """An operation on an endpoint; `passing` is the state of one that is not there meanwhile."""

    operation: str
    verb: str
    passing: State
    over: bool = False
    failure: errors.BackendError | None = None


class Operations:
    """The last operation of each endpoint, and what it came to. Every method raises as `Control.ask` does."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._begun: dict[str, _Begun] = {}

    def note(self, endpoint: str, operation: str | None, verb: str, passing: State) -> None:
        """Look after an operation from now on."""
        if operation:
            self._begun[endpoint] = _Begun(operation, verb, passing)

    def under_way(self, endpoint: str) -> State | None:
        """The state of an endpoint that is not there while its operation goes on; None where none does."""
        begun = self._begun.get(endpoint)
        if begun is None or begun.over:
            return None
        try:
            found = self._control.ask(
                lambda client: client.postgres.get_operation(begun.operation), "operation", "look at"
            )
        except errors.NotFound:  # what it was about is gone, and it with it
            begun.over = True
            return None
        if not found.done:
            return begun.passing
        if found.error is not None and begun.failure is None:
            begun.failure = failed(found.error, f'endpoint "{endpoint}"', begun.verb)
        begun.over = True
        return None

    def failure(self, endpoint: str) -> errors.BackendError | None:
        """Why the last operation failed, if it was seen to; whoever asks is told, until the next is noted."""
        begun = self._begun.get(endpoint)
        return None if begun is None else begun.failure

    def ended(self, endpoint: str, report: Callable[[State], None]) -> None:
        """Wait for what others need to be there; `report` is told at every look.

        Raises:
            Timeout: it did not end in time.
            Conflict, Unsupported, Forbidden, Invalid, BackendError: it has failed.
        """
        deadline = time.monotonic() + ENDED_SECONDS
        while (passing := self.under_way(endpoint)) is not None:
            report(passing)
            if time.monotonic() > deadline:
                raise errors.Timeout(f'Databricks is still at work on "{endpoint}": try again later')
            time.sleep(PAUSE)
        if failure := self.failure(endpoint):
            raise failure


def failed(error: "Refusal", subject: str, verb: str) -> errors.BackendError:
    """The error for an operation that failed."""
    code = error.error_code.value if error.error_code else ""
    usual = errors.BackendError(f"Databricks has failed to {verb} {subject}: try again")
    return refusals.refused(code, error.message or "", subject, verb) or usual
