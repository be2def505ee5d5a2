"""Kinds of fields that requests are made of; strict where marshmallow's own are lenient."""

import re
from decimal import Decimal
from typing import Any, TypeVar

import marshmallow as ma
from marshmallow import fields, validate

from backends import types
from backends.errors import Invalid
from backends.plan import And, Sort
from gateway import conditions

Kind = TypeVar("Kind")

NAME = r"^[^\x00-\x1f\x7f-\x9f]{1,255}\Z"
NAME_RULE = "a name is 1 to 255 characters, none of them a control character"
REVISION = r"^[A-Za-z0-9_+-]{1,64}\Z"  # an id or its beginning, head, base, or so many on: +1
REVISION_RULE = 'not a revision, "head", "base", "+1" or "-1"'
NEW_NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,254}\Z"


class Plain(fields.Field[Kind]):
    """A field that has no validators and takes no null: marshmallow's own steps would find nothing to do."""

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **options: Any) -> Any:
        """See marshmallow."""
        if value is None or value is ma.missing:
            return super().deserialize(value, attr, data, **options)
        return self._deserialize(value, attr, data, **options)


class Flag(fields.Boolean):
    """true or false, and nothing that stands for them."""

    def _deserialize(self, value: object, *_: object, **__: object) -> bool:
        if isinstance(value, bool):
            return value
        raise ma.ValidationError("not true or false")


class Whole(fields.Integer):
    """A whole number, not a text of one."""

    def _deserialize(self, value: object, *_: object, **__: object) -> int:
        if type(value) is int:
            return value
        raise ma.ValidationError("not a whole number")


class Number(fields.Float):
    """A number, not a text of one."""

    def _deserialize(self, value: object, *_: object, **__: object) -> float:
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return float(value)
        raise ma.ValidationError("not a number")


class Name(fields.String):
    """The name of something that exists, or of something new."""

    def __init__(self, *, pattern: str = NAME, **options: Any) -> None:
        error = "a new name is a letter or _, then letters, digits or _, 255 at most"
        if pattern == NAME:
            error = NAME_RULE
        super().__init__(validate=validate.Regexp(pattern, error=error), **options)
        self._fits = re.compile(pattern).match

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **options: Any) -> Any:
        """See marshmallow; what is a name is looked at once."""
        if type(value) is str and self._fits(value):
            return value
        return super().deserialize(value, attr, data, **options)


class Columns(Plain[tuple[str, ...] | None]):
    """Names of columns: a list, a text with commas between them, or "*"."""

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[str, ...] | None:
        if isinstance(value, str):
            value = None if value.strip() == "*" else [name.strip() for name in value.split(",")]
        if value is None or value == ["*"]:
            return None
        return _names(value)


class Order(Plain[tuple[Sort, ...]]):
    """An ordering: "a", "-b" for descending, or {"column": "b", "direction": "desc"}."""

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[Sort, ...]:
        if isinstance(value, str):
            value = [name.strip() for name in value.split(",")]
        if not isinstance(value, list):
            raise ma.ValidationError("not a list")
        try:
            return tuple(conditions.collected(value, _sort))
        except Invalid as error:
            raise ma.ValidationError(list(error.faults)) from error


class Filters(Plain[And]):
    """Conditions, all of which hold."""

    def _deserialize(self, value: object, *_: object, **__: object) -> And:
        try:
            return conditions.conditions(value)
        except Invalid as error:
            raise ma.ValidationError(list(error.faults)) from error


class DataType(fields.String):
    """A column type, as text."""

    def _deserialize(self, value: object, *_: object, **__: object) -> types.Type:  # type: ignore[override]
        if not isinstance(value, str):
            raise ma.ValidationError("not a text")
        try:
            return types.parse(value)
        except types.TypeSyntaxError as error:
            raise ma.ValidationError(str(error)) from error


class Values(Plain[dict[str, object]]):
    """An object of columns and their values, checked against the table later."""

    def _deserialize(self, value: object, *_: object, **__: object) -> dict[str, object]:
        if not isinstance(value, dict) or not value:
            raise ma.ValidationError("not an object of columns and values")
        return value


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ma.ValidationError("not a list of names")
    if not all(isinstance(name, str) and name for name in value):
        raise ma.ValidationError("not a list of names")
    if len(set(value)) < len(value):
        raise ma.ValidationError("a column is named twice")
    return tuple(value)


def _sort(value: object) -> Sort:
    match value:
        case str() if value.removeprefix("-"):
            return Sort(value.removeprefix("-"), value.startswith("-"))
        case {"column": str(column), **rest} if column and rest.keys() <= {"direction"}:
            direction = rest.get("direction", "asc")
            if isinstance(direction, str) and direction.lower() in ("asc", "desc"):
                return Sort(column, direction.lower() == "desc")
    raise conditions.Refused('not "column", "-column" or {"column": ..., "direction": "asc" or "desc"}')
