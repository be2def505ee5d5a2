"""SELECT, UNION and the like, VALUES, WITH."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from tests.workspace.warehouse.duck.aggregates import ordered
from tests.workspace.warehouse.duck.casts import cast, field_of
from tests.workspace.warehouse.duck.coercion import common_type, differing
from tests.workspace.warehouse.duck.compiler import Compiler, Query, shown
from tests.workspace.warehouse.duck.limits import limits
from tests.workspace.warehouse.duck.names import column_name
from tests.workspace.warehouse.duck.relations import compile_from
from tests.workspace.warehouse.duck.scope import Output, Scope, Typed
from tests.workspace.warehouse.duck.values_query import compile_values
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.types import SqlType

KNOWN = {
    "expressions", "from_", "joins", "laterals", "where", "group", "having", "order", "limit",
    "offset", "distinct",
    "with_", "alias", "this", "expression", "kind", "hint",
}  # fmt: skip
WORDS = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}


@dataclass(frozen=True, slots=True)
class _Item:
    """One column of a SELECT; a generator makes rows of an array."""

    name: str
    value: Typed
    generator: str = ""


def compile_query(compiler: Compiler, node: exp.Expr, outer: Scope) -> Query:
    """A query; what it does not find by itself it may find in the scope around it.

    Raises:
        SqlError: something in it is not known, a name cannot be found, or types do not fit.
    """
    unknown = sorted(key for key, value in node.args.items() if value and key not in KNOWN)
    if unknown:
        raise errors.unsupported(f"{type(node).__name__.upper()} with {', '.join(unknown)}")
    known = dict(compiler.queries)
    _name_queries(compiler, node, outer)
    try:
        return _compiled(compiler, node, outer)
    finally:
        compiler.queries = known


def _name_queries(compiler: Compiler, node: exp.Expr, outer: Scope) -> None:
    named = node.args.get("with_")
    if named is None:
        return
    if named.args.get("recursive"):
        raise errors.unsupported("WITH RECURSIVE")
    for cte in named.expressions:
        query = compile_query(compiler, cte.this, outer)
        names = [column.name for column in cte.args["alias"].args.get("columns") or ()]
        if names:
            renamed = tuple(Output(n, c.type) for n, c in zip(names, query.columns, strict=True))
            query = Query(query.sql, renamed)
        compiler.queries[cte.alias.lower()] = query


def _compiled(compiler: Compiler, node: exp.Expr, outer: Scope) -> Query:
    match node:
        case exp.Select():
            return _select(compiler, node, outer)
        case exp.SetOperation():
            return _combined(compiler, node, outer)
        case exp.Subquery():
            inner = compile_query(compiler, node.this, outer)
            return _limited(compiler, node, inner) if _has_tail(node) else inner
        case exp.Values():
            return compile_values(compiler, node, outer)
        case _:
            raise errors.unsupported(f"the query {shown(node)}")


def _has_tail(node: exp.Expr) -> bool:
    return any(node.args.get(key) for key in ("order", "limit", "offset"))


def _select(compiler: Compiler, node: exp.Select, outer: Scope) -> Query:
    scope = Scope(parent=outer if outer.relations or outer.parent else None)
    source = compile_from(compiler, node, scope)
    where = node.args.get("where")
    if where is not None:
        source += f" WHERE {compiler.condition(where.this, scope)}"
    items = _items(compiler, node, scope)
    visible = Scope(scope.relations, scope.parent, _aliases(scope, items))
    source += _group(compiler, node, visible, items)
    having = node.args.get("having")
    if having is not None:
        source += f" HAVING {compiler.condition(having.this, visible)}"
    distinct = _distinct(node)
    tail = _order(compiler, node, Scope(scope.relations, scope.parent, _by_name(items)), items) + limits(
        compiler, node
    )
    if any(item.generator for item in items):
        return _generated(compiler, node, source, items, distinct)
    listed = ", ".join(f"{item.value.sql} AS c{place}" for place, item in enumerate(items))
    return Query(f"SELECT {distinct}{listed}{source}{tail}", _outputs(items))


def _outputs(items: list[_Item]) -> tuple[Output, ...]:
    return tuple(Output(item.name, item.value.type) for item in items)


def _distinct(node: exp.Expr) -> str:
    distinct = node.args.get("distinct")
    if distinct is None:
        return ""
    if distinct.args.get("on"):
        raise errors.unsupported("DISTINCT ON")
    return "DISTINCT "


def _aliases(scope: Scope, items: list[_Item]) -> dict[str, Typed]:
    """Aliases that GROUP BY and HAVING may use: a column of that name goes before them."""
    found = _by_name(items)
    return {name: value for name, value in found.items() if not any(r.find(name) for r in scope.relations)}


def _by_name(items: list[_Item]) -> dict[str, Typed]:
    return {item.name.lower(): item.value for item in items if not item.generator}


def _items(compiler: Compiler, node: exp.Select, scope: Scope) -> list[_Item]:
    found: list[_Item] = []
    for item in node.expressions:
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            found += _star(item, scope)
        else:
            found.append(_item(compiler, item, scope))
    return found


def _star(node: exp.Expr, scope: Scope) -> list[_Item]:
    if node.args.get("except_") or node.args.get("replace") or node.args.get("rename"):
        raise errors.unsupported(shown(node))
    if isinstance(node, exp.Column):
        qualifier = tuple(part.name for part in node.parts[:-1])
        relation = scope.of(qualifier)
        if relation is None:
            raise errors.no_column(errors.quoted(*qualifier) + ".*", ())
        columns = list(relation.columns)
    else:
        columns = list(scope.columns())
    return [_Item(column.name, Typed(column.sql, column.type)) for column in columns]


def _item(compiler: Compiler, node: exp.Expr, scope: Scope) -> _Item:
    inner = node.this if isinstance(node, exp.Alias) else node
    if isinstance(inner, exp.Explode | exp.Inline) and type(inner) in {exp.Explode, exp.Inline}:
        return _generator(compiler, inner, node.alias, scope)
    if isinstance(node, exp.Aliases):
        raise errors.unsupported(shown(node))
    return _Item(node.alias or column_name(inner), compiler.expression(inner, scope))


def _generator(compiler: Compiler, node: exp.Expr, alias: str, scope: Scope) -> _Item:
    value = compiler.expression(node.this, scope)
    inline = isinstance(node, exp.Inline)
    kind = value.type.parts[0] if value.type.name == "array" else None
    if kind is None or (inline and kind.name != "struct"):
        raise errors.unsupported(f"{shown(node)} of {value.type.text.upper()}")
    return _Item(alias or "col", Typed(value.sql, kind), "inline" if inline else "explode")


def _generated(compiler: Compiler, node: exp.Select, source: str, items: list[_Item], distinct: str) -> Query:
    """A SELECT with explode or inline: rows are made first, then a struct's fields are taken from them."""
    if sum(1 for item in items if item.generator) > 1:
        message = "The generator is not supported: only one generator allowed per SELECT clause."
        raise SqlError("UNSUPPORTED_GENERATOR.MULTI_GENERATOR", message, "42K0E")
    if distinct or _has_tail(node) or node.args.get("group"):
        raise errors.unsupported("DISTINCT, GROUP BY, ORDER BY or LIMIT beside explode")
    inner = ", ".join(
        f"{f'unnest({item.value.sql})' if item.generator else item.value.sql} AS g{place}"
        for place, item in enumerate(items)
    )
    outer: list[tuple[str, Typed]] = []
    for place, item in enumerate(items):
        value = Typed(f"g{place}", item.value.type)
        if item.generator == "inline":
            outer += [(name, field_of(value, n)) for n, name in enumerate(value.type.names)]
        else:
            outer.append((item.name, value))
    listed = ", ".join(f"{value.sql} AS c{place}" for place, (_, value) in enumerate(outer))
    columns = tuple(Output(name, value.type) for name, value in outer)
    return Query(f"SELECT {listed} FROM (SELECT {inner}{source})", columns)


