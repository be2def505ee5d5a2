"""What Spark calls columns."""

from sqlglot import exp

from tests.workspace.warehouse.duck.compiler import shown


def column_name(node: exp.Expr) -> str:
    """What Spark calls a column that has no alias."""
    match node:
        case exp.Column() | exp.Dot():
            return node.name
        case exp.Literal():
            return str(node.this)
        case exp.Paren():
            return column_name(node.this)
        case exp.Count(this=exp.Star()):
            return "count(1)"
        case exp.Placeholder() | exp.Parameter():
            return shown(node)
        case exp.AggFunc():
            name, bracket, rest = shown(node).partition("(")
            return name.lower() + bracket + rest
        case _:
            return shown(node)
