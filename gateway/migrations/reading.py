"""What stands in a revision's file, read: names, types, values and conditions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backends import BACKENDS, types
from backends.errors import Fault, Invalid
from backends.misfit import Misfit
from backends.plan import And, Column, Condition, Table
from backends.structure import Check, Constant, Default, Identity, Index, Now
from backends.types import TypeSyntaxError
from backends.values import reader
from gateway.conditions import conditions
from gateway.fields import NEW_NAME
from gateway.planner.checker import Checker

KEEP = object()  # stands for what an operation was not given


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column, its default, and whether the database numbers it."""

    column: Column
    default: Default | None
    identity: bool = False


@dataclass(frozen=True, slots=True)
class CheckDefinition:
    """A check whose values are as they were written: the table's columns tell what they are."""

    name: str
    condition: Condition

    def check(self, table: Table) -> Check:
        """The check on a table.

        Raises:
            Invalid: a column is not there, or a value is not of its type.
        """
        checker = Checker(table)
        condition = checker.condition(self.condition, (self.name,))
        checker.refuse()
        return Check(self.name, condition)


@dataclass(frozen=True, slots=True)
class ForeignKeyDefinition:
    """A foreign key; no schema means the gateway's own."""

    name: str
    columns: tuple[str, ...]
    schema: str | None
    table: str
    target_columns: tuple[str, ...]


def new_name(name: str) -> str:
    """A name that something may be created under. Raises Invalid."""
    if not re.match(NEW_NAME, name):
        raise Invalid(f"{name!r}: a new name is a letter or _, then letters, digits or _, 255 at most")
    return name


def type_of(text: str) -> types.Type:
    """A type of the contract by its name. Raises Invalid."""
    try:
        return types.parse(text)
    except TypeSyntaxError as error:
        raise Invalid(f"{text!r} is no type: {error}") from error


def default_of(value: object, column: Column) -> Default | None:
    """A column's default as it was written. Raises Invalid where it is not of the column's type."""
    if value is None or isinstance(value, Now):
        return value
    if column.type.nested:
        raise Invalid(f'"{column.name}" is {column.type}, which takes no default')
    try:
        return Constant(reader(column.type)(exact(value)))
    except Misfit as misfit:
        raise Invalid.of([Fault((column.name, "default"), misfit.msg)]) from misfit


def condition_of(condition: Mapping[str, Any]) -> Condition:
    """A condition as it was written. Raises Invalid."""
    (found,) = conditions([exact(condition)]).parts
    return found


def conditions_of(filters: object) -> And:
    """Conditions as they were written, all of which hold. Raises Invalid."""
    return conditions(exact(filters))


def identity_of(definitions: Sequence[ColumnDefinition], key: tuple[str, ...]) -> Identity | None:
    """The column that the database numbers, from 1 on.

    Raises:
        Invalid: it is none that every database numbers.
    """
    names = [each.column.name for each in definitions if each.identity]
    for name in names:
        if key != (name,):
            raise Invalid(f'"{name}": a column that the database numbers is the primary key, alone')
    return Identity(names[0], 1) if names else None


def refuse_unnumbered(column: ColumnDefinition) -> None:
    """Refuse a column that not every database numbers, whatever its table is. Raises Invalid."""
    if column.identity and (column.column.type != types.Integer(64) or column.default is not None):
        raise Invalid(
            f'"{column.column.name}": a column that the database numbers is BIGINT, with no default'
        )


def columns_of(names: Sequence[str], *, least: int = 0) -> tuple[str, ...]:
    """Names of columns. Raises Invalid where they are a text, which is a sequence too, or too few."""
    if isinstance(names, str) or not all(isinstance(name, str) for name in names) or len(names) < least:
        raise Invalid(f"{names!r} is not a list of columns' names")
    return tuple(names)


def refuse_other_parts(parts: Sequence[object]) -> None:
    """Refuse what no table is made of. Raises Invalid."""
    for part in parts:
        if not isinstance(part, ColumnDefinition | CheckDefinition | ForeignKeyDefinition | Index):
            raise Invalid(f"{part!r} is no column, check, foreign key or index")


def text_for(backend: str, texts: Mapping[str, str]) -> str | None:
    """A backend's own text; None where it has none. Raises Invalid where a name is no backend's."""
    if unknown := sorted(texts.keys() - BACKENDS.keys()):
        raise Invalid(f"{', '.join(unknown)}: not one of {', '.join(BACKENDS)}")
    return texts.get(backend)


def exact(value: object) -> object:
    """A value as JSON would have it: floats by their shortest digits, tuples as lists. Raises Invalid."""
    match value:
        case None | bool() | int() | str() | Decimal():
            return value
        case float():
            return Decimal(repr(value)) if value == value and abs(value) != float("inf") else str(value)
        case Mapping():
            return {name: exact(item) for name, item in value.items()}
        case list() | tuple():
            return [exact(item) for item in value]
    raise Invalid(f"{value!r}: values are written as JSON has them; bytes in base64, moments in ISO 8601")


def refuse_repeated(table: Table) -> None:
    """Refuse a table that names a column twice, in any case, or that has none. Raises Invalid."""
    names = [column.name.lower() for column in table.columns]
    if len(set(names)) < len(names):
        raise Invalid(f'"{table.name}" names a column twice, in this or another case')
    if not names:
        raise Invalid(f'"{table.name}" has no columns')
