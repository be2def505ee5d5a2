"""One run carried out, from the operation that it has come to; every statement noted before and after."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import zip_longest

from backends import errors
from backends.base import Backend
from gateway.migrations.journal import Journal, Part, Run, State
from gateway.migrations.steps import Operation, Structures

WAITING = ("begun", "planned")  # for all that is known
TOUCHED = ("begun", "done")


def carry_out(backend: Backend, journal: Journal, run: Run, operations: Sequence[Operation]) -> None:
    """Carry out what is left of a run's operations, and end it.

    Raises:
        BackendError: an operation cannot be meant, or a statement failed; `details` have its place.
        Conflict: an operation is not the one that was begun.
    """
    noted = journal.noted(run)
    for position in [at for at, parts in noted.items() if is_stale(parts, at, operations)]:
        _refuse_touched(run, position, noted.pop(position))
        journal.forget(run, position)
    for position, operation in enumerate(operations):
        parts = noted.get(position)
        left = _planned(backend, journal, run, position, operation) if parts is None else waiting(parts)
        _carry_out(backend, journal, run, operation, left, again=parts is not None)
    journal.end(run)


def waiting(parts: list[Part]) -> list[Part]:
    """The statements that were not carried out, for all that is known."""
    return [part for part in parts if part.state in WAITING]


def is_stale(parts: list[Part], position: int, operations: Sequence[Operation]) -> bool:
    """Whether an operation is planned anew: nothing of it was begun, or it is another by now."""
    if position >= len(operations) or parts[0].words != operations[position].words:
        return True
    return all(part.state == "planned" for part in parts)


def place(error: errors.BackendError, run: Run, position: int, part: int | None = None) -> None:
    """Let an error say where it happened."""
    where = f"revision {run.revision}, operation {position + 1}"
    error.details.update(revision=run.revision, operation=position + 1)
    if part is not None:
        where += f", statement {part + 1}"
        error.details.update(statement=part + 1)
    error.message = f"{where}: {error.message}"


def _refuse_touched(run: Run, position: int, parts: list[Part]) -> None:
    """Refuse to plan anew what has left something."""
    if any(part.state in TOUCHED for part in parts):
        raise errors.Conflict(
            f"revision {run.revision}: operation {position + 1} is not the one that was begun;"
            " let it be as it was, or mend the tables by hand and stamp"
        )


def _planned(backend: Backend, journal: Journal, run: Run, position: int, operation: Operation) -> list[Part]:
    """An operation's statements, noted in the journal, the first of them as begun."""
    try:
        statements = operation.statements(Structures(backend))
    except errors.BackendError as error:
        place(error, run, position)
        raise
    remarks = [operation.is_remark(each) for each in statements]
    first = remarks.index(False) if False in remarks else None
    parts = [
        Part(position, at, operation.words, each, _state(at, first, remark=remarks[at]))
        for at, each in enumerate(statements)
    ]
    journal.plan(run, parts)
    return waiting(parts)


def _state(at: int, first: int | None, *, remark: bool) -> State:
    if remark:
        return "remark"
    return "begun" if at == first else "planned"


def _carry_out(
    backend: Backend, journal: Journal, run: Run, operation: Operation, left: list[Part], *, again: bool
) -> None:
    """Carry out an operation's statements, each noted as begun before it is sent.

    The first one of a new operation was noted so with its plan; one that a try before has begun may
    have been carried out or not: that is sent `again`.
    """
    if left and left[0].state == "planned":
        journal.mark(run, begun=left[0])
        again = False
    for part, following in zip_longest(left, left[1:]):
        try:
            operation.carry_out(backend, backend.catalog, part.statement, again=again)
        except errors.BackendError as error:
            _give_back(journal, run, part, error)
            place(error, run, part.position, part.part)
            raise
        journal.mark(run, done=part, begun=following)
        again = False


def _give_back(journal: Journal, run: Run, part: Part, error: errors.BackendError) -> None:
    """Note that a statement was not carried out, where that is known.

    In a transaction, which is undone, nothing can be noted any more; nor may it where the lock is lost.
    """
    if error.details.get("outcome") != "unknown" and "lock" not in error.details:
        with suppress(errors.BackendError):
            journal.mark(run, planned=part)
