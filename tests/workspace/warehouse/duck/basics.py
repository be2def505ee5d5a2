"""Columns, constants, casts and CASE."""

from __future__ import annotations

from sqlglot import exp

from tests.workspace.warehouse.duck.binding import Bind
from tests.workspace.warehouse.duck.casts import cast, field_of
from tests.workspace.warehouse.duck.coercion import same_type
from tests.workspace.warehouse.duck.compiler import Compiler, handles, shown
from tests.workspace.warehouse.duck.conditions import compared
from tests.workspace.warehouse.duck.dialect import duck_type
from tests.workspace.warehouse.duck.scope import Scope, Typed
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.types import (
    BINARY,
    BOOLEAN,
    DOUBLE,
    VOID,
    SqlType,
    decimal,
    parse_type,
)


@handles(exp.Column)
def column(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A column, or a field within one."""
    assert isinstance(node, exp.Column)
    parts = tuple(part.name for part in node.parts)
    if len(parts) == 1 and parts[0].lower() in scope.aliases:
        return scope.aliases[parts[0].lower()]
    found = scope.find(parts)
    if found is None:
        raise errors.no_column(errors.quoted(*parts), (known.name for known in scope.columns()))
    value, fields = found
    for name in fields:
        value = field(value, name)
    return value


@handles(exp.Dot)
def dot(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A field of what stands before the dot."""
    if isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Identifier):
        parts = [*node.this.parts, node.expression]
        found = scope.find(tuple(part.name for part in parts))
        if found is not None and not found[1]:
            return found[0]
    return field(compiler.expression(node.this, scope), node.expression.name)


def field(value: Typed, name: str) -> Typed:
    """A struct's field by its name, or a map's value by its key.

    Raises:
        SqlError: there is none.
    """
    place = value.type.field(name) if value.type.name == "struct" else None
    if place is not None:
        return field_of(value, place)
    if value.type.name == "struct":
        near = ", ".join(errors.quoted(known) for known in value.type.names)
        message = f"No such struct field {errors.quoted(name)} in {near}."
        raise SqlError("FIELD_NOT_FOUND", message, "42704")
    message = (
        f'Cannot extract a value from "{value.type.text.upper()}". Need a complex type [STRUCT, ARRAY, MAP].'
    )
    raise SqlError("INVALID_EXTRACT_BASE_FIELD_TYPE", message, "42000")


