"""The steps of a connection, and what the environment says of the way to every database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

StepName = Literal["resolve", "tcp", "tls", "login", "query"]
STEPS: tuple[StepName, ...] = ("resolve", "tcp", "tls", "login", "query")

# libpq's variables for all databases of a workspace alike; Databricks Apps set some of them
WAY = ("PGAPPNAME", "PGDATABASE", "PGHOSTADDR", "PGPORT", "PGSSLMODE", "PGSSLROOTCERT")


@dataclass(frozen=True, slots=True)
class Step:
    """A step, and why it failed if it did; in milliseconds."""

    name: StepName
    ms: float
    reason: str | None = None


def way_of(env: Mapping[str, str]) -> dict[str, str]:
    """Those of an environment; none where they are for a Postgres that takes a password, and no tokens."""
    if env.get("DATABASE_URL") or env.get("PGPASSWORD"):
        return {}
    return {name: env[name] for name in WAY if env.get(name)}
