"""Rows decoded, checked and encoded in C; what C does not know is mended column by column."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from backends import types
from backends.misfit import Misfit
from backends.plan import Column, Table
from backends.values import Renderer, renderer
from gateway import body
from gateway.rows.checked import Checked, bounded, encode, is_required, text_of


@dataclass(frozen=True, slots=True)
class FastRows:
    """The type that C decodes rows into, and what is left to check in Python, column by column."""

    table: Table
    names: tuple[str, ...]
    decoder: msgspec.json.Decoder[list[Any]]
    mends: tuple[tuple[str, Callable[[Any], Any]], ...]
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
            for name, mend in self.mends:
                for row in rows:
                    if (value := getattr(row, name)) is not None and value is not UNSET:
                        setattr(row, name, mend(value))
        except (msgspec.ValidationError, Misfit):
            return None
        return rows

    def key_of(self) -> Callable[[Any], Any] | None:
        """What gives a row's primary key; None where there is none."""
        if not self.table.primary_key:
            return None
        fields = [f"f{self.names.index(name)}" for name in self.table.primary_key if name in self.names]
        nameless = [name for name in self.table.primary_key if name not in self.names]
        if nameless or any(field in dict(self.mends) for field in fields):
            return lambda row: tuple(_hashable(getattr(row, field)) for field in fields)
        return attrgetter(*fields)

    def checked(self, rows: list[Any]) -> Checked:
        """Rows that were read, as canonical JSON."""
        absent = {column: self._absent(rows, field) for field, column in self.optional}
        columns = tuple(name for name in self.names if absent.get(name, 0) < len(rows))
        ragged = any(absent.get(name, 0) for name in columns)
        return Checked(encode(rows), columns, ragged)

    @staticmethod
    def _absent(rows: list[Any], field: str) -> int:
        if len(rows) == 1:
            return getattr(rows[0], field) is UNSET
        return sum([value is UNSET for value in map(attrgetter(field), rows)])


def _hashable(value: object) -> object:
    return bytes(value) if isinstance(value, Raw) else value


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


def _mend(column: Column) -> Callable[[Any], Any] | None:
    """What is left to do for a column's value after C; it gives the canonical value or raises Misfit."""
    match column.type:
        case types.Float(64):
            return _no_minus_zero
        case types.Decimal():
            return _decimal_mend(column)
        case types.Array() | types.Map() | types.Struct():
            return _raw_mend(column, renderer(column.type))
        case types.Float() | types.Char() | types.Date() | types.Timestamp() | types.TimestampNtz():
            return _json_mend(renderer(column.type))
    return None


def _no_minus_zero(value: float | str) -> float | str:
    return value or 0.0


def _json_mend(render: Renderer) -> Callable[[Any], Any]:
    return lambda value: Raw(render(value).encode())


def _raw_mend(column: Column, render: Renderer) -> Callable[[Raw], Raw]:
    def mend(value: Raw) -> Raw:
        return Raw(text_of(column, render, body.value_of(bytes(value))).encode())

    return mend


def _decimal_mend(column: Column) -> Callable[[Raw], Raw]:
    """Digits are looked at as text: a plain number that fits is padded, anything else is read with care."""
    type_ = column.type
    assert isinstance(type_, types.Decimal)  # noqa: S101 - told by the match above
    whole, scale = max(type_.precision - type_.scale, 1), type_.scale
    careful = _raw_mend(column, renderer(type_))

    def mend(value: Raw) -> Raw:
        text = bytes(value)
        digits, point, fraction = text.removeprefix(b"-").partition(b".")
        if (
            digits.isdigit()
            and len(digits) <= whole
            and (fraction.isdigit() if point else True)
            and len(fraction) <= scale
            and (text[0] != 45 or digits.strip(b"0") or fraction.strip(b"0"))  # minus zero is zero
            and (type_.precision > scale or digits == b"0")
        ):
            tail = fraction.ljust(scale, b"0")
            return Raw(text[: len(text) - len(fraction) - len(point)] + (b"." + tail if scale else b""))
        return careful(value)

    return mend
