"""Databricks Apps: each has a service principal, whom its database resources let in (`/api/2.0/apps`)."""

import re
import time
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.workspace.control import shapes
from tests.workspace.control.autoscaling import Autoscaling
from tests.workspace.control.identity import Identity
from tests.workspace.control.lifecycle import Lifecycle
from tests.workspace.control.paging import page
from tests.workspace.control.provisioned import Provisioned
from tests.workspace.control.routing import Call, Route, route
from tests.workspace.control.wire import Invalid, JsonObject, NoResource, ResourceExists
from tests.workspace.settings import Settings

APPS = "/api/2.0/apps"
NAME = re.compile(r"[a-z0-9-]{2,30}")
NAME_RULE = "2 to 30 lower-case letters, digits and hyphens"
PERMISSION = "CAN_CONNECT_AND_CREATE"
PRINCIPAL: JsonObject = {"identity_type": "SERVICE_PRINCIPAL"}

RESOURCE: shapes.Fields = {
    "name": str,
    "description": str,
    "database": {"instance_name": str, "database_name": str, "permission": str},
    "postgres": {"branch": str, "database": str, "permission": str},
    "sql_warehouse": {"id": str, "permission": str},
}
INPUT: shapes.Fields = {
    "name": str,
    "description": str,
    "resources": [RESOURCE],
    "compute_size": str,
    "compute_min_instances": int,
    "compute_max_instances": int,
    "budget_policy_id": str,
    "usage_policy_id": str,
    "user_api_scopes": [str],
}


@dataclass
class App:
    """An app, its service principal's id and secret, and what was asked of it."""

    name: str
    creator: str
    client: str
    secret: str
    fields: JsonObject
    life: Lifecycle
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: str = field(default_factory=lambda: shapes.written(time.time()))

    def shown(self) -> JsonObject:
        """As answers have it; the secret is the platform's to hand to the app."""
        return {
            "compute_size": "MEDIUM",
            "description": "",
            **self.fields,
            "name": self.name,
            "id": self.id,
            "creator": self.creator,
            "create_time": self.created,
            "updater": self.creator,
            "update_time": self.created,
            "url": f"https://{self.name}-1234567890123456.aws.databricksapps.com",
            "service_principal_client_id": self.client,
            "service_principal_id": zlib.crc32(self.client.encode()),
            "service_principal_name": f"app-{self.name}",
            "app_status": {"state": "UNAVAILABLE", "message": "App has not been deployed yet"},
            "compute_status": {"state": self.life.state, "message": f"App compute is {self.life.state}."},
        }


class Apps:
    """The apps of a workspace; none of them runs, and nothing can be deployed."""

    def __init__(
        self, identity: Identity, settings: Settings, provisioned: Provisioned, autoscaling: Autoscaling
    ) -> None:
        self._identity = identity
        self._settings = settings
        self._provisioned = provisioned
        self._autoscaling = autoscaling
        self._apps: dict[str, App] = {}
        self.routes: tuple[Route, ...] = (
            route("POST", APPS, self._create, INPUT),
            route("GET", APPS, self._list),
            route("GET", f"{APPS}/{{name}}", self._get),
            route("DELETE", f"{APPS}/{{name}}", self._delete),
        )

    def app(self, name: str) -> App:
        """An app.

        Raises:
            NoResource: there is none of that name.
        """
        if name not in self._apps:
            raise NoResource(f"App with name {name} does not exist or is deleted.")
        return self._apps[name]

    def _create(self, call: Call) -> JsonObject:
        name = shapes.named(shapes.required(call.body, "name", str), NAME, "App name", NAME_RULE)
        if name in self._apps:
            raise ResourceExists(f"An app with the same name already exists: {name}")
        resources = list(_resources(call.body))
        app = App(name, call.caller, *self._identity.new_client(), call.body, Lifecycle("ACTIVE"))
        try:
            for resource in resources:
                self._let_in(app, resource)
        except Exception:
            self._identity.forget_client(app.client)
            raise
        rest = "STOPPED" if shapes.is_true(call.query, "no_compute") else "ACTIVE"
        app.life.enter("STARTING", rest, self._settings.start_seconds)
        self._apps[name] = app
        return app.shown()

    def _let_in(self, app: App, resource: JsonObject) -> None:
        if database := shapes.message(resource, "database"):
            instance = self._provisioned.instance(shapes.required(database, "instance_name", str))
            self._provisioned.roles.add(instance, app.client, PRINCIPAL)
        if postgres := shapes.message(resource, "postgres"):
            branch = shapes.required(postgres, "branch", str)
            self._autoscaling.add_role(branch, app.client, PRINCIPAL)

    def _list(self, call: Call) -> JsonObject:
        return page("apps", [app.shown() for app in self._apps.values()], call.query)

    def _get(self, call: Call) -> JsonObject:
        return self.app(call.names["name"]).shown()

    def _delete(self, call: Call) -> JsonObject:
        app = self.app(call.names["name"])
        self._identity.forget_client(app.client)
        del self._apps[app.name]
        app.life.enter("DELETING", "DELETING", self._settings.start_seconds)
        return app.shown()


def _resources(body: JsonObject) -> Iterator[JsonObject]:
    """The resources that an app asks for.

    Raises:
        Invalid: one has no name or no permission that there is, or is not one thing.
    """
    for resource in shapes.optional(body, "resources", list) or []:
        shapes.required(resource, "name", str)
        kinds = [kind for kind in ("database", "postgres", "sql_warehouse") if resource.get(kind)]
        if len(kinds) != 1:
            raise Invalid(f"Resource '{resource['name']}' must be exactly one thing.")
        permission = shapes.required(resource[kinds[0]], "permission", str)
        if kinds[0] != "sql_warehouse":
            shapes.one_of(permission, (PERMISSION,), "permission")
        yield resource
