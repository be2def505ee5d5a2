"""The functions that are known, by their name in sqlglot or Databricks."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from tests.workspace.warehouse.duck.binding import NOW, USER, Bind
from tests.workspace.warehouse.duck.casts import as_text, cast
from tests.workspace.warehouse.duck.coercion import same_type
from tests.workspace.warehouse.duck.compiler import Compiler, handles, shown
from tests.workspace.warehouse.duck.conditions import compared
from tests.workspace.warehouse.duck.dialect import duck_type
from tests.workspace.warehouse.duck.functions_python import lower, upper
from tests.workspace.warehouse.duck.scope import Scope, Typed
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.grants import EVERYONE
from tests.workspace.warehouse.unity.types import (
    BIGINT,
    BINARY,
    INT,
    STRING,
    TIMESTAMP,
    VOID,
    SqlType,
)

TEXT_FUNCTIONS: dict[type[exp.Expr], tuple[Callable[[str], str], SqlType]] = {
    exp.Lower: (lower, STRING), exp.Upper: (upper, STRING), exp.Length: ("length({})".format, INT),
}  # fmt: skip


@handles(*TEXT_FUNCTIONS)
def of_text(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """lower, upper, length."""
    value = compiler.expression(node.this, scope)
    spell, kind = TEXT_FUNCTIONS[type(node)]
    if value.type == BINARY and isinstance(node, exp.Length):
        return Typed(f"CAST(octet_length({value.sql}) AS INTEGER)", INT)
    return Typed(
        f"CAST({spell(as_text(compiler, value).sql)} AS {duck_type(kind)})", kind, foldable=value.foldable
    )


@handles(exp.Trim)
def trim(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Blanks taken from both ends, or from one."""
    if node.args.get("expression"):
        raise errors.unsupported(shown(node))
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(node.text("position").upper(), "trim")
    return Typed(f"{name}({as_text(compiler, compiler.expression(node.this, scope)).sql}, ' ')", STRING)


