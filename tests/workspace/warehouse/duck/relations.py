"""What stands in FROM: tables, views, files, INFORMATION_SCHEMA, queries in brackets, joins."""

from __future__ import annotations

from sqlglot import exp

from tests.workspace.warehouse.duck import files
from tests.workspace.warehouse.duck.compiler import Asked, Compiler, Query
from tests.workspace.warehouse.duck.scope import Output, Relation, Scope
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.definitions import RELATIONS
from tests.workspace.warehouse.unity.metastore import INFORMATION
from tests.workspace.warehouse.unity.model import Column, Table
from tests.workspace.warehouse.unity.statement import is_file, parse_tree, parts_of

KINDS = {"": "INNER", "INNER": "INNER", "OUTER": "", "CROSS": "CROSS", "SEMI": "SEMI", "ANTI": "ANTI"}
TABLE_ARGS = {"this", "db", "catalog", "alias"}


def physical_name(table: Table) -> str:
    """A table's name in DuckDB, which has nothing of the name that users gave it."""
    return f"t{table.uid}"


def physical_column(column: Column) -> str:
    """A column's name in DuckDB, which has nothing of the name that users gave it."""
    return f"k{column.number}"


def compile_from(compiler: Compiler, node: exp.Expr, scope: Scope) -> str:
    """FROM and its joins; the scope then has what they offer."""
    source = node.args.get("from_")
    if source is None:
        return ""
    sql = relation(compiler, source.this, scope)
    joins = [*(source.this.args.get("joins") or []), *(node.args.get("joins") or [])]
    for join in joins:
        sql += _join(compiler, join, scope)
    if node.args.get("laterals"):
        raise errors.unsupported("LATERAL VIEW")
    return f" FROM {sql}"


def _join(compiler: Compiler, join: exp.Expr, scope: Scope) -> str:
    if join.args.get("using") or join.args.get("method") or join.args.get("global_"):
        raise errors.unsupported("JOIN ... USING, and NATURAL JOIN")
    side, kind = (join.args.get("side") or "").upper(), (join.args.get("kind") or "").upper()
    if kind not in KINDS:
        raise errors.unsupported(f"{kind} JOIN")
    before = len(scope.relations)
    right = relation(compiler, join.this, scope)
    on = join.args.get("on")
    words = " ".join(
        word for word in (side if side and kind not in {"SEMI", "ANTI"} else "", KINDS[kind]) if word
    )
    if side and KINDS[kind] == "INNER":
        words = side
    if on is None:
        if side or kind in {"SEMI", "ANTI"}:
            raise errors.unsupported(f"{words} JOIN without ON")
        return f" CROSS JOIN {right}"
    condition = compiler.condition(on, scope)
    if kind in {"SEMI", "ANTI"}:
        del scope.relations[before:]
    return f" {words} JOIN {right} ON {condition}"


def relation(compiler: Compiler, node: exp.Expr, scope: Scope) -> str:
    """One relation, which the scope then has; its alias is the SQL's last word.

    Raises:
        SqlError: it is not known, or cannot be found.
    """
    from tests.workspace.warehouse.duck.queries import compile_query

    match node:
        case exp.Table():
            return _table(compiler, node, scope)
        case exp.Subquery():
            query = compile_query(compiler, node, Scope(parent=scope.parent))
            return derived(compiler, query, node.alias, scope, _names(node))
        case exp.Values():
            query = compile_query(compiler, node, Scope(parent=scope.parent))
            return derived(compiler, query, node.alias, scope, _names(node))
        case _:
            raise errors.unsupported(f"FROM {type(node).__name__}")


def _names(node: exp.Expr) -> tuple[str, ...]:
    alias = node.args.get("alias")
    columns = alias.args.get("columns") if alias is not None else None
    return tuple(column.name for column in columns or ())


def derived(compiler: Compiler, query: Query, name: str, scope: Scope, names: tuple[str, ...] = ()) -> str:
    """A query in FROM, under a name of its own or none; its columns may be renamed."""
    alias = compiler.alias()
    if names and len(names) != len(query.columns):
        raise errors.unsupported("an alias with another number of columns than its query")
    columns = tuple(
        Output(names[place] if names else column.name, column.type, f"{alias}.c{place}")
        for place, column in enumerate(query.columns)
    )
    scope.relations.append(Relation(name, columns))
    return f"({query.sql}) AS {alias}"


def _table(compiler: Compiler, node: exp.Table, scope: Scope) -> str:
    extra = {key for key, value in node.args.items() if value} - TABLE_ARGS - {"joins"}
    if extra:
        raise errors.unsupported(f"a table with {', '.join(sorted(extra))}")
    if isinstance(node.this, exp.Anonymous):
        return derived(compiler, files.read_files(compiler, node.this), node.alias, scope, _names(node))
    if is_file(node):
        return derived(compiler, files.read_parquet(compiler, node.name), node.alias, scope, _names(node))
    parts = parts_of(node)
    if len(parts) == 1 and parts[0].lower() in compiler.queries:
        return derived(
            compiler, compiler.queries[parts[0].lower()], node.alias or parts[0], scope, _names(node)
        )
    full = compiler.session.resolve(parts)
    if full[1] == INFORMATION:
        return _information(compiler, full, parts, node, scope)
    table = compiler.session.table(parts)
    compiler.tables[parts] = table
    if table.is_view:
        return _view(compiler, table, node, scope)
    return scan(compiler, table, node.alias, scope)


def scan(compiler: Compiler, table: Table, name: str, scope: Scope) -> str:
    """A table in FROM, under an alias or its own name."""
    alias = compiler.alias()
    columns = tuple(Output(c.name, c.type, f"{alias}.{physical_column(c)}") for c in table.columns)
    qualifiers = () if name else table.parts
    scope.relations.append(Relation(name or table.name, columns, qualifiers))
    return f"{physical_name(table)} AS {alias}"


def _equal(compiler: Compiler, node: exp.Table) -> dict[str, int]:
    """The columns of a relation that must be equal to a parameter, and which: other rows need not be made."""
    select = node.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    parts = (
        [] if where is None else [*where.this.flatten()] if isinstance(where.this, exp.And) else [where.this]
    )
    return {
        part.this.name.lower(): compiler.place(part.expression.name)
        for part in parts
        if isinstance(part, exp.EQ)
        and isinstance(part.this, exp.Column)
        and part.this.table == node.alias
        and isinstance(part.expression, exp.Placeholder)
    }


def _information(
    compiler: Compiler, full: tuple[str, str, str], parts: tuple[str, ...], node: exp.Table, scope: Scope
) -> str:
    catalog, _, name = full
    if name not in RELATIONS:
        raise errors.no_table(*parts)
    alias, source = compiler.alias(), f"i_{compiler.alias()}"
    compiler.information[source] = Asked(catalog, name, _equal(compiler, node))
    columns = tuple(Output(column, kind, f"{alias}.{column}") for column, kind in RELATIONS[name].items())
    scope.relations.append(Relation(node.alias or name, columns, () if node.alias else full))
    return f"{source} AS {alias}"


def _view(compiler: Compiler, view: Table, node: exp.Table, scope: Scope) -> str:
    from tests.workspace.warehouse.duck.queries import compile_query

    inner = Compiler(compiler.unrestricted(view), binds=compiler.binds, tables=compiler.tables)
    inner.start_aliases(compiler)
    query = compile_query(inner, parse_tree(view.query or ""), Scope())
    compiler.start_aliases(inner)
    names = tuple(column.name for column in view.columns)
    return derived(compiler, query, node.alias or view.name, scope, _names(node) or names)
