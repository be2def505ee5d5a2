"""One table's rows on their way: read ahead, fitted, and written chunk by chunk with a checkpoint."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from backends import errors
from backends.base import Backend
from backends.changes import CreateTable
from backends.plan import Insert, OnConflict, Table
from backends.structure import Structure
from gateway.transfers.asked import OnError
from gateway.transfers.checkpoints import Checkpoint, Checkpoints
from gateway.transfers.comparing import Sum, sum_of
from gateway.transfers.fitting import Fitting
from gateway.transfers.matching import written_columns
from gateway.transfers.pages import Page, Pages, ahead
from gateway.transfers.planning import Move
from gateway.transfers.progress import Cancelled, TableProgress
from gateway.transfers.rejects import LISTED, Rejects, refused, shown

LOCK = "lakegate.transfers"


@dataclass
class Hand:
    """What every step of a table's move needs. Its steps may raise any `BackendError`, and Cancelled."""

    move: Move
    source: Backend
    target: Backend
    checkpoints: Checkpoints
    progress: TableProgress
    rejects: Rejects
    on_error: OnError
    size: int  # bytes of a chunk, about
    stop: threading.Event

    def target_table(self) -> Table:
        """The table that rows are written to, as it is now."""
        return self.target.table(self.move.loaded, fresh=True)

    def columns(self, target: Table) -> tuple[str, ...]:
        """The columns that are moved, in the target's order."""
        moved = set(written_columns(self.move.source, target))
        return tuple(name for name in target.names if name in moved)

    def source_pages(self, target: Table) -> Pages:
        """The source's rows."""
        source = self.move.source
        return Pages(self.source, source, self.columns(target), self.size, source.key)

    def target_pages(self, target: Table) -> Pages:
        """The target's rows, in the source's order."""
        return Pages(self.target, target, self.columns(target), self.size, self.move.source.key)

    def fitting(self, target: Table) -> Fitting:
        """What the source's rows are for the target."""
        return Fitting(self.move.source, target, self.columns(target))

    def by_key(self, target: Table) -> bool:
        """Whether the key of the source tells the target's rows apart."""
        return bool(target.key) and target.key == self.move.source.key

    def each(self, pages: Iterable[Page]) -> Iterator[Page]:
        """The same pages, for as long as nobody asked to stop. Raises Cancelled."""
        for page in pages:
            self.going_on()
            yield page

    def going_on(self) -> None:
        """Stop here, if somebody asked for it. Raises Cancelled."""
        if self.stop.is_set():
            raise Cancelled


def prepare(hand: Hand) -> None:
    """Make what is loaded into, or make sure that every row fits; not twice, whoever does it.

    Raises:
        Invalid: a row does not fit, and none may be left out; nothing was written to the table.
    """
    move, progress = hand.move, hand.progress
    progress.total = hand.source_pages(move.source).count() if progress.total is None else progress.total
    if hand.checkpoints.find(move.position) is not None:
        if move.made is None or is_as_made(hand.target, move.made):
            return
        hand.checkpoints.forget(move.position)
    if move.made is None:
        progress.state = "checking"
        check(hand)
    with hand.target.transaction(hand.target.catalog, LOCK):
        if hand.checkpoints.find(move.position) is None:  # else another process was faster
            if move.made is not None:
                make(hand.target, move.made)
            hand.checkpoints.begin(first(hand))


def is_as_made(target: Backend, made: Structure) -> bool:
    """Whether a table that another try has made is there, and still what is to be made."""
    try:
        there = target.table(made.table.name, fresh=True)
    except errors.NotFound:
        return False
    return [(each.name, each.type) for each in there.columns] == [
        (each.name, each.type) for each in made.table.columns
    ]


def first(hand: Hand) -> Checkpoint:
    """Where a table begins: with what the target holds, where its rows are not told by the source's key."""
    found, move = Checkpoint(hand.move.position, rejected=hand.progress.rejected), hand.move
    if move.made is not None or hand.by_key(hand.target_table()):
        return found
    if move.source.key:
        return replace(found, base=hand.target_pages(hand.target_table()).count())
    before = target_sum(hand)
    return replace(found, base=before.rows, before=before.shown())


def target_sum(hand: Hand) -> Sum:
    """The sum of what the target holds."""
    with ahead(hand.target_pages(hand.target_table()).after(None)) as pages:
        return sum_of(hand.each(pages))


def make(target: Backend, made: Structure) -> None:
    """Make a table, in the place of what another try has left; its indexes come when it is full."""
    name = made.table.name
    with suppress(errors.NotFound):
        target.drop_table(name)
    for statement in target.ddl(CreateTable(replace(made, indexes=())), None):
        if not statement.startswith("--"):
            target.run(name.catalog, statement)


