"""Transfers as they are asked for: begun, looked at, cancelled, gone on with, and taken over."""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

from backends import errors
from backends.base import Backend
from backends.plan import TableName
from gateway.migrations.jobs import own_migrations
from gateway.migrations.scripts import HEAD
from gateway.transfers.asked import Asked
from gateway.transfers.checkpoints import Checkpoints
from gateway.transfers.connections import Connection, Connections
from gateway.transfers.finishing import forget, is_begun, old_keys
from gateway.transfers.loading import Hand
from gateway.transfers.planning import Move, Planning
from gateway.transfers.progress import Json, TableProgress, TableState, told
from gateway.transfers.rejects import Rejects
from gateway.transfers.runner import Runner
from gateway.transfers.store import ACTIVE, LEASE_SECONDS, Kept, Store, new_holder, progress_of

WATCH_SECONDS = LEASE_SECONDS / 3  # between two looks at those that others carry out
_log = logging.getLogger(__name__)


@dataclass
class _Here:
    """What this process carries out, and whether it watches the others."""

    running: dict[str, Runner] = field(default_factory=dict)
    watching: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Transfers:
    """The transfers of one gateway. Every method may raise any `BackendError`."""

    connections: Connections
    size: int  # bytes of a chunk, about
    rejects: Path  # the folder of the files of rejects
    stays: bool = True  # this process, so that it may take over what others have left
    _here: _Here = field(default_factory=_Here)

    def acting(self, backend: Backend) -> "Transfers":
        """The same, the gateway's own database as a caller may use it."""
        own = self.connections.own
        if backend is own.backend:
            return self
        return replace(self, connections=self.connections.with_own(replace(own, backend=backend)))

    @property
    def _store(self) -> Store:
        return Store(self.connections.own.backend)

    def begin(self, asked: Asked, by: str) -> Runner:
        """A new transfer, looked at on both sides and kept, for the caller to run.

        Raises:
            Invalid: there is no such connection, or a table cannot go where it is to.
            NotFound: a table is not there.
            Conflict: a table is there that is to be created.
        """
        source, target = self._both(asked)
        transfer, holder = uuid4().hex, new_holder()
        moves = Planning(asked, source, target, transfer).moves()
        keys = old_keys(target.backend, moves)
        for each in (self.connections.own, target):
            make_own_tables(each, by)
        self._store.add(transfer, asked, moves, keys, by, holder)
        tables = [progress_of(move) for move in moves]
        return self._runner(self._store.find(transfer), holder, by, moves, tables)

    def resume(self, transfer: str, by: str) -> Runner:
        """A transfer that was cancelled, has failed or whose process is dead, for the caller to run on.

        Raises:
            NotFound: there is none of that id.
            Conflict: it is done, or somebody carries it out.
        """
        kept = self._store.find(transfer)
        if kept.state == "done" or (kept.state in ACTIVE and not kept.dead):
            raise errors.Conflict(f'the transfer "{transfer}" is {kept.state}')
        found = self._taken(kept, by)
        if found is None:
            raise errors.Conflict("another process has begun to go on with it")
        return found

    def start(self, runner: Runner) -> None:
        """Let a transfer run in a thread of this process."""
        self._here.running[runner.transfer] = runner

        def run() -> None:
            try:
                runner.run()
            finally:
                if self._here.running.get(runner.transfer) is runner:  # else it is gone on with already
                    del self._here.running[runner.transfer]

        threading.Thread(target=run, name=f"transfer {runner.transfer}", daemon=True).start()

    def all(self) -> list[Kept]:
        """All transfers, the last one first."""
        found = self._store.all()
        self._look_after(found)
        return found

    def find(self, transfer: str) -> tuple[Kept, list[TableProgress]]:
        """A transfer and its tables. Raises NotFound."""
        kept = self._store.find(transfer)
        self._look_after([kept])
        mine = self._here.running.get(transfer)
        return kept, mine.tables if mine else self._store.tables(transfer)

    def cancel(self, transfer: str) -> Kept:
        """Stop a transfer after the chunk under way; `resume` goes on from there.

        Raises:
            NotFound: there is none of that id.
            Conflict: it is not running.
        """
        kept = self._store.find(transfer)
        if kept.dead:
            holder = new_holder()
            if self._store.claim(kept, holder):
                self._store.end(transfer, holder, "cancelled")
        elif not self._store.ask_to_cancel(transfer) and kept.state != "cancelling":
            raise errors.Conflict(f'the transfer "{transfer}" is {kept.state}')
        if mine := self._here.running.get(transfer):
            mine.stop.set()
        return self._store.find(transfer)

    def discard(self, transfer: str) -> None:
        """Forget a transfer that does not run, with what it has loaded beside.

        Raises:
            NotFound: there is none of that id.
            Conflict: it is running.
        """
        kept = self._store.find(transfer)
        if kept.state in ACTIVE and not kept.dead:
            raise errors.Conflict(f'the transfer "{transfer}" is {kept.state}: cancel it first')
        there = self._target_of(kept)
        if kept.state != "done" and there is not None and is_begun(there, transfer):
            raise errors.Conflict(f'tables of "{transfer}" are in their places, and others not: resume it')
        if not self._store.claim(kept, new_holder(), "cancelling"):
            raise errors.Conflict("another process has begun to go on with it")
        if there is not None:
            remove_what_is_left(there, kept)
        self._store.forget(transfer)

    def watch(self) -> None:
        """Take over what dead processes have left, for as long as others carry something out."""
        if not self._here.watching.acquire(blocking=False):
            return
        try:
            while self._watched():
                time.sleep(WATCH_SECONDS)
        finally:
            self._here.watching.release()

    def _watched(self) -> bool:
        """Whether there is anything to watch; what is dead is taken over."""
        try:
            found = [each for each in self._store.all() if self._is_others(each)]
        except errors.BackendError as error:
            _log.warning("transfers of other processes cannot be looked at now: %s", error.message)
            return True
        for kept in found:
            self._take_over(kept)
        return bool(found)

    def passing(self) -> "Transfers":
        """The same, in a process that does not stay: it takes over nothing that dead processes have left."""
        return replace(self, stays=False)

    def leave(self) -> None:
        """Let other processes take over all that this one carries out."""
        for runner in [*self._here.running.values()]:
            with suppress(errors.BackendError):  # then it takes a while until others see that it is dead
                runner.leave()

    def _both(self, asked: Asked) -> tuple[Connection, Connection]:
        return self.connections.open(asked.source, "from"), self.connections.open(asked.target, "to")

    def _taken(self, kept: Kept, by: str) -> Runner | None:
        """A transfer taken over, if nobody was faster."""
        source, target = self._both(kept.asked)
        moves = Planning(kept.asked, source, target, kept.id, kept.begun).moves()
        holder = new_holder()
        if not self._store.claim(kept, holder):
            return None
        tables = [gone_on_with(each) for each in self._store.tables(kept.id)]
        return self._runner(kept, holder, by, moves, tables)

    def _runner(
        self, kept: Kept, holder: str, by: str, moves: Sequence[Move], tables: Sequence[TableProgress]
    ) -> Runner:
        source, target = (each.backend for each in self._both(kept.asked))
        store, stop = self._store, threading.Event()
        checkpoints = Checkpoints(target, kept.id, holder, lambda: store.is_held(kept.id, holder))

        def hand(move: Move, table: TableProgress) -> Hand:
            rejects = Rejects(self.rejects, kept.id, move.position, table.name)
            return Hand(
                move, source, target, checkpoints, table, rejects,
                kept.asked.on_error, self.size, stop,
            )  # fmt: skip

        hands = [hand(move, table) for move, table in zip(moves, tables, strict=True)]
        return Runner(store, kept.id, holder, by, hands, kept.old_keys, checkpoints, stop)

    def _look_after(self, found: Sequence[Kept]) -> None:
        """Watch those that others carry out, in a thread."""
        if self.stays and any(map(self._is_others, found)) and not self._here.watching.locked():
            threading.Thread(target=self.watch, name="transfers", daemon=True).start()

    def _is_others(self, kept: Kept) -> bool:
        return kept.state in ACTIVE and kept.id not in self._here.running

    def _take_over(self, kept: Kept) -> None:
        if not kept.dead:
            return
        try:
            if kept.state == "cancelling":
                self.cancel(kept.id)
            elif runner := self._taken(kept, kept.by or ""):
                _log.warning("transfer %s is taken over from %s", kept.id, kept.holder)
                self.start(runner)
        except errors.BackendError as error:
            _log.warning("transfer %s cannot be taken over: %s", kept.id, error.message)
            self._give_up(kept, error)

    def _give_up(self, kept: Kept, error: errors.BackendError) -> None:
        """Let a dead transfer be failed where nobody can go on with it."""
        if isinstance(error, errors.Unavailable | errors.Timeout):
            return
        holder = new_holder()
        with suppress(errors.BackendError):
            if self._store.claim(kept, holder):
                self._store.end(kept.id, holder, "failed", told(error))

    def _target_of(self, kept: Kept) -> Backend | None:
        """Where a transfer goes, if the environment still names it."""
        try:
            return self.connections.open(kept.asked.target, "to").backend
        except errors.Invalid:
            return None


