"""Both sides of a table beside each other, range by range of the key: what is the same, and what is not."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Raw

from gateway.transfers.pages import Id, Page, Pages, Place, ahead

MOST_EXTRA = 10_000  # keys that are kept in mind of a range
Key = Id
Fields = dict[str, Raw]

_items = msgspec.json.Decoder(list[Raw])
_rows = msgspec.json.Decoder(list[Fields])


@dataclass
class Tally:
    """How many rows, and the checksum of their canonical JSON one after the other."""

    rows: int = 0
    _digest: blake2b = field(default_factory=lambda: blake2b(digest_size=16))

    def add(self, rows: bytes, count: int) -> None:
        """Count the rows of an array."""
        if count:
            self.rows += count
            self._digest.update(rows[1:-1])
            self._digest.update(b",")

    @property
    def checksum(self) -> str:
        """In hexadecimal."""
        return self._digest.hexdigest()


@dataclass
class Range:
    """The rows after one key, up to another: ours are the source's, as the target should have them.

    Where the two are not `same`, `missing` and `changed` are rows of ours by their keys, `extra` are the
    keys that only the target has: the first `MOST_EXTRA` of them, `extras` in all.
    """

    after: Place | None
    to: Place | None
    ours: Page
    same: bool = True
    missing: dict[Key, Raw] = field(default_factory=dict)
    changed: dict[Key, tuple[Raw, tuple[str, ...]]] = field(default_factory=dict)
    extra: list[Key] = field(default_factory=list)
    extras: int = 0
    theirs: Tally = field(default_factory=Tally)


@dataclass
class Comparison:
    """The rows of two tables that have a key in common."""

    source: Pages
    target: Pages
    fit: Callable[[Page], Page]
    each: Callable[[Iterable[Page]], Iterator[Page]]  # the same pages, for as long as it goes on
    only_ours: bool = False  # what only the target has does not count
    trusting: bool = False  # the source's rows need no fitting, but where they differ
    theirs: Tally = field(default_factory=Tally)  # of all that was read of the target
    passed_over: int = 0  # rows there whose like here does not fit

    def ranges(self, after: Place | None = None) -> Iterator[Range]:
        """Every range after a place, one after the other."""
        place = after
        pages = self.source.after(place)
        with ahead(pages if self.trusting else map(self.fit, pages)) as pages:
            for page in self.each(pages):
                yield self.range(place, page)
                place = page.after

    @cached_property
    def _alike(self) -> bool:
        return self.source.key == self.target.table.key

    def range(self, after: Place | None, ours: Page) -> Range:
        """The range of a page of the source, as it is now."""
        found = Range(after, ours.after, ours)
        if not (self._alike and self._same(found)):
            found.ours = self.fit(ours) if self.trusting else ours
            self._compare(found)
        return found

    def _same(self, found: Range) -> bool:
        """Whether the target's next rows are just these, and at the end no more: the usual case."""
        self.target.limit = max(1, found.ours.count)
        theirs = next(self.target.after(found.after))
        ended = found.to is not None or theirs.after is None
        if theirs.rows != found.ours.rows or not ended:
            return False
        self._add(found, theirs.rows, theirs.count)
        return True

    def _compare(self, found: Range) -> None:
        """Look at the rows one by one."""
        left: dict[Key, Fields] = {}
        whole: dict[Key, Raw] = {}
        for fields, row in _both(found.ours):
            left[self._key(fields)], whole[self._key(fields)] = fields, row
        seen: set[Key] = set()
        rejected = {each.id for each in found.ours.rejects}  # neither missing there nor too many
        self.target.limit = max(100, found.ours.count)
        for page in self.each(self.target.between(found.after, found.to)):
            for fields, row in _both(page):
                key = self._key(fields)
                if key in rejected:
                    self.passed_over += 1
                    continue
                mine = left.pop(key, None)
                if mine is None and self.only_ours and key not in seen:
                    continue
                self._add(found, b"[%b]" % row, 1)
                seen.add(key)
                if mine is None:
                    found.extras += 1
                    if found.extras <= MOST_EXTRA:
                        found.extra.append(key)
                elif mine != fields:
                    columns = tuple(name for name in fields if fields[name] != mine.get(name))
                    found.changed[key] = whole[key], columns
        found.missing = {key: whole[key] for key in left}
        found.same = not (found.missing or found.changed or found.extras)

    def _add(self, found: Range, rows: bytes, count: int) -> None:
        for tally in (found.theirs, self.theirs):
            tally.add(rows, count)

    def _key(self, row: Fields) -> Key:
        return tuple(bytes(row[name]) for name in self.source.key)


def _both(page: Page) -> Iterator[tuple[Fields, Raw]]:
    """Each row of a page, by its columns and whole."""
    return zip(_rows.decode(page.rows), _items.decode(page.rows), strict=True)


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows, and the sum of their checksums: the same in any order."""

    rows: int = 0
    total: int = 0

    def __sub__(self, other: "Sum") -> "Sum":
        return Sum(self.rows - other.rows, (self.total - other.total) % (1 << 128))

    def shown(self) -> dict[str, object]:
        """As a report has it."""
        return {"rows": self.rows, "checksum": f"{self.total:032x}"}

    @classmethod
    def read(cls, shown: Any) -> "Sum":
        """What `shown` gave; nothing for None."""
        return cls(shown["rows"], int(shown["checksum"], 16)) if shown else cls()


def sum_of(pages: Iterable[Page]) -> Sum:
    """The sum of rows."""
    rows = total = 0
    for page in pages:
        for row in _items.decode(page.rows):
            total += int.from_bytes(blake2b(row, digest_size=16).digest(), "big")
        rows += page.count
    return Sum(rows, total % (1 << 128))
