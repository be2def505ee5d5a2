"""Postgres's spelling of the contract, for one table: its own columns as they are, others made fit."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any

import psycopg2
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

from backends import types
from backends.lakebase import misfits, spelling
from backends.lakebase.catalog import Described
from backends.lakebase.spelling import Native
from backends.plan import Column, TableName
from backends.sql import KnownTable
from backends.sql.grammar import Expression, Grammar
from backends.sql.shape import Binds

pg = sa.func.pg_catalog  # so that nobody's function of a better fitting type is called instead
# JSON's white space, and nowhere else in a row: a number with it before it has an exponent, or is none
MARK = "\t"
_PLAIN_DIGITS = {"real": "1e6", "double precision": "1e15"}  # from there on Postgres writes an exponent


class LakebaseGrammar(Grammar):
    """Postgres's grammar. `natives` has what only Postgres knows of the table's columns."""

    dialect: sa.Dialect = PGDialect_psycopg2(  # type: ignore[no-untyped-call]
        paramstyle="format",
        max_identifier_length=255,  # a column's name fits as it is: let no label be made of its beginning
    )

    def __init__(self, described: Described) -> None:
        self.name = described.table.name
        self.natives = described.natives
        self.key_constraint = described.key_constraint
        self.key_deferrable = described.key_deferrable
        self._folding = described.folding
        self.version = (described.number,)

    def same(self, other: Grammar) -> bool:
        """See `Grammar.same`."""
        return isinstance(other, LakebaseGrammar) and self.natives == other.natives

    def place(self, name: TableName) -> tuple[str | None, str]:
        """See `Grammar.place`: a catalog is a database, which a connection is made to."""
        return name.schema, name.table

    def read(self, column: Column, expression: Expression) -> Expression:
        """See `Grammar.read`: what `row_to_json` writes canonically."""
        native = self.natives[column.name]
        match column.type:
            case types.Float():
                return _marked_number(expression, native.base)
            case types.Binary():
                return pg.translate(pg.encode(expression, _text("base64")), _text("\n"), _text(""))
            case types.Char():
                return sa.cast(expression, sa.Text)
            case types.Array() if not native.own:
                return _array(column, column.type, native, expression)
            case types.Array() | types.Map() | types.Struct():
                # between an own value's tokens there may be line breaks, if somebody else wrote it
                lines = pg.translate(sa.cast(expression, sa.Text), _text("\n\r\t"), _text("   "))
                return sa.cast(lines, JSON)
        if native.as_text:
            return sa.cast(expression, sa.Text)
        if native.base == "oid":  # which JSON has as text
            return sa.cast(expression, sa.BigInteger)
        return expression if native.own else _within_bounds(column, native, expression)

    def label(self, column: Column, position: int) -> str:
        """See `Grammar.label`: the name of a field of the JSON."""
        return column.name

    def compared(self, column: Column, expression: Expression) -> Expression:
        """See `Grammar.compared`."""
        native = self.natives[column.name]
        if native.base == "uuid":  # sorted as its text is
            return expression
        if native.base == "oid":
            return sa.cast(expression, sa.BigInteger)
        if native.as_text or column.type.nested:
            return _by_code_point(sa.cast(expression, sa.Text))
        return expression if native.collated else _by_code_point(expression)

    def bound(self, column: Column, bind: Expression) -> Expression:
        """See `Grammar.bound`: beside a `real` a number is taken for a `double precision`, and differs."""
        return sa.cast(bind, sa.REAL) if column.type == types.Float(32) else bind

    def equated(self, column: Column, expression: Expression) -> Expression:
        """See `Grammar.equated`: in most collations text is equal by code point, and an index tells."""
        native = self.natives[column.name]
        plain = spelling.collatable(column.type) and native.exact and not native.as_text
        return expression if plain else self.compared(column, expression)

    def within(self, column: Column, equated: Expression, bind: Expression) -> Expression:
        """See `Grammar.within`: the list is one array, so that its length changes no statement."""
        native = self.natives[column.name]
        return equated == sa.func.any(_cast(bind, f"{native.element}[]"))

    def assigned(self, column: Column, bind: Expression) -> Expression:
        """See `Grammar.assigned`: what is not the text of a value needs its type."""
        native = self.natives[column.name]
        if native.base == "oid":
            return _cast(_cast(bind, native.taken), native.declared)
        return (
            _cast(bind, native.declared) if isinstance(column.type, types.Array) and not native.own else bind
        )

    def unchanged(self, binds: Binds) -> Expression:
        """See `Grammar.unchanged`: a table that was made anew has another number."""
        return self.number() == binds.next()

    def number(self) -> Expression:
        """The table's number now."""
        quote = self.dialect.identifier_preparer.quote_identifier
        place = f"{quote(self.name.schema)}.{quote(self.name.table)}".replace("%%", "%")
        return _cast(pg.to_regclass(_text(place)), "oid")

    def like(self, expression: Expression, bind: Expression) -> Expression:
        """See `Grammar.like`."""
        return self._as_text(expression).op("LIKE", is_comparison=True)(bind)

    def ilike(self, expression: Expression, bind: Expression) -> Expression:
        """See `Grammar.ilike`: in a collation that knows all letters, for "C" knows only ASCII's."""
        folded = sa.collate(self._as_text(expression), self._folding)
        return folded.op("ILIKE", is_comparison=True)(bind)

    @staticmethod
    def _as_text(expression: Expression) -> Expression:
        """Without the padding of a CHAR, which LIKE would take for spaces."""
        return sa.cast(expression, sa.Text)

    def adapt(self, type_: types.Type, op: str) -> Callable[[Any], object]:
        """See `Grammar.adapt`."""
        if op in ("IN", "NOT IN"):
            fit = _in_list(type_)
            return lambda found: [fit(each) for each in (found if isinstance(found, tuple) else (found,))]
        return fitting(type_)


