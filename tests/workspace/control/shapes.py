"""Which fields a body may have, and reading them: strict, for a misspelt field is a test's best find."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias, TypeVar

from tests.workspace.control.wire import Invalid, JsonObject, Malformed

T = TypeVar("T")

Kind: TypeAlias = "type[object] | list[Kind] | Mapping[str, Kind]"
Fields = Mapping[str, Kind]

DURATION = re.compile(r"\d+(\.\d{1,9})?s")


def check(body: JsonObject, fields: Fields, place: str = "") -> None:
    """Let nothing pass but known fields of the right type; null is as good as absent.

    Raises:
        Malformed: another field, or another type; the text names it.
    """
    for name, value in body.items():
        if name not in fields:
            raise Malformed(f"Could not parse request object: unknown field '{place}{name}'.")
        if value is not None:
            _check_value(value, fields[name], f"{place}{name}")


def _check_value(value: object, kind: Kind, place: str) -> None:
    match kind, value:
        case [inner], list():
            for number, item in enumerate(value):
                _check_value(item, inner, f"{place}[{number}]")
        case Mapping(), dict():
            check(value, kind, f"{place}.")
        case type(), _ if _fits(value, kind):
            pass
        case _:
            raise Malformed(f"Could not parse request object: field '{place}' has the wrong type.")


def _fits(value: object, kind: type[object]) -> bool:
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def optional(body: JsonObject, name: str, kind: type[T]) -> T | None:
    """A field of a checked body, None where it is absent."""
    found = body.get(name)
    return found if isinstance(found, kind) else None


def required(body: JsonObject, name: str, kind: type[T]) -> T:
    """A field of a checked body.

    Raises:
        Invalid: it is absent, or empty.
    """
    found = optional(body, name, kind)
    if found is None or found == "":
        raise Invalid(f"Field '{name}' is required.")
    return found


def number(body: JsonObject, name: str) -> float | None:
    """A field that is a number, None where it is absent."""
    found = body.get(name)
    return float(found) if isinstance(found, (int, float)) else None


def message(body: JsonObject, name: str) -> JsonObject:
    """A field that is an object, an empty one where it is absent."""
    return optional(body, name, dict) or {}


def picked(body: JsonObject, *names: str) -> dict[str, object]:
    """Some fields, as far as they are there."""
    return {name: body[name] for name in names if name in body}


def is_true(query: Mapping[str, str], name: str) -> bool:
    """Whether a parameter of the query string says so."""
    return query.get(name) == "true"


def between(value: float | None, low: float, high: float, name: str) -> None:
    """Let nothing pass but a number within bounds, and none at all.

    Raises:
        Invalid: it is out of them.
    """
    if value is not None and not low <= value <= high:
        raise Invalid(f"Field '{name}' must be between {low:g} and {high:g}.")


def one_of(value: str | None, allowed: tuple[str, ...], name: str) -> None:
    """Let nothing pass but one of some words, and none at all.

    Raises:
        Invalid: it is another.
    """
    if value is not None and value not in allowed:
        raise Invalid(f"Field '{name}' must be one of {', '.join(allowed)}.")


def named(value: str, pattern: re.Pattern[str], what: str, rule: str) -> str:
    """A name that fits a pattern.

    Raises:
        Invalid: it does not; the text has the rule.
    """
    if not pattern.fullmatch(value):
        raise Invalid(f"{what} '{value}' is not valid: {rule}.")
    return value


def seconds(body: JsonObject, name: str) -> float | None:
    """A field that is a duration such as "300s", in seconds; None where it is absent.

    Raises:
        Invalid: it is no duration.
    """
    text = optional(body, name, str)
    if text is None:
        return None
    if not DURATION.fullmatch(text):
        raise Invalid(f"Field '{name}' is not a duration such as '300s'.")
    return float(text.removesuffix("s"))


def moment(body: JsonObject, name: str) -> float | None:
    """A field that is a moment, such as "2025-12-06T10:30:00Z", in seconds since 1970; None where absent.

    Raises:
        Invalid: it is no moment.
    """
    text = optional(body, name, str)
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise Invalid(f"Field '{name}' is not a moment such as '2025-12-06T10:30:00Z'.") from error


def written(since_1970: float) -> str:
    """A moment as answers have it."""
    return datetime.fromtimestamp(since_1970, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
