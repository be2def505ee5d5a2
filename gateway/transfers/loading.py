"""One table's rows on their way: read ahead, fitted, and written chunk by chunk with a checkpoint."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from backends import errors
from backends.base import Backend
from backends.changes import CreateTable
from backends.plan import Insert, OnConflict, Table
from backends.structure import Structure
from gateway.transfers.asked import OnError
from gateway.transfers.checkpoints import Checkpoint, Checkpoints
from gateway.transfers.comparing import sum_of
from gateway.transfers.fitting import Fitting
from gateway.transfers.pages import MOST_ROWS, Page, Pages, ahead
from gateway.transfers.planning import Move, written_columns
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
    save: Callable[[], None]  # the progress

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

    def going_on(self) -> None:
        """Stop here, if somebody asked for it. Raises Cancelled."""
        if self.stop.is_set():
            raise Cancelled


def prepare(hand: Hand) -> bool:
    """Make what is loaded into, or make sure that every row fits.

    Returns:
        Whether it was done before: then more rows may have been written than were noted.

    Raises:
        Invalid: a row does not fit, and none may be left out; nothing was written to the table.
    """
    move, progress = hand.move, hand.progress
    progress.total = hand.source_pages(move.source).count() if progress.total is None else progress.total
    found = hand.checkpoints.find(move.position)
    if found is not None:
        progress.rows = found.rows
        return True
    if move.made is None:
        progress.state = "checking"
        check(hand)
        if not move.source.key:
            with ahead(hand.target_pages(hand.target_table()).after(None)) as pages:
                progress.report["before"] = sum_of(pages).shown()
        hand.save()
    with hand.target.transaction(hand.target.catalog, LOCK):
        if move.made is not None:
            make(hand.target, move.made)
        target = hand.target_table()
        base = 0 if move.made or move.source.key else hand.target_pages(target).count()
        hand.checkpoints.begin(Checkpoint(move.position, base))
    progress.rows = 0
    return False


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
        for page in pages:
            hand.going_on()
            put_aside(hand, page, 0)


def put_aside(hand: Hand, page: Page, chunk: int) -> None:
    """Write down the rows that do not fit. Raises Invalid where none may be left out."""
    if not page.rejects:
        return
    name = hand.move.source.name.table
    if hand.on_error == "stop":
        raise refused(name, page.rejects[0])
    hand.rejects.add(page.rejects, chunk)
    told = hand.progress.report.setdefault("rejects", [])
    assert isinstance(told, list)  # noqa: S101 - it begins as one
    told += [shown(name, each) for each in page.rejects][: max(0, LISTED - len(told))]
    hand.progress.rejected += len(page.rejects)


class Loader:
    """Writes what is left of a table."""

    def __init__(self, hand: Hand, *, again: bool) -> None:
        """`again` says that another try may have written more rows than it noted."""
        self._again = again
        self._hand = hand
        self._target = hand.target_table()
        self._columns = hand.columns(self._target)
        self._unsure = 0  # rows that may be there already

    def run(self) -> None:
        """Load until there are no more."""
        hand = self._hand
        checkpoint = hand.checkpoints.find(hand.move.position)
        if checkpoint is None:
            raise errors.Conflict("the transfer's checkpoint is gone")
        hand.progress.rows = checkpoint.rows
        if checkpoint.loaded:
            return
        hand.progress.state = "loading"
        self._forget_rejects(checkpoint)
        pages = hand.source_pages(self._target)
        if self._again and hand.move.source.key:
            self._unsure = MOST_ROWS
        elif self._again:
            checkpoint = self._skipped(pages, checkpoint)
        with hand.progress.timed(), ahead(self._fitted(pages, checkpoint)) as fitted:
            for page in fitted:
                hand.going_on()
                checkpoint = self._write(page, checkpoint)

    def _fitted(self, pages: Pages, checkpoint: Checkpoint) -> Iterator[Page]:
        if checkpoint.loaded:
            return iter(())
        return map(self._hand.fitting(self._target).page, pages.after(checkpoint.after))

    def _forget_rejects(self, checkpoint: Checkpoint) -> None:
        if self._hand.move.made is not None:  # else they were all found before the first one was written
            progress = self._hand.progress
            progress.rejected, progress.report["rejects"] = self._hand.rejects.begin(checkpoint.chunk)

    def _write(self, page: Page, checkpoint: Checkpoint) -> Checkpoint:
        """Write a page and move the checkpoint: both or, where there are transactions, neither."""
        hand = self._hand
        if hand.move.made is not None:
            put_aside(hand, page, checkpoint.chunk)
        how: OnConflict = "ignore" if self._unsure > 0 else "error"
        with hand.target.atomic(hand.target.catalog):
            if page.count:
                hand.target.execute(Insert(self._target, page.rows, self._columns, on_conflict=how))
            moved = hand.checkpoints.move(checkpoint, page.count, page.after)
        self._unsure -= page.read
        hand.progress.rows = moved.rows
        return moved

    def _skipped(self, pages: Pages, checkpoint: Checkpoint) -> Checkpoint:
        """Go past the rows without a key that were written and not noted: as many as there are too many.

        Raises:
            Conflict: somebody else has written or removed rows.
        """
        there = self._hand.target_pages(self._target).count()
        more = there - checkpoint.base - checkpoint.rows
        if not 0 <= more <= MOST_ROWS:
            raise errors.Conflict(
                f'"{self._target.name}" has no key, and {there} rows where'
                f" {checkpoint.base + checkpoint.rows} were written: somebody else writes to it"
            )
        fitting = self._hand.fitting(self._target)
        while more > 0 and not checkpoint.loaded:
            page = fitting.page(next(replace(pages, limit=more).after(checkpoint.after)))
            checkpoint = self._hand.checkpoints.move(checkpoint, page.count, page.after)
            more -= page.count
        return checkpoint
