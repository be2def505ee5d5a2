"""What a client may ask of transfers: schemas as those of `gateway.schemas`."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from gateway.fields import Name
from gateway.schemas import RequestSchema
from gateway.transfers import MODES, Asked


class BeginTransferSchema(RequestSchema):
    """Which tables to move, from which connection to which, and how."""

    class Meta:
        """Where a field has the name of a keyword."""

        include = {"from": Name(required=True)}  # noqa: RUF012 - marshmallow's own

    to = Name(required=True)
    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    tables = fields.List(Name(), validate=validate.Length(1, 1000), metadata={"uniqueItems": True})
    schema = Name()
    to_schema = Name()
    on_error = fields.String(load_default="stop", validate=validate.OneOf(("stop", "skip")))

    def _check(self, found: Mapping[str, Any]) -> None:
        names = found.get("tables", ())
        if len(set(names)) < len(names):
            raise ValidationError("a table is named twice", "tables")

    def _made(self, found: dict[str, Any]) -> Asked:
        return Asked(
            found["from"].lower(),
            found["to"].lower(),
            found["mode"],
            tuple(found.get("tables", ())),
            found.get("schema"),
            found.get("to_schema"),
            found.get("on_error", "stop"),
        )
