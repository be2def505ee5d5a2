"""Aggregates and window functions."""

from __future__ import annotations

from sqlglot import exp

from tests.workspace.warehouse.duck.casts import cast
from tests.workspace.warehouse.duck.compiler import Compiler, handles, shown
from tests.workspace.warehouse.duck.dialect import duck_type
from tests.workspace.warehouse.duck.scope import Scope, Typed
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.types import BIGINT, BOOLEAN, DOUBLE, INT, SqlType, array, decimal

RANKS: dict[type[exp.Expr], str] = {
    exp.RowNumber: "row_number",
    exp.Rank: "rank",
    exp.DenseRank: "dense_rank",
}


@handles(exp.Count)
def count(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """How many rows, or values that are not NULL."""
    if isinstance(node.this, exp.Star):
        return Typed("count(*)", BIGINT)
    distinct, values = _arguments(compiler, node, scope)
    if len(values) != 1:
        raise errors.unsupported(shown(node))
    return Typed(f"count({distinct}{values[0].sql})", BIGINT)


@handles(exp.CountIf)
def count_if(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """How many rows for which something is true."""
    return Typed(f"count(CASE WHEN {compiler.condition(node.this, scope)} THEN 1 END)", BIGINT)


@handles(exp.Max, exp.Min)
def extreme(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """The greatest or least."""
    _, (value, *others) = _arguments(compiler, node, scope)
    if others or node.expressions or value.type.name == "map":
        raise errors.unsupported(shown(node))
    return Typed(f"{'max' if isinstance(node, exp.Max) else 'min'}({value.sql})", value.type)


@handles(exp.Sum)
def total(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """The sum; what is more than its type holds is an error."""
    distinct, (value, *_) = _arguments(compiler, node, scope)
    kind = _total_type(value.type, node)
    number = value if value.type.is_numeric else cast(compiler, value, DOUBLE)
    return Typed(f"CAST(sum({distinct}{number.sql}) AS {duck_type(kind)})", kind)


def _total_type(kind: SqlType, node: exp.Expr) -> SqlType:
    if kind.is_integer:
        return BIGINT
    if kind.name == "decimal":
        return decimal(min(kind.precision + 10, 38), kind.scale)
    if kind.is_numeric or kind.is_text or kind.name == "void":
        return DOUBLE
    raise errors.unsupported(shown(node))


@handles(exp.Avg)
def average(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """The mean, as a DOUBLE."""
    distinct, (value, *_) = _arguments(compiler, node, scope)
    if value.type.name == "decimal" or not value.type.is_numeric:
        raise errors.unsupported(f"avg of {value.type.text.upper()}")
    return Typed(f"CAST(avg({distinct}{value.sql}) AS DOUBLE)", DOUBLE)


@handles(exp.ArrayAgg)
def collect(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """collect_list, array_agg: an array of what is not NULL."""
    distinct, (value, *_) = _arguments(compiler, node, scope)
    return Typed(
        f"coalesce(list({distinct}{value.sql}) FILTER (WHERE {value.sql} IS NOT NULL), [])", array(value.type)
    )


@handles(exp.LogicalAnd, exp.LogicalOr)
def every(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """bool_and, bool_or."""
    name = "bool_and" if isinstance(node, exp.LogicalAnd) else "bool_or"
    return Typed(f"{name}({compiler.condition(node.this, scope)})", BOOLEAN)


@handles(*RANKS)
def rank(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A row's place; only with OVER."""
    if not isinstance(node.parent, exp.Window):
        raise errors.unsupported(f"{shown(node)} without OVER")
    return Typed(f"{RANKS[type(node)]}()", INT)


@handles(exp.Window)
def window(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A function OVER a partition."""
    if node.args.get("spec") or node.args.get("alias"):
        raise errors.unsupported(shown(node))
    plain = Scope(scope.relations, scope.parent)
    value = compiler.expression(node.this, plain)
    words = []
    if node.args.get("partition_by"):
        items = [compiler.expression(item, plain).sql for item in node.args["partition_by"]]
        words.append(f"PARTITION BY {', '.join(items)}")
    if node.args.get("order"):
        words.append(order_by(compiler, node.args["order"], plain))
    over = f"OVER ({' '.join(words)})"
    if value.sql.startswith("CAST("):
        inner, _, kind = value.sql[len("CAST(") :].rpartition(" AS ")
        return Typed(f"CAST({inner} {over} AS {kind}", value.type)
    sql = f"{value.sql} {over}"
    return Typed(f"CAST({sql} AS INTEGER)" if value.type == INT else sql, value.type)


def order_by(compiler: Compiler, node: exp.Expr, scope: Scope) -> str:
    """ORDER BY, with the place of NULLs written out."""
    return "ORDER BY " + ", ".join(
        ordered(item, compiler.expression(item.this, scope)) for item in node.expressions
    )


def ordered(item: exp.Expr, value: Typed) -> str:
    """One of ORDER BY's: NULLs come first where it ascends, last where it descends, unless it says.

    Raises:
        SqlError: such values have no order.
    """
    if value.type.name == "map":
        raise errors.unsupported("ORDER BY of a MAP")
    descending = bool(item.args.get("desc"))
    first = item.args.get("nulls_first")
    nulls_first = first if first is not None else not descending
    return f"{value.sql} {'DESC' if descending else 'ASC'} NULLS {'FIRST' if nulls_first else 'LAST'}"


def _arguments(compiler: Compiler, node: exp.Expr, scope: Scope) -> tuple[str, list[Typed]]:
    plain = Scope(scope.relations, scope.parent)
    if isinstance(node.this, exp.Distinct):
        return "DISTINCT ", [compiler.expression(item, plain) for item in node.this.expressions]
    extra = node.args.get("expressions") or []
    return "", [compiler.expression(item, plain) for item in (node.this, *extra)]
