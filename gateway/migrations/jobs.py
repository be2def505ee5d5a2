"""What takes longer than a request: done in a thread, kept in the database, asked for by its id."""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

from backends import errors, types
from backends.base import Backend
from backends.plan import Column, Table, TableName
from gateway.migrations.journal import SCHEMA
from gateway.migrations.records import Records, Row
from gateway.migrations.runner import Migrations
from gateway.migrations.scripts import HEAD, Revisions

OWN_LINE = "lakegate.own"  # no schema that is made by a gateway has a dot
WAIT_SECONDS = 10.0  # for a job to end, before it is answered that it goes on
ALIVE_SECONDS = 15.0  # between two signs of life
LAST_TRIES = 240  # to keep how a job ended: an hour

Json = dict[str, object]
Report = Callable[[Json], None]
_log = logging.getLogger(__name__)
JobState = Literal["running", "done", "failed"]
_FAILED = errors.BackendError("it failed; the log tells why")
_OWN = Revisions(Path(__file__).parent / "own")


def own_migrations(backend: Backend, name: str) -> Migrations:
    """The gateway's own tables, which come by its own revisions."""
    return Migrations(backend, name, _OWN, line=OWN_LINE)


@dataclass
class Job:
    """Work in a thread of this process."""

    id: str
    progress: str = ""  # as it was told last
    answer: Json | None = None
    error: BaseException | None = None
    told: threading.Event = field(default_factory=threading.Event)  # of progress, or of its end
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def outcome(self) -> Row:
        """What is kept of it when it has ended."""
        if self.error is None:
            return {"state": "done", "result": json.dumps(self.answer)}
        known = self.error if isinstance(self.error, errors.BackendError) else _FAILED
        return {"state": "failed", "result": json.dumps({"message": known.message, "details": known.details})}


class Jobs:
    """The jobs of one backend. All methods may raise any `BackendError`."""

    def __init__(self, backend: Backend, name: str) -> None:
        self._backend = backend
        self._name = name
        self._records = Records(
            backend, Table(TableName(backend.catalog, SCHEMA, "jobs"), _COLUMNS, ("job",))
        )

    def done(self, kind: str, by: str, work: Callable[[], Json]) -> Json | str:
        """What some work gives, if it ends within `WAIT_SECONDS`; else the id of the job that goes on.

        Raises what the work raises within that time.
        """
        job = self._started(kind, by, lambda _: work())
        if not job.ended.wait(WAIT_SECONDS):
            threading.Thread(target=self._keep_alive, args=(job,), daemon=True).start()
            return job.id
        if job.error is not None:
            raise job.error
        return job.answer or {}

    def begun(self, kind: str, by: str, work: Callable[[Report], Json]) -> str:
        """The id of a job that goes on; `work` is given what to call when there is progress.

        Raises what the work raises before it first does, or within `WAIT_SECONDS`.
        """
        job = self._started(kind, by, work)
        job.told.wait(WAIT_SECONDS)
        if job.ended.is_set() and job.error is not None:
            raise job.error
        threading.Thread(target=self._keep_alive, args=(job,), daemon=True).start()
        return job.id

    def find(self, job: str) -> Json:
        """A job as it is.

        Raises:
            NotFound: there is none of that id.
        """
        found = self._records.one(job=job)
        if found is None:
            raise errors.NotFound(f'there is no job "{job}"')
        told = json.loads(found["result"]) if found["result"] else None
        running = found["state"] == "running"
        return {**found, "result": None if running else told, "progress": told if running else None}

    def _started(self, kind: str, by: str, work: Callable[[Report], Json]) -> Job:
        """A job that is kept, and has begun."""
        own = own_migrations(self._backend, self._name)
        if own.pending():
            own.move(HEAD, "upgrade", by)
        job, moment = Job(uuid4().hex), _now()
        row: Row = {"job": job.id, "kind": kind, "state": "running", "begun_at": moment, "seen_at": moment}
        # before the work begins, which may keep everybody else from writing
        self._records.put({**row, "begun_by": by})
        threading.Thread(target=self._run, args=(job, work), name=f"job {job.id}", daemon=True).start()
        return job

    def _run(self, job: Job, work: Callable[[Report], Json]) -> None:
        def report(progress: Json) -> None:
            if (text := json.dumps(progress)) != job.progress:
                job.progress = text
                self._note(job, {"seen_at": _now(), "result": text})
            job.told.set()

        try:
            job.answer = work(report)
        except BaseException as error:  # noqa: BLE001 - it is raised to who waits, and kept for who asks
            job.error = error
            if not isinstance(error, errors.BackendError):
                _log.error("job %s failed", job.id, exc_info=error)
        finally:
            job.ended.set()
            job.told.set()
        for _ in range(LAST_TRIES):
            if self._note(job, {"seen_at": _now(), **job.outcome}):
                return
            time.sleep(ALIVE_SECONDS)

    def _keep_alive(self, job: Job) -> None:
        while not job.ended.wait(ALIVE_SECONDS):
            self._note(job, {"seen_at": _now()})

    def _note(self, job: Job, values: Row) -> bool:
        """Keep something of a job that is running; False where the database does not answer."""
        try:
            self._records.set(values, job=job.id, state="running")
        except errors.BackendError:
            return False
        return True


def _now() -> str:
    return datetime.now(UTC).isoformat()


_COLUMNS = (
    Column("job", types.Varchar(32), nullable=False),
    Column("kind", types.Varchar(255), nullable=False),
    Column("state", types.Varchar(32), nullable=False),
    Column("result", types.String()),
    Column("begun_at", types.Timestamp(), nullable=False),
    Column("seen_at", types.Timestamp(), nullable=False),
    Column("begun_by", types.String()),
)
