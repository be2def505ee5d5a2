"""LIMIT and OFFSET."""

from __future__ import annotations

from sqlglot import exp

from tests.workspace.warehouse.duck.binding import Bind
from tests.workspace.warehouse.duck.compiler import Compiler, shown
from tests.workspace.warehouse.duck.scope import Scope
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.types import INT


def limits(compiler: Compiler, node: exp.Expr) -> str:
    """LIMIT and OFFSET: whole numbers that are known when the statement runs.

    Raises:
        SqlError: they are something else.
    """
    sql = ""
    for word in ("limit", "offset"):
        found = node.args.get(word)
        if found is not None:
            sql += f" {word.upper()} {_limit(compiler, found.expression, word)}"
    return sql


def _limit(compiler: Compiler, node: exp.Expr, word: str) -> str:
    kind = compiler.expression(node, Scope()).type
    if not kind.is_integer and kind.name != "void":
        message = (
            f'The limit like expression "{shown(node)}" is invalid. The {word} expression '
            "must be integer type, but "
            f'got "{kind.text.upper()}".'
        )
        raise SqlError("INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE", message, "42K0E")
    match node:
        case exp.Literal():
            return compiler.bound(Bind(INT, text=node.this, limit=word))
        case exp.Neg(this=exp.Literal()):
            return compiler.bound(Bind(INT, text=f"-{node.this.this}", limit=word))
    value = compiler.expression(node.this if isinstance(node, exp.Cast) else node, Scope())
    if value.parameter is None:
        raise errors.unsupported(f"{word.upper()} {shown(node)}")
    return compiler.bound(Bind(INT, value.parameter, limit=word))
