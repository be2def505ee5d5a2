"""Which column type holds every value of a column exactly: found by looking at all of them."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from backends import types, values
from backends.misfit import Misfit
from gateway.files.base import Hints

INT, BIGINT = types.Integer(32), types.Integer(64)
MAX_FIELDS = 500  # of a STRUCT found in JSON; objects with more keys than that are rather a MAP

_DAY, _TIME, _OFFSET = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9:]{5,8}(?:\.[0-9]+)?", r"(?:[Zz]|[+-][0-9:]{4,6})"
_WHOLE = r"(?:0|[1-9][0-9]*)"
_SHAPE = re.compile(
    rf"(?P<INTEGER>-?{_WHOLE})"
    rf"|(?P<DECIMAL>-?{_WHOLE}?\.[0-9]+)"
    rf"|(?P<DOUBLE>-?(?:{_WHOLE}(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+)"
    r"|(?P<NON_FINITE>[Nn]a[Nn]|-?[Ii]nf(?:inity)?)"
    r"|(?P<BOOLEAN>(?i:true|false))"
    rf"|(?P<DATE>{_DAY})"
    rf"|(?P<TIMESTAMP_NTZ>{_DAY}[Tt ]{_TIME})"
    rf"|(?P<TIMESTAMP>{_DAY}[Tt ]{_TIME}{_OFFSET})"
)
_NUMBERS = {"INTEGER", "DECIMAL", "DOUBLE", "NON_FINITE"}
_STRINGS = {"TEXT", "DATE", "TIMESTAMP_NTZ", "TIMESTAMP", "NON_FINITE"}  # what JSON writes in quotes
_CALENDAR: dict[str, types.Type] = {
    "DATE": types.Date(),
    "TIMESTAMP_NTZ": types.TimestampNtz(),
    "TIMESTAMP": types.Timestamp(),
}


class Number(str):
    """A JSON number with a fraction or an exponent, in its own digits."""

    __slots__ = ()


class Facts:
    """What is known of the values of one column, or of one place inside them."""

    def __init__(self) -> None:
        self.null = False
        self.kinds: set[str] = set()
        self._least = self._most = 0
        self._whole = self._scale = 0  # digits before and after the point
        self._survives = True  # whether a DOUBLE gives every number back
        self._element: Facts | None = None
        self._fields: dict[str, Facts] = {}

    def see_texts(self, texts: Iterable[str]) -> None:
        """Take note of values written in a CSV file."""
        for text in texts:
            match = _SHAPE.fullmatch(text)
            self._see(match.lastgroup or "" if match else "TEXT", text)

    def see(self, value: object) -> None:
        """Take note of a value decoded from JSON, numbers with a fraction as `Number`."""
        match value:
            case None:
                self.null = True
            case bool():
                self.kinds.add("BOOLEAN")
            case int() | Number():
                self.see_texts((str(value),))
            case str():
                self._see_string(value)
            case list():
                self._see_array(value)
            case dict():
                self._see_object(value)

    def type(self) -> types.Type | None:
        """The type that holds every value seen, exactly; STRING for none; None if there is no such type."""
        kinds = self.kinds
        if not kinds or kinds == {"NON_FINITE"}:
            return types.String()
        if kinds <= _NUMBERS:
            return self._number()
        if len(kinds) > 1:
            return types.String() if kinds <= _STRINGS else None
        return self._one(*kinds)

    def _one(self, kind: str) -> types.Type | None:
        match kind:
            case "BOOLEAN":
                return types.Boolean()
            case "ARRAY":
                element = self._element.type() if self._element else types.String()
                return types.Array(element) if element else None
            case "STRUCT":
                return self._struct()
        return _CALENDAR.get(kind, types.String())

    def _struct(self) -> types.Type | None:
        fields = [(name, facts.type()) for name, facts in self._fields.items()]
        found = tuple((name, type_) for name, type_ in fields if type_)
        return types.Struct(found) if 0 < len(found) == len(fields) <= MAX_FIELDS else None

    def _number(self) -> types.Type | None:
        if self.kinds == {"INTEGER"} and INT.least <= self._least and self._most <= INT.most:
            return INT
        if self.kinds == {"INTEGER"} and BIGINT.least <= self._least and self._most <= BIGINT.most:
            return BIGINT
        precision = self._whole + self._scale
        if self.kinds <= {"INTEGER", "DECIMAL"} and precision <= types.MAX_PRECISION:
            return types.Decimal(precision, self._scale)
        return types.Float(64) if self._survives else None

    def _see(self, kind: str, text: str) -> None:
        if kind in _CALENDAR and not _fits(_CALENDAR[kind], text):
            kind = "TEXT"
        self.kinds.add(kind)
        if kind in ("INTEGER", "DECIMAL"):
            self._measure(text)
        if kind == "DOUBLE" or (len(text) > 15 and kind in _NUMBERS):  # a DOUBLE keeps any 15 digits
            self._survives = self._survives and _survives(text)

    def _measure(self, text: str) -> None:
        whole, _, fraction = text.lstrip("-").partition(".")
        self._whole = max(self._whole, len(whole) if whole != "0" else 0 if fraction else 1)
        self._scale = max(self._scale, len(fraction))
        if not fraction and len(whole) < 20:
            self._least, self._most = min(self._least, int(text)), max(self._most, int(text))
        elif not fraction:
            self._most = BIGINT.most + 1

    def _see_string(self, text: str) -> None:
        match = _SHAPE.fullmatch(text)
        kind = match.lastgroup or "" if match else "TEXT"
        own = kind in _STRINGS if kind != "NON_FINITE" else text in values.NON_FINITE
        self._see(kind if own else "TEXT", text)

    def _see_array(self, items: list[object]) -> None:
        self.kinds.add("ARRAY")
        self._element = self._element or Facts()
        for item in items:
            self._element.see(item)

    def _see_object(self, value: dict[str, object]) -> None:
        self.kinds.add("STRUCT")
        for name, item in value.items():
            if len(self._fields) <= MAX_FIELDS:
                self._fields.setdefault(name, Facts()).see(item)


def chosen(facts: Facts, name: str, hints: Hints) -> types.Type | None:
    """The type of a column: the one given, or else the one found; None if there is none."""
    found = facts.type() if facts.kinds else hints.blank.get(name, types.String())
    return hints.given.get(name, found)


def _fits(type_: types.Type, text: str) -> bool:
    try:
        values.reader(type_)(text)
    except Misfit:
        return False
    return True


def _survives(text: str) -> bool:
    """Whether the shortest text of the nearest double is the same number."""
    try:
        return Decimal(repr(float(text))) == Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds
        return False
