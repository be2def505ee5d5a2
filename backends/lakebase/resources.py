"""Lakebase's two kinds of database as the control plane knows them: an instance, or a project's endpoint."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from backends import errors
from backends.base import Status
from backends.credentials import Token
from backends.credentials.checks import is_application
from backends.preflight import Mend, command

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

# what the control plane calls the states of an instance; AVAILABLE is simply ready
_INSTANCE = {
    "AVAILABLE": Status(),
    "STARTING": Status("starting", "the database instance is starting"),
    "STOPPED": Status("stopped", "the database instance is stopped"),
    "DELETING": Status("stopped", "the database instance is being deleted"),
    "UPDATING": Status("ready", "the database instance is being updated"),
    "UPGRADING": Status("ready", "the database instance is being upgraded"),
    "FAILING_OVER": Status("ready", "the database instance is failing over to another node"),
}
_ENDPOINT = {
    "ACTIVE": Status(),
    "IDLE": Status("sleeping", "the endpoint is suspended; it wakes when it is connected to"),
    "INIT": Status("starting", "the endpoint is starting"),
    "DEGRADED": Status("ready", "the endpoint is degraded"),
}
_UNKNOWN = Status("ready", "the control plane tells a state that this version does not know")


@dataclass(frozen=True, slots=True)
class Instance:
    """A Provisioned database instance. Its questions raise the SDK's errors."""

    name: str

    def __str__(self) -> str:
        return f'database instance "{self.name}"'

    def token(self, client: "WorkspaceClient") -> Token:
        """A new token, which is good for this instance."""
        made = client.database.generate_database_credential(
            instance_names=[self.name], request_id=str(uuid4())
        )
        return _token(made.token, _moment(made.expiration_time))

    def host(self, client: "WorkspaceClient") -> str | None:
        """Where it is reached for reading and writing."""
        return client.database.get_database_instance(self.name).read_write_dns

    def status(self, client: "WorkspaceClient") -> Status:
        """Its state, as Databricks tells it without touching it."""
        found = client.database.get_database_instance(self.name)
        known = _INSTANCE.get(found.state.value, _UNKNOWN) if found.state else _UNKNOWN
        return _INSTANCE["STOPPED"] if known.state == "ready" and found.effective_stopped else known

    def started(self) -> Mend:
        """What starts it where it is stopped."""
        return _api(
            "patch", f"/api/2.0/database/instances/{self.name}?update_mask=stopped", {"stopped": False}
        )

    def with_role(self, name: str) -> Mend:
        """What lets somebody in who has no role in it."""
        role = {"name": name, "identity_type": _identity_type(name)}
        return _api("post", f"/api/2.0/database/instances/{self.name}/roles", role)


@dataclass(frozen=True, slots=True)
class InstanceHost:
    """A Provisioned database instance of which only the host is known: its name is to be looked up."""

    host: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An Autoscaling endpoint, "projects/P/branches/B/endpoints/E". Its questions raise the SDK's errors."""

    path: str

    def __str__(self) -> str:
        return f'endpoint "{self.path}"'

    def token(self, client: "WorkspaceClient") -> Token:
        """A new token, which is good for this endpoint."""
        made = client.postgres.generate_database_credential(self.path)
        return _token(made.token, made.expire_time.ToDatetime(UTC) if made.expire_time else None)

    def host(self, client: "WorkspaceClient") -> str | None:
        """Where it is reached for reading and writing."""
        status = client.postgres.get_endpoint(self.path).status
        return status.hosts.host if status and status.hosts else None

    def status(self, client: "WorkspaceClient") -> Status:
        """Its state, as Databricks tells it without waking it."""
        found = client.postgres.get_endpoint(self.path)
        if (found.spec and found.spec.disabled) or (found.status and found.status.disabled):
            return Status("stopped", "the endpoint is disabled")
        state = found.status.current_state if found.status else None
        return _ENDPOINT.get(state.value, _UNKNOWN) if state else _UNKNOWN

    def started(self) -> Mend:
        """What starts it where it is disabled."""
        place = f"/api/2.0/postgres/{self.path}?update_mask=spec.disabled"
        return _api("patch", place, {"spec": {"disabled": False}})

    def with_role(self, name: str) -> Mend:
        """What lets somebody in who has no role in its branch."""
        branch = self.path.partition("/endpoints/")[0]
        spec = {"postgres_role": name, "identity_type": _identity_type(name)}
        return _api("post", f"/api/2.0/postgres/{branch}/roles", {"spec": spec})


def _api(method: str, place: str, body: object) -> Mend:
    """A request to the control plane, as the Databricks CLI sends it."""
    return command("databricks", "api", method, place, "--json", json.dumps(body))


def _identity_type(name: str) -> str:
    return "SERVICE_PRINCIPAL" if is_application(name) else "USER"


def _token(text: str | None, expires: datetime | None) -> Token:
    if not text:
        raise errors.Unavailable("Databricks gave no token", retry_after=5)
    return Token.of(text, expires)


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
