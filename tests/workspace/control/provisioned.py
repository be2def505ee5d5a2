"""Lakebase Provisioned: database instances, and credentials for them (`/api/2.0/database/...`)."""

import re
import uuid
from collections.abc import Callable

from tests.workspace.admission import Target
from tests.workspace.control import shapes
from tests.workspace.control.instance_roles import SUPERUSER, InstanceRoles
from tests.workspace.control.instances import SETTABLE, SHAPE, Instance, set_fields
from tests.workspace.control.paging import page
from tests.workspace.control.routing import Call, Route, route
from tests.workspace.control.wire import (
    BadState,
    Forbidden,
    Invalid,
    JsonObject,
    NotFound,
    QuotaExceeded,
    ResourceExists,
)
from tests.workspace.lakebase import LoginRefused
from tests.workspace.roles import Roles
from tests.workspace.settings import ADMIN, Settings
from tests.workspace.tokens import Token

INSTANCES = "/api/2.0/database/instances"
NAME = re.compile(r"[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
NAME_RULE = "1 to 63 letters, digits and hyphens, a letter first and no hyphen last"
MOST = 10  # instances of a workspace: https://docs.databricks.com/aws/oltp/instances/instance
CREDENTIAL: shapes.Fields = {
    "instance_names": [str],
    "request_id": str,
    "claims": [{"permission_set": str, "resources": [{"table_name": str, "unspecified_resource_name": str}]}],
}

Mint = Callable[[Call, tuple[str, ...], float], Token]
"""Issues a database token to the caller, for some resources and so many seconds."""


class Provisioned:
    """The instances of a workspace; they all share one Postgres server: data of one is seen in the others."""

    def __init__(self, domain: str, settings: Settings, roles: Roles, mint: Mint) -> None:
        self._domain = domain
        self._settings = settings
        self._mint = mint
        self.roles = InstanceRoles(roles, settings, self.instance)
        self._instances: dict[str, Instance] = {}
        self.routes: tuple[Route, ...] = (
            route("POST", INSTANCES, self._create, SHAPE),
            route("GET", INSTANCES, self._list),
            route("GET", f"{INSTANCES}:findByUid", self._find),
            route("GET", f"{INSTANCES}/{{name}}", self._get),
            route("PATCH", f"{INSTANCES}/{{name}}", self._update, SHAPE),
            route("DELETE", f"{INSTANCES}/{{name}}", self._delete),
            route("POST", "/api/2.0/database/credentials", self._credential, CREDENTIAL),
            *self.roles.routes,
        )

    def target(self, host: str) -> Target | None:
        """What a host name leads to, None if it is not one of an instance."""
        for instance in self._present():
            if host in (instance.host, instance.read_only_host):
                return Target(_resource(instance.name), frozenset(instance.roles), True, _closed(instance))
        return None

    def instance(self, name: str) -> Instance:
        """An instance.

        Raises:
            NotFound: there is none of that name.
        """
        found = self._instances.get(name)
        if found is None or found.gone:
            raise NotFound(f"Database instance '{name}' does not exist.")
        return found

    def _present(self) -> list[Instance]:
        return [instance for instance in self._instances.values() if not instance.gone]

    def _create(self, call: Call) -> JsonObject:
        name = shapes.named(shapes.required(call.body, "name", str), NAME, "Instance name", NAME_RULE)
        if any(instance.name == name for instance in self._present()):
            raise ResourceExists(f"Database instance '{name}' already exists.")
        if len(self._present()) >= MOST:
            raise QuotaExceeded(f"Workspace has reached the maximum number of database instances ({MOST}).")
        instance = Instance(name, call.caller, self._domain)
        set_fields(instance, call.body, SETTABLE)
        seconds = self._settings.start_seconds
        instance.life.enter("STARTING", "STOPPED" if instance.fields.get("stopped") else "AVAILABLE", seconds)
        self._instances[name] = instance
        self.roles.add(instance, call.caller, SUPERUSER)
        return instance.shown()

    def _list(self, call: Call) -> JsonObject:
        return page("database_instances", [instance.shown() for instance in self._present()], call.query)

    def _find(self, call: Call) -> JsonObject:
        uid = call.query.get("uid", "")
        for instance in self._present():
            if instance.uid == uid:
                return instance.shown()
        raise NotFound(f"Database instance with uid '{uid}' does not exist.")

    def _get(self, call: Call) -> JsonObject:
        return self.instance(call.names["name"]).shown()

    def _managed(self, call: Call) -> Instance:
        """An instance for those who may change it: who made it, and administrators."""
        instance = self.instance(call.names["name"])
        if call.caller not in (ADMIN, instance.creator):
            raise Forbidden(f"User does not have CAN_MANAGE permission on '{instance.name}'.")
        return instance

    def _update(self, call: Call) -> JsonObject:
        instance = self._managed(call)
        if instance.life.changing:
            raise BadState(f"Database instance '{instance.name}' is {instance.life.state}.")
        mask = call.query.get("update_mask", "*")
        whole = [name for name in call.body if name in SETTABLE]
        paths = whole if mask in ("", "*") else mask.split(",")
        was_stopped = bool(instance.fields.get("stopped"))
        set_fields(instance, call.body, paths)
        _change_state(instance, was_stopped, self._settings.start_seconds)
        return instance.shown()

    def _delete(self, call: Call) -> JsonObject:
        instance = self._managed(call)
        if call.query.get("purge") == "false":
            raise Invalid("Soft deletion is not supported: omit 'purge', or set it to true.")
        instance.life.enter("DELETING", "", self._settings.start_seconds)
        return {}

    def _credential(self, call: Call) -> JsonObject:
        names = shapes.optional(call.body, "instance_names", list) or []
        if not names and not call.body.get("claims"):
            raise Invalid("At least one of instance_names or claims must be specified.")
        if "request_id" in call.body:
            _check_request_id(shapes.required(call.body, "request_id", str))
        resources = tuple(_resource(self.instance(name).name) for name in names)
        token = self._mint(call, resources, self._settings.token_seconds)
        return {"token": token.text, "expiration_time": shapes.written(token.claims.exp)}


def _resource(name: str) -> str:
    return f"instances/{name}"


def _change_state(instance: Instance, was_stopped: bool, seconds: float) -> None:
    match was_stopped, bool(instance.fields.get("stopped")):
        case False, True:
            instance.life.turn("UPDATING", "STOPPED", seconds)
        case True, False:
            instance.life.turn("STARTING", "AVAILABLE", seconds)
        case _, stopped:
            instance.life.enter("UPDATING", "STOPPED" if stopped else "AVAILABLE", seconds)


def _closed(instance: Instance) -> LoginRefused | None:
    """An instance that changes its size goes on serving; how the real one refuses is not documented."""
    if instance.life.state in ("AVAILABLE", "UPDATING", "FAILING_OVER"):
        return None
    return LoginRefused("57P03", f"database instance is not accepting connections: {instance.life.state}")


def _check_request_id(text: str) -> None:
    try:
        uuid.UUID(text)
    except ValueError as error:
        raise Invalid("Field 'request_id' must be a UUID.") from error
