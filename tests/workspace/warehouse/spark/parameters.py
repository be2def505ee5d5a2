"""A statement's parameters, as Spark takes them."""

import itertools
from collections.abc import Iterator

from tests.workspace.warehouse.engine import Parameter
from tests.workspace.warehouse.spark.names import text_of
from tests.workspace.warehouse.unity import Parameters
from tests.workspace.warehouse.unity.scanner import Kind, Token, scan


def bound(sql: str, parameters: Parameters) -> tuple[str, dict[str, str]]:
    """A text, and the values of the parameters that are left in it.

    STRINGs stay parameters, and get names where they have none. All others, and NULLs, become casts.
    """
    if all(parameter.name and _is_text(parameter) for parameter in parameters):
        return sql, {str(parameter.name): str(parameter.value) for parameter in parameters}
    binder = _Binder(parameters)
    pieces, place = [], 0
    for start, end, piece in binder.changes(scan(sql)):
        pieces += [sql[place:start], piece]
        place = end
    return "".join((*pieces, sql[place:])), binder.values


class _Binder:
    """Writes a statement's marks anew, one after the other."""

    def __init__(self, parameters: Parameters) -> None:
        self._named = {parameter.name: parameter for parameter in parameters if parameter.name}
        self._unnamed = iter([parameter for parameter in parameters if not parameter.name])
        self._numbers = itertools.count()
        self.values: dict[str, str] = {}

    def changes(self, tokens: tuple[Token, ...]) -> Iterator[tuple[int, int, str]]:
        """From where to where, and what is to stand there."""
        for token, follows in itertools.pairwise(tokens):
            if token.kind is not Kind.MARK:
                continue
            if token.value == "?":
                yield token.start, token.end, self._next()
            elif token.value == ":" and follows.start == token.end and follows.value in self._named:
                yield token.start, follows.end, self._piece(follows.value, self._named[follows.value])

    def _next(self) -> str:
        parameter = next(self._unnamed, None)
        return self._piece(f"lakegate_{next(self._numbers)}", parameter) if parameter else "?"

    def _piece(self, name: str, parameter: Parameter) -> str:
        if _is_text(parameter):
            self.values[name] = str(parameter.value)
            return f":{name}"
        value = "NULL" if parameter.value is None else text_of(parameter.value)
        return value if parameter.type.upper() == "VOID" else f"CAST({value} AS {parameter.type})"


def _is_text(parameter: Parameter) -> bool:
    return parameter.type.upper() == "STRING" and parameter.value is not None