def remove_what_is_left(there: Backend, kept: Kept) -> None:
    """Remove what a transfer has loaded beside, and its notes."""
    prefix, schema = f"lakegate_{kept.id[:8]}_", kept.asked.to_schema or there.schema
    with suppress(errors.NotFound):
        for each in there.tables(there.catalog, schema):
            if each.name.startswith(prefix):
                there.drop_table(TableName(there.catalog, schema, each.name))
    with suppress(errors.NotFound):
        Checkpoints(there, kept.id, "", lambda: True).forget()
        forget(there, kept.id)


def make_own_tables(connection: Connection, by: str) -> None:
    """Make the gateway's own tables in a database."""
    own = own_migrations(connection.backend, connection.kind)
    if own.pending():
        own.move(HEAD, "upgrade", by)


def gone_on_with(table: TableProgress) -> TableProgress:
    """A table's progress, as it is when its transfer is gone on with."""
    state: TableState = "verified" if table.state in ("verified", "finishing", "done") else "waiting"
    return replace(table, state=state, error=None)


def shown(kept: Kept) -> Json:
    """A transfer as the interface shows it."""
    return {
        "transfer": kept.id,
        "from": kept.asked.source,
        "to": kept.asked.target,
        "mode": kept.asked.mode,
        "on_error": kept.asked.on_error,
        "state": kept.state,
        "begun_at": kept.begun_at,
        "ended_at": kept.ended_at,
        "begun_by": kept.by,
        "error": kept.error,
    }
