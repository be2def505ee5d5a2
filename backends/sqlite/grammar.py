"""SQLite's spelling of the contract, for one table: its own columns as they are, others made fit."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from backends import types
from backends.plan import Column, TableName
from backends.sql.grammar import Expression, Grammar
from backends.sql.shape import Binds
from backends.sqlite import functions
from backends.sqlite.literals import text_literal

MAIN = "main"  # the schema whose tables are named without it
INT64_DIGITS = 18  # every number of so many digits fits a 64-bit integer

# compared as SQLite keeps them, so that an index serves; the values are checked where they are read
_COMPARED_AS_STORED = types.Integer | types.Float | types.String | types.Varchar | types.Binary


def physical_name(name: TableName) -> str:
    """The table's name in its file: another schema's tables are named with it."""
    return name.table if name.schema == MAIN else f"{name.schema}.{name.table}"


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def in_other_schema(name: str) -> bool:
    """Whether a name in a file is a schema's and a table's."""
    schema, dot, _ = name.partition(".")
    return bool(dot) and schema not in ("", MAIN)


def logical_name(catalog: str, physical: str) -> TableName:
    """The table that has a name in its catalog's file."""
    if not in_other_schema(physical):
        return TableName(catalog, MAIN, physical)
    schema, _, table = physical.partition(".")
    return TableName(catalog, schema, table)


class SqliteGrammar(Grammar):
    """SQLite's grammar. `foreign` has the columns that others declared (see `catalog.describe`)."""

    dialect = sqlite.dialect(paramstyle="qmark")

    def __init__(self, foreign: Mapping[str, bool], version: int) -> None:
        self._foreign = foreign
        self.version = (version,)

    def same(self, other: Grammar) -> bool:
        """See `Grammar.same`."""
        return isinstance(other, SqliteGrammar) and self._foreign == other._foreign

    def place(self, name: TableName) -> tuple[str | None, str]:
        """See `Grammar.place`: a catalog is a file, and a schema part of a table's name."""
        return None, physical_name(name)

    def read(self, column: Column, expression: Expression) -> Expression:
        """See `Grammar.read`."""
        return self._nearest(column, expression) if column.name in self._foreign else expression

    def label(self, column: Column, position: int) -> str:
        """See `Grammar.label`: in brackets, the converter that the driver calls in C."""
        match column.type:
            case types.Boolean():
                return f"{position} [boolean]"
            case types.Decimal() | types.Array() | types.Map() | types.Struct():
                return f"{position} [json]"
        return str(position)

    def compared(self, column: Column, expression: Expression) -> Expression:
        """See `Grammar.compared`."""
        expression = self.equated(column, expression)
        if not isinstance(column.type, types.Decimal):
            return expression
        if column.type.precision <= INT64_DIGITS:
            return sa.cast(
                sa.func.replace(expression, sa.literal_column("'.'"), sa.literal_column("''")), sa.Integer
            )
        return sa.func.lakegate_decimal_key(expression)

    def equated(self, column: Column, expression: Expression) -> Expression:
        """See `Grammar.equated`."""
        if column.name not in self._foreign:
            return expression
        if not (self._foreign[column.name] and isinstance(column.type, _COMPARED_AS_STORED)):
            return self._nearest(column, expression)
        if isinstance(column.type, types.String | types.Varchar):
            return expression.op("COLLATE")(sa.text("BINARY"))  # it may be declared NOCASE
        return expression

    def within(self, column: Column, equated: Expression, bind: Expression) -> Expression:
        """See `Grammar.within`: the list is one JSON array, so that its length changes no statement."""
        item: Expression = sa.column("value")
        if isinstance(column.type, types.Float):
            item = sa.func.lakegate_float(item)
        elif isinstance(column.type, types.Binary):
            item = sa.func.lakegate_base64(item)
        return equated.in_(sa.select(item).select_from(sa.func.json_each(bind)).scalar_subquery())

    def unchanged(self, binds: Binds) -> Expression:
        """See `Grammar.unchanged`: asked in the statement itself, it costs no more than a comparison."""
        now: sa.Select[int] = sa.select(sa.column("schema_version")).select_from(
            sa.table("pragma_schema_version")
        )
        return now.scalar_subquery() == binds.next()

    def like(self, expression: Expression, bind: Expression) -> Expression:
        """See `Grammar.like`."""
        return expression.op("GLOB", is_comparison=True)(bind)

    def ilike(self, expression: Expression, bind: Expression) -> Expression:
        """See `Grammar.ilike`: SQLite's own LIKE knows only ASCII's two cases."""
        return sa.func.lakegate_ilike(bind, expression, type_=sa.Boolean())

    def adapt(self, type_: types.Type, op: str) -> Callable[[Any], object]:
        """See `Grammar.adapt`."""
        match op:
            case "IN" | "NOT IN":
                return _listed
            case "LIKE" | "NOT LIKE":
                return functions.glob_pattern
            case "=" | "!=" | "ILIKE" | "NOT ILIKE":
                return stored(type_)
        return _ordered(type_)

    def _nearest(self, column: Column, expression: Expression) -> Expression:
        return sa.func.lakegate_nearest(
            expression,
            sa.literal_column(text_literal(str(column.type))),
            sa.literal_column(text_literal(column.name)),
        )


def stored(type_: types.Type) -> Callable[[Any], object]:
    """What turns a canonical value into what SQLite keeps of it."""
    match type_:
        case types.Float():
            return functions.stored_float
        case types.Binary():
            return functions.from_base64
    return _as_it_is


def _ordered(type_: types.Type) -> Callable[[Any], object]:
    """What turns a canonical value into what `SqliteGrammar.compared` sorts by."""
    if not isinstance(type_, types.Decimal):
        return stored(type_)
    if type_.precision <= INT64_DIGITS:
        return lambda text: int(str(text).replace(".", ""))
    return functions.decimal_key


def _as_it_is(value: object) -> object:
    return value


def _listed(found: object) -> str:
    """A list as one JSON array; numbers that are not whole as text, which `lakegate_float` reads exactly."""
    items = found if isinstance(found, tuple) else (found,)
    return json.dumps([repr(item) if isinstance(item, float) else item for item in items])
