"""Rows of JSON checked against a table's column types and written anew in canonical JSON.

The rows of a batch are decoded, checked and encoded in C (msgspec) by a type made once for each
table; what C does not know, such as a DECIMAL's digits, is checked value by value. When anything
is wrong, the rows are read again one by one, which is slower and finds every fault.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from msgspec import UNSET

from backends.errors import Conflict, Fault, Invalid
from backends.misfit import Misfit
from backends.plan import OnConflict, Table
from backends.values import renderer
from gateway import body
from gateway.rows.checked import Checked, bounded, encode, is_required, text_of
from gateway.rows.fast import FastRows

__all__ = ["Checked", "RowType", "row_type"]


class RowType:
    """What the rows of one table may hold."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._columns = {column.name: column for column in table.columns if not column.generated}
        self._renderers = {name: renderer(column.type) for name, column in self._columns.items()}
        self._fast = FastRows.of(table, tuple(self._columns.values()))

    def checked(self, data: bytes, on_conflict: OnConflict, most: int) -> Checked:
        """The rows of a JSON array of objects.

        Raises:
            Invalid: they are not 1 to `most` rows of this table; every fault is listed.
            Conflict: two of them have the same primary key (for "ignore", the first one counts).
        """
        rows = self._fast.read(data, most) if self._fast else None
        if rows is not None and self._fast:
            rows = _distinct(rows, self._fast.key_of(), on_conflict)
            return self._fast.checked(rows)
        return self._one_by_one(data, on_conflict, most)

    def changes(self, values: Mapping[str, object], place: tuple[str | int, ...]) -> bytes:
        """The canonical JSON of some columns' values, in table order.

        Raises:
            Invalid: a column is unknown, or a value not of its type; each with its place.
        """
        faults: list[Fault] = []
        texts = self._texts(values, place, faults)
        if faults:
            raise Invalid.of(faults)
        return _object(texts)

    def _texts(
        self, values: Mapping[str, object], place: tuple[str | int, ...], faults: list[Fault]
    ) -> dict[str, str]:
        """Each value's canonical JSON text, in table order; faults are added to `faults`."""
        unknown = islice((name for name in values if name not in self._columns), Invalid.LISTED)
        faults += [Fault((*place, name), self._unknown(name)) for name in unknown]
        texts = {}
        for name, column in self._columns.items():
            if name in values:
                try:
                    texts[name] = text_of(column, self._renderers[name], values[name])
                except Misfit as misfit:
                    faults.append(Fault((*place, name, *misfit.loc), misfit.msg))
        return texts

    def _unknown(self, name: str) -> str:
        if name in self._table.by_name:
            return "the database computes this column"
        return f'"{self._table.name}" has no such column'

    def _one_by_one(self, data: bytes, on_conflict: OnConflict, most: int) -> Checked:
        """The same as the fast way, in Python: for its every fault, and for names that C cannot have."""
        rows = body.value_of(data)
        if not isinstance(rows, list):
            raise Invalid.of([Fault(("data",), "not a list of rows")])
        bounded(len(rows), most)
        faults: list[Fault] = []
        texts = []
        for at, row in enumerate(rows):
            texts.append(self._row(row, at, faults))
            if len(faults) >= Invalid.LISTED:
                break
        if faults:
            raise Invalid.of(faults)
        texts = _distinct(texts, self._key_of(), on_conflict)
        brought = [name for name in self._columns if any(name in row for row in texts)]
        ragged = any(len(row) < len(brought) for row in texts)
        return Checked(b"[" + b",".join(map(_object, texts)) + b"]", tuple(brought), ragged)

    def _key_of(self) -> Callable[[dict[str, str]], tuple[str | None, ...]] | None:
        """What gives the primary key of a row's texts; None where there is none, or no row can bring it."""
        key = self._table.primary_key
        if not key or not self._columns.keys() >= set(key):
            return None
        return lambda row: tuple([None if row.get(name) == "null" else row.get(name) for name in key])

    def _row(self, row: object, at: int, faults: list[Fault]) -> dict[str, str]:
        if not isinstance(row, dict):
            faults.append(Fault(("data", at), "not an object of columns and values"))
            return {}
        faults += [
            Fault(("data", at, name), "is missing, and takes no NULL")
            for name, column in self._columns.items()
            if is_required(column) and name not in row
        ]
        return self._texts(row, ("data", at), faults)


@lru_cache(maxsize=1024)
def row_type(table: Table) -> RowType:
    """The rows of a table, made ready once."""
    return RowType(table)


def _object(texts: Mapping[str, str]) -> bytes:
    return b"{%b}" % b",".join(b"%b:%b" % (encode(name), text.encode()) for name, text in texts.items())


def _distinct(rows: list[Any], key_of: Callable[[Any], Any] | None, on_conflict: OnConflict) -> list[Any]:
    """The rows, no two of which have the same primary key; rows that bring not all of it are not compared."""
    if key_of is None or len(rows) == 1:
        return rows
    keys = list(map(key_of, rows))
    if len(set(keys)) == len(keys):
        return rows
    first: dict[Any, int] = {}
    repeated = [at for at, key in enumerate(keys) if first.setdefault(key, at) != at and _is_whole(key)]
    if on_conflict == "ignore":
        passed_over = set(repeated)
        return [row for at, row in enumerate(rows) if at not in passed_over]
    if not repeated:
        return rows
    places = [
        {"loc": ["data", at], "msg": f"the same primary key as row {first[keys[at]]}"} for at in repeated
    ]
    raise Conflict("two rows have the same primary key", errors=places[: Invalid.LISTED])


def _is_whole(key: Any) -> bool:
    parts = key if isinstance(key, tuple) else (key,)
    return not any(part is UNSET or part is None for part in parts)
