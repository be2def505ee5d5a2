"""What the property tests know of the gateway: any value of each type, and how values compare."""

import json
import re
import struct
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.client import Number

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@dataclass(frozen=True)
class Sent:
    """A value as JSON text, and what is to come back: numbers as `Number`, floats as `Shortest`."""

    text: str
    expected: Any


@dataclass(frozen=True)
class Shortest:
    """A floating-point number, which comes back with the fewest digits that mean it."""

    value: float
    width: str  # as `struct` names it: "f" or "d"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Number) or (other.text.startswith("-") and not other.value):
            return False  # minus zero is zero
        digits = len(other.value.normalize().as_tuple().digits)
        return self._rounded(float(other.text)) == self.value and digits <= self._fewest()

    __hash__ = None  # type: ignore[assignment]

    def _rounded(self, value: float) -> float:
        return float(struct.unpack(self.width, struct.pack(self.width, value))[0])

    def _fewest(self) -> int:
        return next(n for n in range(1, 18) if self._means_the_same(f"{self.value:.{n - 1}e}"))

    def _means_the_same(self, text: str) -> bool:
        try:
            return self._rounded(float(text)) == self.value
        except OverflowError:
            return False


def _whole(bits: int) -> st.SearchStrategy[Sent]:
    bound = 1 << (bits - 1)
    return st.integers(-bound, bound - 1).map(lambda value: Sent(str(value), Number(str(value))))


def _floating(bits: int) -> st.SearchStrategy[Sent]:
    def sent(value: float) -> Sent:
        name = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(str(value))
        return (
            Sent(f'"{name}"', name)
            if name
            else Sent(repr(value), Shortest(value, "f" if bits == 32 else "d"))
        )

    return st.floats(width=bits).map(sent)  # type: ignore[arg-type]


@st.composite
def _decimal(draw: st.DrawFn, precision: int, scale: int) -> Sent:
    units = draw(st.integers(-(10**precision) + 1, 10**precision - 1))
    text = _scaled(units, scale)
    written = draw(st.sampled_from([text, f'"{text}"']))
    return Sent(written, Number(text))


def _scaled(units: int, scale: int) -> str:
    """`units` with a point before its last `scale` digits."""
    digits = str(abs(units)).rjust(scale + 1, "0")
    whole, part = (digits[:-scale], "." + digits[-scale:]) if scale else (digits, "")
    return ("-" if units < 0 else "") + whole + part


@st.composite
def _text(draw: st.DrawFn, length: int | None = None, padding: str = "") -> Sent:
    value = draw(TEXT)[:length]
    return Sent(
        json.dumps(value, ensure_ascii=draw(st.booleans())), value.rstrip(padding) if padding else value
    )


def _moment_text(moment: datetime) -> str:
    fraction = f"{moment.microsecond:06}".rstrip("0")
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + (f".{fraction}" if fraction else "")


@st.composite
def _timestamp(draw: st.DrawFn) -> Sent:
    offset = draw(st.integers(-14 * 60, 14 * 60))
    moment = draw(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)))  # noqa: DTZ001
    local = (moment + timedelta(minutes=offset)).replace(tzinfo=timezone(timedelta(minutes=offset)))
    return Sent(f'"{local.isoformat()}"', _moment_text(moment) + "+00:00")


SCALARS: dict[str, st.SearchStrategy[Sent]] = {
    "BOOLEAN": st.booleans().map(lambda value: Sent(json.dumps(value), value)),
    "TINYINT": _whole(8),
    "SMALLINT": _whole(16),
    "INT": _whole(32),
    "BIGINT": _whole(64),
    "FLOAT": _floating(32),
    "DOUBLE": _floating(64),
    "DECIMAL(1,0)": _decimal(1, 0),
    "DECIMAL(10,2)": _decimal(10, 2),
    "DECIMAL(38,18)": _decimal(38, 18),
    "DECIMAL(38,38)": _decimal(38, 38),
    "STRING": _text(),
    "VARCHAR(7)": _text(7),
    "CHAR(7)": _text(7, " "),
    "DATE": st.dates().map(lambda day: Sent(f'"{day}"', str(day))),
    "TIMESTAMP": _timestamp(),
    "TIMESTAMP_NTZ": st.datetimes().map(lambda at: Sent(f'"{at.isoformat()}"', _moment_text(at))),
    "BINARY": st.binary(max_size=20).map(
        lambda raw: Sent(f'"{b64encode(raw).decode()}"', b64encode(raw).decode())
    ),
}
NULL = st.just(Sent("null", None))


