"""MERGE: what becomes of each row is worked out first; then rows go, change and come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from tests.workspace.warehouse.duck.assignment import checks, default_of, must_take, stored
from tests.workspace.warehouse.duck.compiler import Compiler
from tests.workspace.warehouse.duck.dialect import duck_type
from tests.workspace.warehouse.duck.merge_steps import Clause, acts, apply_steps, deeds, staging_name
from tests.workspace.warehouse.duck.plans import Plan, Step
from tests.workspace.warehouse.duck.relations import physical_column, relation, scan
from tests.workspace.warehouse.duck.scope import Relation, Scope, Typed
from tests.workspace.warehouse.duck.writes import assignments, is_default, must_have_only, target_of
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import Statement, errors
from tests.workspace.warehouse.unity.model import Column, Table

MERGE_ARGS = {"this", "using", "on", "whens"}
WORDS = {"NOT_MATCHED": "NOT MATCHED", "BY_SOURCE": "NOT MATCHED BY SOURCE", "MATCHED": "MATCHED"}


@dataclass(frozen=True, slots=True)
class _Sides:
    """The target and the source, and their aliases in the SQL."""

    table: Table
    target: Relation
    source: Relation
    row: str
    other: str

    def scope(self, about: str) -> Scope:
        """What a clause may refer to."""
        relations = {
            "MATCHED": [self.target, self.source],
            "NOT_MATCHED": [self.source],
            "BY_SOURCE": [self.target],
        }
        return Scope(relations[about])

    def own(self, column: Column) -> Typed:
        """A column of the target's row as it is."""
        return Typed(f"{self.row}.{physical_column(column)}", column.type)


def compile_merge(compiler: Compiler, statement: Statement) -> Plan:
    """MERGE INTO.

    Raises:
        SqlError: it cannot be compiled.
    """
    node, table = statement.tree, target_of(compiler, statement)
    assert isinstance(node, exp.Merge)
    must_have_only(node, MERGE_ARGS)
    scope = Scope()
    target = scan(compiler, table, node.this.alias, scope)
    source = relation(compiler, node.args["using"], scope)
    row, other = (sql.rpartition(" ")[2] for sql in (target, source))
    sides = _Sides(table, scope.relations[0], scope.relations[1], row, other)
    condition = compiler.condition(node.args["on"], scope)
    clauses = [_clause(compiler, sides, when) for when in node.args["whens"].expressions]
    _check_order(clauses)
    join = _join(clauses)
    joined = f"(SELECT {other}.*, true AS here FROM {source}) AS {other} {join} JOIN {target} ON {condition}"
    rows = Step(_rows(compiler, sides, clauses, joined))
    return Plan(compiler, {"rows": rows, **apply_steps(table, clauses)}, target=table, deeds=deeds(clauses))


def _join(clauses: Sequence[Clause]) -> str:
    about = {clause.about for clause in clauses}
    if "BY_SOURCE" in about:
        return "FULL" if "NOT_MATCHED" in about else "RIGHT"
    return "LEFT" if "NOT_MATCHED" in about else "INNER"


def _clause(compiler: Compiler, sides: _Sides, when: exp.Expr) -> Clause:
    about = (
        "MATCHED" if when.args.get("matched") else "BY_SOURCE" if when.args.get("source") else "NOT_MATCHED"
    )
    scope = sides.scope(about)
    present = {
        "MATCHED": f"{sides.row}.rowid IS NOT NULL AND {sides.other}.here",
        "NOT_MATCHED": f"{sides.row}.rowid IS NULL",
        "BY_SOURCE": f"{sides.other}.here IS NULL",
    }[about]
    condition = when.args.get("condition")
    test = f"{present} AND {compiler.condition(condition, scope)}" if condition is not None else present
    action, values = _action(compiler, sides, when.args["then"], scope)
    return Clause(about, action, test, condition is not None, values)


def _action(compiler: Compiler, sides: _Sides, then: exp.Expr, scope: Scope) -> tuple[str, dict[int, Typed]]:
    match then:
        case exp.Update():
            return "update", _updated(compiler, sides, then, scope)
        case exp.Insert():
            return "insert", _inserted(compiler, sides, then, scope)
        case exp.Var() if then.name.upper() == "DELETE":
            return "delete", {}
        case _:
            raise errors.unsupported(f"WHEN ... THEN {then.sql('databricks')}")


