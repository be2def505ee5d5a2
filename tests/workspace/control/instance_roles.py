"""The Postgres roles of Provisioned instances (`/api/2.0/database/instances/{name}/roles`)."""

from collections.abc import Callable

import psycopg2

from tests.workspace.control import shapes
from tests.workspace.control.instances import Instance
from tests.workspace.control.paging import page
from tests.workspace.control.routing import Call, Route, route
from tests.workspace.control.wire import BadState, JsonObject, NotFound, ResourceExists
from tests.workspace.roles import Roles
from tests.workspace.settings import Settings

ROLES = "/api/2.0/database/instances/{name}/roles"
KINDS = ("USER", "SERVICE_PRINCIPAL", "GROUP", "PG_ONLY")
MEMBERSHIP = "DATABRICKS_SUPERUSER"
ATTRIBUTES: shapes.Fields = {"bypassrls": bool, "createdb": bool, "createrole": bool}
SHAPE: shapes.Fields = {
    "name": str,
    "attributes": ATTRIBUTES,
    "effective_attributes": ATTRIBUTES,
    "identity_type": str,
    "instance_name": str,
    "membership_role": str,
}
SUPERUSER: JsonObject = {"identity_type": "USER", "membership_role": MEMBERSHIP}


def postgres_attributes(asked: JsonObject, settings: Settings) -> frozenset[str]:
    """What is asked for, in Postgres's words; all may create databases if the workspace says so."""
    names = {name.upper() for name, wanted in asked.items() if wanted}
    return frozenset(names | {"CREATEDB"} if settings.create_databases else names)


class InstanceRoles:
    """Who may log in to which instance; `find` gives an instance by its name."""

    def __init__(self, roles: Roles, settings: Settings, find: Callable[[str], Instance]) -> None:
        self._roles = roles
        self._settings = settings
        self._find = find
        self.routes: tuple[Route, ...] = (
            route("POST", ROLES, self._create, SHAPE),
            route("GET", ROLES, self._list),
            route("GET", f"{ROLES}/{{role}}", self._get),
            route("DELETE", f"{ROLES}/{{role}}", self._delete),
        )

    def add(self, instance: Instance, name: str, asked: JsonObject) -> JsonObject:
        """Make a role with what is asked of it, here and in Postgres, and show it."""
        attributes = postgres_attributes(shapes.message(asked, "attributes"), self._settings)
        self._roles.create(name, attributes, superuser=asked.get("membership_role") == MEMBERSHIP)
        instance.roles[name] = {
            "identity_type": "PG_ONLY",
            **asked,
            "name": name,
            "instance_name": instance.name,
            "effective_attributes": {key: key.upper() in attributes for key in ATTRIBUTES},
        }
        return instance.roles[name]

    def _create(self, call: Call) -> JsonObject:
        instance = self._find(call.names["name"])
        name = shapes.required(call.body, "name", str)
        shapes.one_of(shapes.optional(call.body, "identity_type", str), KINDS, "identity_type")
        shapes.one_of(shapes.optional(call.body, "membership_role", str), (MEMBERSHIP,), "membership_role")
        if name in instance.roles:
            raise ResourceExists(f"Role '{name}' already exists in instance '{instance.name}'.")
        return self.add(instance, name, call.body)

    def _list(self, call: Call) -> JsonObject:
        roles = self._find(call.names["name"]).roles
        return page("database_instance_roles", list(roles.values()), call.query)

    def _get(self, call: Call) -> JsonObject:
        return self._role(call)[1]

    def _role(self, call: Call) -> tuple[Instance, JsonObject]:
        instance, name = self._find(call.names["name"]), call.names["role"]
        if name not in instance.roles:
            raise NotFound(f"Role '{name}' does not exist in instance '{instance.name}'.")
        return instance, instance.roles[name]

    def _delete(self, call: Call) -> JsonObject:
        name = call.names["role"]
        try:
            instance, _ = self._role(call)
        except NotFound:
            if shapes.is_true(call.query, "allow_missing"):
                return {}
            raise
        try:
            self._roles.drop(name, call.query.get("reassign_owned_to"))
        except psycopg2.Error as error:
            raise BadState(f"Role '{name}' cannot be dropped because objects depend on it.") from error
        del instance.roles[name]
        return {}
