"""The Postgres roles and databases of Autoscaling's branches."""

import re
import uuid
from typing import ClassVar

import psycopg2

from tests.workspace.control import shapes
from tests.workspace.control.collection import Collection
from tests.workspace.control.instance_roles import ATTRIBUTES, KINDS, MEMBERSHIP, postgres_attributes
from tests.workspace.control.resources import Resource, Tree
from tests.workspace.control.routing import Call, Route
from tests.workspace.control.wire import BadState, Invalid, JsonObject
from tests.workspace.roles import DATABASE, Roles
from tests.workspace.settings import Settings

OAUTH = "LAKEBASE_OAUTH_V1"
METHODS = (OAUTH, "PG_PASSWORD_SCRAM_SHA_256", "NO_LOGIN")
ID = re.compile(r"[a-z0-9]([a-z0-9-]{2,61}[a-z0-9])")
ID_RULE = "4 to 63 lower-case letters, digits and hyphens, no hyphen first or last"


class BranchRoles(Collection):
    """Who may log in to the endpoints of which branch; a role that is made is made in Postgres."""

    path: ClassVar[str] = "projects/{project}/branches/{branch}/roles/{role}"
    id_pattern: ClassVar[re.Pattern[str]] = ID
    id_rule: ClassVar[str] = ID_RULE
    fields: ClassVar[shapes.Fields] = {
        "attributes": ATTRIBUTES,
        "auth_method": str,
        "identity_type": str,
        "membership_roles": [str],
        "postgres_role": str,
    }

    def __init__(self, tree: Tree, settings: Settings, roles: Roles) -> None:
        super().__init__(tree, settings)
        self._roles = roles

    def new_id(self, call: Call) -> str:
        return super().new_id(call) if call.query.get("role_id") else f"role-{uuid.uuid4().hex[:12]}"

    def check(self, parent: str, spec: JsonObject, old: Resource | None) -> None:
        name = shapes.required(spec, "postgres_role", str)
        shapes.one_of(shapes.optional(spec, "auth_method", str), METHODS, "auth_method")
        shapes.one_of(shapes.optional(spec, "identity_type", str), KINDS[:3], "identity_type")
        for role in shapes.optional(spec, "membership_roles", list) or []:
            shapes.one_of(role, (MEMBERSHIP,), "membership_roles")
        if any(role is not old and role.spec["postgres_role"] == name for role in self._of(parent)):
            raise Invalid(f"Postgres role '{name}' already exists.")

    def made(self, resource: Resource, body: JsonObject) -> None:
        attributes = postgres_attributes(shapes.message(resource.spec, "attributes"), self.settings)
        superuser = MEMBERSHIP in (shapes.optional(resource.spec, "membership_roles", list) or [])
        self._roles.create(str(resource.spec["postgres_role"]), attributes, superuser=superuser)

    def remove(self, resource: Resource, call: Call) -> None:
        heir = call.query.get("reassign_owned_to")
        try:
            self._roles.drop(str(resource.spec["postgres_role"]), heir and self.postgres_role(heir))
        except psycopg2.Error as error:
            raise BadState(f"Role '{resource.name}' cannot be dropped: objects depend on it.") from error
        super().remove(resource, call)

    def status(self, resource: Resource) -> JsonObject:
        return {
            "auth_method": _method(resource.spec),
            "attributes": shapes.message(resource.spec, "attributes"),
            **shapes.picked(resource.spec, "identity_type", "membership_roles", "postgres_role"),
        }

    def changing_routes(self) -> tuple[Route, ...]:
        """None: what a role may do is changed in SQL."""
        return ()

    def postgres_role(self, name: str) -> str:
        """What a role is called in Postgres.

        Raises:
            NotFound: there is no such role.
        """
        return str(self.tree.get(name, "role").spec["postgres_role"])

    def with_tokens(self, branch: str) -> frozenset[str]:
        """What those are called in Postgres who log in to a branch with a token."""
        return frozenset(str(r.spec["postgres_role"]) for r in self._of(branch) if _method(r.spec) == OAUTH)

    def add(self, branch: str, name: str, spec: JsonObject) -> Resource:
        """Make a role, or give the one that the branch has."""
        for role in self._of(branch):
            if role.spec["postgres_role"] == name:
                return role
        place = f"{branch}/{self.plural}/role-{uuid.uuid4().hex[:12]}"
        resource = self.make(place, {**spec, "postgres_role": name}, name)
        self.made(resource, {})
        return resource

    def _of(self, branch: str) -> list[Resource]:
        return self.tree.within(branch, self.plural)


def _method(spec: JsonObject) -> str:
    default = OAUTH if spec.get("identity_type") else "PG_PASSWORD_SCRAM_SHA_256"
    return str(spec.get("auth_method") or default)


class Databases(Collection):
    """The Postgres databases of branches; each branch has `databricks_postgres` from the start."""

    path: ClassVar[str] = "projects/{project}/branches/{branch}/databases/{database}"
    id_pattern: ClassVar[re.Pattern[str]] = ID
    id_rule: ClassVar[str] = ID_RULE
    fields: ClassVar[shapes.Fields] = {"postgres_database": str, "role": str}

    def __init__(self, tree: Tree, settings: Settings, roles: Roles, branch_roles: BranchRoles) -> None:
        super().__init__(tree, settings)
        self._roles = roles
        self._branch_roles = branch_roles

    def new_id(self, call: Call) -> str:
        return super().new_id(call) if call.query.get("database_id") else f"db-{uuid.uuid4().hex[:12]}"

    def check(self, parent: str, spec: JsonObject, old: Resource | None) -> None:
        shapes.required(spec, "postgres_database", str)
        self._branch_roles.postgres_role(shapes.required(spec, "role", str))

    def made(self, resource: Resource, body: JsonObject) -> None:
        owner = self._branch_roles.postgres_role(str(resource.spec["role"]))
        try:
            self._roles.create_database(str(resource.spec["postgres_database"]), owner)
        except psycopg2.Error as error:
            self.tree.remove(resource.name)
            raise Invalid(f"Database '{resource.spec['postgres_database']}' cannot be created.") from error

    def remove(self, resource: Resource, call: Call) -> None:
        if resource.spec["postgres_database"] == DATABASE:
            raise BadState(f"Database '{DATABASE}' cannot be deleted.")
        self._roles.drop_database(str(resource.spec["postgres_database"]))
        super().remove(resource, call)

    def status(self, resource: Resource) -> JsonObject:
        return shapes.picked(resource.spec, "postgres_database", "role")

    def changing_routes(self) -> tuple[Route, ...]:
        """None: a database is changed in SQL."""
        return ()
