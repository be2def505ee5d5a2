"""What was done, kept in the database itself: where it stands, and every statement of every run.

Where the database has transactions a run is there whole or not at all. Where it has none, the
journal tells which statement is next; one that was begun may have been carried out or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from backends import types
from backends.base import Backend
from backends.plan import Column, Table, TableName
from gateway.migrations.records import Records, Row
from gateway.migrations.scripts import Direction

SCHEMA = "lakegate"
State = Literal["planned", "begun", "done", "remark"]
OPEN, CLOSED = "open", "closed"

_TEXT, _WHOLE, _MOMENT = types.String(), types.Integer(32), types.Timestamp()
_NAME = types.Varchar(255)


@dataclass(frozen=True, slots=True)
class Part:
    """One statement of an operation: `position` is the operation's, `part` its own within that."""

    position: int
    part: int
    words: str
    statement: str
    state: State


@dataclass(frozen=True, slots=True)
class Run:
    """A revision that is being taken, or taken back."""

    id: str
    revision: str
    direction: Direction
    target: str | None


class Journal:
    """The journal of one line of revisions."""

    def __init__(self, backend: Backend, line: str) -> None:
        self._line = line
        self._versions = Records(backend, _table(backend, "versions", _VERSIONS, ("line",)))
        self._runs = Records(backend, _table(backend, "runs", _RUNS, ("run",)))
        self._parts = Records(backend, _table(backend, "steps", _STEPS, _KEY))

    def make(self) -> None:
        """Create its tables, if they are not there: they keep the revisions, so no revision makes them."""
        for records in (self._versions, self._runs, self._parts):
            records.make()

    def current(self) -> str | None:
        """The revision that the database is at; None before the first one."""
        found = self._versions.one(line=self._line)
        return found["revision"] if found else None

    def move(self, revision: str | None) -> None:
        """Let the database be at a revision."""
        self._versions.put({"line": self._line, "revision": revision, "moved_at": _now()})

    def open_run(self) -> Run | None:
        """The run that has not come to its end."""
        found = self._runs.one(line=self._line, state=OPEN)
        return Run(found["run"], found["revision"], found["direction"], found["target"]) if found else None

    def begin(self, revision: str, direction: Direction, target: str | None, by: str) -> Run:
        """Begin a run."""
        moment = _now()
        run = Run(f"{moment} {direction} {revision}", revision, direction, target)
        row: Row = {"run": run.id, "line": self._line, "revision": revision, "direction": direction}
        self._runs.put({**row, "target": target, "state": OPEN, "begun_at": moment, "by": by})
        return run

    def end(self, run: Run) -> None:
        """End a run: the database is at its target."""
        self.move(run.target)
        self.close(run)

    def erase(self) -> None:
        """Forget all that is known of the line."""
        for row in self._runs.all(line=self._line):
            self._parts.remove(run=row["run"])
        self._runs.remove(line=self._line)
        self._versions.remove(line=self._line)

    def close(self, run: Run) -> None:
        """Let a run be over, wherever the database is."""
        self._runs.set({"state": CLOSED, "ended_at": _now()}, run=run.id)

    def noted(self, run: Run) -> dict[int, list[Part]]:
        """The statements of a run's operations so far, by the operation's position."""
        found: dict[int, list[Part]] = {}
        for part in self.parts(run):
            found.setdefault(part.position, []).append(part)
        return found

    def parts(self, run: Run) -> list[Part]:
        """The statements of a run's operations so far, in their order."""
        names = Part.__dataclass_fields__
        found = [Part(**{name: row[name] for name in names}) for row in self._parts.all(run=run.id)]
        return sorted(found, key=lambda part: (part.position, part.part))

    def plan(self, run: Run, parts: Sequence[Part]) -> None:
        """Note the statements of an operation, before any of them is carried out."""
        if parts:
            self._parts.put(*(_row(run, part) for part in parts))

    def forget(self, run: Run, position: int) -> None:
        """Forget an operation, which another stands in for."""
        self._parts.remove(run=run.id, position=position)

    def mark(self, run: Run, **marks: Part | None) -> None:
        """Note how far statements are: each by the name of its new state."""
        rows = [{**_row(run, part), "state": state} for state, part in marks.items() if part is not None]
        if len(rows) > 1:
            self._parts.put(*rows)
            return
        for row in rows:
            self._parts.set({"state": row["state"]}, **{name: row[name] for name in _KEY})


def _row(run: Run, part: Part) -> Row:
    return {"run": run.id, **{name: getattr(part, name) for name in Part.__slots__}}


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _table(backend: Backend, name: str, columns: tuple[Column, ...], key: tuple[str, ...]) -> Table:
    return Table(TableName(backend.catalog, SCHEMA, name), columns, key)


_KEY = ("run", "position", "part")
_VERSIONS = (
    Column("line", _NAME, nullable=False),
    Column("revision", _NAME),
    Column("moved_at", _MOMENT, nullable=False),
)
_RUNS = (
    Column("run", _NAME, nullable=False),
    Column("line", _NAME, nullable=False),
    Column("revision", _NAME, nullable=False),
    Column("direction", _NAME, nullable=False),
    Column("target", _NAME),
    Column("state", _NAME, nullable=False),
    Column("begun_at", _MOMENT, nullable=False),
    Column("ended_at", _MOMENT),
    Column("by", _NAME),
)
_STEPS = (
    Column("run", _NAME, nullable=False),
    Column("position", _WHOLE, nullable=False),
    Column("part", _WHOLE, nullable=False),
    Column("words", _TEXT, nullable=False),
    Column("statement", _TEXT, nullable=False),
    Column("state", _NAME, nullable=False),
)