@handles(exp.Concat, exp.DPipe)
def concat(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Texts one after the other; NULL if one is."""
    items = node.expressions or [node.this, node.args["expression"]]
    texts = [as_text(compiler, compiler.expression(item, scope)) for item in items]
    return Typed(
        f"({' || '.join(text.sql for text in texts)})", STRING, foldable=all(t.foldable for t in texts)
    )


@handles(exp.Substring)
def substring(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A part of a text, the first character being 1."""
    text = as_text(compiler, compiler.expression(node.this, scope))
    start, length = node.args.get("start"), node.args.get("length")
    if not isinstance(start, exp.Literal) or start.is_string:
        raise errors.unsupported(f"substring from a place that is no constant: {shown(node)}")
    first = max(int(start.this), 1)
    if length is None:
        return Typed(f"substring({text.sql}, {first})", STRING)
    count = cast(compiler, compiler.expression(length, scope), INT)
    return Typed(f"substring({text.sql}, {first}, greatest({count.sql}, 0))", STRING)


@handles(exp.Coalesce)
def coalesce(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """The first that is not NULL."""
    values = [compiler.expression(item, scope) for item in (node.this, *node.expressions)]
    found = same_type(compiler, shown(node), values)
    return Typed(f"coalesce({', '.join(value.sql for value in found)})", found[0].type)


@handles(exp.Nullif)
def nullif(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """NULL if the two are equal, else the first."""
    one = compiler.expression(node.this, scope)
    other = compiler.expression(node.args["expression"], scope)
    test = compared(compiler, "=", one, other, shown(node))
    return Typed(f"(CASE WHEN {test} THEN NULL ELSE {one.sql} END)", one.type)


@handles(exp.Greatest, exp.Least)
def greatest(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """The greatest or least that is not NULL."""
    values = [compiler.expression(item, scope) for item in (node.this, *node.expressions)]
    found = same_type(compiler, shown(node), values)
    name = "greatest" if isinstance(node, exp.Greatest) else "least"
    return Typed(f"{name}({', '.join(value.sql for value in found)})", found[0].type)


@handles(exp.Abs)
def absolute(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A number without its sign."""
    value = compiler.expression(node.this, scope)
    if not value.type.is_numeric:
        raise errors.unsupported(shown(node))
    return Typed(f"abs({value.sql})", value.type)


@handles(exp.CurrentTimestamp)
def now(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """When the statement began."""
    return Typed(compiler.bound(Bind(TIMESTAMP, special=NOW)), TIMESTAMP, foldable=True)


@handles(exp.CurrentDate)
def today(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """The day on which the statement began."""
    return Typed(f"CAST({now(compiler, node, scope).sql} AS DATE)", SqlType("date"), foldable=True)


@handles(exp.CurrentUser, exp.SessionUser)
def user(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """The session's principal."""
    return Typed(compiler.bound(Bind(STRING, special=USER)), STRING, foldable=True)


@handles(exp.CurrentCatalog)
def catalog(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """The session's catalog."""
    return compiler.text(compiler.session.catalog)


@handles(exp.CurrentSchema, exp.CurrentDatabase)
def schema(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """The session's schema."""
    return compiler.text(compiler.session.schema)


@handles(exp.ToBase64)
def base64(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Bytes as a text of base64."""
    return Typed(f"to_base64({cast(compiler, compiler.expression(node.this, scope), BINARY).sql})", STRING)


@handles(exp.FromBase64)
def unbase64(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A text of base64 as bytes."""
    return Typed(f"from_base64({as_text(compiler, compiler.expression(node.this, scope)).sql})", BINARY)


@handles(exp.Hex, exp.LowerHex)
def hexadecimal(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Bytes, a text or a whole number in hexadecimal."""
    value = compiler.expression(node.this, scope)
    if value.type.is_integer:
        return Typed(f"hex({cast(compiler, value, BIGINT).sql})", STRING)
    return Typed(f"hex({cast(compiler, value, BINARY).sql})", STRING)


@handles(exp.Unhex)
def unhexadecimal(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A text of hexadecimal as bytes; NULL if it is none."""
    text = as_text(compiler, compiler.expression(node.this, scope)).sql
    fits = f"regexp_full_match({text}, '[0-9A-Fa-f]*')"
    return Typed(
        (
            f"(CASE WHEN {fits} THEN unhex(CASE WHEN length({text}) % 2 = 1 THEN '0' || {text} "
            f"ELSE {text} END) END)"
        ),
        BINARY,
    )


@handles(exp.Anonymous)
def by_name(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A function that sqlglot has no class for."""
    function = BY_NAME.get(node.name.lower())
    if function is None:
        message = f"Cannot resolve routine {errors.quoted(node.name)} on search path [`system`.`builtin`]."
        raise SqlError("UNRESOLVED_ROUTINE", message, "42883")
    return function(compiler, [compiler.expression(item, scope) for item in node.expressions], node)


def _raise_error(compiler: Compiler, values: list[Typed], node: exp.Expr) -> Typed:
    text = as_text(compiler, _only(values, node)).sql
    return Typed(f"error('[USER_RAISED_EXCEPTION] ' || coalesce({text}, '') || ' SQLSTATE: P0001')", VOID)


def _octet_length(compiler: Compiler, values: list[Typed], node: exp.Expr) -> Typed:
    return Typed(f"CAST(octet_length({cast(compiler, _only(values, node), BINARY).sql}) AS INTEGER)", INT)


def _typeof(compiler: Compiler, values: list[Typed], node: exp.Expr) -> Typed:
    return compiler.text(_only(values, node).type.text)


def _is_account_group_member(compiler: Compiler, values: list[Typed], node: exp.Expr) -> Typed:
    """There is but one group, in which everybody is."""
    group = as_text(compiler, _only(values, node)).sql
    return Typed(f"({group} = '{EVERYONE}')", SqlType("boolean"))


def _only(values: list[Typed], node: exp.Expr) -> Typed:
    if len(values) != 1:
        message = (
            f"The {errors.quoted(node.name)} requires 1 parameters but the actual number is {len(values)}."
        )
        raise SqlError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", message, "42605")
    return values[0]


BY_NAME: dict[str, Callable[[Compiler, list[Typed], exp.Expr], Typed]] = {
    "raise_error": _raise_error, "octet_length": _octet_length, "typeof": _typeof,
    "is_account_group_member": _is_account_group_member,
}  # fmt: skip
