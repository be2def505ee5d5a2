"""Texts read as values of SQL's types, as strictly as Spark's CAST does."""

import datetime as dt
import math
import re
import struct
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache

from tests.workspace.warehouse.duck import clock
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.types import SqlType

BLANKS = "".join(map(chr, (*range(33), *range(0x7F, 0xA0)))) + "\u1680\u2028\u2029\u3000"
WHOLE = re.compile(r"[+-]?[0-9]+")
FRACTION = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
BITS = {"tinyint": 7, "smallint": 15, "int": 31, "bigint": 63}
TRUE = frozenset({"t", "true", "y", "yes", "1"})
FALSE = frozenset({"f", "false", "n", "no", "0"})
NOT_FINITE = {
    "inf": math.inf, "+inf": math.inf, "infinity": math.inf, "+infinity": math.inf, "-inf": -math.inf,
    "-infinity": -math.inf, "nan": math.nan,
}  # fmt: skip
GREATEST_FLOAT = 3.4028235677973366e38  # from here on a FLOAT is infinite
EXACT = Context(prec=2000, rounding=ROUND_HALF_UP, Emin=-99999, Emax=99999)

Value = bool | int | float | Decimal | str | bytes | dt.date | dt.datetime
Reader = Callable[[str], Value]


class Malformed(ValueError):
    """A text that says nothing of the type."""


@lru_cache(256)
def reader(kind: SqlType) -> Reader:
    """What reads a text as a value of a type; it raises ValueError, or SqlError for too many digits.

    Raises:
        SqlError: a text cannot be cast to the type at all.
    """
    match kind.name:
        case "tinyint" | "smallint" | "int" | "bigint":
            bits = BITS[kind.name]
            return lambda text: _whole(text, bits)
        case "decimal":
            return lambda text: rounded(_decimal(text), kind)
        case "float":
            return lambda text: narrowed(_double(text))
        case "double":
            return _double
        case "boolean":
            return _boolean
        case "string" | "char" | "varchar":
            return str
        case "binary":
            return str.encode
        case "date":
            return lambda text: clock.read_date(text.strip(BLANKS))
        case "timestamp":
            return lambda text: clock.read_timestamp(text.strip(BLANKS))
        case "timestamp_ntz":
            return lambda text: clock.read_timestamp(text.strip(BLANKS)).replace(tzinfo=None)
        case _:
            raise errors.unsupported(f"CAST of STRING to {kind.text.upper()}")


def read(text: str, kind: SqlType) -> Value:
    """CAST of a text.

    Raises:
        SqlError: CAST_INVALID_INPUT, or NUMERIC_VALUE_OUT_OF_RANGE.
    """
    try:
        return reader(kind)(text)
    except ValueError as error:
        raise malformed(text, kind) from error


def malformed(text: str, kind: SqlType) -> SqlError:
    """The error of a text that says nothing of the type."""
    shown = text.replace("\\", "\\\\").replace("'", "\\'")
    message = (
        f'The value \'{shown}\' of the type "STRING" cannot be cast to "{kind.text.upper()}" because it is '
        "malformed. Correct the value as per the syntax, or change its target type. Use "
        "`try_cast` to tolerate "
        "malformed input and return NULL instead."
    )
    return SqlError("CAST_INVALID_INPUT", message, "22018")


def rounded(value: Decimal, kind: SqlType) -> Decimal:
    """A number with a DECIMAL's digits behind the point, rounded half up.

    Raises:
        SqlError: it has too many before.
    """
    found = EXACT.quantize(value, Decimal(1).scaleb(-kind.scale))
    if found.copy_abs() >= Decimal(10) ** (kind.precision - kind.scale):
        message = (
            f"{value} cannot be represented as Decimal({kind.precision}, {kind.scale}). If necessary set "
            '"spark.sql.ansi.enabled" to "false" to bypass this error, and return NULL instead.'
        )
        raise SqlError("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", message, "22003")
    return found


def narrowed(value: float) -> float:
    """A DOUBLE as a FLOAT."""
    if math.isfinite(value) and abs(value) >= GREATEST_FLOAT:
        return math.copysign(math.inf, value)
    found: float = struct.unpack("f", struct.pack("f", value))[0]
    return found


def java_text(value: float, *, single: bool) -> str:
    """A FLOAT or DOUBLE as Java writes it: 1.0, 1.0E10, NaN."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    digits, exponent = _shortest(value, single=single)
    sign = "-" if value < 0 else ""
    if -3 <= exponent < 7:
        return sign + _plain(digits, exponent)
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def _shortest(value: float, *, single: bool) -> tuple[str, int]:
    """The fewest digits that tell it from its neighbours, and its power of ten."""
    if single:
        text = next(t for t in (f"{abs(value):.{n}e}" for n in range(9)) if narrowed(float(t)) == abs(value))
    else:
        text = next(t for t in (f"{abs(value):.{n}e}" for n in range(17)) if float(t) == abs(value))
    mantissa, _, exponent = text.partition("e")
    return mantissa.replace(".", "").rstrip("0") or "0", int(exponent)


def _plain(digits: str, exponent: int) -> str:
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    return f"{whole}.{digits[exponent + 1 :] or '0'}"


def _whole(text: str, bits: int) -> int:
    stripped = text.strip(BLANKS)
    if not WHOLE.fullmatch(stripped) or len(stripped) > 4000:
        raise Malformed
    value = int(stripped)
    if not -(1 << bits) <= value < 1 << bits:
        raise Malformed
    return value


def _decimal(text: str) -> Decimal:
    stripped = text.strip(BLANKS)
    if not FRACTION.fullmatch(stripped):
        raise Malformed
    try:
        value = EXACT.create_decimal(stripped)
    except InvalidOperation as error:
        raise Malformed from error
    return value


def _double(text: str) -> float:
    stripped = text.strip(BLANKS)
    if FRACTION.fullmatch(stripped) or FRACTION.fullmatch(stripped.rstrip("dDfF")):
        return float(stripped.rstrip("dDfF"))
    found = NOT_FINITE.get(stripped.lower())
    if found is None:
        raise Malformed
    return found


def _boolean(text: str) -> bool:
    lower = text.strip(BLANKS).lower()
    if lower in TRUE:
        return True
    if lower in FALSE:
        return False
    raise Malformed
