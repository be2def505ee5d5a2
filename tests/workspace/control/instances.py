"""A Provisioned instance: its fields, their bounds, and how it is shown."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.workspace.control import shapes
from tests.workspace.control.lifecycle import Lifecycle
from tests.workspace.control.wire import Invalid, JsonObject

CAPACITIES = ("CU_1", "CU_2", "CU_4", "CU_8")
PARENT: shapes.Fields = {"name": str, "uid": str, "branch_time": str, "lsn": str, "effective_lsn": str}
INPUT: shapes.Fields = {
    "name": str,
    "capacity": str,
    "custom_tags": [{"key": str, "value": str}],
    "enable_pg_native_login": bool,
    "enable_readable_secondaries": bool,
    "node_count": int,
    "retention_window_in_days": int,
    "stopped": bool,
    "usage_policy_id": str,
}
OUTPUT: shapes.Fields = {
    "child_instance_refs": [PARENT],
    "creation_time": str,
    "creator": str,
    "effective_capacity": str,
    "effective_custom_tags": [{"key": str, "value": str}],
    "effective_enable_pg_native_login": bool,
    "effective_enable_readable_secondaries": bool,
    "effective_node_count": int,
    "effective_retention_window_in_days": int,
    "effective_stopped": bool,
    "effective_usage_policy_id": str,
    "pg_version": str,
    "read_only_dns": str,
    "read_write_dns": str,
    "state": str,
    "uid": str,
}
SHAPE: shapes.Fields = {**INPUT, **OUTPUT}  # what is only shown may be sent back, and is not looked at
SETTABLE = tuple(name for name in INPUT if name != "name")
DEFAULTS: JsonObject = {
    "capacity": "CU_1",
    "enable_pg_native_login": False,
    "enable_readable_secondaries": False,
    "node_count": 1,
    "retention_window_in_days": 7,
    "stopped": False,
}


@dataclass
class Instance:
    """A database instance; its life settles at "" when it has been deleted."""

    name: str
    creator: str
    domain: str
    uid: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: float = field(default_factory=time.time)
    fields: dict[str, object] = field(default_factory=lambda: dict(DEFAULTS))
    roles: dict[str, JsonObject] = field(default_factory=dict)
    life: Lifecycle = field(default_factory=lambda: Lifecycle("AVAILABLE"))

    @property
    def host(self) -> str:
        """Its DNS name."""
        return f"instance-{self.uid}.{self.domain}"

    @property
    def read_only_host(self) -> str | None:
        """The DNS name of its readable secondaries, if it shall have them."""
        wanted = self.fields["enable_readable_secondaries"]
        return f"instance-ro-{self.uid}.{self.domain}" if wanted else None

    @property
    def gone(self) -> bool:
        """Whether it has been deleted."""
        return not self.life.state

    def shown(self) -> JsonObject:
        """As answers have it: what is effective, under the names that say so; `stopped` only under that."""
        effective = {f"effective_{name}": value for name, value in self.fields.items()}
        if self.read_only_host:
            effective["read_only_dns"] = self.read_only_host
        return {
            "name": self.name,
            "uid": self.uid,
            "creator": self.creator,
            "creation_time": shapes.written(self.created),
            "pg_version": "PG_VERSION_16",
            "read_write_dns": self.host,
            "state": self.life.state,
            **shapes.picked(self.fields, "capacity", "custom_tags"),
            **effective,
        }


def set_fields(instance: Instance, body: JsonObject, names: Sequence[str]) -> None:
    """Take some fields out of a body; one that is absent there gets its default.

    Raises:
        Invalid: a value is not allowed, or a name is none of a field that can be set.
    """
    _check_bounds(body)
    for name in names:
        if name not in SETTABLE:
            raise Invalid(f"Field '{name}' cannot be updated.")
        if name in body or name in DEFAULTS:
            instance.fields[name] = body.get(name, DEFAULTS.get(name))


def _check_bounds(body: JsonObject) -> None:
    shapes.one_of(shapes.optional(body, "capacity", str), CAPACITIES, "capacity")
    shapes.between(shapes.number(body, "retention_window_in_days"), 2, 35, "retention_window_in_days")
    shapes.between(shapes.number(body, "node_count"), 1, 3, "node_count")
