"""Autoscaling's projects and their branches."""

from functools import partial
from typing import ClassVar

from tests.workspace.control import shapes
from tests.workspace.control.branch_roles import BranchRoles, Databases
from tests.workspace.control.collection import BASE, Collection
from tests.workspace.control.endpoints import GROUP, READ_WRITE, SIZE, Endpoints, check_size
from tests.workspace.control.instance_roles import MEMBERSHIP
from tests.workspace.control.resources import Resource, Tree
from tests.workspace.control.routing import Call, Route, route
from tests.workspace.control.wire import BadState, Invalid, JsonObject, NotFound
from tests.workspace.roles import DATABASE
from tests.workspace.settings import Settings

BRANCH = "production"  # what a new project has
ENDPOINT = "primary"
VERSIONS = (16, 17, 18)
HISTORY = (172_800, 3_024_000)  # seconds
SHOWN = ("custom_tags", "budget_policy_id", "default_endpoint_settings", "history_retention_duration")
OWNER: JsonObject = {"identity_type": "USER", "membership_roles": [MEMBERSHIP]}


class Branches(Collection):
    """The branches of a project; a new one has the roles and databases of its source, in the same server."""

    path: ClassVar[str] = "projects/{project}/branches/{branch}"
    prefix: ClassVar[str] = "br-"
    fields: ClassVar[shapes.Fields] = {
        "expire_time": str,
        "is_protected": bool,
        "no_expiry": bool,
        "source_branch": str,
        "source_branch_lsn": str,
        "source_branch_time": str,
        "source_snapshot": str,
        "ttl": str,
    }

    def __init__(self, tree: Tree, settings: Settings, roles: BranchRoles, databases: Databases) -> None:
        super().__init__(tree, settings)
        self._roles = roles
        self._databases = databases

    def default(self, project: str) -> str:
        """The branch of a project that others are made from."""
        return _default(self.tree.get(project, "project"))

    def check(self, parent: str, spec: JsonObject, old: Resource | None) -> None:
        shapes.seconds(spec, "ttl"), shapes.moment(spec, "expire_time")
        given = [name for name in ("ttl", "expire_time", "no_expiry") if spec.get(name) is not None]
        if len(given) > 1:
            raise Invalid(f"Fields {', '.join(given)} exclude each other.")
        if spec.get("no_expiry") is False:
            raise Invalid("Field 'no_expiry' cannot be false: give 'ttl' or 'expire_time'.")
        self.tree.get(shapes.optional(spec, "source_branch", str) or self.default(parent), "branch")

    def made(self, resource: Resource, body: JsonObject) -> None:
        source = str(resource.spec.get("source_branch") or self.default(resource.parent))
        for role in self.tree.within(source, "roles"):
            copy = self._roles.make(f"{resource.name}/roles/{role.id}", role.spec, role.creator)
            self._roles.made(copy, {})
        for database in self.tree.within(source, "databases"):
            owner = str(database.spec["role"]).replace(source, resource.name, 1)
            spec = {**database.spec, "role": owner}
            self._databases.make(f"{resource.name}/databases/{database.id}", spec, database.creator)

    def remove(self, resource: Resource, call: Call) -> None:
        if resource.name == self.default(resource.parent):
            raise BadState("The default branch cannot be deleted.")
        if resource.spec.get("is_protected"):
            raise BadState(f"Branch '{resource.name}' is protected.")
        super().remove(resource, call)

    def status(self, resource: Resource) -> JsonObject:
        return {
            "current_state": resource.life.state,
            **({"pending_state": self.settled} if resource.life.changing else {}),
            "default": resource.name == self.default(resource.parent),
            "is_protected": bool(resource.spec.get("is_protected")),
            "logical_size_bytes": 0,
            **shapes.picked(resource.spec, "source_branch", "expire_time"),
        }