def _array(kind: tuple[str, st.SearchStrategy[Sent]]) -> tuple[str, st.SearchStrategy[Sent]]:
    name, values = kind

    def sent(items: list[Sent]) -> Sent:
        return Sent(f"[{','.join(item.text for item in items)}]", [item.expected for item in items])

    return f"ARRAY<{name}>", st.lists(values | NULL, max_size=4).map(sent)


def _object(items: dict[str, Sent]) -> Sent:
    pairs = (f"{json.dumps(name)}:{item.text}" for name, item in items.items())
    return Sent(f"{{{','.join(pairs)}}}", {name: item.expected for name, item in items.items()})


def _map(kind: tuple[str, st.SearchStrategy[Sent]]) -> tuple[str, st.SearchStrategy[Sent]]:
    name, values = kind
    return f"MAP<STRING,{name}>", st.dictionaries(TEXT, values | NULL, max_size=4).map(_object)


def _struct(kinds: list[tuple[str, st.SearchStrategy[Sent]]]) -> tuple[str, st.SearchStrategy[Sent]]:
    fields = {f"f{at}": kind for at, kind in enumerate(kinds)}
    name = ",".join(f"{field}:{kind[0]}" for field, kind in fields.items())
    values = st.fixed_dictionaries({field: kind[1] | NULL for field, kind in fields.items()})
    return f"STRUCT<{name}>", values.map(_object)


# the name of a type, scalar or nested, and a strategy of its values
KINDS = st.recursive(
    st.sampled_from(list(SCALARS.items())),
    lambda kinds: kinds.map(_array) | kinds.map(_map) | st.lists(kinds, min_size=1, max_size=3).map(_struct),
    max_leaves=5,
)


@dataclass(frozen=True)
class Model:
    """A column of the tables that are filtered and sorted: values to try, and what they compare by."""

    type: str
    values: st.SearchStrategy[Any]
    rank: Callable[[Any], Any]


def _rank_of_a_float(value: float | str) -> tuple[bool, float]:
    return (True, 0.0) if value == "NaN" else (False, float(value))


TEXTS = st.text("aAb\u00e9\u00c9%_\\", max_size=3) | st.sampled_from(["Z", "\uffff", "\U00010000", "10", "9"])
MODELS: dict[str, Model] = {
    "n": Model("BIGINT", st.integers(-2, 2) | st.sampled_from([2**63 - 1, -(2**63), 2**53 + 1, 2**53]), int),
    "d": Model("DECIMAL(20,2)", st.sampled_from(["0", "9", "10", "-9", "9.99", "12345678901234567.89"]),
               Decimal),
    "f": Model("DOUBLE", st.sampled_from(["NaN", "Infinity", "-Infinity", 0, 0.1, -0.5, 9, 10, 1e300]),
               _rank_of_a_float),
    "s": Model("STRING", TEXTS, str),
    "b": Model("BOOLEAN", st.booleans(), bool),
    "t": Model("TIMESTAMP", st.sampled_from(["2025-01-01T00:00:00Z", "2025-01-01T01:00:00+01:00",
               "2025-01-01T00:00:00.5Z", "1969-12-31T23:59:59.999999Z", "2025-01-01T00:00:00.25Z"]),
               datetime.fromisoformat),
    "y": Model("DATE", st.sampled_from(["0001-01-01", "2024-02-29", "9999-12-31"]), str),
    "x": Model("BINARY", st.sampled_from(["", "AA==", "gA==", "/w==", "fw==", "AAA="]), b64decode),
}  # fmt: skip
COLUMNS = {"id": "INT", **{name: model.type for name, model in MODELS.items()}}
_ROW = st.fixed_dictionaries({}, optional={name: st.none() | model.values for name, model in MODELS.items()})
ROWS = st.lists(_ROW, max_size=25).map(lambda rows: [{"id": at, **row} for at, row in enumerate(rows)])


def matches(text: str, pattern: str) -> bool:
    """Whether `text` is LIKE `pattern`."""
    wild = {"%": ".*", "_": "."}
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    return bool(
        re.fullmatch("".join(wild.get(part) or re.escape(part[-1]) for part in parts), text, re.DOTALL)
    )
