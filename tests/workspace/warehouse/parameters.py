"""A statement's native parameters, and how many there may be."""

from collections.abc import Sequence
from typing import Any

from tests.workspace.warehouse.engine import Parameter, SqlError
from tests.workspace.warehouse.faults import Rejected

MAX_PARAMETERS = 256
MAX_BYTES = 1024 * 1024  # of all values together


def native(parameters: Sequence[Any] | None) -> tuple[Parameter, ...]:
    """A request's parameters, in order.

    Raises:
        Rejected: there are too many, or their values are too large.
        SqlError: one has parts, no type, or a value that is no text.
    """
    found = parameters or ()
    if len(found) > MAX_PARAMETERS:
        raise Rejected(
            400,
            f"BAD_REQUEST: Parameterized query has too many parameters: {len(found)} parameters were given "
            f"but the limit is {MAX_PARAMETERS}.",
        )
    plain = tuple(_parameter(parameter) for parameter in found)
    size = sum(len(parameter.value.encode()) for parameter in plain if parameter.value)
    if size > MAX_BYTES:
        raise Rejected(
            400,
            f"BAD_REQUEST: Parameterized query has too large parameter values: {size} bytes were given "
            f"but the limit is {MAX_BYTES}.",
        )
    return plain


def _parameter(parameter: Any) -> Parameter:
    if parameter.arguments is not None:
        raise _unsupported(parameter, f"type {parameter.type}")
    if not parameter.type:
        raise _unsupported(parameter, "no type")
    value = parameter.value
    if value is None or parameter.type.upper() == "VOID":
        return Parameter(parameter.name, parameter.type, None)
    if value.stringValue is None:
        raise _unsupported(parameter, "a value that is no text")
    return Parameter(parameter.name, parameter.type, value.stringValue)


def _unsupported(parameter: Any, what: str) -> SqlError:
    which = f"'{parameter.name}'" if parameter.name else "by position"
    return SqlError("UNSUPPORTED_FEATURE", f"The parameter {which} has {what}.", "0A000")
