"""SQL's types: read from text, and written as Databricks writes them."""

import re
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.scanner import Scanner

PLAIN = re.compile(r"\w+")
ALIASES = {
    "byte": "tinyint", "short": "smallint", "integer": "int", "long": "bigint", "real": "float",
    "dec": "decimal", "numeric": "decimal", "timestamp_ltz": "timestamp", "character": "char",
}  # fmt: skip
ARROW = {
    "boolean": pa.bool_(), "tinyint": pa.int8(), "smallint": pa.int16(), "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(), "double": pa.float64(), "string": pa.string(), "binary": pa.binary(),
    "date": pa.date32(), "timestamp": pa.timestamp("us", tz="UTC"), "timestamp_ntz": pa.timestamp("us"),
    "char": pa.string(), "varchar": pa.string(), "void": pa.null(),
}  # fmt: skip
INTEGERS = ("tinyint", "smallint", "int", "bigint")
FRACTIONS = ("float", "double")
TEXTS = ("string", "char", "varchar")
NESTED = ("array", "map", "struct")


@dataclass(frozen=True, slots=True)
class SqlType:
    """A type: its name, a decimal's digits or a text's length, what is in it, the names of its fields."""

    name: str
    precision: int = 0
    scale: int = 0
    parts: tuple["SqlType", ...] = ()
    names: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As Databricks writes it: "decimal(10,2)", "array<int>"."""
        match self.name:
            case "decimal":
                return f"decimal({self.precision},{self.scale})"
            case "char" | "varchar":
                return f"{self.name}({self.precision})"
            case "array" | "map":
                return f"{self.name}<{','.join(part.text for part in self.parts)}>"
            case "struct":
                return f"struct<{','.join(self._fields())}>"
            case _:
                return self.name

    @property
    def arrow(self) -> pa.DataType:
        """What Databricks sends it as."""
        match self.name:
            case "decimal":
                return pa.decimal128(self.precision, self.scale)
            case "array":
                return pa.list_(self.parts[0].arrow)
            case "map":
                return pa.map_(self.parts[0].arrow, self.parts[1].arrow)
            case "struct":
                return pa.struct([*zip(self.names, (part.arrow for part in self.parts), strict=True)])
            case _:
                return ARROW[self.name]

    @property
    def is_numeric(self) -> bool:
        """Whether it is a number."""
        return self.name in INTEGERS or self.name in FRACTIONS or self.name == "decimal"

    @property
    def is_integer(self) -> bool:
        """Whether it is a whole number."""
        return self.name in INTEGERS

    @property
    def is_text(self) -> bool:
        """Whether it is a STRING, CHAR or VARCHAR."""
        return self.name in TEXTS

    @property
    def is_nested(self) -> bool:
        """Whether it has parts."""
        return self.name in NESTED

    def field(self, name: str) -> int | None:
        """A struct's field by name, in whatever case: its place."""
        lower = name.lower()
        return next((place for place, known in enumerate(self.names) if known.lower() == lower), None)

    def _fields(self) -> list[str]:
        pairs = zip(self.names, self.parts, strict=True)
        return [
            f"{name if PLAIN.fullmatch(name) else errors.quoted(name)}:{part.text}" for name, part in pairs
        ]


BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, STRING, BINARY, DATE, TIMESTAMP, TIMESTAMP_NTZ = map(
    SqlType,
    ("boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "string", "binary", "date",
     "timestamp",
     "timestamp_ntz"),
)  # fmt: skip
VOID = SqlType("void")


def field_name(name: str) -> str:
    """A struct's field as it is written in a type: in backticks where it needs them."""
    return name if PLAIN.fullmatch(name) else errors.quoted(name)


def decimal(precision: int, scale: int) -> SqlType:
    """DECIMAL of so many digits.

    Raises:
        SqlError: there are no decimals like that.
    """
    if precision > 38:
        message = f"Decimal precision {precision} exceeds max precision 38."
        raise SqlError("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", message, "22003")
    if scale > precision:
        message = f"Decimal scale ({scale}) cannot be greater than precision ({precision})."
        raise SqlError("INVALID_DECIMAL_SCALE", message, "42K0G")
    return SqlType("decimal", precision, scale)


def array(element: SqlType) -> SqlType:
    """ARRAY of a type."""
    return SqlType("array", parts=(element,))


@lru_cache(4096)
def parse_type(text: str) -> SqlType:
    """Read a type such as "ARRAY<STRUCT<a: INT>>".

    Raises:
        SqlError: it is none.
    """
    scanner = Scanner(text)
    found = read_type(scanner)
    scanner.end()
    return found


@lru_cache(4096)
def parse_schema(text: str) -> SqlType:
    """Read what from_json is given: a type, or a struct's fields.

    Raises:
        SqlError: it is neither.
    """
    try:
        return parse_type(text)
    except SqlError:
        scanner = Scanner(text)
        found = _fields(scanner)
        scanner.end()
        return found


def read_type(scanner: Scanner) -> SqlType:
    """Read the type that comes next.

    Raises:
        SqlError: there is none.
    """
    word = scanner.name().lower()
    name = ALIASES.get(word, word)
    match name:
        case "decimal":
            return decimal(*_digits(scanner))
        case "char" | "varchar":
            return SqlType(name, _length(scanner))
        case "array" | "map":
            return _collection(scanner, name)
        case "struct":
            return _struct(scanner)
        case _ if name in ARROW:
            return SqlType(name)
        case _:
            raise SqlError("UNSUPPORTED_DATATYPE", f'Unsupported data type "{word.upper()}".', "0A000")


def _digits(scanner: Scanner) -> tuple[int, int]:
    if not scanner.accept("("):
        return 10, 0
    precision = scanner.number()
    scale = scanner.number() if scanner.accept(",") else 0
    scanner.expect(")")
    return precision, scale


def _length(scanner: Scanner) -> int:
    scanner.expect("(")
    length = scanner.number()
    scanner.expect(")")
    if length < 1:
        raise scanner.unexpected()
    return length


def _collection(scanner: Scanner, name: str) -> SqlType:
    scanner.expect("<")
    parts = [read_type(scanner)]
    if name == "map":
        scanner.expect(",")
        parts.append(read_type(scanner))
    scanner.expect(">")
    return SqlType(name, parts=tuple(parts))


def _struct(scanner: Scanner) -> SqlType:
    scanner.expect("<")
    found = _fields(scanner)
    scanner.expect(">")
    return found


def _fields(scanner: Scanner) -> SqlType:
    fields = [_field(scanner)]
    while scanner.accept(","):
        fields.append(_field(scanner))
    names = tuple(name for name, _ in fields)
    lower = [name.lower() for name in names]
    twice = next((name for name in lower if lower.count(name) > 1), None)
    if twice is not None:
        raise errors.column_exists(twice)
    return SqlType("struct", parts=tuple(part for _, part in fields), names=names)


def _field(scanner: Scanner) -> tuple[str, SqlType]:
    name = scanner.name()
    scanner.accept(":")
    found = read_type(scanner)
    if scanner.at("NOT") or scanner.at("COMMENT"):
        raise errors.unsupported(
            f"{scanner.next.value.upper()} of the field {errors.quoted(name)} of a struct"
        )
    return name, found
