"""What a client may ask: marshmallow schemas, from JSON to typed requests; they ask no database.

The OpenAPI document is made from them, so that every rule stands once.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from backends.errors import Fault, Invalid
from backends.plan import And, Column, Comparison
from gateway import requests
from gateway.fields import (
    NEW_NAME,
    Columns,
    DataType,
    Filters,
    Flag,
    Name,
    Order,
    Values,
    Whole,
)
from gateway.requests import Selector, Target


class RequestSchema(ma.Schema):
    """The base of what a body may be: `_check` looks at the fields together, `_made` is the request."""

    def _check(self, found: Mapping[str, Any]) -> None:
        """Raise a ValidationError where the fields do not go together."""

    def _made(self, found: dict[str, Any]) -> Any:
        """The request; a field that was not given may be missing, and has its default there."""
        return found

    def quickly(self, value: Mapping[str, object]) -> Any:
        """What `load` gives, for a third of its price: only the fields that are there are looked at.

        Raises:
            ValidationError, KeyError: something is wrong, and `load` tells all of it.
        """
        known = self.load_fields
        found = {name: known[name].deserialize(item, name, value) for name, item in value.items()}
        self._check(found)
        return self._made(found)

    @ma.validates_schema
    def _on_validate(self, found: dict[str, Any], **_: object) -> None:
        self._check(found)

    @ma.post_load
    def _on_load(self, found: dict[str, Any], **_: object) -> Any:
        return self._made(found)


class ColumnSchema(ma.Schema):
    """A column of a table to be made."""

    name = Name(pattern=NEW_NAME, required=True)
    data_type = DataType(required=True)
    nullable = Flag(load_default=True)
    comment = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(
            r"^[^\0]{0,10000}\Z", error="a comment is at most 10,000 characters, none U+0000"
        ),
    )

    @ma.post_load
    def _made(self, found: dict[str, Any], **_: object) -> Column:
        # an empty comment is none: Postgres keeps none
        return Column(found["name"], found["data_type"], found["nullable"], found["comment"] or None)


class TargetSchema(RequestSchema):
    """The table that a request means."""

    catalog = Name(load_default=None)
    schema = Name(load_default=None)
    table = Name(required=True)


def _target(found: dict[str, Any]) -> Target:
    return Target(found.pop("table"), found.pop("catalog", None), found.pop("schema", None))


class ReadRecordsSchema(TargetSchema):
    """Which rows to read, in which order, and how many."""

    columns = Columns(load_default=None)
    filters = Filters(load_default=And(()))
    order_by = Order(load_default=())
    limit = Whole(load_default=None, validate=validate.Range(min=1))
    offset = Whole(load_default=0, validate=validate.Range(min=0, max=(1 << 62)))
    cursor = fields.String(load_default=None, allow_none=True)
    include_total = Flag(load_default=False)
    include_deleted = Flag(load_default=False)

    def _check(self, found: Mapping[str, Any]) -> None:
        if found.get("cursor") is not None and found.get("offset"):
            raise ma.ValidationError("a cursor excludes an offset", "offset")

    def _made(self, found: dict[str, Any]) -> requests.ReadRecords:
        return requests.ReadRecords(_target(found), **found)


class WriteRecordsSchema(TargetSchema):
    """Rows to write. `data` is checked against the table, in one go."""

    auto_create = Flag(load_default=False)
    schema_definition = fields.List(fields.Nested(ColumnSchema), load_default=())
    primary_key = fields.List(Name(), load_default=())
    on_conflict = fields.String(load_default="error", validate=validate.OneOf(("error", "update", "ignore")))

    def _check(self, found: Mapping[str, Any]) -> None:
        if found.get("auto_create") and not found.get("schema_definition"):
            raise ma.ValidationError("auto_create needs it", "schema_definition")
        for name in ("schema_definition", "primary_key"):
            if found.get(name) and not found.get("auto_create"):
                raise ma.ValidationError("only with auto_create", name)

    def _made(self, found: dict[str, Any]) -> requests.WriteRecords:
        lists: dict[str, Any] = {
            name: tuple(found.pop(name, ())) for name in ("schema_definition", "primary_key")
        }
        return requests.WriteRecords(_target(found), data=b"", **lists, **found)


class DefineTableSchema(RequestSchema):
    """A table as it should be."""

    columns = fields.List(fields.Nested(ColumnSchema), required=True, validate=validate.Length(min=1))
    primary_key = fields.List(Name(), load_default=())

    def _made(self, found: dict[str, Any]) -> tuple[tuple[Column, ...], tuple[str, ...]]:
        return tuple(found["columns"]), tuple(found.get("primary_key", ()))


class SelectorSchema(TargetSchema):
    """Which rows to change: exactly one of the ways to say so."""

    key_column = Name(load_default=None)
    key_value = fields.Raw(allow_none=True)
    key_values = fields.List(fields.Raw(allow_none=True))
    keys = Values()
    filters = Filters()
    max_affected = Whole(load_default=None, validate=validate.Range(min=0))
    include_deleted = Flag(load_default=False)


_WAYS = ("key_value", "key_values", "keys", "filters", "bulk_updates")


def _way(found: Mapping[str, Any], ways: tuple[str, ...] = _WAYS) -> str:
    """The one way in which a request says which rows it means."""
    given = [way for way in ways if way in found]
    if len(given) != 1:
        listed = ", ".join(ways)
        raise ma.ValidationError(f"exactly one of {listed} says which rows are meant, not {len(given)}")
    by_column = given[0] in ("key_value", "key_values", "bulk_updates")
    if by_column and found.get("key_column") is None:
        raise ma.ValidationError(f"{given[0]} needs it", "key_column")
    if not by_column and found.get("key_column") is not None:
        raise ma.ValidationError(f"has no place beside {given[0]}", "key_column")
    return given[0]


def _selector(found: dict[str, Any]) -> Selector:
    column = found.pop("key_column", None)
    match next(way for way in _WAYS if way in found):
        case "key_value":
            value = found.pop("key_value")
            return Selector("key_value", Comparison(column, "=", value), single=True)
        case "key_values":
            values = tuple(found.pop("key_values"))
            return Selector("key_values", Comparison(column, "IN", values))
        case "keys":
            keys = found.pop("keys")
            return Selector("keys", And(tuple(Comparison(k, "=", v) for k, v in keys.items())), single=True)
    return Selector("filters", found.pop("filters"))


class BulkUpdateSchema(ma.Schema):
    """The changes of one key."""

    key_value = fields.Raw(required=True, allow_none=True)
    updates = Values(required=True)


class UpdateRecordsSchema(SelectorSchema):
    """Which rows to update, and to what."""

    updates = Values()
    bulk_updates = fields.List(fields.Nested(BulkUpdateSchema), validate=validate.Length(min=1))

    def _check(self, found: Mapping[str, Any]) -> None:
        if _way(found) == "bulk_updates":
            if "updates" in found:
                raise ma.ValidationError("has no place beside bulk_updates", "updates")
        elif "updates" not in found:
            raise ma.ValidationError("missing", "updates")
        _some_filter(found)

    def _made(self, found: dict[str, Any]) -> requests.UpdateRecords | requests.UpdateEachRecord:
        target = _target(found)
        if (bulk := found.pop("bulk_updates", None)) is not None:
            changes = tuple((change["key_value"], change["updates"]) for change in bulk)
            return requests.UpdateEachRecord(target, changes=changes, **found)
        return requests.UpdateRecords(target, _selector(found), **found)


class DeleteRecordsSchema(SelectorSchema):
    """Which rows to delete, and whether they are only marked."""

    soft = Flag(load_default=True)

    def _check(self, found: Mapping[str, Any]) -> None:
        _way(found, _WAYS[:-1])
        _some_filter(found)

    def _made(self, found: dict[str, Any]) -> requests.DeleteRecords:
        target = _target(found)
        return requests.DeleteRecords(target, _selector(found), **found)


def _some_filter(found: Mapping[str, Any]) -> None:
    if found.get("filters") == And(()):
        raise ma.ValidationError("at least one condition is needed", "filters")


def load(schema_class: type[RequestSchema], value: Mapping[str, object]) -> Any:
    """The typed request that a schema makes of a JSON object.

    Raises:
        Invalid: it is not one; each fault has its place.
    """
    schema = _instance(schema_class)
    try:
        return schema.quickly(value)
    except (ma.ValidationError, KeyError):
        try:
            return schema.load(value)
        except ma.ValidationError as error:
            raise Invalid.of(_faults(error.messages, ())) from error


@cache
def _instance(schema_class: type[RequestSchema]) -> RequestSchema:
    return schema_class()


_WORDS = {
    "Unknown field.": "there is no such field",
    "Missing data for required field.": "missing",
    "Field may not be null.": "takes no null",
    "Not a valid string.": "not a text",
    "Not a valid list.": "not a list",
    "Invalid input type.": "not an object",
}


def _unknown_last(message: tuple[object, Any]) -> str:
    """Unknown fields by name: marshmallow tells them in another order in every process."""
    place, inner = message
    return f"unknown {place}" if inner == ["Unknown field."] else ""


def _faults(messages: Any, loc: tuple[str | int, ...]) -> list[Fault]:
    """marshmallow's messages, nested as the request is, as a flat list."""
    match messages:
        case dict():
            return [
                fault
                for place, inner in sorted(messages.items(), key=_unknown_last)
                for fault in _faults(inner, loc if place == "_schema" else (*loc, place))
            ]
        case list():
            return [fault for inner in messages for fault in _faults(inner, loc)]
        case Fault():
            return [Fault((*loc, *messages.loc), messages.msg)]
    return [Fault(loc, _WORDS.get(str(messages), str(messages).rstrip(".")))]