def _updated(compiler: Compiler, sides: _Sides, then: exp.Update, scope: Scope) -> dict[int, Typed]:
    own = {column.number: sides.own(column) for column in sides.table.columns}
    if any(isinstance(item, exp.Star) for item in then.expressions):
        return own | _all_from_source(compiler, sides, strict=False)
    return own | assignments(compiler, sides.table, then.expressions, scope)


def _inserted(compiler: Compiler, sides: _Sides, then: exp.Insert, scope: Scope) -> dict[int, Typed]:
    table = sides.table
    if isinstance(then.this, exp.Star):
        given = _all_from_source(compiler, sides, strict=True)
    else:
        names = then.this.expressions if then.this is not None else []
        columns = [table.column(name.name) for name in names] or list(table.columns)
        items = then.expression.expressions
        if len(columns) != len(items):
            raise errors.unsupported(f"INSERT of {len(items)} values into {len(columns)} columns")
        pairs = zip(columns, items, strict=True)
        given = {column.number: _value(compiler, sides, column, item, scope) for column, item in pairs}
    missing = (column for column in table.columns if column.number not in given)
    return given | {column.number: default_of(compiler, table, column) for column in missing}


def _value(compiler: Compiler, sides: _Sides, column: Column, node: exp.Expr, scope: Scope) -> Typed:
    if is_default(node):
        return default_of(compiler, sides.table, column)
    must_take(sides.table, column)
    return stored(compiler, sides.table, column, compiler.expression(node, scope), inserted=False)


def _all_from_source(compiler: Compiler, sides: _Sides, *, strict: bool) -> dict[int, Typed]:
    """UPDATE SET * and INSERT *: each column gets what the source calls by its name."""
    found = {}
    scope = Scope([sides.source])
    for column in sides.table.columns:
        match = scope.find((column.name,))
        if match is None:
            raise errors.no_column(errors.quoted(column.name), (known.name for known in sides.source.columns))
        if strict:
            must_take(sides.table, column)
        found[column.number] = stored(compiler, sides.table, column, match[0], inserted=False)
    return found


def _check_order(clauses: Sequence[Clause]) -> None:
    """Only the last clause of its kind may have no condition."""
    for about, words in WORDS.items():
        same = [clause for clause in clauses if clause.about == about]
        if any(not clause.conditional for clause in same[:-1]):
            kind = "NOT_MATCHED_BY_TARGET" if about == "NOT_MATCHED" else words.replace(" ", "_")
            message = (
                f"When there are more than one {words} clauses in a MERGE statement, only the "
                f"last {words} clause can "
                "omit the condition."
            )
            raise SqlError(f"NON_LAST_{kind}_CLAUSE_OMIT_CONDITION", message, "42613")


def _rows(compiler: Compiler, sides: _Sides, clauses: Sequence[Clause], joined: str) -> str:
    """The statement that works out all rows that something becomes of, `act` being the clause."""
    whens = " ".join(f"WHEN {clause.test} THEN {place}" for place, clause in enumerate(clauses))
    items = [f"{sides.row}.rowid AS rid", f"CASE {whens} END AS act"]
    items += [_new_value(column, clauses) for column in sides.table.columns]
    rows = compiler.alias()
    test = checks(compiler, sides.table, rows)
    deletes = acts(clauses, "delete")
    valid = f"CASE WHEN {rows}.act IN ({deletes}) THEN true ELSE {test} END" if deletes else test
    inner = f"SELECT {', '.join(items)} FROM {joined} WHERE act IS NOT NULL"
    return f"INSERT INTO {staging_name(sides.table)} SELECT * FROM ({inner}) AS {rows} WHERE {valid}"


def _new_value(column: Column, clauses: Sequence[Clause]) -> str:
    whens = " ".join(
        f"WHEN {place} THEN {clause.values[column.number].sql}"
        for place, clause in enumerate(clauses)
        if clause.action != "delete"
    )
    kind = duck_type(column.type)
    name = physical_column(column)
    return f"CAST(CASE act {whens} END AS {kind}) AS {name}" if whens else f"CAST(NULL AS {kind}) AS {name}"
