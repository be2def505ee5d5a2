"""Whether the target holds what the source does: both read again, counted, and compared by ranges."""

from dataclasses import dataclass, field

import msgspec

from backends import errors
from gateway.transfers.comparing import Comparison, Key, Range, Sum, Tally, sum_of
from gateway.transfers.loading import Hand, target_sum
from gateway.transfers.pages import ahead
from gateway.transfers.progress import Json

LISTED = 100  # ranges, and rows of each, that the report names; all are counted


class Differs(errors.Conflict):
    """The target does not hold what the source does; the report tells where."""


@dataclass
class Differences:
    """What was found to differ."""

    rows: int = 0
    ranges: list[Json] = field(default_factory=list)

    def add(self, found: Range, rows: list[Json], ours: Tally) -> None:
        """Keep a range that differs."""
        self.rows += len(found.missing) + len(found.changed) + found.extras
        if len(self.ranges) < LISTED:
            bounds = {"after": found.after, "to": found.to}
            sides = {"source": _shown(ours), "target": _shown(found.theirs)}
            self.ranges.append({**bounds, **sides, "rows": rows[:LISTED]})


def verify(hand: Hand) -> None:
    """Compare a table's two sides, and keep what was found in its report.

    Raises:
        Differs: they are not the same.
    """
    hand.progress.state = "verifying"
    found = by_key(hand) if hand.move.source.key else by_sum(hand)
    hand.progress.report.update(found)
    if not found["same"]:
        raise Differs(
            f'"{hand.move.target}" does not hold what "{hand.move.source.name}" does; the report tells where'
        )
    hand.progress.state = "verified"


def by_key(hand: Hand) -> Json:
    """What is found by comparing ranges of the key; both sides are counted by the database as well."""
    target = hand.target_table()
    source, there = hand.source_pages(target), hand.target_pages(target)
    appended = hand.move.mode == "append"
    fitting = hand.fitting(target)
    trusting = fitting.same and not hand.progress.rejected
    both = Comparison(source, there, fitting.page, hand.each, only_ours=appended, trusting=trusting)
    ours, differences, ranges = Tally(), Differences(), 0
    for found in both.ranges():
        ranges += 1
        ours.add(found.ours.rows, found.ours.count)
        if not found.same:
            mine = Tally()
            mine.add(found.ours.rows, found.ours.count)
            differences.add(found, _rows(hand, found), mine)
    counts = source.count(), there.count()
    there_too = both.theirs.rows + both.passed_over
    lost = counts[0] - hand.progress.rejected != ours.rows or (not appended and counts[1] != there_too)
    return {
        "same": not (differences.rows or lost),
        "ranges": ranges,
        "source": {"count": counts[0], **_shown(ours)},
        "target": {"count": counts[1], **_shown(both.theirs)},
        "differing_rows": differences.rows,
        "differing_ranges": differences.ranges,
    }


def by_sum(hand: Hand) -> Json:
    """What is found by the sums of all rows' checksums: without a key no row is told from another."""
    target = hand.target_table()
    with ahead(map(hand.fitting(target).page, hand.source_pages(target).after(None))) as pages:
        ours = sum_of(hand.each(pages))
    checkpoint = hand.checkpoints.find(hand.move.position)
    before = Sum.read(checkpoint and checkpoint.before)
    theirs = target_sum(hand) - before
    return {"same": ours == theirs, "source": ours.shown(), "target": theirs.shown()}


def _shown(tally: Tally) -> Json:
    return {"rows": tally.rows, "checksum": tally.checksum}


def _rows(hand: Hand, found: Range) -> list[Json]:
    """Each row that differs: where it is missing, or by which columns."""
    missing = [{**_key(hand, key), "missing_in": "target"} for key in found.missing]
    extra = [{**_key(hand, key), "missing_in": "source"} for key in found.extra]
    changed = [{**_key(hand, key), "columns": columns} for key, (_, columns) in found.changed.items()]
    return [*missing, *changed, *extra]


def _key(hand: Hand, key: Key) -> Json:
    names = hand.move.source.key
    return {"key": {name: msgspec.json.decode(text) for name, text in zip(names, key, strict=True)}}
