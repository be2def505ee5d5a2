"""What a table is made of beyond what requests need: frozen values in SQL's own words.

A `Structure` says nothing that only one database understands, so that one of them can be told what
another has: a default is a value or the clock, a check is a `Condition`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from backends.plan import And, Comparison, Condition, Not, Operator, Or, Table, TableName, Value

# What a check may compare with: the rest means functions that a database may not have.
CHECKABLE: frozenset[Operator] = frozenset(
    {"=", "!=", "<", "<=", ">", ">=", "IN", "NOT IN", "BETWEEN", "IS NULL", "IS NOT NULL"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Constant:
    """A default that is always the same, in canonical form; never null, which is to have no default."""

    value: Value


@dataclass(frozen=True, slots=True)
class Now:
    """A default that is the time of the write; for TIMESTAMP."""


Default = Constant | Now


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that no row may fail; one that is unknown, for a NULL, holds.

    Its operators are of `CHECKABLE`, its columns are not nested, its values canonical.
    """

    name: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns whose values are the primary key of a row of another table of the same catalog, or NULL.

    Unity Catalog knows of foreign keys and does not enforce them.
    """

    name: str
    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """What makes rows quick to find by some columns; its name is the table's own."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """A column that the database numbers where a row brings no value, and the number it gives next, at least.

    It is a whole number, NOT NULL, and has no default. `next` is 1 or more.
    """

    column: str
    next: int


@dataclass(frozen=True)
class Structure:
    """All that a table is made of.

    `table.columns` have the database's own expressions as defaults; `defaults` has those that are
    the same everywhere. `others` are things that these words cannot say, each a sentence for people:
    a foreign check, a unique index.
    """

    table: Table
    comment: str | None = None
    defaults: Mapping[str, Default] = field(default_factory=lambda: MappingProxyType({}))
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    clustering: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    identity: Identity | None = None


def columns_in(condition: Condition) -> frozenset[str]:
    """The columns that a condition names."""
    match condition:
        case Comparison(column):
            return frozenset({column})
        case Not(part):
            return columns_in(part)
        case And(parts) | Or(parts):
            return frozenset().union(*map(columns_in, parts))


def operators_in(condition: Condition) -> frozenset[Operator]:
    """The operators that a condition compares with."""
    match condition:
        case Comparison(op=op):
            return frozenset({op})
        case Not(part):
            return operators_in(part)
        case And(parts) | Or(parts):
            return frozenset().union(*map(operators_in, parts))


def renamed_in(condition: Condition, column: str, to: str) -> Condition:
    """A condition in which a column has another name."""
    match condition:
        case Comparison(name):
            return replace(condition, column=to) if name == column else condition
        case Not(part):
            return Not(renamed_in(part, column, to))
        case And(parts):
            return And(tuple(renamed_in(part, column, to) for part in parts))
        case Or(parts):
            return Or(tuple(renamed_in(part, column, to) for part in parts))


def condition_text(condition: Condition) -> str:
    """A condition as the JSON that a request has for it; `condition_of` reads it."""
    return json.dumps(_told(condition), ensure_ascii=False, separators=(",", ":"))


def condition_of(text: str) -> Condition:
    """The condition that `condition_text` wrote.

    Raises:
        ValueError: it wrote no such text.
    """
    try:
        return _heard(json.loads(text))
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a condition: {text[:100]!r}") from error


def _told(condition: Condition) -> dict[str, object]:
    match condition:
        case Comparison(column, op, None):
            return {"column": column, "op": op}
        case Comparison(column, op, value):
            return {"column": column, "op": op, "value": value}
        case And(parts):
            return {"and": list(map(_told, parts))}
        case Or(parts):
            return {"or": list(map(_told, parts))}
        case Not(part):
            return {"not": _told(part)}


def _heard(told: object) -> Condition:
    match told:
        case {"and": [*parts]}:
            return And(tuple(map(_heard, parts)))
        case {"or": [*parts]}:
            return Or(tuple(map(_heard, parts)))
        case {"not": dict(part)}:
            return Not(_heard(part))
        case {"column": str(column), "op": str(op), **rest} if op in CHECKABLE:
            value = rest.get("value")
            return Comparison(column, op, tuple(value) if isinstance(value, list) else value)  # type: ignore[arg-type]
    raise ValueError("not a condition")
