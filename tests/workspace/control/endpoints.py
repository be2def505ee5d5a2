"""Autoscaling's compute endpoints: their sizes, states and host names."""

from collections.abc import Callable
from typing import ClassVar, Literal, Protocol

from tests.workspace.admission import Target
from tests.workspace.control import shapes
from tests.workspace.control.collection import Collection
from tests.workspace.control.resources import Resource, Tree
from tests.workspace.control.wire import Invalid, JsonObject
from tests.workspace.lakebase import LoginRefused
from tests.workspace.settings import Settings

READ_WRITE = "ENDPOINT_TYPE_READ_WRITE"
READ_ONLY = "ENDPOINT_TYPE_READ_ONLY"
MIN_CU, MAX_CU, MAX_SPREAD = 0.5, 64.0, 16.0  # compute units
SUSPENSION = (60, 604_800)  # seconds
DEFAULTS: JsonObject = {"autoscaling_limit_min_cu": 1.0, "autoscaling_limit_max_cu": 1.0}
COMPUTE = (*DEFAULTS, "suspend_timeout_duration")  # not told before there is one
SHOWN = ("endpoint_type", "group", "settings")

EndpointState = Literal["INIT", "ACTIVE", "IDLE", "DEGRADED"]

GROUP: shapes.Fields = {"min": int, "max": int, "enable_readable_secondaries": bool}
SIZE: shapes.Fields = {
    "autoscaling_limit_min_cu": float,
    "autoscaling_limit_max_cu": float,
    "no_suspension": bool,
    "suspend_timeout_duration": str,
}


class Power(Protocol):
    """Whether the database sleeps or is waking."""

    @property
    def suspended(self) -> bool:
        """Whether it does not run."""

    @property
    def waking(self) -> bool:
        """Whether it does not run, but soon will."""


class Endpoints(Collection):
    """The computes of a branch; all lead to one Postgres server, and sleep when it does."""

    path: ClassVar[str] = "projects/{project}/branches/{branch}/endpoints/{endpoint}"
    prefix: ClassVar[str] = "ep-"
    settled: ClassVar[str] = "ACTIVE"
    choices: ClassVar = {"suspension": ("suspend_timeout_duration", "no_suspension")}
    fields: ClassVar[shapes.Fields] = {
        **SIZE,
        "endpoint_type": str,
        "disabled": bool,
        "group": GROUP,
        "settings": {"pg_settings": dict},
    }

    def __init__(self, tree: Tree, settings: Settings, domain: str, power: Callable[[], Power]) -> None:
        super().__init__(tree, settings)
        self._domain = domain
        self._power = power
        self.forced: dict[str, EndpointState] = {}  # states that tests want to see

    def check(self, parent: str, spec: JsonObject, old: Resource | None) -> None:
        kind = shapes.required(spec, "endpoint_type", str)
        shapes.one_of(kind, (READ_WRITE, READ_ONLY), "endpoint_type")
        others = [found for found in self.tree.within(parent, self.plural) if found is not old]
        if kind == READ_WRITE and any(found.spec["endpoint_type"] == READ_WRITE for found in others):
            raise Invalid(f"Branch '{parent}' already has a read-write endpoint.")
        check_size(spec)
        group = shapes.message(spec, "group")
        if group and (group.get("min") != group.get("max") or not group.get("min")):
            raise Invalid("Fields 'group.min' and 'group.max' must be equal, and at least 1.")

    def made(self, resource: Resource, body: JsonObject) -> None:
        """Nothing: an endpoint brings nothing along."""

    def status(self, resource: Resource) -> JsonObject:
        waking = self._power().waking and not _disabled(resource)
        size = {} if resource.life.changing else {**DEFAULTS, **shapes.picked(resource.spec, *COMPUTE)}
        return {
            **size,
            **shapes.picked(resource.spec, *SHOWN),
            "disabled": _disabled(resource),
            "current_state": self.state(resource),
            **({"pending_state": "ACTIVE"} if resource.life.changing or waking else {}),
            "hosts": self.hosts(resource),
        }

    def state(self, resource: Resource) -> str:
        """INIT, ACTIVE, IDLE (asleep, or disabled) or DEGRADED."""
        if resource.name in self.forced:
            return self.forced[resource.name]
        asleep = _disabled(resource) or self._power().suspended
        return "IDLE" if asleep and not resource.life.changing else resource.life.state

    def target(self, endpoint: Resource, host: str, roles: frozenset[str]) -> Target | None:
        """What a host name leads to if it is one of an endpoint; the pooled ones take no tokens."""
        names = self.hosts(endpoint)
        if host in (names.get("host"), names.get("read_only_host")):
            return Target(endpoint.name, roles, False, _closed(endpoint))
        return Target(endpoint.name, frozenset(), False) if host in names.values() else None

    def hosts(self, endpoint: Resource) -> dict[str, str]:
        """The DNS names of an endpoint, by their names in answers; "host" is always there."""
        own, pooled = f"{endpoint.uid}.{self._domain}", f"{endpoint.uid}-pooler.{self._domain}"
        if endpoint.spec["endpoint_type"] == READ_ONLY:
            return {"host": own, "read_only_host": own, "read_only_pooled_host": pooled}
        hosts = {"host": own, "read_write_pooled_host": pooled}
        if shapes.message(endpoint.spec, "group").get("enable_readable_secondaries"):
            hosts["read_only_host"] = f"{endpoint.uid}-ro.{self._domain}"
        return hosts


def check_size(spec: JsonObject) -> None:
    """Let nothing pass but limits and a suspension as a compute may have them.

    Raises:
        Invalid: it may not.
    """
    low = shapes.number(spec, "autoscaling_limit_min_cu")
    high = shapes.number(spec, "autoscaling_limit_max_cu")
    shapes.between(low, MIN_CU, MAX_CU, "autoscaling_limit_min_cu")
    shapes.between(high, MIN_CU, MAX_CU, "autoscaling_limit_max_cu")
    if low is not None and high is not None and not 0 <= high - low <= MAX_SPREAD:
        raise Invalid(
            f"autoscaling_limit_max_cu must be at most {MAX_SPREAD:g} above autoscaling_limit_min_cu."
        )
    shapes.between(shapes.seconds(spec, "suspend_timeout_duration"), *SUSPENSION, "suspend_timeout_duration")
    if spec.get("no_suspension") and spec.get("suspend_timeout_duration"):
        raise Invalid("Fields 'no_suspension' and 'suspend_timeout_duration' exclude each other.")


def _disabled(endpoint: Resource) -> bool:
    return bool(endpoint.spec.get("disabled"))


def _closed(endpoint: Resource) -> LoginRefused | None:
    if _disabled(endpoint):
        return LoginRefused("57P03", "the endpoint is disabled: enable it and try again")
    if endpoint.life.changing:
        return LoginRefused("57P03", "the database system is starting up")
    return None
