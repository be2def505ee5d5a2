"""Revisions carried out, one at a time whoever asks, each of them once."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from itertools import zip_longest

from backends import errors
from backends.base import Backend
from gateway.migrations.journal import Journal, Part, Run, State
from gateway.migrations.ops import Operations
from gateway.migrations.scripts import HEAD, Direction, Revision, Revisions, Step
from gateway.migrations.steps import Operation, Structures

LOCK = "lakegate.migrations"
WAITING = ("begun", "planned")  # for all that is known
Report = Callable[[str], None]


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
        return tuple(
            Planned(step, tuple(self._statements(step, structures, run)))
            for step in self.revisions.between(current, self.revisions.meant(to, current))
        )

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
                self._journal.end(run)
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
                self._carry_out(step, run or self._journal.begin(step, by))
            return step

    def _next(self, target: str | None, direction: Direction) -> Step | None:
        steps = self.revisions.between(self._journal.current(), target)
        return steps[0] if steps and steps[0].direction == direction else None

    def _of(self, run: Run) -> Step:
        revision = self.revisions.all[self.revisions.position(run.revision) - 1]
        return Step(revision, run.direction)

    def _carry_out(self, step: Step, run: Run) -> None:
        noted, operations = self._noted(run), self._operations(step)
        for position, parts in noted.items():
            if position >= len(operations) or any(part.words != operations[position].words for part in parts):
                self._refuse_another(step, position, parts)
                noted = {at: kept for at, kept in noted.items() if at != position}
                self._journal.forget(run, position)
        for position, operation in enumerate(operations):
            left = [part for part in noted.get(position, ()) if part.state in WAITING]
            if position not in noted:
                left = self._planned(run, position, operation)
            self._do(run, operation, left, again=position in noted)
        self._journal.end(run)

    def _do(self, run: Run, operation: Operation, left: list[Part], *, again: bool) -> None:
        """Carry out what is left of an operation: each statement is noted as begun before it is sent.

        The first one of a new operation was noted so with its plan; one that was begun by somebody
        before may have been carried out, or not.
        """
        if again and left and left[0].state == "planned":
            self._journal.mark(run, begun=left[0])
            again = False
        for part, following in zip_longest(left, left[1:]):
            try:
                operation.carry_out(self._backend, self._backend.catalog, part.statement, again=again)
            except errors.BackendError as error:
                if error.details.get("outcome") != "unknown":
                    with suppress(errors.BackendError):  # in a transaction, which is undone anyway
                        self._journal.mark(run, planned=part)
                _place(error, run, part)
                raise
            self._journal.mark(run, done=part, begun=following)
            again = False

    def _planned(self, run: Run, position: int, operation: Operation) -> list[Part]:
        """An operation's statements, noted in the journal, the first of them as begun."""
        statements = operation.statements(Structures(self._backend))
        remarks = [operation.is_remark(each) for each in statements]
        first = remarks.index(False) if False in remarks else None
        parts = [
            Part(position, at, operation.words, each, _state(at, first, remark=remarks[at]))
            for at, each in enumerate(statements)
        ]
        self._journal.plan(run, parts)
        return [part for part in parts if part.state in WAITING]

    def _noted(self, run: Run | None) -> dict[int, list[Part]]:
        found: dict[int, list[Part]] = {}
        for part in self._journal.parts(run) if run else ():
            found.setdefault(part.position, []).append(part)
        return found

    @staticmethod
    def _refuse_another(step: Step, position: int, parts: list[Part]) -> None:
        """Refuse an operation that is not the one that was begun: only what left nothing may be mended."""
        if any(part.state in ("begun", "done") for part in parts):
            raise errors.Conflict(
                f"revision {step.revision.id}: operation {position + 1} is not the one that was begun;"
                " let it be as it was, or mend the tables by hand and stamp"
            )

    def _operations(self, step: Step) -> list[Operation]:
        """What a revision notes down."""
        noting = Operations(self._name, self._backend.catalog, self._backend.schema)
        call = step.revision.upgrade if step.direction == "upgrade" else step.revision.downgrade
        try:
            call(noting)
        except errors.BackendError as error:
            error.message = f"revision {step.revision.id}: {error.message}"
            raise
        except Exception as error:  # whatever a person's own code raises
            raise errors.Conflict(
                f"revision {step.revision.id}: {step.direction}(op) raises {type(error).__name__}: {error}"
            ) from error
        return noting.noted

    def _statements(self, step: Step, structures: Structures, run: Run | None) -> Iterator[str]:
        """The statements of a step that were not carried out yet."""
        mine = run is not None and (run.revision, run.direction) == (step.revision.id, step.direction)
        noted = self._noted(run if mine else None)
        for position, operation in enumerate(self._operations(step)):
            if parts := noted.get(position):
                yield from (part.statement for part in parts if part.state in WAITING)
            else:
                yield from operation.statements(structures)

    def _unfinished(self) -> Unfinished | None:
        run = self._journal.open_run()
        if run is None:
            return None
        parts = self._journal.parts(run)
        left = [part for part in parts if part.state in WAITING]
        done = sum(part.state == "done" for part in parts)
        return Unfinished(run.revision, run.direction, done, left[0].statement if left else None)


def _state(at: int, first: int | None, *, remark: bool) -> State:
    if remark:
        return "remark"
    return "begun" if at == first else "planned"


def _place(error: errors.BackendError, run: Run, part: Part) -> None:
    """Let an error say where it happened."""
    place = f"revision {run.revision}, operation {part.position + 1}, statement {part.part + 1}"
    error.message = f"{place}: {error.message}"
    error.details.update(revision=run.revision, operation=part.position + 1, statement=part.part + 1)
