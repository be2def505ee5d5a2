"""The types that values of two types have in common, in Spark's ANSI mode."""

from __future__ import annotations

from collections.abc import Sequence

from tests.workspace.warehouse.duck.casts import cast
from tests.workspace.warehouse.duck.compiler import Compiler
from tests.workspace.warehouse.duck.scope import Typed
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity.types import (
    BIGINT,
    DOUBLE,
    INTEGERS,
    STRING,
    SqlType,
    decimal,
)

DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 20}
RANK = {"date": 0, "timestamp_ntz": 1, "timestamp": 2}


def common_type(left: SqlType, right: SqlType) -> SqlType | None:
    """The type that both are cast to before they are compared; None where there is none."""
    if left == right or right.name == "void":
        return left
    if left.name == "void":
        return right
    if left.is_text or right.is_text:
        return _with_text(left, right)
    if left.is_numeric and right.is_numeric:
        return wider_number(left, right)
    if left.name in RANK and right.name in RANK:
        return max(left, right, key=lambda kind: RANK[kind.name])
    if left.name == right.name and left.is_nested and len(left.parts) == len(right.parts):
        return _nested(left, right)
    return None


def wider_number(left: SqlType, right: SqlType) -> SqlType:
    """The number type that holds both.

    Raises:
        SqlError: no DECIMAL has so many digits.
    """
    names = {left.name, right.name}
    if "double" in names or "float" in names:
        return left if left == right else DOUBLE
    if "decimal" not in names:
        return max(left, right, key=lambda kind: INTEGERS.index(kind.name))
    one, other = as_decimal(left), as_decimal(right)
    scale = max(one.scale, other.scale)
    whole = max(one.precision - one.scale, other.precision - other.scale)
    return decimal(min(whole + scale, 38), min(scale, 38 - min(whole, 38)))


def as_decimal(kind: SqlType) -> SqlType:
    """The DECIMAL that holds a whole number type, or the DECIMAL itself."""
    return kind if kind.name == "decimal" else decimal(DIGITS[kind.name], 0)


def same_type(compiler: Compiler, what: str, found: Sequence[Typed]) -> list[Typed]:
    """Values cast to the type that they have in common.

    Raises:
        SqlError: they have none.
    """
    kind = found[0].type
    for value in found[1:]:
        wider = common_type(kind, value.type)
        if wider is None:
            raise differing(what, kind, value.type)
        kind = wider
    return [cast(compiler, value, kind) for value in found]


def differing(what: str, left: SqlType, right: SqlType) -> SqlError:
    """The error of operands that do not fit each other."""
    message = (
        f'Cannot resolve "{what}" due to data type mismatch: the left and right operands of '
        "the binary operator have "
        f'incompatible types ("{left.text.upper()}" and "{right.text.upper()}").'
    )
    return SqlError("DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", message, "42K09")


def _with_text(left: SqlType, right: SqlType) -> SqlType | None:
    other = right if left.is_text else left
    if other.is_text:
        return STRING
    if other.is_integer:
        return BIGINT
    if other.is_numeric:
        return DOUBLE
    return None if other.is_nested else other


def _nested(left: SqlType, right: SqlType) -> SqlType | None:
    parts = [common_type(one, other) for one, other in zip(left.parts, right.parts, strict=True)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or [n.lower() for n in left.names] != [n.lower() for n in right.names]:
        return None
    return SqlType(left.name, parts=tuple(known), names=left.names)
