"""Lakebase Autoscaling: projects and what is in them, and credentials (`/api/2.0/postgres/...`)."""

import time
from collections.abc import Callable

from tests.workspace.admission import Target
from tests.workspace.control import shapes
from tests.workspace.control.branch_roles import BranchRoles, Databases
from tests.workspace.control.collection import BASE
from tests.workspace.control.endpoints import Endpoints, EndpointState, Power
from tests.workspace.control.projects import Branches, Projects
from tests.workspace.control.provisioned import CREDENTIAL as PROVISIONED_CREDENTIAL
from tests.workspace.control.provisioned import Mint
from tests.workspace.control.resources import Tree
from tests.workspace.control.routing import Call, Route, route
from tests.workspace.control.wire import Invalid, JsonObject
from tests.workspace.roles import Roles
from tests.workspace.settings import Settings

TTL = (300, 3600)  # seconds
TOLERANCE = 5.0  # seconds that a moment may be off when it gets here
CREDENTIAL: shapes.Fields = {
    "endpoint": str,
    "claims": PROVISIONED_CREDENTIAL["claims"],
    "expire_time": str,
    "ttl": str,
}


class Autoscaling:
    """The projects of a workspace; their endpoints all lead to one Postgres server."""

    def __init__(
        self, domain: str, settings: Settings, roles: Roles, mint: Mint, power: Callable[[], Power]
    ) -> None:
        self._settings = settings
        self._mint = mint
        self._tree = Tree()
        self._endpoints = Endpoints(self._tree, settings, domain, power)
        self.roles = BranchRoles(self._tree, settings, roles)
        databases = Databases(self._tree, settings, roles, self.roles)
        branches = Branches(self._tree, settings, self.roles, databases)
        projects = Projects(self._tree, settings, branches, self._endpoints, self.roles, databases)
        collections = (projects, branches, self._endpoints, self.roles, databases)
        self.routes: tuple[Route, ...] = (
            *(found for collection in collections for found in collection.routes()),
            route("POST", f"{BASE}/credentials", self._credential, CREDENTIAL),
        )

    def target(self, host: str) -> Target | None:
        """What a host name leads to, None if it is not one of an endpoint."""
        for endpoint in self._tree.all("endpoints"):
            roles = self.roles.with_tokens(endpoint.parent)
            if found := self._endpoints.target(endpoint, host, roles):
                return found
        return None

    def host(self, endpoint: str) -> str:
        """The DNS name of an endpoint.

        Raises:
            NotFound: there is no such endpoint.
        """
        return self._endpoints.hosts(self._tree.get(endpoint, "endpoint"))["host"]

    def postgres_database(self, name: str) -> str:
        """What a database is called in Postgres.

        Raises:
            NotFound: there is no such database.
        """
        return str(self._tree.get(name, "database").spec["postgres_database"])

    def force_state(self, endpoint: str, state: EndpointState | None) -> None:
        """Show an endpoint in a state, or, with None, in its own.

        Raises:
            NotFound: there is no such endpoint.
        """
        name = self._tree.get(endpoint, "endpoint").name
        self._endpoints.forced.pop(name, None)
        if state is not None:
            self._endpoints.forced[name] = state

    def show_true_states(self) -> None:
        """Show all endpoints in their own states."""
        self._endpoints.forced.clear()

    def fail_next(self, code: str, message: str) -> None:
        """Let the next operation end in an error, and be as if it had never begun."""
        self._tree.failing = {"error_code": code, "message": message}

    def add_role(self, branch: str, name: str, spec: JsonObject) -> None:
        """Let a role log in to the endpoints of a branch.

        Raises:
            NotFound: there is no such branch.
        """
        self.roles.add(self._tree.get(branch, "branch").name, name, spec)

    def _credential(self, call: Call) -> JsonObject:
        endpoint = self._tree.get(shapes.required(call.body, "endpoint", str), "endpoint")
        life = min(_life(call.body), self._settings.token_seconds)
        token = self._mint(call, (endpoint.name,), life)
        return {"token": token.text, "expire_time": shapes.written(token.claims.exp)}


def _life(body: JsonObject) -> float:
    """The seconds that a request asks for.

    Raises:
        Invalid: too few, too many, or in two ways.
    """
    seconds, moment = shapes.seconds(body, "ttl"), shapes.moment(body, "expire_time")
    if seconds is not None and moment is not None:
        raise Invalid("Fields 'ttl' and 'expire_time' exclude each other.")
    shapes.between(seconds, *TTL, "ttl")
    if moment is not None:
        seconds = moment - time.time()
        shapes.between(seconds, TTL[0] - TOLERANCE, TTL[1] + TOLERANCE, "expire_time")
    return TTL[1] if seconds is None else seconds
