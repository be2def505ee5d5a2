"""Which Lakebase database, and how many connections to it, from the variables that Apps and people set."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from backends.env import SettingError, named, whole
from backends.lakebase.address import Address
from backends.lakebase.resources import Endpoint, Instance, InstanceHost

# all the spellings in use
INSTANCE_VARIABLES = ("LAKEBASE_INSTANCE", "LAKEBASE_INSTANCE_NAME")
ENDPOINT_VARIABLES = (
    "LAKEBASE_ENDPOINT",
    "PGENDPOINT",
    "LAKEBASE_AUTOSCALING_ENDPOINT",
    "LAKEBASE_ENDPOINT_NAME",
    "ENDPOINT_NAME",
)
SHARED = "ENDPOINT_NAME"  # also names endpoints that serve models, which have no such path
SDK_VARIABLES = ("DATABRICKS_", "ARM_", "GOOGLE_")  # how the names of the SDK's own begin
# what Databricks sets beside them that logs nobody in
_NO_LOGIN = frozenset({
    "DATABRICKS_CLIENT_ID", "DATABRICKS_HOST", "DATABRICKS_APP_NAME", "DATABRICKS_APP_PORT",
    "DATABRICKS_WORKSPACE_ID", "DATABRICKS_WAREHOUSE_ID", "DATABRICKS_ACCOUNT_ID",
})  # fmt: skip
_PATH = re.compile(r"projects/[^/\s]+/branches/[^/\s]+/endpoints/[^/\s]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

Resource = Endpoint | Instance | InstanceHost


@dataclass(frozen=True, slots=True)
class Target:
    """What to mint tokens for, and the variable that says so."""

    variable: str
    resource: Resource

    def __str__(self) -> str:
        match self.resource:
            case Endpoint(name) | Instance(name) | InstanceHost(name):
                return name


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the environment says of one Postgres; `repr` shows no secret."""

    address: Address
    target: Target | None  # None: it is looked up, or no tokens are needed
    app: str | None  # whose resources tell the database, if nothing else does
    sdk: Mapping[str, str] = field(repr=False)  # the SDK's own variables
    pool_size: int  # connections, in each worker
    pool_seconds: int  # to wait for one of them
    connect_seconds: int  # for one to be made, waking the database included
    statement_seconds: int
    prepare_threshold: int  # times that a connection sends a statement until it is kept planned; 0: never
    workers: int
    instances: int | None  # of the gateway; None: those of the App, where there is one
    catalog: str
    schema: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """The settings that `env` makes.

        Raises:
            SettingError: a variable is malformed or missing, or two contradict each other.
        """
        address = Address.from_env(env)
        target = _target(env) if address.tokens else None
        app = env.get("PGAPPNAME") or env.get("DATABRICKS_APP_NAME") or None
        if address.tokens and not (target or app or "host" in address.arguments):
            raise SettingError("none of PGHOST, LAKEBASE_ENDPOINT and LAKEBASE_INSTANCE is set")
        if address.tokens:
            _refuse_half_a_login(env)
        return cls(
            address=address,
            target=target,
            app=app,
            sdk={name: text for name, text in env.items() if name.startswith(SDK_VARIABLES)},
            pool_size=whole(env, "GATEWAY_POOL_SIZE", whole(env, "GATEWAY_THREADS", 8, 1, 256), 1, 256),
            pool_seconds=whole(env, "GATEWAY_POOL_SECONDS", 10, 1, 60),
            connect_seconds=whole(env, "GATEWAY_CONNECT_SECONDS", 15, 1, 60),
            statement_seconds=whole(env, "GATEWAY_STATEMENT_SECONDS", 80, 1, 110),
            prepare_threshold=whole(env, "GATEWAY_PREPARE_THRESHOLD", 5, 0, 1000),
            workers=whole(env, "GATEWAY_WORKERS", 2, 1, 64),
            instances=whole(env, "GATEWAY_INSTANCES", 1, 1, 10_000) if env.get("GATEWAY_INSTANCES") else None,
            catalog=named(env, "GATEWAY_CATALOG", address.database),
            schema=named(env, "GATEWAY_SCHEMA", _schema(env.get("PGAPPNAME") or "public")),
        )

    @property
    def most_connections(self) -> int:
        """How many connections all workers of all instances that are told together may hold."""
        return self.pool_size * self.workers * (self.instances or 1)

    def shown(self) -> dict[str, str]:
        """What is in force, by the variables that set it; no secret."""
        return {
            **self.address.shown(),
            **({self.target.variable: str(self.target)} if self.target else {}),
            "GATEWAY_INSTANCES": str(self.instances or 1),
            "GATEWAY_POOL_SIZE": str(self.pool_size),
            "GATEWAY_POOL_SECONDS": str(self.pool_seconds),
            "GATEWAY_CONNECT_SECONDS": str(self.connect_seconds),
            "GATEWAY_STATEMENT_SECONDS": str(self.statement_seconds),
            "GATEWAY_PREPARE_THRESHOLD": str(self.prepare_threshold),
        }


def _refuse_half_a_login(env: Mapping[str, str]) -> None:
    """Refuse a service principal without its secret, where nothing else tells how to log in.

    Raises:
        SettingError: the secret is not set.
    """
    others = (name for name in env if name.startswith(SDK_VARIABLES))
    told = {name for name in others if env[name] and name not in _NO_LOGIN}
    if env.get("DATABRICKS_CLIENT_ID") and not told:
        raise SettingError("DATABRICKS_CLIENT_SECRET is not set, but DATABRICKS_CLIENT_ID is")


def _target(env: Mapping[str, str]) -> Target | None:
    """What the variables name, if any does.

    Raises:
        SettingError: one cannot name a database, or two name different ones.
    """
    said = [name for name in (*ENDPOINT_VARIABLES, *INSTANCE_VARIABLES) if env.get(name)]
    targets = [Target(name, _resource(name, env[name])) for name in said if _is_meant(name, env[name])]
    for other in targets[1:]:
        if other.resource != targets[0].resource:
            both = f"{targets[0].variable} and {other.variable}"
            raise SettingError(f"{both} name different databases: {targets[0]} and {other}")
    return targets[0] if targets else None


def _is_meant(name: str, text: str) -> bool:
    return name != SHARED or text.startswith("projects/")


def _resource(name: str, text: str) -> Resource:
    if _PATH.fullmatch(text):
        return Endpoint(text)
    if name in ENDPOINT_VARIABLES or text.startswith("projects/"):
        raise SettingError(f"{name} takes projects/P/branches/B/endpoints/E, not {text!r}")
    if "." in text and text.isprintable() and " " not in text:
        return InstanceHost(text.lower())
    if not _NAME.fullmatch(text):
        raise SettingError(f"{name} takes the name of a database instance, or its host, not {text!r}")
    return Instance(text)


def _schema(app: str) -> str:
    """The schema of an App: its name with what an unquoted name cannot have as "_"."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", app)
    return f"_{name}" if name[0].isdigit() else name
