"""Sums, products and quotients; whole numbers never wrap around, and nothing is divided by zero."""

from __future__ import annotations

from sqlglot import exp

from tests.workspace.warehouse.duck.casts import cast
from tests.workspace.warehouse.duck.coercion import as_decimal, common_type, differing
from tests.workspace.warehouse.duck.compiler import Compiler, handles, shown
from tests.workspace.warehouse.duck.dialect import duck_type
from tests.workspace.warehouse.duck.scope import Scope, Typed
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.types import BIGINT, DOUBLE, SqlType, decimal

SIGNS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
BY_ZERO = (
    "error('[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 "
    "and return NULL instead. "
    "SQLSTATE: 22012')"
)


@handles(*SIGNS)
def sum_or_product(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Plus, minus, times."""
    if isinstance(node.args["expression"], exp.Interval) and not isinstance(node, exp.Mul):
        return _moved(compiler, node, scope)
    left, right, kind = _operands(compiler, node, scope)
    if kind.name == "decimal":
        result = _decimal_result(node, as_decimal(left.type), as_decimal(right.type))
        sides = [f"CAST({side.sql} AS {duck_type(_room(node, side.type, result))})" for side in (left, right)]
        return Typed(f"CAST({sides[0]} {SIGNS[type(node)]} {sides[1]} AS {duck_type(result)})", result)
    sides = [cast(compiler, side, kind).sql for side in (left, right)]
    return Typed(f"({sides[0]} {SIGNS[type(node)]} {sides[1]})", kind)


def _moved(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A point in time, so many seconds earlier or later."""
    moment, by = compiler.expression(node.this, scope), node.args["expression"]
    if moment.type.name not in {"timestamp", "timestamp_ntz"} or not isinstance(by.this, exp.Literal):
        raise errors.unsupported(shown(node))
    if by.text("unit").upper() not in {"SECOND", "SECONDS"}:
        raise errors.unsupported(shown(node))
    return Typed(f"({moment.sql} {SIGNS[type(node)]} to_seconds({float(by.name)}))", moment.type)


@handles(exp.Div)
def quotient(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Divided by: a DOUBLE."""
    left, right, kind = _operands(compiler, node, scope)
    if kind.name == "decimal":
        raise errors.unsupported(f"a division of DECIMALs: {shown(node)}")
    one, other = (cast(compiler, side, DOUBLE).sql for side in (left, right))
    return Typed(f"(CASE WHEN {other} = 0 THEN {BY_ZERO}::DOUBLE ELSE {one} / {other} END)", DOUBLE)


@handles(exp.IntDiv)
def whole_quotient(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """DIV: a BIGINT."""
    left, right, kind = _operands(compiler, node, scope)
    if not kind.is_integer:
        raise errors.unsupported(shown(node))
    one, other = (cast(compiler, side, BIGINT).sql for side in (left, right))
    return Typed(f"(CASE WHEN {other} = 0 THEN {BY_ZERO}::BIGINT ELSE {one} // {other} END)", BIGINT)


@handles(exp.Mod)
def remainder(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """What is left of a division."""
    left, right, kind = _operands(compiler, node, scope)
    if not kind.is_integer:
        raise errors.unsupported(shown(node))
    one, other = (cast(compiler, side, kind).sql for side in (left, right))
    by_zero = BY_ZERO.replace(
        "DIVIDE_BY_ZERO] Division by zero. Use `try_divide`",
        "REMAINDER_BY_ZERO] Remainder by zero. Use `try_mod`",
    )
    return Typed(f"(CASE WHEN {other} = 0 THEN {by_zero}::{duck_type(kind)} ELSE {one} % {other} END)", kind)


@handles(exp.Neg)
def negative(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Less than zero."""
    if isinstance(node.this, exp.Literal) and node.this.this == "9223372036854775808":
        return Typed("CAST('-9223372036854775808' AS BIGINT)", BIGINT, foldable=True)
    if isinstance(node.this, exp.Literal) and node.this.this == "2147483648":
        return Typed("CAST('-2147483648' AS INTEGER)", SqlType("int"), foldable=True)
    value = compiler.expression(node.this, scope)
    if not value.type.is_numeric:
        raise errors.unsupported(shown(node))
    return Typed(f"(- {value.sql})", value.type, foldable=value.foldable)


def _operands(compiler: Compiler, node: exp.Expr, scope: Scope) -> tuple[Typed, Typed, SqlType]:
    left = compiler.expression(node.this, scope)
    right = compiler.expression(node.args["expression"], scope)
    kind = common_type(left.type, right.type)
    if kind is None:
        raise differing(shown(node), left.type, right.type)
    if kind.is_text or kind.name == "void":
        kind = DOUBLE
    if not kind.is_numeric:
        raise errors.unsupported(f"arithmetic of {kind.text.upper()}: {shown(node)}")
    return left, right, kind


def _decimal_result(node: exp.Expr, left: SqlType, right: SqlType) -> SqlType:
    if isinstance(node, exp.Mul):
        precision, scale = left.precision + right.precision + 1, left.scale + right.scale
    else:
        scale = max(left.scale, right.scale)
        precision = max(left.precision - left.scale, right.precision - right.scale) + scale + 1
    if precision > 38:
        raise errors.unsupported(f"a DECIMAL of more than 38 digits: {shown(node)}")
    return decimal(precision, scale)


def _room(node: exp.Expr, side: SqlType, result: SqlType) -> SqlType:
    """What DuckDB adds or multiplies without running over; a factor has its own digits behind the point."""
    return decimal(38, as_decimal(side).scale) if isinstance(node, exp.Mul) else decimal(38, result.scale)
