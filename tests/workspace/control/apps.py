"""Databricks Apps: each has a service principal, whom its database resources let in (`/api/2.0/apps`)."""

import re

from tests.workspace.control import shapes
from tests.workspace.control.app import App
from tests.workspace.control.app_proxy import Proxy
from tests.workspace.control.app_resources import RESOURCE, Resources, by_name
from tests.workspace.control.deployments import INPUT as DEPLOYMENT
from tests.workspace.control.deployments import Deployment, checked
from tests.workspace.control.hosting import Hosting, in_background
from tests.workspace.control.identity import WORKSPACE_ID, Identity
from tests.workspace.control.lifecycle import Lifecycle
from tests.workspace.control.objects import Objects
from tests.workspace.control.paging import page
from tests.workspace.control.routing import Call, Route, route
from tests.workspace.control.wire import BadState, Invalid, JsonObject, NoResource, NotFound, ResourceExists
from tests.workspace.settings import Settings

APPS = "/api/2.0/apps"
NAME = re.compile(r"[a-z0-9-]{2,30}")
NAME_RULE = "2 to 30 lower-case letters, digits and hyphens"
GONE = "DELETED"
SIZES = ("MEDIUM", "LARGE", "XLARGE")

CHANGED: shapes.Fields = {
    "description": str,
    "resources": [RESOURCE],
    "compute_size": str,
    "compute_min_instances": int,
    "compute_max_instances": int,
    "budget_policy_id": str,
    "usage_policy_id": str,
    "user_api_scopes": [str],
    "forward_user_access_token": bool,
    "git_repository": dict,
    "telemetry_export_destinations": [dict],
}
INPUT: shapes.Fields = {"name": str, **CHANGED}


