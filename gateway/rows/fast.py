"""Rows decoded, checked and encoded in C; what C does not know is mended column by column."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from backends import types
from backends.misfit import Misfit
from backends.moments import are_canonical
from backends.plan import Column, Table
from backends.values import reader, renderer
from gateway import body
from gateway.rows.checked import Checked, bounded, encode, is_required, text_of


@dataclass(frozen=True, slots=True)
class FastRows:
    """The type that C decodes rows into, and what is left to check in Python, column by column."""

    table: Table
    names: tuple[str, ...]
    decoder: msgspec.json.Decoder[list[Any]]
    mends: tuple[tuple[str, "Mend"], ...]
    optional: tuple[tuple[str, str], ...]
    text: bool

    @classmethod
    def of(cls, table: Table, columns: Sequence[Column]) -> "FastRows | None":
        """None where a column's name needs escaping in JSON, which msgspec does not do."""
        fields = {f"f{at}": column for at, column in enumerate(columns)}
        try:
            row = msgspec.defstruct(
                "Row",
                [_field(name, column) for name, column in fields.items()],
                rename={name: column.name for name, column in fields.items()},
                kw_only=True,
                gc=False,  # rows hold no cycles, and a batch of them is much to walk through
                forbid_unknown_fields=True,
            )
        except ValueError:
            return None
        return cls(
            table,
            tuple(column.name for column in columns),
            msgspec.json.Decoder(list[row]),  # type: ignore[valid-type]
            tuple((name, mend) for name, column in fields.items() if (mend := _mend(column))),
            tuple((name, column.name) for name, column in fields.items() if not is_required(column)),
            any(isinstance(column.type, types.String | types.Varchar | types.Char) for column in columns),
        )

    def read(self, data: bytes, most: int) -> list[Any] | None:
        """The rows, each value checked; None where one does not fit."""
        if self.text and b"\\u0000" in data:
            return None
        try:
            rows = self.decoder.decode(data)
            bounded(len(rows), most)
            for field, mend in self.mends:
                mend(rows, field)
        except (msgspec.ValidationError, Misfit):
            return None
        return rows

    def key_of(self) -> Callable[[Any], Any] | None:
        """What gives a row's primary key; None where there is none, or no row can bring it."""
        key = [self.table.by_name[name] for name in self.table.primary_key]
        if not key or any(column.generated for column in key):
            return None
        fields = [f"f{self.names.index(name)}" for name in self.table.primary_key if name in self.names]
        nameless = [name for name in self.table.primary_key if name not in self.names]
        if nameless or any(field in dict(self.mends) for field in fields):
            return lambda row: tuple(_hashable(getattr(row, field)) for field in fields)
        return attrgetter(*fields)

    def checked(self, rows: list[Any]) -> Checked:
        """Rows that were read, as canonical JSON."""
        kinds = {column: set(map(type, map(attrgetter(field), rows))) for field, column in self.optional}
        columns = tuple(name for name in self.names if kinds.get(name) != {UnsetType})
        ragged = any(UnsetType in kinds[name] for name in columns if name in kinds)
        return Checked(encode(rows), columns, ragged)


def _hashable(value: object) -> object:
    if not isinstance(value, Raw):
        return value
    text = bytes(value)
    return None if text == b"null" else text


def _field(name: str, column: Column) -> tuple[str, Any] | tuple[str, Any, Any]:
    decoded = _decoded(column.type)
    if decoded is Raw:  # stands alone in msgspec; its null is looked at in `_mend`
        return (name, Raw) if is_required(column) else (name, Raw, UNSET)
    if column.nullable:
        decoded = decoded | None
    return (name, decoded) if is_required(column) else (name, decoded | UnsetType, UNSET)


def _decoded(type_: types.Type) -> Any:
    """The Python type that msgspec checks a column's JSON by, as far as C can."""
    match type_:
        case types.Boolean():
            return bool
        case types.Integer():
            return Annotated[int, Meta(ge=type_.least, le=type_.most)]
        case types.Float():
            return float | Literal["NaN", "Infinity", "-Infinity"]
        case types.Varchar(length):
            return Annotated[str, Meta(max_length=length)]
        case types.Binary():
            return bytes
        case types.Decimal() | types.Array() | types.Map() | types.Struct():
            return Raw
    return str


Mend = Callable[[list[Any], str], None]
"""What is left to do for a column after C: it makes the values of a field canonical, or raises Misfit."""


def _mend(column: Column) -> Mend | None:
    match column.type:
        case types.Float(64):
            return _no_minus_zero
        case types.Decimal():
            return _each(_decimal_mend(column, column.type))
        case types.Array() | types.Map() | types.Struct():
            return _each(_raw_mend(column))
        case types.Date() | types.Timestamp() | types.TimestampNtz():
            return _each_moment(column.type)
        case types.Float() | types.Char():
            return _each(reader(column.type))
    return None


def _each(mend: Callable[[Any], object]) -> Mend:
    def column(rows: list[Any], field: str) -> None:
        for row, value in zip(rows, map(attrgetter(field), rows), strict=True):
            if value is not None and value is not UNSET:
                setattr(row, field, mend(value))

    return column


def _each_moment(type_: types.Type) -> Mend:
    """As `_each`, but for a column that is canonical throughout, which is seen at once."""
    each = _each(reader(type_))

    def column(rows: list[Any], field: str) -> None:
        found = [value for value in map(attrgetter(field), rows) if value is not None and value is not UNSET]
        if not are_canonical(found, type_):
            each(rows, field)

    return column


def _no_minus_zero(rows: list[Any], field: str) -> None:
    if 0.0 in map(attrgetter(field), rows):
        _each(lambda value: value or 0.0)(rows, field)


def _raw_mend(column: Column) -> Callable[[Raw], Raw]:
    render = renderer(column.type)

    def mend(value: Raw) -> Raw:
        return Raw(text_of(column, render, body.value_of(bytes(value))).encode())

    return mend


def _decimal_mend(column: Column, type_: types.Decimal) -> Callable[[Raw], Raw]:
    """Digits are looked at as text: a plain number that fits is padded, anything else is read with care."""
    whole, scale = type_.precision - type_.scale, type_.scale
    digits = rb"(?:0|[1-9][0-9]{0,%d})" % (whole - 1) if whole else rb"0"
    fraction = rb"(?:\.([0-9]{1,%d}))?" % scale if scale else rb"()"
    plain = re.compile(rb"(?!-0(?:\.0*)?\Z)-?" + digits + fraction).fullmatch  # minus zero is zero
    careful = _raw_mend(column)
    padding = [b"." + b"0" * scale if scale else b""] + [
        b"0" * (scale - digits) for digits in range(1, scale + 1)
    ]

    def mend(value: Raw) -> Raw:
        found = plain(value)
        if found is None:
            return careful(value)
        missing = padding[len(found[1] or b"")]
        return Raw(bytes(value) + missing) if missing else value

    return mend
