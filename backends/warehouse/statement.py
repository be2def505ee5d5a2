"""SQL under construction: what SQLAlchemy does not write for Databricks, a MERGE above all."""

from dataclasses import dataclass, field

from backends import types
from backends.plan import Condition, Table
from backends.sql import KnownTable
from backends.sql.shape import Binds
from backends.sql.statements import Statement
from backends.warehouse.inlining import literal, quoted
from backends.warehouse.spelling import STRICT, carried, castable, unpacked

_TEXTS = types.String | types.Varchar | types.Char


@dataclass(slots=True)
class Text:
    """SQL put together from its beginning to its end, with the positions of the values it takes."""

    parts: list[str] = field(default_factory=list)
    markers: list[int] = field(default_factory=list)

    def add(self, text: str, *markers: int) -> None:
        """Add text whose markers take the values at these positions."""
        self.parts.append(text)
        self.markers.extend(markers)

    def statement(self) -> Statement:
        """What was put together."""
        return Statement("".join(self.parts), tuple(self.markers))


def add_rows(text: Text, fields: tuple[tuple[str, types.Type], ...], source: str | None, at: int) -> None:
    """Add a query that gives each row of a JSON array as a struct `row` of these fields.

    The JSON is the value at a position; or it is in the column `rows` of a table, the `source`.
    """
    shape = literal(f"ARRAY<{carried(types.Struct(fields)) if fields else 'MAP<STRING,STRING>'}>")
    if source is None:
        text.add(f"SELECT explode(from_json(?, {shape}, {STRICT})) AS `row`", at)
    else:
        text.add(f"SELECT explode(from_json(`rows`, {shape}, {STRICT})) AS `row` FROM {source}")  # noqa: S608


def condition(known: KnownTable, where: Condition, first: int) -> Statement:
    """A condition on the table's columns; its values begin at `first`."""
    found = known.statements.compile(known.statements.condition(where, Binds()))
    return Statement(found.sql, tuple(first + marker for marker in found.markers))


def bound(type_: types.Type) -> str:
    """A bound text as a value of a type."""
    if isinstance(type_, _TEXTS):
        return "?"
    if isinstance(type_, types.Binary):
        return "unbase64(?)"
    if type_.nested:
        return unpacked(type_, f"from_json(?, {literal(carried(type_))}, {STRICT})")
    return f"CAST(? AS {castable(type_)})"


def same(kept: str, given: str, type_: types.Type) -> str:
    """Whether a column and a value are equal: the blanks at the end of a CHAR mean nothing."""
    if isinstance(type_, types.Char):
        return f"rtrim({quoted(kept)}) = rtrim({quoted(given)})"
    return f"{quoted(kept)} = {quoted(given)}"


def brings(marks: str, position: int) -> str:
    """Whether a row brings the column at a position."""
    return f"substring({marks}, {position + 1}, 1) = '1'"


def unused(name: str, table: Table) -> str:
    """A name that none of a table's columns begins with, in any case."""
    while any(column.lower().startswith(name) for column in table.names):
        name += "_"
    return name
