"""What is asked, in the gateway's own words, and what a right answer is."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from bench import items
from bench.client import post

READ, WRITE, UPDATE = (f"/api/v1/records/{deed}" for deed in ("read", "write", "update"))
KEYS = 1000  # different keys that are read and updated
FORMATS = {"NDJSON": ("application/x-ndjson", 0), "CSV": ("text/csv", 1)}  # and how many lines are no rows
Check = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests of one kind; `right` judges the answer of the first."""

    name: str
    requests: tuple[bytes, ...]
    right: Check
    inserts: int = 0  # rows that each request adds to the table


def keys() -> list[int]:
    """Keys all over the table, in no order."""
    return [number * 77_777 % items.COUNT for number in range(1, KEYS + 1)]


def one() -> Workload:
    """One row by key."""
    requests = [
        _asking(READ, table=items.NAME, filters=[{"column": "id", "op": "=", "value": key}]) for key in keys()
    ]
    return Workload("one", tuple(requests), _has([items.row(keys()[0])]))


def page(size: int) -> Workload:
    """A page of a category, filtered by two columns and ordered by a third."""
    requests = [
        _asking(
            READ,
            table=items.NAME,
            filters=[
                {"column": "category", "value": items.category(number)},
                {"column": "active", "value": True},
            ],
            order_by=["made_at"],
            limit=size,
        )
        for number in range(items.CATEGORIES)
    ]
    return Workload(f"page {size}", tuple(requests), _has(items.page(0, size)))


def insert(size: int) -> Workload:
    """New rows; every request has keys that no other has."""
    rows = ",".join(items.row_text(_slot(f"{number:03d}"), number) for number in range(size))
    body = f'{{"table":"{items.NAME}","data":[{rows}]}}'
    return Workload(f"insert {size}", (post(WRITE, body.encode()),), _counts(size), size)


def update() -> Workload:
    """Two columns of one row, by key."""
    requests = [
        post(
            UPDATE,
            f'{{"table":"{items.NAME}","key_column":"id","key_value":{key},'
            f'"updates":{{"price":{key}.25,"quantity":{_slot()}}}}}'.encode(),
        )
        for key in keys()
    ]
    return Workload("update", tuple(requests), _counts(1))


def bulk() -> Workload:
    """100,000 rows in one body, into the empty table."""
    body = f'{{"table":"{items.EMPTY}","data":{items.all_rows()}}}'
    return Workload("bulk", (post(WRITE, body.encode()),), _counts(items.COUNT))


def stream(table: str, count: int, form: str) -> Workload:
    """All rows of a table in one answer."""
    accept, head = FORMATS[form]
    request = post(READ, json.dumps({"table": table}).encode(), accept)
    return Workload(f"stream {form}", (request,), lambda answer: answer.count(b"\n") == head + count)


# in the order in which they run: those that read first, for inserts make the table grow
WORKLOADS: dict[str, Callable[[], Workload]] = {
    "one": one,
    "page 10": lambda: page(10),
    "page 100": lambda: page(100),
    "page 1000": lambda: page(1000),
    "update": update,
    "insert 1": lambda: insert(1),
    "insert 1000": lambda: insert(1000),
}


def batches(rows: list[str], size: int) -> list[list[str]]:
    """Rows in groups of `size`."""
    remaining = iter(rows)
    return list(iter(lambda: list(islice(remaining, size)), []))


def _asking(path: str, **fields: object) -> bytes:
    return post(path, json.dumps(fields, separators=(",", ":")).encode())


def _slot(end: str = "") -> str:
    return items.SLOT.decode() + end


def _has(rows: list[items.Row]) -> Check:
    """An answer whose rows are these, columns in this order."""
    wanted = [list(row.items()) for row in rows]

    def right(answer: bytes) -> bool:
        return [list(row.items()) for row in items.rows_of(answer)["data"]] == wanted  # type: ignore[call-overload]

    return right


def _counts(count: int) -> Check:
    return lambda answer: bool(json.loads(answer)["count"] == count)