def _group(compiler: Compiler, node: exp.Select, scope: Scope, items: list[_Item]) -> str:
    group = node.args.get("group")
    if group is None:
        return ""
    if any(value for key, value in group.args.items() if key != "expressions"):
        raise errors.unsupported("GROUP BY ALL, CUBE, ROLLUP or GROUPING SETS")
    keys = [_by_place(item, items) or compiler.expression(item, scope) for item in group.expressions]
    return f" GROUP BY {', '.join(key.sql for key in keys)}"


def _by_place(node: exp.Expr, items: list[_Item]) -> Typed | None:
    """The column that a number in GROUP BY or ORDER BY means."""
    if not isinstance(node, exp.Literal) or node.is_string:
        return None
    place = int(node.this)
    if not 1 <= place <= len(items):
        raise errors.unsupported(f"the position {place} in GROUP BY or ORDER BY")
    return items[place - 1].value


def _order(compiler: Compiler, node: exp.Expr, scope: Scope, items: list[_Item]) -> str:
    order = node.args.get("order")
    if order is None:
        return ""
    keys = []
    for item in order.expressions:
        place = _by_place(item.this, items)
        value = place or compiler.expression(item.this, scope)
        keys.append(ordered(item, value))
    return f" ORDER BY {', '.join(keys)}"


