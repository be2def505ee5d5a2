"""The column types themselves, as values, with their bounds."""

from dataclasses import dataclass
from typing import ClassVar, Literal

Bits = Literal[8, 16, 32, 64]

MAX_DEPTH = 16  # levels of ARRAY, MAP and STRUCT inside each other
MAX_LENGTH = 10_485_760  # characters of VARCHAR and CHAR: Postgres's own limit
MAX_PRECISION = 38  # digits of DECIMAL: the limit of Spark and of Unity Catalog


@dataclass(frozen=True, slots=True)
class Type:
    """The base of all column types. Two of them are equal when they hold the same values."""

    @property
    def nested(self) -> bool:
        """Whether it is made of other types: such values cannot be compared or sorted."""
        return isinstance(self, Array | Map | Struct)


@dataclass(frozen=True, slots=True)
class Boolean(Type):
    """True or false."""

    def __str__(self) -> str:
        return "BOOLEAN"


@dataclass(frozen=True, slots=True)
class Integer(Type):
    """A whole number of 8, 16, 32 or 64 bits."""

    NAMES: ClassVar[dict[Literal[8, 16, 32, 64], str]] = {
        8: "TINYINT",
        16: "SMALLINT",
        32: "INT",
        64: "BIGINT",
    }
    bits: Literal[8, 16, 32, 64]

    @property
    def least(self) -> int:
        """The smallest value it holds."""
        return -(1 << (self.bits - 1))

    @property
    def most(self) -> int:
        """The largest value it holds."""
        return (1 << (self.bits - 1)) - 1

    def __str__(self) -> str:
        return self.NAMES[self.bits]


@dataclass(frozen=True, slots=True)
class Float(Type):
    """A binary floating-point number of 32 or 64 bits, with NaN (the largest) and infinities."""

    bits: Literal[32, 64]

    def __str__(self) -> str:
        return "FLOAT" if self.bits == 32 else "DOUBLE"


@dataclass(frozen=True, slots=True)
class Decimal(Type):
    """An exact number of `precision` digits, `scale` of them after the point."""

    precision: int = 10
    scale: int = 0

    def __str__(self) -> str:
        return f"DECIMAL({self.precision},{self.scale})"


@dataclass(frozen=True, slots=True)
class String(Type):
    """Text of any length, without U+0000."""

    def __str__(self) -> str:
        return "STRING"


@dataclass(frozen=True, slots=True)
class Varchar(Type):
    """Text of at most `length` characters."""

    length: int

    def __str__(self) -> str:
        return f"VARCHAR({self.length})"


@dataclass(frozen=True, slots=True)
class Char(Type):
    """Text of at most `length` characters, its trailing spaces without meaning."""

    length: int

    def __str__(self) -> str:
        return f"CHAR({self.length})"


@dataclass(frozen=True, slots=True)
class Date(Type):
    """A day from 0001-01-01 to 9999-12-31."""

    def __str__(self) -> str:
        return "DATE"


@dataclass(frozen=True, slots=True)
class Timestamp(Type):
    """An instant, to the microsecond, from year 1 to 9999 in UTC."""

    def __str__(self) -> str:
        return "TIMESTAMP"


@dataclass(frozen=True, slots=True)
class TimestampNtz(Type):
    """A date and time of day without a time zone, to the microsecond."""

    def __str__(self) -> str:
        return "TIMESTAMP_NTZ"


@dataclass(frozen=True, slots=True)
class Binary(Type):
    """Bytes."""

    def __str__(self) -> str:
        return "BINARY"


@dataclass(frozen=True, slots=True)
class Array(Type):
    """Values of one type, in order."""

    element: Type

    def __str__(self) -> str:
        return f"ARRAY<{self.element}>"


@dataclass(frozen=True, slots=True)
class Map(Type):
    """Values by key; a key is a scalar, written in JSON as text."""

    key: Type
    value: Type

    def __str__(self) -> str:
        return f"MAP<{self.key},{self.value}>"


@dataclass(frozen=True, slots=True)
class Struct(Type):
    """Named fields, in order; each may be NULL."""

    fields: tuple[tuple[str, Type], ...]

    def __str__(self) -> str:
        return f"STRUCT<{','.join(f'{_quoted(name)}:{type_}' for name, type_ in self.fields)}>"


def _quoted(name: str) -> str:
    plain = name.isascii() and name.isidentifier()
    return name if plain else "`" + name.replace("`", "``") + "`"
