"""VALUES as a query."""

from __future__ import annotations

from sqlglot import exp

from tests.workspace.warehouse.duck.coercion import same_type
from tests.workspace.warehouse.duck.compiler import Compiler, Query
from tests.workspace.warehouse.duck.scope import Output, Scope
from tests.workspace.warehouse.engine import SqlError


def compile_values(compiler: Compiler, node: exp.Values, outer: Scope) -> Query:
    """Rows that are written out; each column has the type that its values have in common.

    Raises:
        SqlError: the rows differ in length, or a column's types have nothing in common.
    """
    rows = [item.expressions if isinstance(item, exp.Tuple) else [item] for item in node.expressions]
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        raise SqlError(
            "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
            "Invalid inline table. The rows differ in the number of columns.",
            "42000",
        )
    compiled = [[compiler.expression(item, outer) for item in row] for row in rows]
    columns = [same_type(compiler, "VALUES", column) for column in zip(*compiled, strict=True)]
    lines = (", ".join(value.sql for value in row) for row in zip(*columns, strict=True))
    names = ", ".join(f"c{place}" for place in range(width))
    sql = f"SELECT {names} FROM (VALUES {', '.join(f'({line})' for line in lines)}) AS v({names})"
    return Query(sql, tuple(Output(f"col{n + 1}", column[0].type) for n, column in enumerate(columns)))
