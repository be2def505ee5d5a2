"""A table's rows in pages, by its key, read ahead of who takes them; and those of a range of keys."""

import json
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from backends import errors
from backends.base import Backend
from backends.plan import And, Comparison, Condition, Not, Operator, Or, Select, Sort, Table, Value
from backends.plan import Result as Found
from backends.values import compared, reader

FIRST_ROWS, MOST_ROWS = 100, 20_000  # of a page
AHEAD = 2  # pages that wait to be taken
Id = tuple[bytes, ...]
Place = tuple[Value, ...]  # after which row, as `Select.after` has it

Item = TypeVar("Item")
_rows = msgspec.json.Decoder(list[dict[str, Raw]])


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was left out: its key as JSON has it, the column where that is known, and why."""

    key: object
    column: str | None
    reason: str
    row: object = None
    id: Id = ()  # the key's canonical JSON, value by value


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in canonical JSON, and where the next ones begin; None at the end."""

    rows: bytes
    count: int
    after: Place | None
    rejects: tuple[Reject, ...] = ()

    @property
    def read(self) -> int:
        """How many rows were read for it."""
        return self.count + len(self.rejects)


@dataclass
class Pages:
    """Reads `columns` of a table in pages of about `size` bytes, by a `key` that need not be its own."""

    backend: Backend
    table: Table
    columns: tuple[str, ...]
    size: int
    key: tuple[str, ...]
    limit: int = FIRST_ROWS

    @property
    def order(self) -> tuple[Sort, ...]:
        """The key's, then what tells the rows of this table apart."""
        rest = self.table.key or self.table.names
        return tuple(map(Sort, (*self.key, *(name for name in rest if name not in self.key))))

    def after(self, place: Place | None, where: Condition = And(())) -> Iterator[Page]:
        """The pages after a place, from the beginning if it is None; at least one.

        Raises:
            Unsupported: a row cannot be read, and it has no key to tell it by.
        """
        while True:
            page = self._page(place, where, self.limit)
            self._adapt(page)
            yield page
            if page.after is None:
                return
            place = page.after

    def count(self) -> int:
        """How many rows there are, as the database counts them."""
        select = replace(self._select(None, And(()), 1), total=True)
        return self.backend.execute(select).total or 0

    def between(self, after: Place | None, to: Place | None) -> Iterator[Page]:
        """The pages of the rows after one key, up to another and with it; None is without a bound."""
        upper = And(()) if to is None else up_to(self.key, to)
        if self.key == self.table.key or after is None:
            return self.after(after, upper)
        return self.after(None, And((upper, Not(up_to(self.key, after)))))

    def _select(self, place: Place | None, where: Condition, limit: int) -> Select:
        return Select(self.table, self.columns, where, self.order, limit, after=place)

    def _page(self, place: Place | None, where: Condition, limit: int) -> Page:
        select = self._select(place, where, limit)
        try:
            found = self.backend.execute(select)
        except errors.Unsupported as error:
            if limit > 1:
                return self._page(place, where, max(1, limit // 16))
            return self._unreadable(select, error)
        return Page(found.rows, found.count, place_of(found))

    def _unreadable(self, select: Select, error: errors.Unsupported) -> Page:
        """The page of one row that cannot be read whole; or can, and the one after it cannot."""
        key = self.key
        if not key or key != self.table.key:
            raise error
        found = self.backend.execute(replace(select, columns=key))
        (row,) = exact(found.rows)
        only = replace(select, where=equal(key, key_of(self.table, row)), after=None)
        try:
            whole = self.backend.execute(only)
        except errors.Unsupported:
            reject = Reject(row, *self._fault(only, error), id=id_of(found.rows, key))
            return Page(b"[]", 0, place_of(found), (reject,))
        return Page(whole.rows, whole.count, place_of(found))

    def _fault(self, only: Select, error: errors.Unsupported) -> tuple[str | None, str]:
        """The column of a row that cannot be read, and why."""
        for name in self.columns:
            try:
                self.backend.execute(replace(only, columns=(name,)))
            except errors.Unsupported as found:
                return name, found.message
        return None, error.message

    def _adapt(self, page: Page) -> None:
        """Let pages become as large as they should be."""
        if page.count:
            fitting = self.size * page.count // len(page.rows)
            self.limit = min(MOST_ROWS, max(1, fitting), 4 * page.count + FIRST_ROWS)


def place_of(found: Found) -> Place | None:
    """Where the rows after a result begin; None where there are no more."""
    return None if found.next is None else tuple(json.loads(found.next))


def exact(rows: bytes) -> list[dict[str, Any]]:
    """Rows with their numbers as exact as the JSON has them."""
    found: list[dict[str, Any]] = json.loads(rows, parse_float=Decimal)
    return found


def id_of(rows: bytes, key: Sequence[str]) -> Id:
    """The canonical JSON of the first row's key."""
    fields = _rows.decode(rows)[0]
    return tuple(bytes(fields[name]) for name in key)


def key_of(table: Table, row: Mapping[str, object]) -> Place:
    """The key of an exact row, as conditions have it."""
    return tuple(reader(compared(table.by_name[name].type))(row[name]) for name in table.key)


def equal(key: Sequence[str], to: Place) -> Condition:
    """The condition of one key."""
    return And(tuple(Comparison(name, "=", value) for name, value in zip(key, to, strict=True)))


def up_to(key: Sequence[str], to: Place) -> Condition:
    """The condition of keys that are not beyond one: a < 1, or a = 1 and b <= 2."""
    parts: list[Condition] = []
    for at, name in enumerate(key):
        op: Operator = "<=" if at == len(key) - 1 else "<"
        parts.append(And((equal(key[:at], to[:at]), Comparison(name, op, to[at]))))
    return Or(tuple(parts))


@contextmanager
def ahead(items: Iterator[Item]) -> Iterator[Iterator[Item]]:
    """The same items, made in another thread while the ones before are used; their errors too."""
    taken: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(AHEAD)
    ended = threading.Event()

    def make() -> None:
        try:
            for item in items:
                if not _put(taken, ended, (item, None)):
                    return
            _put(taken, ended, (None, StopIteration()))
        except BaseException as error:  # noqa: BLE001 - it is raised where the items are used
            _put(taken, ended, (None, error))

    maker = threading.Thread(target=make, name="lakegate-pages", daemon=True)
    maker.start()
    try:
        yield _made(taken)
    finally:
        ended.set()
        maker.join()


def _put(
    taken: queue.Queue[tuple[Item | None, BaseException | None]],
    ended: threading.Event,
    item: tuple[Item | None, BaseException | None],
) -> bool:
    """Hand an item over, unless nobody takes any more."""
    while not ended.is_set():
        try:
            taken.put(item, timeout=0.2)
        except queue.Full:
            continue
        return True
    return False


def _made(taken: queue.Queue[tuple[Item | None, BaseException | None]]) -> Iterator[Item]:
    while True:
        item, error = taken.get()
        if isinstance(error, StopIteration):
            return
        if error is not None:
            raise error
        yield item  # type: ignore[misc] # it is one, where there is no error
