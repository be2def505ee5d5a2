"""Comparisons and other conditions."""

from __future__ import annotations

from sqlglot import exp

from tests.workspace.warehouse.duck.binding import Bind
from tests.workspace.warehouse.duck.casts import as_text, cast
from tests.workspace.warehouse.duck.coercion import as_decimal, common_type, differing
from tests.workspace.warehouse.duck.compiler import Compiler, handles, shown
from tests.workspace.warehouse.duck.functions_python import lower
from tests.workspace.warehouse.duck.scope import Scope, Typed
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.types import BOOLEAN, STRING

COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM", exp.NullSafeNEQ: "IS DISTINCT FROM",
}  # fmt: skip


@handles(exp.And, exp.Or)
def both(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """AND, OR; long chains are read without recursion."""
    kind, operands, rest = type(node), [], node
    while type(rest) is kind:
        operands.append(rest.args["expression"])
        rest = rest.this
    word = " AND " if kind is exp.And else " OR "
    sqls = [compiler.condition(operand, scope) for operand in (rest, *reversed(operands))]
    return Typed(f"({word.join(sqls)})", BOOLEAN)


@handles(exp.Not)
def negation(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """NOT."""
    return Typed(f"(NOT {compiler.condition(node.this, scope)})", BOOLEAN)


@handles(*COMPARISONS)
def comparison(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Equal, less and so on."""
    left = compiler.expression(node.this, scope)
    right = compiler.expression(node.expression, scope)
    return Typed(compared(compiler, COMPARISONS[type(node)], left, right, shown(node)), BOOLEAN)


def compared(compiler: Compiler, operator: str, left: Typed, right: Typed, what: str) -> str:
    """The SQL of a comparison.

    Raises:
        SqlError: values of these types cannot be compared.
    """
    kind = common_type(left.type, right.type)
    if kind is None or kind.name == "map":
        raise differing(what, left.type, right.type)
    if kind.name == "decimal":
        return _compared_exactly(operator, left, right)
    left, right = padded(left, right), padded(right, left)
    return f"({cast(compiler, left, kind).sql} {operator} {cast(compiler, right, kind).sql})"


def _compared_exactly(operator: str, left: Typed, right: Typed) -> str:
    """DECIMALs whose common type would lose digits are compared whole part first."""
    one, other = as_decimal(left.type), as_decimal(right.type)
    scale = max(one.scale, other.scale)
    whole = max(one.precision - one.scale, other.precision - other.scale)
    if whole + scale <= 38:
        wide = f"DECIMAL({whole + scale}, {scale})"
        return f"(CAST({left.sql} AS {wide}) {operator} CAST({right.sql} AS {wide}))"
    pairs = [
        f"ROW(CAST(trunc({v.sql}) AS DECIMAL(38, 0)), CAST({v.sql} - trunc({v.sql}) AS DECIMAL(38, {scale})))"
        if kind.scale
        else f"ROW(CAST({v.sql} AS DECIMAL(38, 0)), CAST(0 AS DECIMAL(38, {scale})))"
        for v, kind in ((left, one), (right, other))
    ]
    known = (
        f"CASE WHEN {left.sql} IS NOT NULL AND {right.sql} IS NOT NULL THEN {pairs[0]} {operator} "
        f"{pairs[1]} END"
    )
    return known if "DISTINCT" not in operator else f"({pairs[0]} {operator} {pairs[1]})"


def padded(value: Typed, other: Typed) -> Typed:
    """What is compared with a CHAR is filled up with blanks, if it says the same for all rows."""
    length = other.type.precision if other.type.name == "char" else 0
    if not length or not value.type.is_text or not (value.foldable or value.type.name == "char"):
        return value
    sql = (
        f"CASE WHEN length({value.sql}) < {length} THEN rpad({value.sql}, {length}, ' ') ELSE {value.sql} END"
    )
    return Typed(sql, STRING)


@handles(exp.Between)
def between(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Not less than one and not greater than the other."""
    value = compiler.expression(node.this, scope)
    low, high = (compiler.expression(node.args[key], scope) for key in ("low", "high"))
    if node.args.get("symmetric"):
        raise errors.unsupported(shown(node))
    above = compared(compiler, ">=", value, low, shown(node))
    below = compared(compiler, "<=", value, high, shown(node))
    return Typed(f"({above} AND {below})", BOOLEAN)


@handles(exp.Is)
def is_something(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """IS NULL, IS TRUE, IS FALSE."""
    match node.expression:
        case exp.Null():
            return Typed(f"({compiler.expression(node.this, scope).sql} IS NULL)", BOOLEAN)
        case exp.Boolean(this=truth):
            word = "TRUE" if truth else "FALSE"
            return Typed(f"({compiler.condition(node.this, scope)} IS {word})", BOOLEAN)
        case _:
            raise errors.unsupported(shown(node))


@handles(exp.In)
def membership(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """IN (values), IN (query)."""
    value = compiler.expression(node.this, scope)
    query = node.args.get("query")
    if query is not None:
        return _in_query(compiler, value, query, scope)
    items = [compiler.expression(item, scope) for item in node.expressions]
    equal = (compared(compiler, "=", value, item, shown(node)) for item in items)
    return Typed(f"({' OR '.join(equal)})", BOOLEAN)


def _in_query(compiler: Compiler, value: Typed, query: exp.Expr, scope: Scope) -> Typed:
    from tests.workspace.warehouse.duck.queries import compile_query

    found = compile_query(compiler, query, scope)
    if len(found.columns) != 1:
        raise errors.unsupported("IN with a query of several columns")
    alias = compiler.alias()
    inner = Typed(f"{alias}.c0", found.columns[0].type)
    kind = common_type(value.type, inner.type)
    if kind is None:
        raise differing("IN", value.type, inner.type)
    items = f"SELECT {cast(compiler, inner, kind).sql} FROM ({found.sql}) AS {alias}"
    return Typed(f"({cast(compiler, value, kind).sql} IN ({items}))", BOOLEAN)


@handles(exp.Exists)
def exists(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """EXISTS (query)."""
    from tests.workspace.warehouse.duck.queries import compile_query

    return Typed(f"EXISTS ({compile_query(compiler, node.this, scope).sql})", BOOLEAN)


@handles(exp.Like, exp.ILike)
def like(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """LIKE and ILIKE; a backslash takes the meaning from what follows it."""
    value = as_text(compiler, compiler.expression(node.this, scope))
    pattern = as_text(compiler, compiler.expression(node.expression, scope))
    sql = pattern.sql
    if pattern.parameter is not None or pattern.constant is not None:
        sql = compiler.bound(Bind(STRING, pattern.parameter, pattern.constant, pattern=True))
    if isinstance(node, exp.ILike):
        return Typed(f"({lower(value.sql)} LIKE {lower(sql)} ESCAPE '\\')", BOOLEAN)
    return Typed(f"({value.sql} LIKE {sql} ESCAPE '\\')", BOOLEAN)
