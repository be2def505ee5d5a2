"""What is asked of each contender, and what a right answer is."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from bench import items
from bench.speech import FORMATS, Gateway, Rest, Speech, Writing

KEYS = 1000  # different keys that are read and updated
Check = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests of one kind; `right` judges the answer of the first."""

    name: str
    requests: tuple[bytes, ...]
    right: Check
    inserts: int = 0  # rows that each request adds to the table, or takes from it

    def request(self, number: int) -> bytes:
        """The first request with a number in its slot; but none deletes a row twice."""
        at = number % len(self.requests) if self.inserts < 0 else 0
        return self.requests[at].replace(items.SLOT, b"1%06d" % number)


def keys() -> list[int]:
    """Keys all over the table, in no order."""
    return [number * 77_777 % items.COUNT for number in range(1, KEYS + 1)]


def one(speech: Speech) -> Workload:
    """One row by key."""
    requests = tuple(speech.one(key) for key in keys())
    return Workload("one", requests, _has(speech, [items.row(keys()[0])]))


def page(speech: Speech, size: int) -> Workload:
    """A page of a category, filtered by two columns and ordered by a third."""
    requests = [speech.page(items.category(number), size) for number in range(items.CATEGORIES)]
    return Workload(f"page {size}", tuple(requests), _has(speech, items.page(0, size)))


def insert(speech: Speech, size: int) -> Workload:
    """New rows; every request has keys that no other has."""
    writer = _writing(speech)
    rows = [items.row_text(_slot(f"{number:03d}"), number) for number in range(size)]
    return Workload(f"insert {size}", (writer.insert(rows),), _counts(writer, size), size)


def update(speech: Speech) -> Workload:
    """Two columns of one row, by key."""
    writer = _writing(speech)
    requests = [writer.update(key, f"{key}.25", _slot()) for key in keys()]
    return Workload("update", tuple(requests), _counts(writer, 1))


def delete(speech: Speech) -> Workload:
    """One row by key, which no other request names before all rows are gone."""
    writer = _writing(speech)
    requests = [writer.delete(number * 77_777 % items.COUNT) for number in range(items.COUNT)]
    return Workload("delete", tuple(requests), _counts(writer, 1), -1)


def bulk(speech: Speech) -> Workload:
    """100,000 rows in one body, into the empty table."""
    writer = _writing(speech)
    return Workload("bulk", (writer.insert(items.texts(), items.EMPTY),), _counts(writer, items.COUNT))


def stream(speech: Gateway | Rest, table: str, count: int, form: str) -> Workload:
    """All rows of a table in one answer."""
    lines = FORMATS[form][1] + count
    return Workload(
        f"stream {form}", (speech.every(table, form),), lambda answer: answer.count(b"\n") == lines
    )


# in the order in which they run: those that read first, for the others change the table
WORKLOADS: dict[str, Callable[[Speech], Workload]] = {
    "one": one,
    "page 10": lambda speech: page(speech, 10),
    "page 100": lambda speech: page(speech, 100),
    "page 1000": lambda speech: page(speech, 1000),
    "update": update,
    "insert 1": lambda speech: insert(speech, 1),
    "insert 1000": lambda speech: insert(speech, 1000),
    "delete": delete,
}


def batches(rows: list[str], size: int) -> list[list[str]]:
    """Rows in groups of `size`."""
    remaining = iter(rows)
    return list(iter(lambda: list(islice(remaining, size)), []))


def _writing(speech: Speech) -> Writing:
    if not isinstance(speech, Writing):
        raise TypeError(f"{type(speech).__name__} only reads")
    return speech


def _slot(end: str = "") -> str:
    return items.SLOT.decode() + end


def _has(speech: Speech, rows: list[items.Row]) -> Check:
    """An answer whose rows are these."""
    return lambda answer: speech.agrees(speech.rows(answer), rows)


def _counts(speech: Writing, count: int) -> Check:
    return lambda answer: speech.count(answer) == count
