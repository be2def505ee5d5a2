"""What deployment.yaml says of an environment, checked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from backends.errors import Fault, Invalid
from backends.provisioning import Spec, spec_of
from backends.provisioning.app import Variable
from backends.provisioning.specs import Size
from gateway.deploying.document import Document, read
from gateway.fields import NEW_NAME, Name
from gateway.schemas import RequestSchema, load
from gateway.secrecy import hidden, is_secret

APP = r"^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])\Z"
APP_RULE = "an app's name is 2 to 30 lower-case letters, digits and hyphens, no hyphen first or last"
SIZES = ("MEDIUM", "LARGE", "XLARGE")
# what Databricks Apps sets itself
PLATFORM = re.compile(
    r"DATABRICKS_(APP_\w+|HOST|WORKSPACE_ID|CLIENT_ID)|PG(HOST|PORT|USER|DATABASE|SSLMODE|APPNAME)|PORT"
)
# what follows from the rest of the file
DERIVED = frozenset({
    "GATEWAY_BACKEND", "GATEWAY_CATALOG", "GATEWAY_SCHEMA", "LAKEBASE_ENDPOINT", "LAKEBASE_INSTANCE",
    "DATABRICKS_WAREHOUSE_ID", "LAKEGATE_DIGEST", "LAKEGATE_VARIABLES",
})  # fmt: skip
SECRET = "may be secret: keep it as a secret, give that to the app as a resource, and write valueFrom"  # noqa: S105
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A SQL warehouse by its id or its name, and the catalog of Unity Catalog that is used there."""

    id: str | None
    name: str | None
    catalog: str


@dataclass(frozen=True, slots=True)
class Environment:
    """An app and the database, the warehouse, or both that it is for.

    Attributes:
        sized: what the file itself says of the database's size, by name; all else is for when it is made.
    """

    app: str
    schema: str
    database: Spec | None
    warehouse: Warehouse | None
    size: str | None = None
    description: str | None = None
    variables: tuple[Variable, ...] = field(default=())
    sized: Size = field(default_factory=dict)


class Variables(fields.Field[tuple[Variable, ...]]):
    """Names with texts, or with the resource that a value comes from: {valueFrom: its name}."""

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[Variable, ...]:
        if not isinstance(value, dict):
            raise ma.ValidationError("not names with values")
        if faults := {name: [words] for name, told in value.items() for words in _wrong(str(name), told)}:
            raise ma.ValidationError(faults)
        return tuple(_variable(str(name), told) for name, told in value.items())


def _wrong(name: str, told: object) -> Iterator[str]:
    if not VARIABLE.fullmatch(name):
        yield "not the name of a variable"
    elif PLATFORM.fullmatch(name):
        yield "is set by Databricks Apps"
    elif name in DERIVED:
        yield "follows from the rest of the file"
    elif isinstance(told, dict):
        if set(told) != {"valueFrom"} or not isinstance(told["valueFrom"], str):
            yield "takes a text, or valueFrom: and the name of a resource of the app"
    elif is_secret(name):
        yield SECRET
    elif not isinstance(told, str):
        yield "takes a text: write it in quotes"
    elif hidden(name, told) != told:
        yield SECRET


def _variable(name: str, told: Any) -> Variable:
    return Variable(name, source=told["valueFrom"]) if isinstance(told, dict) else Variable(name, told)


class Database(fields.Field[tuple[Spec, Size]]):
    """A Lakebase database, Provisioned (`name`) or Autoscaling (`project`), and what is told of its size."""

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[Spec, Size]:
        if not isinstance(value, dict):
            raise ma.ValidationError("not an object")
        try:
            spec = spec_of(value)
        except Invalid as error:
            raise ma.ValidationError({str(each.loc[0]): [each.msg] for each in error.faults}) from error
        return spec, {name: size for name, size in spec.size.items() if name in value}


class WarehouseSchema(ma.Schema):
    """A SQL warehouse that is there."""

    id = Name()
    name = Name()
    catalog = Name(load_default="main")

    @ma.validates_schema
    def _check(self, found: Mapping[str, Any], **_: object) -> None:
        if ("id" in found) == ("name" in found):
            raise ma.ValidationError("either its id or its name tells which warehouse", "id")

    @ma.post_load
    def _made(self, found: dict[str, Any], **_: object) -> Warehouse:
        return Warehouse(found.get("id"), found.get("name"), found["catalog"])


class EnvironmentSchema(RequestSchema):
    """One environment of the file."""

    app = fields.String(required=True, validate=validate.Regexp(APP, error=APP_RULE))
    size = fields.String(validate=validate.OneOf(SIZES, error=f"not one of {', '.join(SIZES)}"))
    description = fields.String(validate=validate.Length(max=1000, error="longer than 1,000 characters"))
    database = Database()
    warehouse = fields.Nested(WarehouseSchema)
    schema = Name(pattern=NEW_NAME)
    variables = Variables()

    def _check(self, found: Mapping[str, Any]) -> None:
        if not found.keys() & {"database", "warehouse"}:
            raise ma.ValidationError("missing, and so is a warehouse: one of them is needed", "database")

    def _made(self, found: dict[str, Any]) -> Environment:
        usual = re.sub(r"^(?=\d)", "_", found["app"].replace("-", "_"))
        database, sized = found.get("database", (None, {}))
        return Environment(
            found["app"],
            found.get("schema", usual),
            database,
            found.get("warehouse"),
            found.get("size"),
            found.get("description"),
            found.get("variables", ()),
            sized,
        )


def environment(path: Path, name: str) -> Environment:
    """An environment that a file describes.

    Raises:
        Invalid: there is none of that name, or something is wrong with any of them: each fault has its line.
    """
    document = read(path)
    told = document.value
    if not isinstance(told, dict) or not isinstance(told.get("environments"), dict):
        raise document.faults((Fault((), 'takes "environments:" with one or more under their names'),))
    if others := [key for key in told if key != "environments"]:
        raise document.faults(tuple(Fault((str(key),), "there is no such field") for key in others))
    found = {str(key): _one(document, str(key), each) for key, each in told["environments"].items()}
    if name not in found:
        known = ", ".join(found) or "none"
        raise document.faults((Fault(("environments",), f'there is no "{name}"; there are: {known}'),))
    return found[name]


def _one(document: Document, name: str, told: object) -> Environment:
    place = ("environments", name)
    if not isinstance(told, dict):
        raise document.faults((Fault((), "not an object"),), place)
    try:
        made: Environment = load(EnvironmentSchema, told)
    except Invalid as error:
        raise document.faults(error.faults, place) from error
    return made