class Apps:
    """The apps of a workspace; what is deployed runs as processes of this machine.

    Attributes:
        hosting: where they run; until it is set, nothing can be deployed.
    """

    def __init__(
        self, identity: Identity, settings: Settings, resources: Resources, objects: Objects
    ) -> None:
        self.hosting: Hosting | None = None
        self._identity = identity
        self._settings = settings
        self._resources = resources
        self._objects = objects
        self._apps: dict[str, App] = {}
        one = f"{APPS}/{{name}}"
        self.routes: tuple[Route, ...] = (
            route("POST", APPS, self._create, INPUT),
            route("GET", APPS, self._list),
            route("GET", one, self._get),
            route("PATCH", one, self._replace, INPUT),
            route("DELETE", one, self._delete),
            route("POST", f"{one}/update", self._update, {"app": INPUT, "update_mask": str}),
            route("GET", f"{one}/update", self._updating),
            route("POST", f"{one}/start", self._start),
            route("POST", f"{one}/stop", self._stop),
            route("POST", f"{one}/deployments", self._deploy, DEPLOYMENT),
            route("GET", f"{one}/deployments", self._deployments),
            route("GET", f"{one}/deployments/{{deployment}}", self._deployment),
        )

    def app(self, name: str) -> App:
        """An app.

        Raises:
            NoResource: there is none of that name.
        """
        if name not in self._those():
            raise NoResource(f"App with name {name} does not exist or is deleted.")
        return self._apps[name]

    def _those(self) -> dict[str, App]:
        """The apps that are there, also those that are being deleted."""
        for app in [app for app in self._apps.values() if app.life.state == GONE]:
            del self._apps[app.name]
        return self._apps

    def close(self) -> None:
        """End all that runs."""
        for process in [found for app in self._apps.values() for found in app.processes()]:
            process.ask_to_stop()
        for app in self._apps.values():
            app.stop()
            app.proxy.stop()

    def cancel(self, name: str) -> None:
        """Cancel the deployment under way, as the platform does where the app is stopped meanwhile."""
        if pending := self.app(name).pending:
            pending.state, pending.message = "CANCELLED", "Deployment was cancelled"

    def _create(self, call: Call) -> JsonObject:
        name = shapes.named(shapes.required(call.body, "name", str), NAME, "App name", NAME_RULE)
        if name in self._those():
            raise ResourceExists(f"An app with the same name already exists: {name}")
        resources = self._checked(call.body)
        app = App(name, call.caller, *self._identity.new_client(), dict(call.body), Lifecycle("ACTIVE"))
        for resource in resources:
            self._resources.let_in(app, resource)
        rest = "STOPPED" if shapes.is_true(call.query, "no_compute") else "ACTIVE"
        app.life.enter("STARTING", rest, self._settings.start_seconds)
        app.proxy = Proxy(self._identity, app.port)
        self._apps[name] = app
        return app.shown()

    def _checked(self, body: JsonObject) -> list[JsonObject]:
        shapes.one_of(shapes.optional(body, "compute_size", str), SIZES, "compute_size")
        return self._resources.checked(body)

    def _list(self, call: Call) -> JsonObject:
        return page("apps", [app.shown() for app in self._those().values()], call.query)

    def _get(self, call: Call) -> JsonObject:
        return self._named(call).shown()

    def _named(self, call: Call) -> App:
        return self.app(call.names["name"])

    def _replace(self, call: Call) -> JsonObject:
        """What is not told is cleared."""
        app = self._named(call)
        if call.body.get("compute_size") not in (None, app.shown()["compute_size"]):
            raise Invalid("compute_size cannot be changed by an update: create an update of the app.")
        self._change(app, {name: call.body.get(name) for name in CHANGED if name != "compute_size"})
        return app.shown()

    def _update(self, call: Call) -> JsonObject:
        app, asked = self._named(call), shapes.message(call.body, "app")
        if app.updating.changing:
            raise BadState(f"App {app.name} is already being updated.")
        names = shapes.required(call.body, "update_mask", str).split(",")
        if unknown := [name for name in names if name not in CHANGED and name != "*"]:
            raise Invalid(f"Field mask has a field that cannot be updated: {unknown[0]}")
        self._change(app, {name: asked.get(name) for name in (CHANGED if "*" in names else names)})
        app.updating.enter("IN_PROGRESS", "SUCCEEDED", self._settings.start_seconds)
        return self._updating(call)

    def _change(self, app: App, fields: dict[str, object]) -> None:
        for resource in self._checked(fields):
            self._resources.let_in(app, resource)
        kept = {name: value for name, value in app.fields.items() if name not in fields}
        app.fields = {**kept, **{name: value for name, value in fields.items() if value is not None}}

    def _updating(self, call: Call) -> JsonObject:
        app = self._named(call)
        state = app.updating.state
        shown = {name: value for name, value in app.fields.items() if name in CHANGED}
        return {**shown, "status": {"state": state, "message": f"App update is {state}."}}

    def _start(self, call: Call) -> JsonObject:
        app = self._named(call)
        if app.life.state != "STOPPED":
            raise BadState(f"App {app.name} is {app.life.state}.")
        app.life.enter("STARTING", "ACTIVE", self._settings.start_seconds)
        if app.active:
            self._launch(app, Deployment(app.active.source, call.caller, app.active.asked, app.active.files))
        return app.shown()

    def _stop(self, call: Call) -> JsonObject:
        app = self._named(call)
        self.cancel(app.name)
        app.stop()
        app.life.enter("STOPPING", "STOPPED", self._settings.start_seconds)
        return app.shown()

    def _deploy(self, call: Call) -> JsonObject:
        app = self._named(call)
        if app.life.state != "ACTIVE":
            raise BadState(f"Cannot deploy app {app.name}: its compute is {app.life.state}, not ACTIVE.")
        if app.pending:
            raise BadState(f"Cannot deploy app {app.name} as there is an active deployment in progress.")
        checked(call.body)
        source = shapes.required(call.body, "source_code_path", str)
        if not source.startswith("/Workspace/"):
            raise Invalid("source_code_path must begin with /Workspace/.")
        deployment = Deployment(source, call.caller, dict(call.body), self._objects.files(source))
        self._launch(app, deployment)
        return deployment.shown()

    def _launch(self, app: App, deployment: Deployment) -> None:
        hosting, old = self.hosting, app.active
        if hosting is None:
            raise BadState("this workspace hosts no apps.")
        given, resources = self._given(app), by_name(app.resources)
        app.deployments.append(deployment)

        def run() -> None:
            deployment.run(hosting, given, resolve, self._settings.start_seconds)
            if old and old.process and deployment.state == "SUCCEEDED":
                old.process.stop()

        def resolve(name: str) -> str | None:
            return self._resources.value(resources[name]) if name in resources else None

        in_background(run)

    def _given(self, app: App) -> dict[str, str]:
        """What the platform puts into an app's environment; the first database counts."""
        found = {
            "DATABRICKS_APP_NAME": app.name,
            "DATABRICKS_WORKSPACE_ID": WORKSPACE_ID,
            "DATABRICKS_CLIENT_ID": app.client,
            "DATABRICKS_CLIENT_SECRET": app.secret,
        }
        for resource in app.resources:
            if place := self._resources.host(resource):
                told = {"PGHOST": place[0], "PGDATABASE": place[1], "PGUSER": app.client}
                return {**found, **told, "PGAPPNAME": app.name, "PGSSLMODE": "require"}
        return found

    def _deployments(self, call: Call) -> JsonObject:
        found = [deployment.shown() for deployment in reversed(self._named(call).deployments)]
        return page("app_deployments", found, call.query)

    def _deployment(self, call: Call) -> JsonObject:
        for found in self._named(call).deployments:
            if found.id == call.names["deployment"]:
                return found.shown()
        raise NotFound(f"Deployment {call.names['deployment']} does not exist.")

    def _delete(self, call: Call) -> JsonObject:
        app = self._named(call)
        if app.life.settled == GONE:
            raise BadState(f"App {app.name} is being deleted.")
        self._identity.forget_client(app.client)
        self.cancel(app.name)
        app.stop()
        in_background(app.proxy.stop)
        app.life.enter("DELETING", GONE, self._settings.start_seconds)
        return app.shown()
