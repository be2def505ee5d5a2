"""Conditions as text, for what cannot be bound: a CHECK is part of a table's own SQL."""

from collections.abc import Callable

from backends.plan import And, Comparison, Condition, Not, Or, Value

Operand = Callable[[str], str]
Literal = Callable[[str, Value], str]


def check_sql(condition: Condition, operand: Operand, literal: Literal) -> str:
    """A condition of `structure.CHECKABLE` operators.

    `operand` gives a column as it is compared, `literal` a value of a column as it is compared with.
    """
    match condition:
        case Comparison():
            return _comparison(condition, operand(condition.column), literal)
        case Not(part):
            return f"(NOT {check_sql(part, operand, literal)})"
        case And(parts):
            return f"({' AND '.join(check_sql(part, operand, literal) for part in parts) or '1 = 1'})"
        case Or(parts):
            return f"({' OR '.join(check_sql(part, operand, literal) for part in parts) or '1 = 0'})"


def _comparison(comparison: Comparison, operand: str, literal: Literal) -> str:
    column, op, value = comparison.column, comparison.op, comparison.value
    if op in ("IS NULL", "IS NOT NULL"):
        return f"({operand} {op})"
    values = value if isinstance(value, tuple) else (value,)
    texts = [literal(column, each) for each in values]
    if op == "BETWEEN":
        return f"({operand} BETWEEN {texts[0]} AND {texts[1]})"
    if op in ("IN", "NOT IN"):
        return f"({operand} {op} ({', '.join(texts)}))" if texts else ("(1 = 0)" if op == "IN" else "(1 = 1)")
    return f"({operand} {op} {texts[0]})"
