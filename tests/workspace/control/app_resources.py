"""What an app is given: databases, warehouses and others by name, and what `valueFrom` makes of them."""

import re
from collections.abc import Iterator, Mapping
from typing import Protocol

from tests.workspace.control import shapes
from tests.workspace.control.autoscaling import Autoscaling
from tests.workspace.control.provisioned import Provisioned
from tests.workspace.control.warehouses import Warehouses
from tests.workspace.control.wire import Invalid, JsonObject

CONNECT = "CAN_CONNECT_AND_CREATE"
PRINCIPAL: JsonObject = {"identity_type": "SERVICE_PRINCIPAL"}
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
OTHERS = ("app", "experiment", "genie_space", "job", "secret", "serving_endpoint", "uc_securable")
KINDS = ("database", "postgres", "sql_warehouse", *OTHERS)
RESOURCE: shapes.Fields = {
    "name": str,
    "description": str,
    "database": {"instance_name": str, "database_name": str, "permission": str},
    "postgres": {"branch": str, "database": str, "permission": str},
    "sql_warehouse": {"id": str, "permission": str},
    **dict.fromkeys(OTHERS, dict),
}


class Principal(Protocol):
    """The app, as far as it is let in."""

    client: str


class Resources:
    """What the workspace has that apps may be given."""

    def __init__(self, provisioned: Provisioned, autoscaling: Autoscaling, warehouses: Warehouses) -> None:
        self._provisioned = provisioned
        self._autoscaling = autoscaling
        self._warehouses = warehouses

    def checked(self, body: JsonObject) -> list[JsonObject]:
        """The resources that an app asks for.

        Raises:
            Invalid: one has no name or permission that there is, is not one thing, or is there twice.
            NotFound: there is no such thing.
        """
        found = list(_resources(body))
        for resource in found:
            self._must_be_there(resource)
        return found

    def let_in(self, app: Principal, resource: JsonObject) -> None:
        """Give the app's service principal its role, unless it has it."""
        if database := shapes.message(resource, "database"):
            instance = self._provisioned.instance(shapes.required(database, "instance_name", str))
            if app.client not in instance.roles:
                self._provisioned.roles.add(instance, app.client, PRINCIPAL)
        if postgres := shapes.message(resource, "postgres"):
            branch = shapes.required(postgres, "branch", str)
            self._autoscaling.add_role(branch, app.client, PRINCIPAL)

    def host(self, resource: JsonObject) -> tuple[str, str] | None:
        """Where a resource that is a database is reached, and what the database is called in Postgres."""
        if database := shapes.message(resource, "database"):
            host = self._provisioned.instance(str(database["instance_name"])).host
            return host, str(database["database_name"])
        if postgres := shapes.message(resource, "postgres"):
            known = str(postgres.get("database") or f"{postgres['branch']}/databases/databricks-postgres")
            name = self._autoscaling.postgres_database(known)
            return self._autoscaling.host(f"{postgres['branch']}/endpoints/primary"), name
        return None

    def value(self, resource: JsonObject) -> str | None:
        """What `valueFrom` makes of a resource; None where this workspace does not know it.

        https://learn.microsoft.com/azure/databricks/dev-tools/databricks-apps/environment-variables
        """
        if database := shapes.message(resource, "database"):
            return self._provisioned.instance(str(database["instance_name"])).host
        if postgres := shapes.message(resource, "postgres"):
            return f"{postgres['branch']}/endpoints/primary"
        if warehouse := shapes.message(resource, "sql_warehouse"):
            return str(warehouse["id"])
        return None

    def _must_be_there(self, resource: JsonObject) -> None:
        if database := shapes.message(resource, "database"):
            self._provisioned.instance(shapes.required(database, "instance_name", str))
            shapes.required(database, "database_name", str)
        if postgres := shapes.message(resource, "postgres"):
            branch = shapes.required(postgres, "branch", str)
            if database_id := shapes.optional(postgres, "database", str):
                self._autoscaling.postgres_database(database_id)
                if not database_id.startswith(f"{branch}/databases/"):
                    raise Invalid(f"Database '{database_id}' is not in branch '{branch}'.")
        if warehouse := shapes.message(resource, "sql_warehouse"):
            self._warehouses.warehouse(shapes.required(warehouse, "id", str))


def _resources(body: JsonObject) -> Iterator[JsonObject]:
    names: set[str] = set()
    for resource in shapes.optional(body, "resources", list) or []:
        name = shapes.named(shapes.required(resource, "name", str), NAME, "Resource name", NAME.pattern)
        if name in names:
            raise Invalid(f"Resource name '{name}' is not unique.")
        names.add(name)
        _check(resource)
        yield resource


def _check(resource: JsonObject) -> None:
    kinds = [kind for kind in KINDS if resource.get(kind)]
    if len(kinds) != 1:
        raise Invalid(f"Resource '{resource['name']}' must be exactly one thing.")
    if kinds[0] not in OTHERS:
        permission = shapes.required(shapes.message(resource, kinds[0]), "permission", str)
        allowed = ("CAN_MANAGE", "CAN_USE", "IS_OWNER") if kinds[0] == "sql_warehouse" else (CONNECT,)
        shapes.one_of(permission, allowed, "permission")


def by_name(resources: list[JsonObject]) -> Mapping[str, JsonObject]:
    """Resources by their names."""
    return {str(resource["name"]): resource for resource in resources}
