"""An Autoscaling endpoint's size and state, between the SDK's words and ours."""

from typing import Any

from databricks.sdk.service.postgres import Endpoint, EndpointStatus, EndpointType
from google.protobuf.duration_pb2 import Duration  # type: ignore[import-untyped]

from backends.provisioning.instance import Instance, State
from backends.provisioning.specs import AutoscalingSpec, Size

# an endpoint that sleeps wakes when it is connected to
_STATES: dict[str, State] = {"INIT": "CREATING", "ACTIVE": "READY", "IDLE": "READY", "DEGRADED": "ERROR"}
# "When updating, use ``spec.suspension`` in the update_mask": EndpointSpec in newer SDKs
MASK = {
    "least_cu": "spec.autoscaling_limit_min_cu",
    "most_cu": "spec.autoscaling_limit_max_cu",
    "suspend_seconds": "spec.suspension",
}


def fields(spec: AutoscalingSpec) -> dict[str, Any]:
    """What the SDK calls a size."""
    units = {"autoscaling_limit_min_cu": spec.least_cu, "autoscaling_limit_max_cu": spec.most_cu}
    if spec.suspend_seconds == 0:
        return {**units, "no_suspension": True}
    return {**units, "suspend_timeout_duration": Duration(seconds=spec.suspend_seconds)}


def writes(endpoint: Endpoint) -> bool:
    """Whether it is the one of its branch that takes writes."""
    status = endpoint.status
    return status is None or status.endpoint_type != EndpointType.ENDPOINT_TYPE_READ_ONLY


def instance(endpoint: Endpoint) -> Instance:
    """An endpoint as it is."""
    status = endpoint.status or EndpointStatus()
    word = status.current_state.value if status.current_state else None
    state = _STATES.get(word or "", "ERROR")
    changing = status.pending_state is not None or word in (None, "INIT")
    if status.disabled:
        state, changing = "STOPPED", changing or word == "ACTIVE"  # it is about to be suspended
    host = status.hosts.host if status.hosts else None
    return Instance("autoscaling", endpoint.name or "", state, word, changing, host, _size(status))


def _size(status: EndpointStatus) -> Size | None:
    """None where an endpoint does not tell it yet."""
    if status.autoscaling_limit_min_cu is None or status.autoscaling_limit_max_cu is None:
        return None
    suspended = status.suspend_timeout_duration
    return {
        "least_cu": float(status.autoscaling_limit_min_cu),
        "most_cu": float(status.autoscaling_limit_max_cu),
        "suspend_seconds": max(0, int(suspended.seconds)) if suspended else 0,
    }
