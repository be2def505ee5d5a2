"""What goes with a Lakebase database when it is deleted: which one that is, whoever has its name later."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends import errors
from backends.provisioning.platform import Platform
from backends.provisioning.specs import AutoscalingSpec, Spec, named

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient


@dataclass(frozen=True, slots=True)
class Whole:
    """An instance, or of Autoscaling the project, or the branch where that is not the project's main one.

    Attributes:
        identity: its uid, which no other ever has.
        creator: who made it, where that is told.
    """

    identity: str
    creator: str | None


def find(platform: Platform, name: str) -> Whole | None:
    """What goes with a database, or would if there was one; None where nothing of it is there.

    Raises as `Platform.ask` does, but for NotFound.
    """
    spec = named(name, {})
    try:
        return platform.ask(lambda client: _found(client, spec), f'database "{name}"', "look at")
    except errors.NotFound:
        return None


def _found(client: "WorkspaceClient", spec: Spec) -> Whole:
    if not isinstance(spec, AutoscalingSpec):
        instance = client.database.get_database_instance(spec.name)
        return Whole(instance.uid or "", instance.creator)
    place = f"projects/{spec.project}"
    branch = client.postgres.get_branch(f"{place}/branches/{spec.branch}")
    if branch.status is None or not branch.status.default:
        return Whole(branch.uid or "", None)
    project = client.postgres.get_project(place)
    return Whole(project.uid or "", project.status.owner if project.status else None)