@handles(exp.Bracket)
def bracket(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """An array's item (counted from 0), a map's value by its key, a struct's field."""
    value = compiler.expression(node.this, scope)
    key = compiler.expression(node.expressions[0], scope)
    match value.type.name:
        case "array" if key.type.is_integer:
            size, index = f"len({value.sql})", key.sql
            bad = (
                f"'[INVALID_ARRAY_INDEX] The index ' || {index} || ' is out of bounds. The array "
                f"has ' || {size} || "
            )
            bad += (
                "' elements. Use the SQL function `get()` to tolerate accessing element at invalid index and "
            )
            bad += "return NULL instead. SQLSTATE: 22003'"
            guard = f"CASE WHEN {index} < 0 OR {index} >= {size} THEN error({bad}) ELSE {index} + 1 END"
            return Typed(f"list_extract({value.sql}, CAST({guard} AS BIGINT))", value.type.parts[0])
        case "map":
            wanted = cast(compiler, key, value.type.parts[0])
            return Typed(f"map_extract_value({value.sql}, {wanted.sql})", value.type.parts[1])
        case "struct" if key.constant is not None:
            return field(value, key.constant)
        case _:
            raise errors.unsupported(shown(node))


@handles(exp.Placeholder, exp.Parameter)
def placeholder(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """:name or ?."""
    name = node.this if isinstance(node.this, str) else node.name
    return compiler.parameter(name if name and name != "?" else None)


@handles(exp.Literal)
def literal(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A text or a number."""
    if node.is_string:
        return compiler.text(node.this)
    return number(compiler, node.this)


def number(compiler: Compiler, text: str) -> Typed:
    """A number as it is written: INT, BIGINT, DECIMAL, or DOUBLE where it has an exponent.

    Raises:
        SqlError: it has too many digits.
    """
    if "e" in text.lower():
        return Typed(compiler.bound(Bind(DOUBLE, text=text)), DOUBLE, foldable=True)
    kind = _number_type(text)
    if kind.is_integer:
        return Typed(
            f"CAST({int(text)} AS {'INTEGER' if kind.name == 'int' else 'BIGINT'})", kind, foldable=True
        )
    return Typed(compiler.bound(Bind(kind, text=text)), kind, foldable=True)


def _number_type(text: str) -> SqlType:
    whole, point, behind = text.partition(".")
    if not point:
        value = int(text)
        if value < 1 << 31:
            return parse_type("int")
        return parse_type("bigint") if value < 1 << 63 else decimal(len(str(value)), 0)
    digits = whole.lstrip("0") + behind
    return decimal(max(len(digits), len(behind), 1), len(behind))


@handles(exp.RawString)
def raw_text(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """r'...'."""
    return compiler.text(node.this)


@handles(exp.HexString)
def hex_text(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """x'1F'."""
    digits = node.this if len(node.this) % 2 == 0 else "0" + node.this
    return Typed(f"unhex('{bytes.fromhex(digits).hex()}')", BINARY, foldable=True)


@handles(exp.Null)
def null(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """NULL."""
    return Typed("NULL", VOID, foldable=True)


@handles(exp.Boolean)
def boolean(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """TRUE or FALSE."""
    return Typed("true" if node.this else "false", BOOLEAN, foldable=True)


@handles(exp.Paren)
def paren(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """What stands in brackets."""
    return compiler.expression(node.this, scope)


@handles(exp.Cast)
def cast_to(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """CAST(value AS type)."""
    if node.args.get("format"):
        raise errors.unsupported(shown(node))
    kind = parse_type(node.args["to"].sql("databricks"))
    if kind.name in {"char", "varchar"}:
        raise errors.unsupported(f"CAST to {kind.text.upper()}")
    return cast(compiler, compiler.expression(node.this, scope), kind)


@handles(exp.TryCast)
def try_cast_to(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """TRY_CAST(number AS type): NULL where it has no room."""
    kind = parse_type(node.args["to"].sql("databricks"))
    value = compiler.expression(node.this, scope)
    exact = {"decimal", "tinyint", "smallint", "int", "bigint"}
    if {value.type.name, kind.name} - exact:
        raise errors.unsupported(shown(node))
    digits = f"trunc({value.sql})" if kind.is_integer and value.type.name == "decimal" else value.sql
    return Typed(f"TRY_CAST({digits} AS {duck_type(kind)})", kind)


@handles(exp.Subquery)
def scalar_query(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A query of one column and at most one row as a value."""
    from tests.workspace.warehouse.duck.queries import compile_query

    found = compile_query(compiler, node, scope)
    if len(found.columns) != 1:
        message = f"Scalar subquery must return only one column, but returned {len(found.columns)}."
        raise SqlError(
            "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN", message, "42823"
        )
    return Typed(f"({found.sql})", found.columns[0].type)


@handles(exp.Case)
def case(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """CASE, with a value to compare or without."""
    subject = compiler.expression(node.this, scope) if node.this else None
    tests = []
    for branch in node.args["ifs"]:
        if subject is None:
            tests.append(compiler.condition(branch.this, scope))
        else:
            other = compiler.expression(branch.this, scope)
            tests.append(compared(compiler, "=", subject, other, shown(node)))
    default = node.args.get("default")
    results = [compiler.expression(branch.args["true"], scope) for branch in node.args["ifs"]]
    results.append(compiler.expression(default, scope) if default else Typed("NULL", VOID))
    found = same_type(compiler, shown(node), results)
    whens = " ".join(f"WHEN {test} THEN {value.sql}" for test, value in zip(tests, found, strict=False))
    return Typed(f"(CASE {whens} ELSE {found[-1].sql} END)", found[-1].type)


@handles(exp.If)
def if_else(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """IF(condition, value, value)."""
    test = compiler.condition(node.this, scope)
    results = [compiler.expression(node.args[key], scope) for key in ("true", "false") if node.args.get(key)]
    found = same_type(compiler, shown(node), results)
    return Typed(f"(CASE WHEN {test} THEN {found[0].sql} ELSE {found[-1].sql} END)", found[0].type)
