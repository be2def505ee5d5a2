"""A table made the same as another, by its key: rows added and changed at first, removed at last."""

from backends import errors
from backends.plan import Delete, Insert, Or, Table
from gateway.transfers.checkpoints import Checkpoint
from gateway.transfers.comparing import Comparison, Key, Range
from gateway.transfers.loading import Hand
from gateway.transfers.pages import Page, Place, equal, exact, key_of
from gateway.transfers.rejects import refused

MOST_REMOVED = 500  # keys of one statement


class Syncing:
    """The steps of one table. Each may be done again from its beginning: what is so already stays."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._target = hand.target_table()
        self._columns = hand.columns(self._target)
        self._fitting = hand.fitting(self._target)

    def upsert(self) -> None:
        """Add and change rows."""
        hand = self._hand
        checkpoint = hand.checkpoints.find(hand.move.position)
        if checkpoint is None:
            raise errors.Conflict("the transfer's checkpoint is gone")
        if checkpoint.loaded:
            return
        begun = checkpoint
        hand.progress.state, hand.progress.rows = "loading", checkpoint.rows
        extra = 0
        with hand.progress.timed():
            for found in self._comparison().ranges(checkpoint.after):
                extra += found.extras
                hand.progress.rows += found.ours.count
                checkpoint = self._write(found, checkpoint)
        if begun.chunk == 0:  # all of it was looked at in this run
            hand.progress.report["extra"] = extra

    def remove(self) -> None:
        """Remove what only the target has; nothing is looked at where there was nothing of the kind."""
        hand = self._hand
        if hand.progress.report.get("extra") == 0:
            return
        hand.progress.state = "removing"
        both = self._comparison()
        for found in both.ranges():
            left = found
            while left.extra:
                hand.going_on()
                if not self._remove(
                    left.extra
                ):  # somebody else has, or the database lets nobody: see `verify`
                    break
                left = both.range(found.after, found.ours)
        hand.progress.report["extra"] = 0

    def _comparison(self) -> Comparison:
        hand = self._hand
        return Comparison(
            hand.source_pages(self._target),
            hand.target_pages(self._target),
            self._fit,
            hand.each,
        )

    def _fit(self, page: Page) -> Page:
        """A page as the target holds it. Raises Invalid for a row that may not be left out."""
        found = self._fitting.page(page)
        if found.rejects and self._hand.on_error == "stop":
            raise refused(self._hand.move.source.name.table, found.rejects[0])
        return found

    def _write(self, found: Range, checkpoint: Checkpoint) -> Checkpoint:
        """Write what a range lacks, and move the checkpoint; where it lacks nothing it can stay."""
        rows = [*found.missing.values(), *(row for row, _ in found.changed.values())]
        if not rows and found.to is not None:
            return checkpoint
        hand = self._hand
        with hand.target.atomic(hand.target.catalog):
            if rows:
                array = b"[%b]" % b",".join(map(bytes, rows))
                hand.target.execute(Insert(self._target, array, self._columns, on_conflict="update"))
            return hand.checkpoints.move(checkpoint, hand.progress.rows - checkpoint.rows, found.to)

    def _remove(self, keys: list[Key]) -> int:
        """Remove rows by their keys; gives how many there were."""
        table, count = self._target, 0
        for at in range(0, len(keys), MOST_REMOVED):
            some = [self._place(key) for key in keys[at : at + MOST_REMOVED]]
            where = Or(tuple(equal(table.key, place) for place in some))
            with self._hand.target.atomic(self._hand.target.catalog):
                self._hand.checkpoints.confirm(self._hand.move.position)
                count += self._hand.target.execute(Delete(table, where)).count
        return count

    def _place(self, key: Key) -> Place:
        return place_of_key(self._target, key)


def place_of_key(table: Table, key: Key) -> Place:
    """A key's values as conditions have them."""
    row = b",".join(b'"%d":%b' % (at, text) for at, text in enumerate(key))
    (told,) = exact(b"[{%b}]" % row)
    return key_of(table, {name: told[str(at)] for at, name in enumerate(table.key)})
