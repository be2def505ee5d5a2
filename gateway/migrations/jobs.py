"""What takes longer than a request: done in a thread, kept in the database, asked for by its id."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
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

WAIT_SECONDS = 10.0  # for a job to end, before it is answered that it goes on
ALIVE_SECONDS = 15.0  # between two signs of life

Json = dict[str, object]
JobState = Literal["running", "done", "failed"]
_OWN = Revisions(Path(__file__).parent / "own")


def own_migrations(backend: Backend, name: str) -> Migrations:
    """The gateway's own tables, which come by its own revisions."""
    return Migrations(backend, name, _OWN, line="lakegate")


@dataclass
class Job:
    """Work in a thread of this process."""

    id: str
    work: Callable[[], Json]
    answer: Json | None = None
    error: BaseException | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Do the work."""
        try:
            self.answer = self.work()
        except BaseException as error:  # noqa: BLE001 - it is raised to who waits, or kept for who asks
            self.error = error
        finally:
            self.ended.set()


class Jobs:
    """The jobs of one backend. All methods may raise any `BackendError`."""

    def __init__(self, backend: Backend, name: str) -> None:
        self._backend = backend
        self._name = name
        self._records = Records(
            backend, Table(TableName(backend.catalog, SCHEMA, "jobs"), _COLUMNS, ("job",))
        )

    def done(self, kind: str, by: str, work: Callable[[], Json]) -> Json | str:
        """What some work gives, if it ends within `WAIT_SECONDS`; else the id of the job that it has become.

        Raises what the work raises within that time.
        """
        own_migrations(self._backend, self._name).move(HEAD, "upgrade", by)
        job = Job(uuid4().hex, work)
        threading.Thread(target=job.run, name=f"job {job.id}", daemon=True).start()
        if not job.ended.wait(WAIT_SECONDS):
            watch = threading.Thread(target=self._watch, args=(job, kind, by), daemon=True)
            watch.start()
            return job.id
        if job.error is not None:
            raise job.error
        return job.answer or {}

    def find(self, job: str) -> Json:
        """A job as it is.

        Raises:
            NotFound: there is none of that id.
        """
        found = self._records.one(job=job)
        if found is None:
            raise errors.NotFound(f'there is no job "{job}"')
        return {**found, "result": json.loads(found["result"]) if found["result"] else None}

    def _watch(self, job: Job, kind: str, by: str) -> None:
        """Keep a job's row until it has ended; where the job keeps everybody else from writing, after it."""
        moment = _now()
        row: Row = {"job": job.id, "kind": kind, "begun_at": moment, "begun_by": by}
        ended = False
        while not ended:
            ended = job.ended.wait(0)
            with suppress(errors.BackendError):
                self._records.put({**row, "seen_at": _now(), **_outcome(job, ended=ended)})
            ended = ended or job.ended.wait(ALIVE_SECONDS)
        self._records.put({**row, "seen_at": _now(), **_outcome(job, ended=True)})


def _outcome(job: Job, *, ended: bool) -> Row:
    if not ended:
        return {"state": "running"}
    if job.error is None:
        return {"state": "done", "result": json.dumps(job.answer)}
    known = job.error if isinstance(job.error, errors.BackendError) else errors.BackendError("the job failed")
    return {"state": "failed", "result": json.dumps({"message": known.message, "details": known.details})}


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
