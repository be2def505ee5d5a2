"""Revisions carried out, one at a time whoever asks, each of them once."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from backends import errors
from backends.base import Backend
from gateway.migrations.carrying import carry_out, is_stale, place, waiting
from gateway.migrations.journal import Journal, Run
from gateway.migrations.ops import Operations
from gateway.migrations.scripts import HEAD, Direction, Revision, Revisions, Step
from gateway.migrations.steps import Operation, Structures

LOCK = "lakegate.migrations"
Report = Callable[[str], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run that is under way, or was stopped: `statement` is the next one, or the one that failed."""

    revision: str
    direction: Direction
    done: int
    statement: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """Where a database stands among its revisions."""

    current: str | None
    head: str | None
    pending: tuple[Revision, ...]
    unfinished: Unfinished | None


@dataclass(frozen=True, slots=True)
class Planned:
    """What a step would do; a statement that begins with "--" is a remark."""

    step: Step
    statements: tuple[str, ...]


class Migrations:
    """One line of revisions and the database that they are for.

    Every method may raise Conflict where the revisions' files cannot be read.
    """

    def __init__(self, backend: Backend, name: str, revisions: Revisions, line: str | None = None) -> None:
        """Revisions of the backend's usual schema, or of another `line`: each line stands where it stands.

        `name` is the backend's, by which a revision may speak to it alone.
        """
        self.revisions = revisions
        self._backend = backend
        self._name = name
        self._journal = Journal(backend, line or backend.schema)

    def status(self) -> Status:
        """Where the database stands.

        Raises:
            NotFound: it is at a revision that is not among the files.
        """
        current = self._journal.current()
        pending = self.revisions.all[self.revisions.position(current) :]
        return Status(current, self.revisions.head, pending, self._unfinished())

    def current(self) -> str | None:
        """The revision that the database is at; None before the first one."""
        return self._journal.current()

    def pending(self) -> int:
        """How many revisions there are that the database has not taken."""
        return len(self.revisions.all) - self.revisions.position(self._journal.current())

    def plan(self, to: str = HEAD) -> tuple[Planned, ...]:
        """What it takes to come to a revision, each step for the structure that the one before leaves.

        Raises:
            NotFound: there is no such revision, or a table that one changes.
            Conflict, Invalid, Unsupported: an operation cannot be meant, or not here.
        """
        structures, run = Structures(self._backend), self._journal.open_run()
        current = self._journal.current()
        target = self.revisions.meant(to, current)
        first = (self._of(run),) if run else ()  # which is finished before anything else
        steps = (*first, *self.revisions.between(run.target if run else current, target))
        return tuple(Planned(step, tuple(self._statements(step, structures, run))) for step in steps)

    def move(
        self, to: str, direction: Direction, by: str, report: Report = lambda _: None
    ) -> tuple[Step, ...]:
        """Come to a revision; gives the steps taken: none where the database is there, or beyond.

        A run that did not come to its end is finished first. `report` is told of each step.

        Raises:
            NotFound, Conflict, Invalid, Unsupported: as `plan`; or a statement failed, and `details` say
                which. Where the database has transactions that step left nothing; else it goes on
                from that statement when it is tried again.
        """
        self._journal.make()
        target = self.revisions.meant(to, self._journal.current())
        taken: list[Step] = []
        while (step := self._take_one(target, direction, by, report)) is not None:
            taken.append(step)
        return tuple(taken)

    def stamp(self, to: str) -> str | None:
        """Say that the database is at a revision, and run nothing; a run without an end is given up.

        Raises:
            NotFound: there is no such revision.
        """
        self._journal.make()
        with self._alone():
            target = self.revisions.meant(to, self._journal.current())
            if (run := self._journal.open_run()) is not None:
                self._journal.close(run)
            self._journal.move(target)
            return target

    def _alone(self) -> AbstractContextManager[None]:
        return self._backend.transaction(self._backend.catalog, LOCK)

    def _take_one(self, target: str | None, direction: Direction, by: str, report: Report) -> Step | None:
        """Take the next step to a revision, if there is one: who waited may find that others took it."""
        with self._alone():
            run = self._journal.open_run()
            if run is not None and run.target == self._journal.current():  # all but its end was noted
                self._journal.end(run)
                run = None
            step = self._of(run) if run else self._next(target, direction)
            if step is not None:
                report(f"{step.direction} {step.revision.id} {step.revision.message}")
                run = run or self._journal.begin(step.revision.id, step.direction, step.target, by)
                carry_out(self._backend, self._journal, run, self._operations(step))
            return step

    def _next(self, target: str | None, direction: Direction) -> Step | None:
        steps = self.revisions.between(self._journal.current(), target)
        return steps[0] if steps and steps[0].direction == direction else None

    def _of(self, run: Run) -> Step:
        revision = self.revisions.all[self.revisions.position(run.revision) - 1]
        return Step(revision, run.direction)

    def _operations(self, step: Step) -> list[Operation]:
        """What a revision notes down."""
        noting = Operations(self._name, self._backend.catalog, self._backend.schema)
        call = step.revision.upgrade if step.direction == "upgrade" else step.revision.downgrade
        try:
            call(noting)
        except errors.BackendError as error:
            error.message = f"revision {step.revision.id}: {error.message}"
            raise
        except (Exception, SystemExit) as error:  # whatever a person's own code raises
            told = f"revision {step.revision.id}: {step.direction}(op) raises {type(error).__name__}"
            _log.warning("%s: %s", told, error)
            raise errors.Conflict(f"{told}; the log tells why") from error
        return noting.noted

    def _statements(self, step: Step, structures: Structures, run: Run | None) -> Iterator[str]:
        """The statements of a step that were not carried out yet."""
        mine = run is not None and (run.revision, run.direction) == (step.revision.id, step.direction)
        noted, operations = self._journal.noted(run) if mine and run else {}, self._operations(step)
        for position, operation in enumerate(operations):
            parts = noted.get(position)
            try:
                if parts and not is_stale(parts, position, operations):
                    yield from (part.statement for part in waiting(parts))
                else:
                    yield from operation.statements(structures)
            except errors.BackendError as error:
                place(error, Run("", step.revision.id, step.direction, step.target), position)
                raise

    def _unfinished(self) -> Unfinished | None:
        run = self._journal.open_run()
        if run is None:
            return None
        parts = self._journal.parts(run)
        left = waiting(parts)
        done = sum(part.state == "done" for part in parts)
        return Unfinished(run.revision, run.direction, done, left[0].statement if left else None)
