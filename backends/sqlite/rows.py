"""Rows between SQLite and canonical JSON, in C both ways (msgspec)."""

import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import starmap
from operator import itemgetter
from typing import Any, TypedDict

import msgspec
from msgspec import UNSET, Raw

from backends import types
from backends.errors import Unsupported
from backends.plan import Column, Table
from backends.sqlite.functions import stored_float


class _Booleans(dict[bytes, bool]):
    """What SQLite keeps of a BOOLEAN, and what it means."""

    def __missing__(self, stored: bytes) -> bool:
        raise Unsupported("a column of type BOOLEAN holds something else")


CONVERTERS: dict[str, Callable[[bytes], object]] = {
    "boolean": _Booleans({b"0": False, b"1": True}).__getitem__,
    "json": Raw,  # a DECIMAL's digits and a nested value are JSON text already
}
Row = tuple[Any, ...]
_WORDS = {math.inf: "Infinity", -math.inf: "-Infinity"}

_encoder = msgspec.json.Encoder()
_values = msgspec.json.Decoder(list[Raw])
_typed_dict: Any = TypedDict  # made at run time, which type checkers do not follow


def register() -> None:
    """Teach the driver to give and take what msgspec reads and writes; it keeps these for the process."""
    for name, converter in CONVERTERS.items():
        sqlite3.register_converter(name, converter)
    sqlite3.register_adapter(Raw, _json_text)


def _json_text(raw: Raw) -> str | None:
    text = str(raw, "utf-8")
    return None if text == "null" else text


class RowWriter:
    """Encodes rows of some columns of a table as JSON objects; what follows in a row is left out."""

    def __init__(self, table: Table, names: tuple[str, ...]) -> None:
        self._names = names
        self._struct = _row_struct(names)
        kinds = [table.by_name[name].type for name in names]
        self._floats = [at for at, kind in enumerate(kinds) if isinstance(kind, types.Float)]
        self._json = [at for at, kind in enumerate(kinds) if kind.nested or isinstance(kind, types.Decimal)]

    def array(self, rows: Sequence[Row]) -> bytes:
        """A JSON array of objects."""
        return _encoder.encode(list(self._objects(rows)))

    def lines(self, rows: Sequence[Row]) -> bytes:
        """NDJSON."""
        return _encoder.encode_lines(list(self._objects(rows)))

    def _objects(self, rows: Sequence[Row]) -> Iterator[object]:
        width = len(self._names)
        if rows and len(rows[0]) > width:
            rows = [row[:width] for row in rows]
        for at in self._json:
            _refuse_what_is_not_json(self._names[at], map(itemgetter(at), rows))
        for at in self._floats:
            rows = _infinity_as_text(rows, at)
        if self._struct is None:
            return (dict(zip(self._names, row, strict=True)) for row in rows)
        return starmap(self._struct, rows)


def _refuse_what_is_not_json(name: str, column: Iterable[Raw | None]) -> None:
    """Look at what other programs may have written where only JSON is to be; it goes out as it is."""
    found = [value for value in column if value is not None]
    try:
        if len(_values.decode(b"[%b]" % b",".join(found))) == len(found):
            return
    except msgspec.DecodeError:
        pass
    raise Unsupported(f'column "{name}" holds a value that its type cannot')


def _infinity_as_text(rows: Sequence[Row], at: int) -> Sequence[Row]:
    """The rows with infinity in one column as the contract writes it; NaN is kept as text already."""
    if math.inf not in map(itemgetter(at), rows) and -math.inf not in map(itemgetter(at), rows):
        return rows
    return [(*row[:at], _WORDS.get(row[at], row[at]), *row[at + 1 :]) for row in rows]


def values_array(values: Iterable[object]) -> bytes:
    """A JSON array of one row's values."""
    return _encoder.encode(
        [_WORDS.get(value, value) if isinstance(value, float) else value for value in values]
    )


def _row_struct(names: tuple[str, ...]) -> type[msgspec.Struct] | None:
    """A class whose instances are encoded five times as fast as dicts; None where a name needs escaping."""
    fields = [f"f{position}" for position in range(len(names))]
    try:
        return msgspec.defstruct("Row", fields, gc=False, rename=dict(zip(fields, names, strict=True)))
    except ValueError:
        return None


@lru_cache(maxsize=256)
def row_writer(table: Table, names: tuple[str, ...]) -> RowWriter:
    """The writer of rows of these columns, made once."""
    return RowWriter(table, names)


class RowReader:
    """Decodes canonical JSON rows into the values that SQLite keeps, one tuple a row."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        columns = [table.by_name[name] for name in names]
        self._names = tuple(names)
        self._floats = [at for at, column in enumerate(columns) if isinstance(column.type, types.Float)]
        self._struct = _reading_struct(columns)
        row: Any = self._struct or _typed_dict(
            "Row", {c.name: _decoded(c.type) for c in columns}, total=False
        )
        self._array = msgspec.json.Decoder(list[row])
        self._object = msgspec.json.Decoder(row)

    def array(self, rows: bytes) -> list[tuple[object, ...]]:
        """The rows of an array of objects; UNSET where one does not bring a column."""
        tuples = list(map(self._tuple, self._array.decode(rows)))
        return self._with_infinity(tuples) if b'Infinity"' in rows else tuples

    def one(self, row: bytes) -> tuple[object, ...]:
        """The values of one object."""
        return self._with_infinity([self._tuple(self._object.decode(row))])[0]

    @property
    def _tuple(self) -> Callable[[Any], tuple[object, ...]]:
        if self._struct is not None:
            return msgspec.structs.astuple
        return lambda row: tuple(row.get(name, UNSET) for name in self._names)

    def _with_infinity(self, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
        """The same rows, the words for infinity in columns of numbers as numbers."""
        if not self._floats:
            return rows
        mended: list[list[Any]] = [list(row) for row in rows]
        for row in mended:
            for at in self._floats:
                row[at] = stored_float(row[at])
        return [tuple(row) for row in mended]


def _reading_struct(columns: Sequence[Column]) -> type[msgspec.Struct] | None:
    fields = [(f"f{at}", _decoded(column.type), UNSET) for at, column in enumerate(columns)]
    try:
        return msgspec.defstruct(
            "Row", fields, gc=False, rename={f"f{at}": c.name for at, c in enumerate(columns)}
        )
    except ValueError:
        return None


def _decoded(type_: types.Type) -> Any:
    """The Python type of a column's canonical JSON, or of what the driver adapts (see `register`)."""
    match type_:
        case types.Boolean():
            return bool | None | msgspec.UnsetType
        case types.Integer():
            return int | None | msgspec.UnsetType
        case types.Float():
            return float | str | None | msgspec.UnsetType
        case types.Binary():
            return bytes | None | msgspec.UnsetType
        case types.Decimal() | types.Array() | types.Map() | types.Struct():
            return Raw
    return str | None | msgspec.UnsetType


@lru_cache(maxsize=256)
def row_reader(table: Table, names: tuple[str, ...]) -> RowReader:
    """The reader of rows that bring these columns, made once."""
    return RowReader(table, names)
