"""INSERT, UPDATE and DELETE: each is one statement of DuckDB's, and so all or nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from tests.workspace.warehouse.duck.assignment import checks, default_of, must_take, stored
from tests.workspace.warehouse.duck.compiler import Compiler, Query, shown
from tests.workspace.warehouse.duck.plans import Plan, Step
from tests.workspace.warehouse.duck.queries import compile_query
from tests.workspace.warehouse.duck.relations import physical_column, physical_name, scan
from tests.workspace.warehouse.duck.scope import Scope, Typed
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import Statement, errors
from tests.workspace.warehouse.unity.model import Column, Table

INSERT_ARGS = {"this", "expression", "overwrite"}
UPDATE_ARGS = {"this", "expressions", "where"}
DELETE_ARGS = {"this", "where"}


def target_of(compiler: Compiler, statement: Statement) -> Table:
    """The table that a statement writes to."""
    parts = statement.writes or ()
    table = compiler.session.table(parts)
    compiler.tables[parts] = table
    return table


def must_have_only(node: exp.Expr, known: set[str]) -> None:
    """Let no clause pass that is not known.

    Raises:
        SqlError: there is one.
    """
    unknown = sorted(key for key, value in node.args.items() if value and key not in known)
    if unknown:
        raise errors.unsupported(f"{type(node).__name__.upper()} with {', '.join(unknown)}")


def compile_insert(compiler: Compiler, statement: Statement) -> Plan:
    """INSERT INTO, and INSERT OVERWRITE.

    Raises:
        SqlError: it cannot be compiled.
    """
    node, table = statement.tree, target_of(compiler, statement)
    assert isinstance(node, exp.Insert)
    must_have_only(node, INSERT_ARGS)
    named = [name.name for name in node.this.expressions] if isinstance(node.this, exp.Schema) else []
    query = _source(compiler, table, node, named)
    steps = {"insert": insert_step(compiler, table, query, named)}
    if node.args.get("overwrite"):
        steps = {"delete": Step(f"DELETE FROM {physical_name(table)}"), **steps}
    return Plan(compiler, steps, target=table)


def insert_step(compiler: Compiler, table: Table, query: Query, named: Sequence[str]) -> Step:
    """The statement that appends a query's rows to a table: into the named columns, or all if none is.

    Raises:
        SqlError: the query has other columns than are wanted, or of other types.
    """
    columns = _named_columns(table, named)
    if len(columns) != len(query.columns):
        raise _arity(table, columns, query)
    source, rows = compiler.alias(), compiler.alias()
    values = {
        column.number: stored(
            compiler, table, column, Typed(f"{source}.c{place}", output.type), inserted=True
        )
        for place, (column, output) in enumerate(zip(columns, query.columns, strict=True))
    }
    for column in table.columns:
        if column.number in values:
            must_take(table, column)
        else:
            values[column.number] = default_of(compiler, table, column)
    items = ", ".join(f"{values[c.number].sql} AS {physical_column(c)}" for c in table.columns)
    names = ", ".join(physical_column(column) for column in table.columns)
    inner = f"SELECT {items} FROM ({query.sql}) AS {source}"
    where = checks(compiler, table, rows)
    return Step(
        f"INSERT INTO {physical_name(table)} ({names}) SELECT {names} FROM ({inner}) AS {rows} WHERE {where}"
    )


def _source(compiler: Compiler, table: Table, node: exp.Insert, named: Sequence[str]) -> Query:
    source = node.args.get("expression")
    if source is None:
        raise errors.unsupported("INSERT without rows")
    if not isinstance(source, exp.Values):
        return compile_query(compiler, source, Scope())
    return compile_query(compiler, _with_defaults(table, source, named), Scope())


def _with_defaults(table: Table, source: exp.Values, named: Sequence[str]) -> exp.Values:
    """VALUES with the columns' defaults in the place of the word DEFAULT."""
    from tests.workspace.warehouse.unity.statement import parse_expression

    if not any(is_default(item) for item in source.find_all(exp.Column, exp.Var)):
        return source
    columns = _named_columns(table, named)
    found = source.copy()
    for row in found.expressions:
        for place, item in enumerate(list(row.expressions)):
            if is_default(item) and place < len(columns):
                item.replace(parse_expression(columns[place].default or "NULL"))
    return found


def is_default(node: exp.Expr) -> bool:
    """Whether this is the word DEFAULT."""
    match node:
        case exp.Var():
            return node.name.upper() == "DEFAULT"
        case exp.Column():
            return len(node.parts) == 1 and node.name.upper() == "DEFAULT" and not node.this.quoted
        case _:
            return False


