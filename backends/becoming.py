"""What a column's type may become, and what becomes of its default and of what checks compare it with."""

from dataclasses import replace
from decimal import Decimal

from backends import types
from backends.errors import Conflict
from backends.misfit import Misfit
from backends.plan import And, Comparison, Condition, Not, Or, Value
from backends.structure import Constant, Structure
from backends.values import compared, reader


def can_become(old: types.Type, new: types.Type) -> bool:
    """Whether every value of one type that another has room for is the same there.

    Whole numbers become whole numbers and DECIMAL, DECIMAL becomes DECIMAL, text becomes text (CHAR,
    whose blanks at the end mean nothing, is made of CHAR only), and a DATE becomes its midnight.
    """
    match old, new:
        case (types.Integer(), types.Integer() | types.Decimal()) | (types.Decimal(), types.Decimal()):
            return True
        case types.String() | types.Varchar() | types.Char(), types.String() | types.Varchar():
            return True
        case (types.Char(), types.Char()) | (types.Date(), types.TimestampNtz()):
            return True
    return old == new


def retyped(before: Structure, column: str, new: types.Type) -> Structure:
    """The structure with a column of another type; its default and what checks compare it with follow.

    Raises:
        Conflict: one of them is no value of that type.
    """
    columns = (replace(each, type=new) if each.name == column else each for each in before.table.columns)
    defaults = dict(before.defaults)
    default = defaults.get(column)
    if isinstance(default, Constant):
        defaults[column] = Constant(_became(default.value, new, column))
    checks = (replace(each, condition=_compared(each.condition, column, new)) for each in before.checks)
    table = replace(before.table, columns=tuple(columns))
    return replace(before, table=table, defaults=defaults, checks=tuple(checks))


def _compared(condition: Condition, column: str, new: types.Type) -> Condition:
    match condition:
        case Comparison(name, _, value):
            if name != column or value is None:
                return condition
            if isinstance(value, tuple):
                return replace(condition, value=tuple(_became(each, compared(new), column) for each in value))
            return replace(condition, value=_became(value, compared(new), column))
        case Not(part):
            return Not(_compared(part, column, new))
        case And(parts):
            return And(tuple(_compared(part, column, new) for part in parts))
        case Or(parts):
            return Or(tuple(_compared(part, column, new) for part in parts))


def _became(value: Value, new: types.Type, column: str) -> Value:
    """A canonical value as another type has it."""
    if isinstance(new, types.TimestampNtz) and isinstance(value, str) and "T" not in value:
        value = f"{value}T00:00:00"
    if isinstance(new, types.Decimal):
        value = f"{Decimal(str(value)).normalize():f}"
    try:
        return reader(new)(value)
    except Misfit as misfit:
        raise Conflict(f'"{column}" has a default or a check with a value that is {misfit.msg}') from misfit
