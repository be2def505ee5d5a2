"""Lakebase databases made and looked after through Databricks' control plane: both kinds, one way.

Importing this imports no SDK; `open_instances` does.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from backends.credentials import Workspace
from backends.provisioning.instance import STATES, Instance, Report, State, untold
from backends.provisioning.specs import AutoscalingSpec, Kind, ProvisionedSpec, Spec, kind_of, named, spec_of
from backends.provisioning.steps import STEPS, Step, way_of

if TYPE_CHECKING:
    from backends.provisioning.instances import Instances
    from backends.provisioning.workshop import Workshop

__all__ = [
    "STATES",
    "STEPS",
    "AutoscalingSpec",
    "Instance",
    "Kind",
    "ProvisionedSpec",
    "Report",
    "Spec",
    "State",
    "Step",
    "kind_of",
    "named",
    "open_instances",
    "open_workshop",
    "spec_of",
    "untold",
    "way_of",
]


def open_instances(env: Mapping[str, str], workspace: Workspace | None = None) -> "Instances":
    """The databases of the workspace that an environment names; nothing is asked yet.

    `workspace` is one that is connected already.

    Raises:
        SettingError: one of libpq's variables, for `Instances.test`, is malformed.
    """
    from backends.provisioning.control import Control
    from backends.provisioning.instances import Instances
    from backends.provisioning.probe import Line

    return Instances(Control(workspace or Workspace(env)), Line.from_env(env))


def open_workshop(env: Mapping[str, str]) -> "Workshop":
    """All that it takes to bring an app about in an environment's workspace; nothing is asked yet.

    Raises:
        SettingError: see `open_instances`.
    """
    from backends.provisioning.workshop import Workshop

    return Workshop(env)
