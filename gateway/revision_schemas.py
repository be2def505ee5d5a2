"""What a client may ask of migrations: schemas as those of `gateway.schemas`."""

from typing import Any

from marshmallow import fields, validate

from gateway.fields import REVISION, REVISION_RULE
from gateway.schemas import RequestSchema

_REVISION = validate.Regexp(REVISION, error=REVISION_RULE)


class MoveSchema(RequestSchema):
    """Which revision to come to."""

    to = fields.String(required=True, validate=_REVISION)

    def _made(self, found: dict[str, Any]) -> str:
        return str(found["to"])


class UpgradeSchema(RequestSchema):
    """Which revision to come to; the last one, if none is named."""

    to = fields.String(load_default="head", validate=_REVISION)

    def _made(self, found: dict[str, Any]) -> str:
        return str(found.get("to", "head"))
