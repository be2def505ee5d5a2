"""Column types read from their names."""

import re
from collections.abc import Callable
from typing import ClassVar, NoReturn

from backends.types.kinds import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_PRECISION,
    Array,
    Binary,
    Boolean,
    Char,
    Date,
    Decimal,
    Float,
    Integer,
    Map,
    String,
    Struct,
    Timestamp,
    TimestampNtz,
    Type,
    Varchar,
)


class TypeSyntaxError(ValueError):
    """A text that names no type; the message says why."""


def parse(text: str) -> Type:
    """The type that `text` names, in any case and with any spacing.

    Raises:
        TypeSyntaxError: it names none.
    """
    return _Parser(text).whole()


_PLAIN: dict[str, Type] = {
    **{name: Integer(bits) for bits, name in Integer.NAMES.items()},
    **{str(type_): type_ for type_ in (Boolean(), Float(32), Float(64), String(), Date())},
    **{str(type_): type_ for type_ in (Timestamp(), TimestampNtz(), Binary())},
    "INTEGER": Integer(32),
}
_TOKEN = re.compile(r"\s*(?:(\w+)|`((?:[^`]|``)+)`|([<>(),:]))")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Parser:
    """Recursive descent over one type's text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split(text.strip())
        self._depth = 0

    def whole(self) -> Type:
        found = self._type()
        return found if not self._tokens else self._refuse()

    def _refuse(self, why: str = "") -> NoReturn:
        shown = self._text if len(self._text) <= 60 else self._text[:57] + "..."
        raise TypeSyntaxError(f"{shown!r} is not a type" + (f": {why}" if why else ""))

    def _split(self, text: str) -> list[tuple[str, bool]]:
        """Tokens, last first, each with whether it was quoted."""
        tokens, at = [], 0
        while at < len(text):
            if not (match := _TOKEN.match(text, at)):
                self._refuse()
            word, quoted, mark = match.groups()
            tokens.append((quoted.replace("``", "`"), True) if quoted else (word or mark, False))
            at = match.end()
        return tokens[::-1]

    def _next(self) -> str:
        return self._tokens.pop()[0] if self._tokens else self._refuse()

    def _expect(self, mark: str) -> None:
        if self._next() != mark:
            self._refuse(f"{mark!r} is missing")

    def _type(self) -> Type:
        word, quoted = self._tokens.pop() if self._tokens else self._refuse()
        name = "" if quoted else word.upper()
        if name in _PLAIN:
            return _PLAIN[name]
        build = self._BUILDERS.get(name) or self._refuse()
        return build(self)

    def _numbers(self) -> list[int]:
        """The numbers in parentheses that may follow a name."""
        if not self._tokens or self._tokens[-1] != ("(", False):
            return []
        self._next()
        numbers = [self._number()]
        while (mark := self._next()) == ",":
            numbers.append(self._number())
        return numbers if mark == ")" else self._refuse("')' is missing")

    def _number(self) -> int:
        text = self._next()
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            self._refuse(f"{text!r} is not a number")
        return int(text)

    def _decimal(self) -> Type:
        numbers = self._numbers()
        if len(numbers) > 2:
            self._refuse("it takes a precision and a scale")
        found = Decimal(*numbers)
        if not 1 <= found.precision <= MAX_PRECISION or not 0 <= found.scale <= found.precision:
            self._refuse(f"precision is 1 to {MAX_PRECISION}, scale 0 to the precision")
        return found

    def _length(self) -> int:
        match self._numbers():
            case [length] if 1 <= length <= MAX_LENGTH:
                return length
        return self._refuse(f"it takes one length from 1 to {MAX_LENGTH}")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._refuse(f"nested more than {MAX_DEPTH} deep")
        self._expect("<")

    def _shallower(self) -> None:
        self._expect(">")
        self._depth -= 1

    def _array(self) -> Type:
        self._deeper()
        found = Array(self._type())
        self._shallower()
        return found

    def _map(self) -> Type:
        self._deeper()
        key = self._type()
        if key.nested:
            self._refuse("the key of a MAP is a scalar")
        self._expect(",")
        found = Map(key, self._type())
        self._shallower()
        return found

    def _struct(self) -> Type:
        self._deeper()
        fields = [self._field()]
        while self._tokens and self._tokens[-1] == (",", False):
            self._next()
            fields.append(self._field())
        self._shallower()
        if len({name for name, _ in fields}) < len(fields):
            self._refuse("a field is named twice")
        return Struct(tuple(fields))

    def _field(self) -> tuple[str, Type]:
        name, quoted = self._tokens.pop() if self._tokens else self._refuse()
        if not (_FIELD.fullmatch(name) or (quoted and name.isprintable())):
            self._refuse(f"{name!r} is not a field name")
        if self._tokens and self._tokens[-1] == (":", False):
            self._next()
        return name, self._type()

    _BUILDERS: ClassVar[dict[str, Callable[["_Parser"], Type]]] = {
        "DECIMAL": _decimal,
        "VARCHAR": lambda self: Varchar(self._length()),
        "CHAR": lambda self: Char(self._length()),
        "ARRAY": _array,
        "MAP": _map,
        "STRUCT": _struct,
    }
