"""A column given another type: what does not fit there refuses it, where Postgres would cut or round."""

from collections.abc import Iterator

from backends import types
from backends.lakebase import blocks, quoting, spelling
from backends.lakebase.constants import default_sql
from backends.lakebase.declaring import FITS, check_statements, declared
from backends.structure import Structure, columns_in


def statements(column: str, before: Structure, after: Structure) -> Iterator[str]:
    """What gives a column another type. Its default and its checks are spelled anew, for that type."""
    name, old, new = after.table.name, before.table.by_name[column], after.table.by_name[column]
    alter = f"ALTER TABLE {quoting.place(name)}"
    altered = f"{alter} ALTER COLUMN {quoting.name(column)}"
    checks = [check for check in after.checks if column in columns_in(check.condition)]
    if condition := _fits(quoting.name(column), old.type, new.type):
        yield f"{alter} ADD CONSTRAINT {FITS} CHECK ({condition})"
        yield f"{alter} DROP CONSTRAINT {FITS}"
    yield from (f"{alter} DROP CONSTRAINT {quoting.name(check.name)}" for check in checks)
    yield blocks.drop_type(name, column)
    default = after.defaults.get(column)
    if default is not None:
        yield f"{altered} DROP DEFAULT"
    yield f"{altered} TYPE {declared(new.type)} USING {_cast(quoting.name(column), new.type)}"
    if default is not None:
        yield f"{altered} SET DEFAULT {default_sql(new.type, default)}"
    if held := spelling.bounds(new.type, quoting.name(column)):
        yield blocks.hold_type(name, new, held)
    for check in checks:
        yield from check_statements(after.table, check)


def _fits(column: str, old: types.Type, new: types.Type) -> str | None:
    """The condition for a value to be the same in the other type, where a cast would make it another."""
    match old, new:
        case (types.Decimal(scale=scale), types.Decimal(scale=less)) if less < scale:
            return f"{column} = pg_catalog.round({column}, {less})"
        case (_, types.Varchar(length) | types.Char(length)):
            return f"pg_catalog.char_length({column}::text) <= {length}"
    return None


def _cast(column: str, new: types.Type) -> str:
    """A value as one of the other type, of which it is known that it fits."""
    text = f"{column}::text" if spelling.collatable(new) else column
    return f"{text}::{spelling.declared(new)}"