def grammar_of(known: KnownTable) -> LakebaseGrammar:
    """The grammar of a table of this backend's."""
    assert isinstance(known.grammar, LakebaseGrammar)  # noqa: S101 - tells mypy what `_describe` made
    return known.grammar


def fitting(type_: types.Type) -> Callable[[Any], object]:
    """What turns a canonical value into what the driver takes for it."""
    return _bytes if isinstance(type_, types.Binary) else _as_it_is


def _in_list(type_: types.Type) -> Callable[[Any], object]:
    """The same for one of a list, whose items have one type: a number's text stands beside "NaN"."""
    if isinstance(type_, types.Float):
        return lambda value: value if isinstance(value, str) else repr(value)
    return fitting(type_)


def _number(expression: Expression, base: str, other: Expression) -> Expression:
    """A floating-point number, a whole one with ".0": no client takes it for an integer.

    `other` stands for what Postgres writes with an exponent, and for what is no finite number.
    """
    size, whole = pg.abs(expression), expression == pg.trunc(expression)
    plain = size < sa.text(_PLAIN_DIGITS[base])
    pointed = sa.cast(sa.cast(expression + sa.text("0"), sa.Text) + _text(".0"), JSON)
    fraction = sa.and_(plain, size >= sa.text("1e-4"))
    return sa.case((sa.and_(plain, whole), pointed), (fraction, pg.to_json(expression)), else_=other)


def _marked_number(expression: Expression, base: str) -> Expression:
    """A number that is looked at once more where it has the mark before it."""
    other = sa.cast(_text(MARK) + sa.cast(pg.to_json(expression), sa.Text), JSON)
    return _number(expression, base, other)


def _array(column: Column, type_: types.Array, native: Native, expression: Expression) -> Expression:
    """An array as JSON has it: of one dimension, its elements canonical."""
    element = type_.element
    flat = [pg.array_ndims(expression) == sa.text("1")]
    if isinstance(element, types.Decimal):
        flat.append(_text("NaN") > sa.func.all(expression))
    elif moments := spelling.outermost(spelling.declared(element)):
        least, beyond = map(_text, moments)
        flat += [least <= sa.func.all(expression), beyond > sa.func.all(expression)]
    fits = sa.and_(*flat).is_not(sa.false())  # NULL: there is no element, or one that is NULL
    found = _checked(fits, expression, expression, native, column)
    match element:
        case types.String() | types.Varchar() | types.Char():
            return _cast(found, "text[]")
        case types.Integer(64):
            return _cast(found, "bigint[]")
        case types.Float():
            return _pointed(found, spelling.declared(element))
    return found


def _pointed(array: Expression, base: str) -> Expression:
    """An array of floating-point numbers as JSON."""
    elements = pg.unnest(array).table_valued("each").render_derived(name="elements")
    each = _number(item := _cast(elements.c.each, base), base, pg.to_json(item))
    pointed = sa.select(pg.array_to_json(pg.array_agg(each))).scalar_subquery()
    empty = sa.cast(_text("[]"), JSON)
    return sa.case((array.is_not(None), sa.func.coalesce(pointed, empty)))


def _within_bounds(column: Column, native: Native, expression: Expression) -> Expression:
    """A value that the contract has; any other is an error of the database's that names the column."""
    if moments := spelling.outermost(native.base):
        least, beyond = map(_text, moments)
        fits = sa.and_(expression >= least, expression < beyond)
        return _checked(fits, expression, expression, native, column)
    if isinstance(column.type, types.Decimal) and native.declared == spelling.declared(column.type):
        return _checked(expression < _text("NaN"), expression, expression, native, column)
    if isinstance(column.type, types.Decimal) and native.base == "numeric":
        exact = _cast(expression, spelling.declared(column.type))
        most = sa.text(f"1e{column.type.precision - column.type.scale}")
        rounded = pg.round(expression, sa.text(str(column.type.scale)))
        fits = sa.and_(pg.abs(expression) < most, rounded == expression)
        return _checked(fits, exact, expression, native, column)
    return expression


def _checked(
    fits: Expression, value: Expression, expression: Expression, native: Native, column: Column
) -> Expression:
    """`value` where it fits; else text that names the column is read as its type, which fails."""
    misfit = _text(misfits.named(column)) + sa.cast(expression, sa.Text)
    return sa.case((fits, value), else_=_cast(misfit, native.base))


def _by_code_point(expression: Expression) -> Expression:
    return sa.collate(expression, "C")


class DeclaredType(sa.types.UserDefinedType[Any]):
    """A type by Postgres's own name of it."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        """What stands in a CAST; a `%` in it is not a marker."""
        return self.name.replace("%", "%%")


def _cast(expression: Expression, declared: str) -> Expression:
    return sa.cast(expression, DeclaredType(declared))


def _text(text: str) -> Expression:
    quoted = "'" + text.replace("'", "''") + "'"
    return sa.literal_column("E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted)


def _bytes(value: str | None) -> object:
    return None if value is None else psycopg2.Binary(b64decode(value))


def _as_it_is(value: object) -> object:
    return value
