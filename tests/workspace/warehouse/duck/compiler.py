"""Compiles expressions to DuckDB's SQL, each with its type; what it does not know it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlglot import exp

from tests.workspace.warehouse.duck.binding import Bind
from tests.workspace.warehouse.duck.dialect import duck_type
from tests.workspace.warehouse.duck.scope import Output, Scope, Typed
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import UnitySession, errors
from tests.workspace.warehouse.unity.model import Table
from tests.workspace.warehouse.unity.statement import MARKER
from tests.workspace.warehouse.unity.types import BOOLEAN, STRING, SqlType, parse_type

USED = re.compile(r"\$(b[0-9]+)")
Handler = Callable[["Compiler", exp.Expr, Scope], Typed]
HANDLERS: dict[type[exp.Expr], Handler] = {}


def handles(*kinds: type[exp.Expr]) -> Callable[[Handler], Handler]:
    """Mark what compiles expressions of these kinds."""

    def mark(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(kinds, handler))
        return handler

    return mark


@dataclass(frozen=True, slots=True)
class Query:
    """A compiled query: its columns are called c0, c1 and so on within the SQL."""

    sql: str
    columns: tuple[Output, ...]


class Asked(NamedTuple):
    """A relation of a catalog's INFORMATION_SCHEMA, and the columns that must be equal to a parameter."""

    catalog: str
    relation: str
    equal: Mapping[str, int]


@dataclass(slots=True)
class Compiler:
    """What is known while one statement is compiled.

    Attributes:
        parameters: names and types of the parameters.
        binds: what the SQL's $1, $2 and so on are.
        tables: the tables and views that were looked up, by name: as long as these are the same, so is the
        SQL.
        information: INFORMATION_SCHEMA's relations that are read, by the name in the SQL.
        queries: what WITH has named.
    """

    session: UnitySession
    parameters: tuple[tuple[str | None, str], ...] = ()
    binds: list[Bind] = field(default_factory=list)
    tables: dict[tuple[str, ...], Table] = field(default_factory=dict)
    information: dict[str, Asked] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    _aliases: int = 0

    def alias(self) -> str:
        """A name for a relation that nothing else has."""
        self._aliases += 1
        return f"r{self._aliases}"

    def start_aliases(self, other: Compiler) -> None:
        """Give relations other names than another compiler has given."""
        self._aliases = other._aliases

    def unrestricted(self, view: Table) -> UnitySession:
        """A session that may read what a view reads, and finds names as the one did that made the view."""
        unity = self.session.unity
        return UnitySession(unity, unity.registry.root.owner, *view.search_path)

    def expression(self, node: exp.Expr, scope: Scope) -> Typed:
        """One expression.

        Raises:
            SqlError: it is not known, a name cannot be found, or types do not fit.
        """
        handler = HANDLERS.get(type(node))
        if handler is None:
            raise errors.unsupported(f"{type(node).__name__}: {shown(node)}")
        return handler(self, node, scope)

    def condition(self, node: exp.Expr, scope: Scope) -> str:
        """An expression that is true or false.

        Raises:
            SqlError: it is something else.
        """
        found = self.expression(node, scope)
        if found.type.name == "void":
            return "NULL::BOOLEAN"
        if found.type != BOOLEAN:
            message = (
                f'Filter expression "{shown(node)}" of type "{found.type.text.upper()}" is not a boolean.'
            )
            raise SqlError(
                "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN",
                f'Cannot resolve "{shown(node)}" due to data type mismatch: {message}',
                "42K09",
            )
        return found.sql

    def bound(self, bind: Bind) -> str:
        """The SQL of a value that is given when the statement runs."""
        if bind not in self.binds:
            self.binds.append(bind)
        return f"CAST($b{self.binds.index(bind)} AS {duck_type(bind.type)})"

    def text(self, value: str) -> Typed:
        """A text of the statement's."""
        return Typed(self.bound(Bind(STRING, text=value)), STRING, constant=value, foldable=True)

    def parameter(self, name: str | None) -> Typed:
        """A parameter by its name, or the next one in order.

        Raises:
            SqlError: there is none.
        """
        place = self.place(name)
        kind = parameter_type(self.parameters[place][1])
        if kind.name == "void":
            return Typed("NULL", kind, foldable=True)
        return Typed(self.bound(Bind(kind, place)), kind, place, foldable=True)

    def place(self, name: str | None) -> int:
        """Which parameter has this name. Raises SqlError."""
        known = [known for known, _ in self.parameters]
        if name is not None and name.startswith(MARKER):
            if (place := int(name.removeprefix(MARKER))) < known.count(None):
                return place
            name = None
        elif name in known:
            return known.index(name)
        message = (
            f"Found the unbound parameter: {name or '_'}. Please, fix `args` and provide a "
            "mapping of the parameter "
            "to either a SQL literal or collection constructor functions such as `map()`, "
            "`array()`, `struct()`."
        )
        raise SqlError("UNBOUND_SQL_PARAMETER", message, "42P02")


def parameter_type(text: str) -> SqlType:
    """The type that a client gives a parameter.

    Raises:
        SqlError: a parameter cannot be of this type.
    """
    found = parse_type(text)
    if found.is_nested:
        raise errors.unsupported(f"a parameter of type {text}")
    return STRING if found.is_text else found


def shown(node: exp.Expr) -> str:
    """An expression as it is shown in messages and as a column's name."""
    return node.sql("databricks")[:200]