def check(hand: Hand) -> None:
    """Read every row, and see whether it fits."""
    target = hand.target_table()
    fitting, source = hand.fitting(target), hand.source_pages(target)
    hand.rejects.begin(0)
    hand.progress.rejected, hand.progress.report["rejects"] = 0, []
    with ahead(map(fitting.page, source.after(None))) as pages:
        for page in hand.each(pages):
            hand.progress.rejected += put_aside(hand, page, 0)


def put_aside(hand: Hand, page: Page, chunk: int) -> int:
    """Write down the rows that do not fit, and give how many. Raises Invalid where none may be left out."""
    if not page.rejects:
        return 0
    name = hand.move.source.name.table
    if hand.on_error == "stop":
        raise refused(name, page.rejects[0])
    hand.rejects.add(page.rejects, chunk)
    told = hand.progress.report.setdefault("rejects", [])
    assert isinstance(told, list)  # noqa: S101 - it begins as one
    told += [shown(name, each) for each in page.rejects][: max(0, LISTED - len(told))]
    return len(page.rejects)


class Loader:
    """Writes what is left of a table."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._target = hand.target_table()
        self._columns = hand.columns(self._target)

    def run(self) -> None:
        """Load until there are no more."""
        hand = self._hand
        checkpoint = hand.checkpoints.find(hand.move.position)
        if checkpoint is None:
            raise errors.Conflict("the transfer's checkpoint is gone")
        hand.progress.rows, hand.progress.rejected = checkpoint.rows, checkpoint.rejected
        if checkpoint.loaded:
            return
        hand.progress.state = "loading"
        if hand.move.made is not None:  # else they were all found before the first one was written
            hand.progress.report["rejects"] = hand.rejects.begin(checkpoint.chunk)
        if checkpoint.sending:
            checkpoint = self._settled(checkpoint)
        if checkpoint.loaded:
            return
        pages = hand.source_pages(self._target).after(checkpoint.after)
        with hand.progress.timed(), ahead(map(hand.fitting(self._target).page, pages)) as fitted:
            for page in hand.each(fitted):
                checkpoint = self._write(page, checkpoint)

    def _write(self, page: Page, checkpoint: Checkpoint, how: OnConflict = "error") -> Checkpoint:
        """Write a page and move the checkpoint: both or, where there are transactions, neither.

        Where there are none, the checkpoint tells that the page was sent.
        """
        hand = self._hand
        rejected = self._put_aside(page, checkpoint)
        with hand.target.atomic(hand.target.catalog):
            sent = hand.checkpoints.send(checkpoint, page.read)
            try:
                if page.count:
                    hand.target.execute(Insert(self._target, page.rows, self._columns, on_conflict=how))
            except errors.BackendError as error:
                if error.details.get("outcome") != "unknown":
                    with suppress(errors.BackendError):  # in a transaction, which is undone
                        hand.checkpoints.send(sent, 0)
                raise
            moved = hand.checkpoints.move(sent, page.count, page.after, rejected)
        hand.progress.rows, hand.progress.rejected = moved.rows, moved.rejected
        return moved

    def _put_aside(self, page: Page, checkpoint: Checkpoint) -> int:
        """Write down the rows that do not fit, where they were not before; gives how many."""
        if self._hand.move.made is not None:
            return put_aside(self._hand, page, checkpoint.chunk)
        if page.rejects and self._hand.on_error == "stop":  # it was written since all were looked at
            raise refused(self._hand.move.source.name.table, page.rejects[0])
        return 0

    def _settled(self, checkpoint: Checkpoint) -> Checkpoint:
        """The checkpoint after the chunk that was sent, and of which nobody knows whether it was written.

        Raises:
            Conflict: somebody else has written or removed rows, so that nobody can know.
        """
        hand, target = self._hand, self._target
        pages = replace(hand.source_pages(target), limit=checkpoint.sending)
        page = hand.fitting(target).page(next(pages.after(checkpoint.after)))
        if hand.by_key(target):
            return self._write(page, checkpoint, "ignore")
        more = hand.target_pages(target).count() - checkpoint.base - checkpoint.rows
        if more == 0:
            return self._write(page, checkpoint)
        if more != page.count:
            raise errors.Conflict(
                f'"{target.name}" has not the key of the source, and {more} rows more than were noted:'
                " somebody else writes to it, so that nobody knows which of them came from here"
            )
        return hand.checkpoints.move(checkpoint, page.count, page.after, self._put_aside(page, checkpoint))
