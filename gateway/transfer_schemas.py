"""What a client may ask of transfers: schemas as those of `gateway.schemas`."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from gateway.fields import Name
from gateway.schemas import RequestSchema
from gateway.transfers import MODES, Asked
from gateway.transfers.connections import known_as


class MovedTablesSchema(RequestSchema):
    """Which tables to move, from which connection, and how."""

    class Meta:
        """Where a field has the name of a keyword."""

        include = {"from": Name(required=True)}  # noqa: RUF012 - marshmallow's own

    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    tables = fields.List(Name(), validate=validate.Length(1, 1000), metadata={"uniqueItems": True})
    schema = Name()
    to_schema = Name()
    on_error = fields.String(load_default="stop", validate=validate.OneOf(("stop", "skip")))

    def _check(self, found: Mapping[str, Any]) -> None:
        names = found.get("tables", ())
        if len(set(names)) < len(names):
            raise ValidationError("a table is named twice", "tables")

    @staticmethod
    def _moved(found: Mapping[str, Any]) -> tuple[Any, ...]:
        """All but the connections, in the order in which `Asked` takes them."""
        optional = found.get("schema"), found.get("to_schema"), found.get("on_error", "stop")
        return found["mode"], tuple(found.get("tables", ())), *optional


class BeginTransferSchema(MovedTablesSchema):
    """Which tables to move, from which connection to which, and how."""

    to = Name(required=True)

    def _made(self, found: dict[str, Any]) -> Asked:
        return Asked(known_as(found["from"]), known_as(found["to"]), *self._moved(found))
