"""What a client may ask of databases: schemas as those of `gateway.schemas`."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from backends.provisioning import spec_of, specs
from gateway.fields import Name, Number, Whole
from gateway.provisioning import CreateDatabase, Refill
from gateway.schemas import RequestSchema
from gateway.transfer_schemas import MovedTablesSchema
from gateway.transfers.connections import known_as


class RefillSchema(MovedTablesSchema):
    """Which tables to move into the new database, from which connection, and how."""

    def _made(self, found: dict[str, Any]) -> Refill:
        return Refill(known_as(found["from"]), *self._moved(found))


class ResizeDatabaseSchema(RequestSchema):
    """What to change of a database's size; the rest stays."""

    capacity = fields.String(validate=validate.OneOf(specs.CAPACITIES))
    retention_days = Whole(validate=validate.Range(*specs.RETENTION))
    nodes = Whole(validate=validate.Range(*specs.NODES))
    least_cu = Number(validate=validate.Range(*specs.UNITS))
    most_cu = Number(validate=validate.Range(*specs.UNITS))
    suspend_seconds = Whole(validate=validate.Range(0, specs.SUSPENSION[1]))

    def _check(self, found: Mapping[str, Any]) -> None:
        if not found:
            raise ValidationError("nothing is to be changed")


class CreateDatabaseSchema(ResizeDatabaseSchema):
    """A database to be made, by its name; or, if it is Autoscaling, by its project."""

    name = fields.String(validate=validate.Regexp(rf"^{specs.NAME}\Z", error=f"not {specs.NAME_RULE}"))
    project = Name()
    branch = Name()
    endpoint = Name()
    transfer = fields.Nested(RefillSchema)

    def _check(self, found: Mapping[str, Any]) -> None:
        """Nothing: the spec does."""

    def _made(self, found: dict[str, Any]) -> CreateDatabase:
        transfer = found.pop("transfer", None)
        return CreateDatabase(spec_of(found), transfer)
