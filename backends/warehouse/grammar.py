"""Databricks SQL's spelling of the contract, for one table."""

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import IdentifierPreparer, SQLCompiler

from backends import types
from backends.plan import Column, TableName
from backends.sql.grammar import Expression, Grammar
from backends.warehouse.inlining import literal, quoted
from backends.warehouse.spelling import STRICT, Declared, carried, castable


class _Preparer(IdentifierPreparer):
    """Quotes with backticks; a schema comes quoted already, as its two names are."""

    def __init__(self, dialect: sa.Dialect) -> None:
        super().__init__(dialect, initial_quote="`", escape_quote="`")

    def quote_schema(self, schema: str, force: Any = None) -> str:
        """Give a schema as it is."""
        return schema


class _Compiler(SQLCompiler):
    """Names columns without their table: each statement has only one, of three names."""

    def visit_column(self, column: Any, *_: Any, **kw: Any) -> str:
        """Give a column's name alone."""
        return str(super().visit_column(column, **{**kw, "include_table": False}))


class Dialect(DefaultDialect):
    """What SQLAlchemy has to know to write the few statements that plans need."""

    name = "databricks"
    default_paramstyle = "qmark"
    supports_native_boolean = True
    supports_statement_cache = True
    max_identifier_length = 255
    preparer: type[IdentifierPreparer] = _Preparer
    statement_compiler = _Compiler


class WarehouseGrammar(Grammar):
    """The warehouse's grammar: values are bound as text, and cast to the column's type."""

    dialect: sa.Dialect = Dialect(paramstyle="qmark")

    def place(self, name: TableName) -> tuple[str | None, str]:
        """See `Grammar.place`: Unity Catalog keeps names in lower case."""
        return f"{quoted(name.catalog)}.{quoted(name.schema.lower())}", name.table.lower()

    def read(self, column: Column, expression: Expression) -> Expression:
        """See `Grammar.read`: as it is; `texts` makes it canonical."""
        return expression

    def label(self, column: Column, position: int) -> str:
        """See `Grammar.label`: its own name, for in ORDER BY a label goes before a column."""
        return column.name

    def compared(self, column: Column, expression: Expression) -> Expression:
        """See `Grammar.compared`: text is compared by code point everywhere."""
        if isinstance(column.type, types.Char):
            return sa.func.rtrim(expression)
        return sa.func.to_json(expression) if column.type.nested else expression

    def bound(self, column: Column, bind: Expression) -> Expression:
        """See `Grammar.bound`."""
        found = self.assigned(column, bind)
        return sa.func.to_json(found) if column.type.nested else found

    def equated(self, column: Column, expression: Expression) -> Expression:
        """See `Grammar.equated`."""
        return self.compared(column, expression)

    def within(self, column: Column, equated: Expression, bind: Expression) -> Expression:
        """See `Grammar.within`: the list is one JSON array, so that its length changes no statement."""
        texts: Expression = sa.func.from_json(bind, sa.literal_column("'array<string>'"))
        items, item = texts, equated
        if isinstance(column.type, types.Binary):
            item = sa.func.hex(equated)
        elif not isinstance(column.type, types.String | types.Varchar | types.Char):
            items = sa.cast(texts, Declared(f"ARRAY<{castable(column.type)}>"))
        # in an empty list there is not even NULL
        return sa.and_(sa.func.size(texts) > sa.literal_column("0"), sa.func.array_contains(items, item))

    def assigned(self, column: Column, bind: Expression) -> Expression:
        """See `Grammar.assigned`."""
        return value_of(column.type, bind)

    def like(self, expression: Expression, bind: Expression) -> Expression:
        """See `Grammar.like`: the backslash escapes."""
        return expression.op("LIKE", is_comparison=True)(bind)

    def ilike(self, expression: Expression, bind: Expression) -> Expression:
        """See `Grammar.ilike`."""
        return expression.op("ILIKE", is_comparison=True)(bind)

    def adapt(self, type_: types.Type, op: str) -> Callable[[Any], object]:
        """See `Grammar.adapt`."""
        if op in ("IN", "NOT IN"):
            fit = _hex if isinstance(type_, types.Binary) else text_of
            return lambda found: json.dumps(
                [fit(each) for each in (found if isinstance(found, tuple) else (found,))], ensure_ascii=False
            )
        return text_of


def text_of(value: object) -> str | None:
    """A canonical value as the text that the statement casts to its type."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def _hex(value: object) -> str | None:
    return None if value is None else b64decode(str(value)).hex().upper()


def value_of(type_: types.Type, bind: Expression) -> Expression:
    """A bound text as a value of a type."""
    match type_:
        case types.String() | types.Varchar() | types.Char():
            return bind
        case types.Binary():
            return sa.func.unbase64(bind)
        case types.Array() | types.Map() | types.Struct():
            shape: Expression = sa.literal_column(literal(carried(type_)))
            parsed = sa.func.from_json(bind, shape, sa.literal_column(STRICT))
            wanted = castable(type_)
            return parsed if carried(type_) == wanted else sa.cast(parsed, Declared(wanted))
    return sa.cast(bind, Declared(castable(type_)))
