"""Conditions as a client writes them, read into the tree that plans use; no table is asked yet."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, get_args

from backends.errors import Fault, Invalid, Place
from backends.plan import And, Comparison, Condition, Not, Operator, Or

Item = TypeVar("Item")

MAX_DEPTH = 16
MAX_CONDITIONS = 200
OPERATORS: dict[str, Operator] = {**{op: op for op in get_args(Operator)}, "<>": "!="}


class Refused(ValueError):
    """Why a part of a request cannot be meant, and where inside that part."""

    def __init__(self, msg: str, loc: Place = ()) -> None:
        super().__init__(msg)
        self.msg = msg
        self.loc = loc


def conditions(value: object) -> And:
    """A list of conditions, all of which hold. Places are relative to the list.

    Raises:
        Invalid: it is not such a list.
    """
    if not isinstance(value, list):
        raise Invalid.of([Fault((), "not a list of conditions")])
    reader = _Reader()
    found = tuple([reader.condition(item, (at,), 1) for at, item in enumerate(value)])
    if reader.faults:
        raise Invalid.of(reader.faults)
    return And(found)


def collected(values: Iterable[object], read: Callable[[object], Item]) -> list[Item]:
    """What `read` makes of each value.

    Raises:
        Invalid: it refused one; every refusal is listed with the place of its value.
    """
    found, faults = [], []
    for at, value in enumerate(values):
        try:
            found.append(read(value))
        except Refused as error:
            faults.append(Fault((at, *error.loc), error.msg))
            if len(faults) == Invalid.LISTED:
                break
    if faults:
        raise Invalid.of(faults)
    return found


class _Reader:
    """Reads a tree of conditions, collecting every fault with its place; what is at fault counts as true."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.count = 0

    def condition(self, value: object, loc: Place, depth: int) -> Condition:
        self.count += 1
        if self.count > MAX_CONDITIONS:
            raise Invalid.of([Fault((), f"more than {MAX_CONDITIONS} conditions")])
        if depth > MAX_DEPTH:
            return self._refuse(loc, f"nested more than {MAX_DEPTH} deep")
        match value:
            case {"column": column, **rest} if rest.keys() <= {"op", "value"}:
                return self._comparison(column, rest, loc)
            case {"and": parts, **rest} if not rest:
                return And(self._parts(parts, (*loc, "and"), depth))
            case {"or": parts, **rest} if not rest:
                return Or(self._parts(parts, (*loc, "or"), depth))
            case {"not": part, **rest} if not rest:
                return Not(self.condition(part, (*loc, "not"), depth + 1))
        return self._refuse(
            loc, 'not {"column", "op", "value"}, {"and": [...]}, {"or": [...]} or {"not": {...}}'
        )

    def _refuse(self, loc: Place, msg: str) -> Condition:
        self.faults.append(Fault(loc, msg))
        return And(())

    def _parts(self, parts: object, loc: Place, depth: int) -> tuple[Condition, ...]:
        if not isinstance(parts, list) or not parts:
            self._refuse(loc, "not a list of conditions")
            return ()
        return tuple([self.condition(part, (*loc, at), depth + 1) for at, part in enumerate(parts)])

    def _comparison(self, column: object, rest: Mapping[Any, object], loc: Place) -> Condition:
        if not isinstance(column, str) or not column:
            return self._refuse((*loc, "column"), "not the name of a column")
        op = rest.get("op", "=")
        known = OPERATORS.get(" ".join(op.upper().split())) if isinstance(op, str) else None
        if known is None:
            return self._refuse((*loc, "op"), f"not one of {', '.join(OPERATORS)}")
        try:
            return Comparison(column, known, _operand(known, rest))  # type: ignore[arg-type]
        except Refused as error:
            return self._refuse((*loc, "value", *error.loc), error.msg)


def _operand(op: Operator, condition: Mapping[Any, object]) -> object:
    """The value of a comparison, in the form that its operator takes."""
    value = condition.get("value")
    if op in ("IS NULL", "IS NOT NULL"):
        if value is not None:
            raise Refused(f"{op} takes no value")
        return None
    if "value" not in condition:
        raise Refused(f"{op} needs a value")
    if op in ("IN", "NOT IN", "BETWEEN"):
        return _several(op, value)
    if value is None:
        raise Refused(f"nothing is {op} null: use IS NULL or IS NOT NULL")
    return value


def _several(op: Operator, value: object) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise Refused(f"{op} takes a list")
    if op == "BETWEEN" and len(value) != 2:
        raise Refused("BETWEEN takes a pair")
    if None in value:
        raise Refused("null is found with IS NULL", (value.index(None),))
    return tuple(value)
