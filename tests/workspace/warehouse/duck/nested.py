"""Arrays, maps, structs and JSON."""

from __future__ import annotations

from sqlglot import exp

from tests.workspace.warehouse.duck import json_writer
from tests.workspace.warehouse.duck.casts import as_text, cast
from tests.workspace.warehouse.duck.coercion import common_type, differing, same_type
from tests.workspace.warehouse.duck.compiler import Compiler, handles, shown
from tests.workspace.warehouse.duck.dialect import quoted
from tests.workspace.warehouse.duck.functions_python import from_json
from tests.workspace.warehouse.duck.scope import Scope, Typed
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.types import BOOLEAN, INT, STRING, VOID, SqlType, array, parse_schema

FAIL_FAST = exp.VarMap(
    keys=exp.Array(expressions=[exp.Literal.string("mode")]),
    values=exp.Array(expressions=[exp.Literal.string("FAILFAST")]),
)


@handles(exp.FromJson)
def read_json(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """from_json(text, 'type')."""
    text = as_text(compiler, compiler.expression(node.this, scope))
    wanted = node.args.get("expression")
    options = node.args.get("options")
    if not isinstance(wanted, exp.Literal) or not wanted.is_string or (options and options != FAIL_FAST):
        raise errors.unsupported(shown(node))
    kind = parse_schema(wanted.this)
    if not kind.is_nested:
        message = f'Input schema "{kind.text.upper()}" must be a struct, an array, a map or a variant.'
        raise SqlError(
            "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
            f'Cannot resolve "{shown(node)}" due to data type mismatch: {message}',
            "42K09",
        )
    _check_keys(kind, shown(node))
    return Typed(from_json(text.sql, kind, fail_fast=bool(options)), kind, foldable=text.foldable)


def _check_keys(kind: SqlType, what: str) -> None:
    if kind.name == "map" and kind.parts[0] != STRING:
        message = (
            f'Cannot resolve "{what}" due to data type mismatch: Input schema '
            f'"{kind.text.upper()}" can only contain STRING as a key type for a MAP.'
        )
        raise SqlError("DATATYPE_MISMATCH.INVALID_JSON_MAP_KEY_TYPE", message, "42K09")
    for part in kind.parts:
        _check_keys(part, what)


@handles(exp.JSONFormat)
def write_json(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """to_json(value)."""
    value = compiler.expression(node.this, scope)
    if not value.type.is_nested:
        raise errors.unsupported(f"to_json of {value.type.text.upper()}")
    return Typed(json_writer.to_json(value.sql, value.type), STRING)


@handles(exp.ArrayContains)
def array_contains(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Whether an array has a value; NULL if the value is, or if it has not but has a NULL."""
    items = compiler.expression(node.this, scope)
    value = compiler.expression(node.args["expression"], scope)
    kind = common_type(items.type.parts[0], value.type) if items.type.name == "array" else None
    if kind is None:
        raise differing(shown(node), items.type, value.type)
    listed, wanted = cast(compiler, items, array(kind)).sql, cast(compiler, value, kind).sql
    has_null = f"list_count({listed}) < len({listed})"
    sql = (
        f"(CASE WHEN {listed} IS NULL OR {wanted} IS NULL THEN NULL WHEN "
        f"list_contains({listed}, {wanted}) THEN true "
        f"WHEN {has_null} THEN NULL ELSE false END)"
    )
    return Typed(sql, BOOLEAN)


@handles(exp.ArraySize)
def size(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """How many items an array or a map has."""
    value = compiler.expression(node.this, scope)
    match value.type.name:
        case "array":
            return Typed(f"CAST(len({value.sql}) AS INTEGER)", INT)
        case "map":
            return Typed(f"CAST(cardinality({value.sql}) AS INTEGER)", INT)
        case _:
            raise errors.unsupported(shown(node))


@handles(exp.Array)
def make_array(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """array(values)."""
    values = [compiler.expression(item, scope) for item in node.expressions]
    if not values:
        return Typed("CAST([] AS INTEGER[])", array(VOID))
    found = same_type(compiler, shown(node), values)
    return Typed(f"[{', '.join(value.sql for value in found)}]", array(found[0].type))


@handles(exp.Struct)
def make_struct(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """struct(values), named_struct(names and values)."""
    pairs = [_struct_field(compiler, item, scope, place) for place, item in enumerate(node.expressions, 1)]
    kind = SqlType("struct", parts=tuple(v.type for _, v in pairs), names=tuple(name for name, _ in pairs))
    return Typed(f"struct_pack({', '.join(f'{quoted(name)} := {v.sql}' for name, v in pairs)})", kind)


def _struct_field(compiler: Compiler, node: exp.Expr, scope: Scope, place: int) -> tuple[str, Typed]:
    match node:
        case exp.PropertyEQ() | exp.Alias():
            name = node.this.name if isinstance(node, exp.PropertyEQ) else node.alias
            inner = node.args["expression"] if isinstance(node, exp.PropertyEQ) else node.this
            return name, compiler.expression(inner, scope)
        case exp.Column():
            return node.name, compiler.expression(node, scope)
        case _:
            return f"col{place}", compiler.expression(node, scope)


@handles(exp.VarMap, exp.Map)
def make_map(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """map(keys and values in turn), map_from_arrays(keys, values)."""
    keys = compiler.expression(node.args["keys"], scope)
    items = compiler.expression(node.args["values"], scope)
    if keys.type.name != "array" or items.type.name != "array":
        raise errors.unsupported(shown(node))
    return Typed(
        f"map({keys.sql}, {items.sql})", SqlType("map", parts=(keys.type.parts[0], items.type.parts[0]))
    )