def _limited(compiler: Compiler, node: exp.Expr, query: Query) -> Query:
    """A query with ORDER BY and LIMIT of its own around it."""
    alias = compiler.alias()
    items = [_Item(c.name, Typed(f"{alias}.c{n}", c.type)) for n, c in enumerate(query.columns)]
    order = _order(compiler, node, Scope(aliases=_by_name(items)), items)
    listed = ", ".join(f"{item.value.sql} AS c{place}" for place, item in enumerate(items))
    return Query(
        f"SELECT {listed} FROM ({query.sql}) AS {alias}{order}{limits(compiler, node)}", query.columns
    )


def _combined(compiler: Compiler, node: exp.SetOperation, outer: Scope) -> Query:
    left = compile_query(compiler, node.this, outer)
    right = compile_query(compiler, node.expression, outer)
    word = WORDS[type(node)]
    if len(left.columns) != len(right.columns):
        message = (
            f"{word} can only be performed on inputs with the same number of columns, but the "
            f"first input has {len(left.columns)} columns and the second input has "
            f"{len(right.columns)} columns."
        )
        raise SqlError("NUM_COLUMNS_MISMATCH", message, "42826")
    kinds = [_common(word, a.type, b.type) for a, b in zip(left.columns, right.columns, strict=True)]
    every = " ALL" if not node.args.get("distinct") else ""
    sql = f"({_recast(compiler, left, kinds)}) {word}{every} ({_recast(compiler, right, kinds)})"
    columns = tuple(Output(c.name, kind) for c, kind in zip(left.columns, kinds, strict=True))
    query = Query(sql, columns)
    return _limited(compiler, node, query) if _has_tail(node) else query


def _common(word: str, left: SqlType, right: SqlType) -> SqlType:
    kind = common_type(left, right)
    if kind is None:
        raise differing(word, left, right)
    return kind


def _recast(compiler: Compiler, query: Query, kinds: list[SqlType]) -> str:
    alias = compiler.alias()
    found = [cast(compiler, Typed(f"{alias}.c{n}", c.type), kinds[n]) for n, c in enumerate(query.columns)]
    listed = ", ".join(f"{value.sql} AS c{place}" for place, value in enumerate(found))
    return f"SELECT {listed} FROM ({query.sql}) AS {alias}"
