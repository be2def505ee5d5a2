"""A Databricks App as it is, and its deployments; no SDK is needed to look at them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Variable:
    """One of an app's environment: a value, or the name of the resource that it comes from."""

    name: str
    value: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """Source that runs, or was to run, in an app; `state` is Databricks' own word."""

    id: str
    state: str
    message: str
    source: str
    variables: tuple[Variable, ...] = field(default=(), repr=False)  # what others set may be secret

    @classmethod
    def of(cls, told: JsonObject) -> "Deployment":
        """One as Databricks tells it."""
        status = told.get("status") or {}
        return cls(
            told.get("deployment_id", ""),
            status.get("state", ""),
            status.get("message", ""),
            told.get("source_code_path", ""),
            tuple(
                Variable(each.get("name", ""), each.get("value"), each.get("value_from"))
                for each in told.get("env_vars") or ()
            ),
        )

    def value(self, name: str) -> str | None:
        """The value of a variable; None where it has none."""
        return next((each.value for each in self.variables if each.name == name), None)


@dataclass(frozen=True, slots=True)
class App:
    """An app.

    Attributes:
        principal: its service principal's client id, which is also its role's name in a database.
        compute: Databricks' word for the state of what it runs on.
        state: Databricks' word for its own.
        resources: those that it was given, as Databricks tells them: also what this version does not know.
        settings: all that Databricks tells of it.
        active: what runs.
        pending: what is being deployed.
    """

    name: str
    url: str
    principal: str
    compute: str
    state: str
    resources: tuple[JsonObject, ...] = ()
    settings: JsonObject = field(default_factory=dict, repr=False)
    active: Deployment | None = None
    pending: Deployment | None = None

    @property
    def identity(self) -> str:
        """Its id, which no app of its name has later; "" where that is not told."""
        return str(self.settings.get("id") or "")

    @property
    def creator(self) -> str | None:
        """Who made it; None where that is not told."""
        return self.settings.get("creator")

    @classmethod
    def of(cls, told: JsonObject) -> "App":
        """One as Databricks tells it."""
        active, pending = told.get("active_deployment"), told.get("pending_deployment")
        return cls(
            told.get("name", ""),
            told.get("url", ""),
            told.get("service_principal_client_id", ""),
            (told.get("compute_status") or {}).get("state", ""),
            (told.get("app_status") or {}).get("state", ""),
            tuple(told.get("resources") or ()),
            told,
            Deployment.of(active) if active else None,
            Deployment.of(pending) if pending else None,
        )