def _named_columns(table: Table, named: Sequence[str]) -> list[Column]:
    columns = [table.column(name) for name in named] or list(table.columns)
    if len({column.number for column in columns}) < len(columns):
        raise SqlError(
            "DELTA_DUPLICATE_COLUMNS_ON_INSERT", "Duplicate column names in INSERT clause", "42701"
        )
    return columns


def _arity(table: Table, columns: Sequence[Column], query: Query) -> SqlError:
    if len(query.columns) > len(columns):
        message = "A schema mismatch detected when writing to the Delta table."
        return SqlError("DELTA_METADATA_MISMATCH", f"{message} Table: {table.full_name}.", "42KDG")
    message = (
        f"Cannot write to {errors.quoted(*table.parts)}, the reason is not enough data columns:\nTable "
        f"columns: {', '.join(errors.quoted(c.name) for c in columns)}.\nData columns: "
        f"{', '.join(errors.quoted(c.name) for c in query.columns)}."
    )
    return SqlError("INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS", message, "21S01")


def compile_update(compiler: Compiler, statement: Statement) -> Plan:
    """UPDATE.

    Raises:
        SqlError: it cannot be compiled.
    """
    node, table = statement.tree, target_of(compiler, statement)
    assert isinstance(node, exp.Update)
    must_have_only(node, UPDATE_ARGS)
    scope = Scope()
    source = scan(compiler, table, node.this.alias, scope)
    alias = source.rpartition(" ")[2]
    values = assignments(compiler, table, node.expressions, scope)
    items = [f"{alias}.rowid AS rid"]
    for column in table.columns:
        own = Typed(f"{alias}.{physical_column(column)}", column.type)
        items.append(f"{values.get(column.number, own).sql} AS {physical_column(column)}")
    rows = compiler.alias()
    where = node.args.get("where")
    condition = compiler.condition(where.this, scope) if where is not None else "true"
    inner = f"SELECT {', '.join(items)} FROM {source} WHERE {condition}"
    new = f"SELECT * FROM ({inner}) AS {rows} WHERE {checks(compiler, table, rows)}"
    names = [physical_column(column) for column in table.columns if column.number in values]
    sets = ", ".join(f"{name} = n.{name}" for name in names)
    sql = (
        f"UPDATE {physical_name(table)} SET {sets} FROM ({new}) AS n WHERE "
        f"{physical_name(table)}.rowid = n.rid"
    )
    return Plan(compiler, {"update": Step(sql)}, target=table)


def assignments(
    compiler: Compiler, table: Table, nodes: Sequence[exp.Expr], scope: Scope
) -> dict[int, Typed]:
    """SET's new values, by their columns' numbers; the scope's first relation is the target.

    Raises:
        SqlError: a column is set twice, or to what does not go into it.
    """
    found: dict[int, Typed] = {}
    for node in nodes:
        if not isinstance(node, exp.EQ) or not isinstance(node.this, exp.Column):
            raise errors.unsupported(f"SET {shown(node)}")
        column = table.column(_set_name(table, node.this, scope))
        if column.identity is not None:
            message = f"UPDATE on IDENTITY column {column.name} is not supported."
            raise SqlError("DELTA_IDENTITY_COLUMNS_UPDATE_NOT_SUPPORTED", message, "42808")
        if column.number in found:
            message = f"There is a conflict from these SET columns: {errors.quoted(column.name)}."
            raise SqlError("DELTA_CONFLICT_SET_COLUMN", message, "42701")
        found[column.number] = _assigned(compiler, table, column, node.expression, scope)
    return found


def _assigned(compiler: Compiler, table: Table, column: Column, node: exp.Expr, scope: Scope) -> Typed:
    if is_default(node):
        return default_of(compiler, table, column)
    return stored(compiler, table, column, compiler.expression(node, scope), inserted=False)


def _set_name(table: Table, node: exp.Column, scope: Scope) -> str:
    """The column that SET names, which may be qualified by the target."""
    parts = tuple(part.name for part in node.parts)
    if len(parts) > 1 and not scope.relations[0].answers_to(parts[:-1]):
        raise errors.unsupported(f"SET of the nested field {shown(node)}")
    return parts[-1]


def compile_delete(compiler: Compiler, statement: Statement) -> Plan:
    """DELETE.

    Raises:
        SqlError: it cannot be compiled.
    """
    node, table = statement.tree, target_of(compiler, statement)
    assert isinstance(node, exp.Delete)
    must_have_only(node, DELETE_ARGS)
    scope = Scope()
    source = scan(compiler, table, node.this.alias, scope)
    where = node.args.get("where")
    if where is None:
        return Plan(compiler, {"delete": Step(f"DELETE FROM {physical_name(table)}")}, target=table)
    condition = compiler.condition(where.this, scope)
    return Plan(compiler, {"delete": Step(f"DELETE FROM {source} WHERE {condition}")}, target=table)
