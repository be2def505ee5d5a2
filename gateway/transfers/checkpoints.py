"""How far each table has come, kept beside its rows: in the same transaction, where there is one."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

from backends import errors
from backends.base import Backend
from backends.plan import Table, TableName
from gateway.migrations.journal import SCHEMA
from gateway.migrations.records import Records, Row
from gateway.transfers.pages import Place
from gateway.transfers.progress import Json

TAKEN = "another process goes on with this transfer"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`rows` are written, and so many were `rejected`; the next ones begin after `after`.

    `base` is how many the target had before, and `before` their sum, where there is no key to tell rows
    by. `sending` rows were read for a chunk of which nobody knows whether it was written: none, where
    it is one transaction with its checkpoint.
    """

    position: int
    base: int = 0
    before: Json | None = None
    chunk: int = 0
    rows: int = 0
    rejected: int = 0
    after: Place | None = None
    loaded: bool = False
    sending: int = 0


class Taken(errors.Conflict):
    """Another process goes on with the transfer; what was to be written here is undone."""


@dataclass
class Checkpoints:
    """Those of one transfer, in the target, while `holder` carries it out."""

    backend: Backend
    transfer: str
    holder: str
    is_mine: Callable[[], bool]  # whether the holder is who carries the transfer out
    _records: Records = field(init=False)

    def __post_init__(self) -> None:
        name = TableName(self.backend.catalog, SCHEMA, "checkpoints")
        self._records = Records(self.backend, Table(name, ()))

    def find(self, position: int) -> Checkpoint | None:
        """How far a table has come; it is this holder's from now on.

        Raises:
            Taken: another process goes on with the transfer.
        """
        which = {"transfer": self.transfer, "position": position}
        row = self._records.one(**which)
        if row is None:
            return None
        if row["holder"] != self.holder:
            if not self.is_mine():
                raise Taken(TAKEN)
            if self._records.set({"holder": self.holder}, **which, holder=row["holder"]) != 1:
                raise Taken(TAKEN)
            row = self._records.one(**which) or row  # who had it may have come further meanwhile
        return _checkpoint(row)

    def confirm(self, position: int) -> None:
        """Make sure that a table is still this holder's, as part of a transaction. Raises Taken."""
        same = {"transfer": self.transfer, "position": position, "holder": self.holder}
        if self._records.set({"holder": self.holder}, **same) != 1:
            raise Taken(TAKEN)

    def begin(self, checkpoint: Checkpoint) -> None:
        """Keep the first one of a table.

        Raises:
            Taken: another process goes on with the transfer.
            Conflict: there is one.
        """
        if not self.is_mine():
            raise Taken(TAKEN)
        row = {"transfer": self.transfer, **_row(checkpoint), "holder": self.holder}
        self._records.put(row, on_conflict="error")

    def send(self, before: Checkpoint, rows: int) -> Checkpoint:
        """Keep that a chunk of so many rows is about to be written; 0 if it was not. Raises Taken."""
        return self._moved(before, replace(before, sending=rows))

    def move(self, before: Checkpoint, rows: int, after: Place | None, rejected: int = 0) -> Checkpoint:
        """Keep that so many rows more were written, as part of the transaction that wrote them.

        Raises:
            Taken: another holder has it, or has come further.
        """
        now = replace(before, chunk=before.chunk + 1, rows=before.rows + rows, after=after, sending=0)
        return self._moved(before, replace(now, rejected=before.rejected + rejected, loaded=after is None))

    def _moved(self, before: Checkpoint, now: Checkpoint) -> Checkpoint:
        row = _row(now)
        del row["position"]
        same = {"transfer": self.transfer, "position": before.position, "holder": self.holder}
        if self._records.set(row, **same, chunk=before.chunk) != 1:
            raise Taken(TAKEN)
        return now

    def forget(self, position: int | None = None) -> None:
        """Forget one, or all. Raises Taken where another process goes on with the transfer."""
        if not self.is_mine():
            raise Taken(TAKEN)
        which: Row = {} if position is None else {"position": position}
        self._records.remove(transfer=self.transfer, **which)


def _row(checkpoint: Checkpoint) -> Row:
    texts = {name: _text(getattr(checkpoint, name)) for name in ("after", "before")}
    return {**asdict(checkpoint), **texts}


def _checkpoint(row: Row) -> Checkpoint:
    known = {name: row[name] for name in Checkpoint.__dataclass_fields__}
    after, before = (None if row[name] is None else json.loads(row[name]) for name in ("after", "before"))
    return Checkpoint(**{**known, "after": None if after is None else tuple(after), "before": before})


def _text(value: object) -> str | None:
    return None if value is None else json.dumps(value)
