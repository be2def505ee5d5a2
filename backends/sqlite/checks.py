"""A check's condition as SQLite has it, in SQL that every program understands: no function of ours."""

from collections.abc import Mapping

from backends import types, values
from backends.plan import Column, Condition, Value
from backends.sql.checks import check_sql
from backends.sqlite.grammar import INT64_DIGITS, quoted
from backends.sqlite.literals import literal, text_literal

_REVERSED = dict(zip("0123456789", "JIHGFEDCBA", strict=True))  # the larger digit is the smaller letter


def condition_sql(condition: Condition, columns: Mapping[str, Column]) -> str:
    """A condition on columns that the gateway declared. Raises Misfit."""
    return check_sql(
        condition,
        lambda column: _operand(quoted(column), columns[column].type),
        lambda column, value: _value(columns[column].type, value),
    )


def _operand(column: str, type_: types.Type) -> str:
    """A column as it is compared: text and times by code point, DECIMAL as a number."""
    if not isinstance(type_, types.Decimal):
        return column
    if type_.precision <= INT64_DIGITS:
        return f"CAST(replace({column}, '.', '') AS INTEGER)"
    return _key_sql(column, type_)


def _value(type_: types.Type, value: Value) -> str:
    if not isinstance(type_, types.Decimal):
        return literal(type_, value)
    canonical = str(values.reader(type_)(value))
    if type_.precision <= INT64_DIGITS:
        return str(int(canonical.replace(".", "")))
    return text_literal(_key(canonical, type_))


def _key(text: str, type_: types.Decimal) -> str:
    """Text that sorts as a DECIMAL's canonical text does as a number: what `_key_sql` makes of it."""
    padded = text.lstrip("-").rjust(_width(type_), "0")
    return "-" + "".join(_REVERSED.get(digit, digit) for digit in padded) if text[0] == "-" else padded


def _key_sql(column: str, type_: types.Decimal) -> str:
    width = _width(type_)
    zeros = "0" * width
    below = f"substr('{zeros}' || substr({column}, 2), -{width})"
    for digit, letter in _REVERSED.items():
        below = f"replace({below}, '{digit}', '{letter}')"
    above = f"substr('{zeros}' || {column}, -{width})"
    return f"(CASE WHEN {column} GLOB '-*' THEN '-' || {below} ELSE {above} END)"


def _width(type_: types.Decimal) -> int:
    """How long the canonical text of the largest number is: its digits, a point, a zero before it."""
    return type_.precision + 2
