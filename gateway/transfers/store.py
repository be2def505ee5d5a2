"""Transfers as the gateway's own database keeps them: what was asked, how far they are, and who is at it."""

import json
import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import uuid4

from backends import errors
from backends.base import Backend
from backends.plan import Table, TableName
from gateway.migrations.journal import SCHEMA
from gateway.migrations.records import Records, Row
from gateway.transfers.asked import Asked
from gateway.transfers.finishing import OldKey, keys_of, told
from gateway.transfers.planning import Begun, Move
from gateway.transfers.progress import Json, TableProgress

LEASE_SECONDS = 30  # without a sign of life, after which another may take over
State = Literal["running", "cancelling", "cancelled", "done", "failed"]
ACTIVE: tuple[State, ...] = ("running", "cancelling")


@dataclass(frozen=True, slots=True)
class Kept:
    """A transfer as it is kept."""

    id: str
    asked: Asked
    begun: Mapping[str, Begun]
    old_keys: tuple[OldKey, ...]
    state: State
    holder: str | None
    seen_at: str | None
    begun_at: str
    ended_at: str | None
    by: str | None
    error: Json | None

    @property
    def dead(self) -> bool:
        """Whether who carries it out has given no sign of life for too long."""
        if self.state not in ACTIVE:
            return False
        if self.seen_at is None or is_gone(self.holder or ""):
            return True
        return datetime.now(UTC) - datetime.fromisoformat(self.seen_at) > timedelta(seconds=LEASE_SECONDS)


class Store:
    """The transfers of one gateway. All methods may raise any `BackendError`."""

    def __init__(self, backend: Backend) -> None:
        self._transfers = _records(backend, "transfers")
        self._tables = _records(backend, "transfer_tables")

    def add(
        self, transfer: str, asked: Asked, moves: Iterable[Move], keys: Iterable[OldKey], by: str, holder: str
    ) -> None:
        """Keep a new one, which its holder begins with at once."""
        moves = tuple(moves)
        tables = [{"transfer": transfer, **progress_of(move).row()} for move in moves]
        self._tables.put(*tables)
        moment = now()
        row: Row = {"transfer": transfer, "asked": asked.text(), "plan": _plan(moves, keys), "begun_by": by}
        times = {"begun_at": moment, "seen_at": moment}
        self._transfers.put({**row, **times, "state": "running", "holder": holder})

    def all(self) -> list[Kept]:
        """Every transfer, the last one first."""
        found = map(_kept, self._transfers.all())
        return sorted(found, key=lambda each: (each.begun_at, each.id), reverse=True)

    def find(self, transfer: str) -> Kept:
        """One of them. Raises NotFound."""
        row = self._transfers.one(transfer=transfer)
        if row is None:
            raise errors.NotFound(f'there is no transfer "{transfer}"')
        return _kept(row)

    def tables(self, transfer: str) -> list[TableProgress]:
        """How far each of its tables is, in their order."""
        rows = self._tables.all(transfer=transfer)
        found = [
            TableProgress.of({name: each for name, each in row.items() if name != "transfer"}) for row in rows
        ]
        return sorted(found, key=lambda each: each.position)

    def claim(self, kept: Kept, holder: str, state: State = "running") -> bool:
        """Take a transfer from who had it; of several that try exactly one gets it.

        It is not given where somebody has given a sign of life since it was looked at.
        """
        known = {"holder": kept.holder, "seen_at": kept.seen_at}
        was = {name: each for name, each in known.items() if each is not None}
        taken: Row = {"holder": holder, "seen_at": now(), "state": state, "error": None, "ended_at": None}
        return self._transfers.set(taken, transfer=kept.id, state=kept.state, **was) == 1

    def is_held(self, transfer: str, holder: str) -> bool:
        """Whether a holder is who carries a transfer out."""
        return self._transfers.one(transfer=transfer, holder=holder) is not None

    def alive(self, transfer: str, holder: str, tables: Iterable[TableProgress]) -> State | None:
        """Give a sign of life; gives the state that is asked for, None where somebody else has it by now."""
        if self._transfers.set({"seen_at": now()}, transfer=transfer, holder=holder) != 1:
            return None
        self.save(transfer, tables)
        row = self._transfers.one(transfer=transfer)
        return row["state"] if row else None

    def save(self, transfer: str, tables: Iterable[TableProgress]) -> None:
        """Keep how far tables are."""
        if rows := [{"transfer": transfer, **each.row()} for each in tables]:
            self._tables.put(*rows)

    def release(self, transfer: str, holder: str) -> None:
        """Let another take it at once."""
        self._transfers.set({"seen_at": None}, transfer=transfer, holder=holder)

    def ask_to_cancel(self, transfer: str) -> bool:
        """Ask who carries it out to stop; False where nobody does."""
        return self._transfers.set({"state": "cancelling"}, transfer=transfer, state="running") == 1

    def end(self, transfer: str, holder: str, state: State, error: Json | None = None) -> None:
        """Keep how it ended."""
        ended: Row = {"state": state, "ended_at": now(), "error": json.dumps(error) if error else None}
        self._transfers.set(ended, transfer=transfer, holder=holder)

    def forget(self, transfer: str) -> None:
        """Forget it."""
        self._tables.remove(transfer=transfer)
        self._transfers.remove(transfer=transfer)


def progress_of(move: Move) -> TableProgress:
    """How far a table is that was not begun."""
    report: Json = {"remarks": list(move.remarks)} if move.remarks else {}
    return TableProgress(move.position, move.source.name.table, report=report)


def new_holder() -> str:
    """A name that no other holder has."""
    return f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"


def is_gone(holder: str) -> bool:
    """Whether a holder was a process of this machine that is not there any more."""
    host, pid = (*holder.split("/"), "", "")[:2]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def now() -> str:
    """The moment, as rows have it."""
    return datetime.now(UTC).isoformat()


def _plan(moves: Iterable[Move], keys: Iterable[OldKey]) -> str:
    tables = {
        move.source.name.table: [move.mode, move.existed, move.identity.next if move.identity else None]
        for move in moves
    }
    return json.dumps({"tables": tables, "old_keys": told(keys)})


def _kept(row: Row) -> Kept:
    plan = json.loads(row["plan"])
    return Kept(
        row["transfer"],
        Asked.read(row["asked"]),
        {name: Begun(*told) for name, told in plan["tables"].items()},
        keys_of(plan["old_keys"]),
        row["state"],
        row["holder"],
        row["seen_at"],
        row["begun_at"],
        row["ended_at"],
        row["begun_by"],
        json.loads(row["error"]) if row["error"] else None,
    )


def _records(backend: Backend, name: str) -> Records:
    return Records(backend, Table(TableName(backend.catalog, SCHEMA, name), ()))
