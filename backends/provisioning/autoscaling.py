"""Lakebase Autoscaling: endpoints with their branches and projects, by the SDK's `postgres`."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from databricks.sdk.common.types.fieldmask import FieldMask
from databricks.sdk.service import postgres
from databricks.sdk.service.postgres import Branch, BranchSpec, Endpoint, EndpointSpec, EndpointType, Project

from backends import errors
from backends.provisioning import sizes
from backends.provisioning.control import Control
from backends.provisioning.instance import Instance
from backends.provisioning.operations import Operations
from backends.provisioning.specs import AutoscalingSpec, Spec

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

FIRST = ("production", "primary")  # the branch and the endpoint that every project begins with
WRITES = EndpointType.ENDPOINT_TYPE_READ_WRITE


class Autoscaling:
    """The endpoints of a workspace. Every method raises as `Control.ask` does."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._operations = Operations(control)

    def list(self) -> Iterator[Instance]:
        """All that are seen, project by project."""

        def projects(client: "WorkspaceClient") -> list[str]:
            return [project.name or "" for project in client.postgres.list_projects()]

        for project in self._control.ask(projects, "database projects", "list"):
            yield from map(sizes.instance, self._endpoints(project))

    def find(self, name: str) -> Instance:
        """One as it is now, or the lack of it; what this process has begun is looked after."""
        try:
            found = sizes.instance(
                self._control.ask(
                    lambda client: client.postgres.get_endpoint(name), _missing(name), "look at"
                )
            )
        except errors.NotFound:
            found = _missing(name)
        if (passing := self._operations.under_way(name)) is not None:
            found = replace(found, state=found.state if found.exists else passing, changing=True)
        return found

    def create(self, spec: Spec) -> None:
        """Begin to make one; its project and branch are there when this returns, or come with it.

        Raises:
            Timeout: its project or branch was not there in time.
        """
        assert isinstance(spec, AutoscalingSpec)  # noqa: S101 - by its name
        project, branch = _parents(spec.name)
        if not self._is_there(project, lambda client: client.postgres.get_project(project)):
            self._create_project(spec)
            if (spec.branch, spec.endpoint) == FIRST:
                return
            self._operations.ended(spec.name)
        if not self._is_there(branch, lambda client: client.postgres.get_branch(branch)):
            self._create_branch(spec, project)
            self._operations.ended(spec.name)
        wanted = Endpoint(spec=EndpointSpec(WRITES, **sizes.fields(spec)))
        self._begin(
            spec.name,
            lambda client: client.postgres.create_endpoint(branch, wanted, spec.endpoint),
            "create",
            "CREATING",
        )

    def start(self, name: str) -> None:
        """Begin to let connections to one again."""
        self._update(name, {"disabled": False}, "start")

    def stop(self, name: str) -> None:
        """Begin to suspend one, so that no connection wakes it."""
        self._update(name, {"disabled": True}, "stop")

    def resize(self, spec: Spec) -> None:
        """Begin to give one another size."""
        assert isinstance(spec, AutoscalingSpec)  # noqa: S101 - by its name
        self._update(spec.name, sizes.fields(spec), "resize", sizes.cleared(spec))

    def delete(self, name: str) -> None:
        """Begin to delete one for good with what was made for it: its project, or its branch.

        Raises:
            Conflict: something else is in there too.
        """
        project, branch = _parents(name)
        within = [*self._endpoints(project)]
        if any(each.name == name and not sizes.writes(each) for each in within):
            self._delete(name, lambda client: client.postgres.delete_endpoint(name))
            return
        is_main = self._is_main(branch)
        beside = [each.name or "" for each in within if is_main or f"{each.name}".startswith(f"{branch}/")]
        if others := sorted({*beside} - {name}):
            raise errors.Conflict(
                f"{_missing(name)} is not alone: delete {', '.join(others)} first", reason="others"
            )
        if is_main:
            self._delete(name, lambda client: client.postgres.delete_project(project, purge=True))
        else:
            self._delete(name, lambda client: client.postgres.delete_branch(branch, purge=True))

    def token(self, name: str) -> str:
        """A password for a login to one."""
        made = self._control.ask(
            lambda client: client.postgres.generate_database_credential(name), _missing(name), "use"
        )
        return made.token or ""

    def _endpoints(self, project: str) -> tuple[Endpoint, ...]:
        def question(client: "WorkspaceClient") -> tuple[Endpoint, ...]:
            branches = client.postgres.list_branches(project)
            found = (client.postgres.list_endpoints(branch.name or "") for branch in branches)
            return tuple(chain.from_iterable(found))

        return self._control.ask(question, f'database project "{project}"', "list the endpoints of")

    def _is_there(self, parent: str, question: Callable[["WorkspaceClient"], object]) -> bool:
        try:
            self._control.ask(question, f'"{parent}"', "look at")
        except errors.NotFound:
            return False
        return True

    def _is_main(self, branch: str) -> bool:
        found = self._control.ask(lambda client: client.postgres.get_branch(branch), f'"{branch}"', "look at")
        return bool(found.status and found.status.default)

    def _create_project(self, spec: AutoscalingSpec) -> None:
        wanted = Project(spec=postgres.ProjectSpec(display_name=spec.project))
        if (spec.branch, spec.endpoint) == FIRST:
            wanted.initial_endpoint_spec = postgres.InitialEndpointSpec(**sizes.fields(spec))
        self._begin(
            spec.name,
            lambda client: client.postgres.create_project(wanted, spec.project),
            "create the project of",
            "CREATING",
        )

    def _create_branch(self, spec: AutoscalingSpec, project: str) -> None:
        source = f"{project}/branches/{FIRST[0]}"
        wanted = Branch(spec=BranchSpec(source_branch=source, no_expiry=True))
        self._begin(
            spec.name,
            lambda client: client.postgres.create_branch(project, wanted, spec.branch),
            "create the branch of",
            "CREATING",
        )

    def _update(self, name: str, fields: dict[str, Any], verb: str, cleared: tuple[str, ...] = ()) -> None:
        wanted = Endpoint(spec=EndpointSpec(WRITES, **fields))
        mask = FieldMask([f"spec.{field}" for field in (*fields, *cleared)])  # type: ignore[no-untyped-call]
        self._begin(
            name, lambda client: client.postgres.update_endpoint(name, wanted, mask), verb, "CREATING"
        )

    def _delete(self, name: str, question: Callable[["WorkspaceClient"], Any]) -> None:
        self._begin(name, question, "delete", "STOPPED")

    def _begin(
        self, name: str, question: Callable[["WorkspaceClient"], Any], verb: str, passing: Any
    ) -> None:
        begun = self._control.ask(question, _missing(name), verb)
        self._operations.note(name, begun.name(), verb, passing)


def _missing(name: str) -> Instance:
    return Instance("autoscaling", name)


def _parents(name: str) -> tuple[str, str]:
    """The project and the branch of an endpoint."""
    parts = name.split("/")
    return "/".join(parts[:2]), "/".join(parts[:4])
