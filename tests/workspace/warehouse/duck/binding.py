"""What a compiled statement is given when it runs: parameters and texts, cast as the statement wants them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.workspace.warehouse.duck import clock, values
from tests.workspace.warehouse.engine import Parameter, SqlError
from tests.workspace.warehouse.unity.types import INT, SqlType

NOW = "now"
USER = "user"
Bound = bool | int | float | str | bytes | dt.date | None


@dataclass(frozen=True, slots=True)
class Bind:
    """One value: of a parameter (its place), of a text, or what `special` says; cast from `of` to `type`.

    Attributes:
        limit: "limit" or "offset", where it says how many rows; it is checked as such.
        pattern: it is a pattern of LIKE; it is checked as such.
    """

    type: SqlType
    parameter: int | None = None
    text: str | None = None
    special: str = ""
    limit: str = ""
    pattern: bool = False

    def value(self, parameters: Sequence[Parameter], user: str) -> Bound:
        """What DuckDB is given.

        Raises:
            SqlError: a text says nothing of its type.
        """
        if self.special:
            return user if self.special == USER else str(dt.datetime.now(dt.UTC))
        text = self.text if self.parameter is None else parameters[self.parameter].value
        if self.limit:
            return _limit(text, self.limit)
        if text is not None and self.pattern:
            check_pattern(text)
        return (
            None if text is None else sent(clock.named(text, self.type.name) or values.read(text, self.type))
        )


def sent(value: values.Value) -> Bound:
    """A value in a form that DuckDB reads without loss."""
    match value:
        case Decimal():
            return format(value, "f")
        case dt.datetime():
            return value.isoformat(" ")
        case _:
            return value


def check_pattern(pattern: str) -> None:
    """Let pass a pattern whose backslashes stand before %, _ or a backslash.

    Raises:
        SqlError: one does not.
    """
    place = 0
    while (place := pattern.find("\\", place)) >= 0:
        after = pattern[place + 1 : place + 2]
        if not after:
            message = f"The format is invalid: '{pattern}'. The escape character is not allowed to end with."
            raise SqlError("INVALID_FORMAT.ESC_AT_THE_END", message, "42601")
        if after not in "%_\\":
            message = (
                f"The format is invalid: '{pattern}'. The escape character is not allowed to "
                f"precede '{after}'."
            )
            raise SqlError("INVALID_FORMAT.ESC_IN_THE_MIDDLE", message, "42601")
        place += 2


def _limit(text: str | None, what: str) -> int:
    if text is None:
        raise SqlError(
            "INVALID_LIMIT_LIKE_EXPRESSION.IS_NULL",
            f'The limit like expression "NULL" is invalid. The evaluated {what} expression must not be null.',
            "42K0E",
        )
    found = values.read(text, INT)
    if not isinstance(found, int) or found < 0:
        message = (
            f'The limit like expression "{found!r}" is invalid. The {what} expression must be '
            "equal to or greater "
            f"than 0, but got {found!r}."
        )
        raise SqlError("INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", message, "42K0E")
    return found