class Projects(Collection):
    """Projects; each begins with a branch, an endpoint, its creator's role and a database."""

    path: ClassVar[str] = "projects/{project}"
    fields: ClassVar[shapes.Fields] = {
        "budget_policy_id": str,
        "custom_tags": [{"key": str, "value": str}],
        "default_branch": str,
        "default_endpoint_settings": {**SIZE, "pg_settings": dict},
        "display_name": str,
        "enable_pg_native_login": bool,
        "history_retention_duration": str,
        "pg_version": int,
    }
    beside: ClassVar[shapes.Fields] = {
        "initial_branch_spec": {"is_protected": bool},
        "initial_endpoint_spec": {**SIZE, "group": GROUP},
        "delete_time": str,
        "purge_time": str,
    }

    def __init__(
        self,
        tree: Tree,
        settings: Settings,
        branches: Branches,
        endpoints: Endpoints,
        roles: BranchRoles,
        databases: Databases,
    ) -> None:
        super().__init__(tree, settings)
        self._branches = branches
        self._endpoints = endpoints
        self._roles = roles
        self._databases = databases

    def changing_routes(self) -> tuple[Route, ...]:
        """How projects are changed, and brought back."""
        return (
            *super().changing_routes(),
            route("POST", f"{BASE}/{self.path}/undelete", self._undelete),
        )

    def check(self, parent: str, spec: JsonObject, old: Resource | None) -> None:
        name = shapes.optional(spec, "display_name", str)
        if name is not None and not 1 <= len(name) <= 256:
            raise Invalid("Field 'display_name' must have 1 to 256 characters.")
        if spec.get("pg_version") not in (None, *VERSIONS):
            raise Invalid(f"Field 'pg_version' must be one of {', '.join(map(str, VERSIONS))}.")
        history = shapes.seconds(spec, "history_retention_duration")
        shapes.between(history, *HISTORY, "history_retention_duration")
        check_size(shapes.message(spec, "default_endpoint_settings"))
        if branch := shapes.optional(spec, "default_branch", str):
            self.tree.get(branch, "branch")

    def made(self, resource: Resource, body: JsonObject) -> None:
        size = shapes.message(body, "initial_endpoint_spec")
        try:
            check_size(size)
        except Invalid:
            self.tree.remove(resource.name)
            raise
        spec = shapes.message(body, "initial_branch_spec")
        branch = self._branches.make(f"{resource.name}/branches/{BRANCH}", spec, resource.creator).name
        compute = {"endpoint_type": READ_WRITE, **size}
        self._endpoints.make(f"{branch}/endpoints/{ENDPOINT}", compute, resource.creator)
        role = self._roles.add(branch, resource.creator, OWNER)
        database = {"postgres_database": DATABASE, "role": role.name}
        self._databases.make(f"{branch}/databases/{DATABASE.replace('_', '-')}", database, resource.creator)

    def remove(self, resource: Resource, call: Call) -> None:
        branches = self.tree.within(resource.name, "branches")
        if any(branch.spec.get("is_protected") for branch in branches):
            raise BadState(f"Project '{resource.name}' has a protected branch.")
        if shapes.is_true(call.query, "purge"):
            super().remove(resource, call)
        else:
            resource.deleted = resource.updated

    def status(self, resource: Resource) -> JsonObject:
        return {
            "display_name": resource.spec.get("display_name", resource.id),
            "owner": resource.creator,
            "pg_version": resource.spec.get("pg_version", VERSIONS[1]),
            "default_branch": _default(resource),
            "enable_pg_native_login": bool(resource.spec.get("enable_pg_native_login")),
            **shapes.picked(resource.spec, *SHOWN),
        }

    def _undelete(self, call: Call) -> JsonObject:
        name = self.path.format(**call.names)
        resource = self.tree.put_away(name)
        if resource is None:
            raise NotFound(f"project '{name}' has not been deleted.")
        undo = partial(setattr, resource, "deleted", resource.deleted)
        resource.deleted = None
        return self.tree.begin(name, self.settings.start_seconds, lambda: self.shown(resource), undo)


def _default(project: Resource) -> str:
    return str(project.spec.get("default_branch") or f"{project.name}/branches/{BRANCH}")
