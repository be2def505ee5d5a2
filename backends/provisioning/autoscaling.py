"""Lakebase Autoscaling: endpoints with their branches and projects, by the SDK's `postgres`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from databricks.sdk.common.types.fieldmask import FieldMask
from databricks.sdk.service import postgres
from databricks.sdk.service.postgres import (
    Branch,
    BranchSpec,
    Endpoint,
    EndpointSpec,
    EndpointType,
    PostgresAPI,
    Project,
)

from backends import errors
from backends.provisioning import sizes
from backends.provisioning.control import Control
from backends.provisioning.instance import Instance, Report
from backends.provisioning.operations import Operations
from backends.provisioning.refusals import Taken
from backends.provisioning.specs import AutoscalingSpec, Spec

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

T = TypeVar("T")

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
            for branch in _seen(self._branches, project):
                yield from map(sizes.instance, _seen(self._endpoints, branch.name or ""))

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

    def failure(self, name: str) -> errors.BackendError | None:
        """Why the last change that this process has begun came to nothing, once `find` has seen that."""
        return self._operations.failure(name)

    def create(self, spec: Spec, report: Report) -> None:
        """Begin to make one; its project and branch are there when this returns, or come with it.

        Raises:
            Timeout: its project or branch was not there in time.
        """
        assert isinstance(spec, AutoscalingSpec)  # noqa: S101 - by its name
        project, branch = _parents(spec.name)
        is_first = (spec.branch, spec.endpoint) == FIRST
        made = self._is_made(project, PostgresAPI.get_project, lambda: self._create_project(spec))
        if is_first and (made or self.find(spec.name).exists):
            return
        if made:
            self._wait(spec, report)
        if self._is_made(branch, PostgresAPI.get_branch, lambda: self._create_branch(spec, project)):
            self._wait(spec, report)
        wanted = Endpoint(spec=EndpointSpec(WRITES, **sizes.fields(spec)))
        self._begin(
            spec.name,
            lambda client: client.postgres.create_endpoint(branch, wanted, spec.endpoint),
            "create",
            "CREATING",
        )

    def start(self, name: str) -> None:
        """Begin to let connections to one again."""
        self._update(name, {"disabled": False}, "start", "spec.disabled")

    def stop(self, name: str) -> None:
        """Begin to suspend one, so that no connection wakes it."""
        self._update(name, {"disabled": True}, "stop", "spec.disabled")

    def resize(self, spec: Spec, names: Iterable[str]) -> None:
        """Begin to give one what `names` tell of another size."""
        assert isinstance(spec, AutoscalingSpec)  # noqa: S101 - by its name
        self._update(spec.name, sizes.fields(spec), "resize", *map(sizes.MASK.__getitem__, names))

    def delete(self, name: str) -> None:
        """Begin to delete one for good with what was made for it: its project, or its branch.

        Raises:
            Conflict: something else is in there too.
        """
        project, branch = _parents(name)
        branches = self._branches(project)
        is_main = any(each.name == branch and each.status and each.status.default for each in branches)
        here = self._endpoints(branch)
        if any(each.name == name and not sizes.writes(each) for each in here):
            self._delete(name, lambda client: client.postgres.delete_endpoint(name))
            return
        others = {each.name for each in here} | ({each.name for each in branches} if is_main else set())
        if beside := sorted(f"{other}" for other in others - {name, branch}):
            raise errors.Conflict(
                f"{_missing(name)} is not alone: delete {', '.join(beside)} first", reason="others"
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

    def _wait(self, spec: Spec, report: Report) -> None:
        """Wait until the project or branch is there in which a database is being made."""
        on_the_way = replace(_missing(spec.name), changing=True)
        self._operations.ended(spec.name, lambda passing: report(replace(on_the_way, state=passing)))

    def _branches(self, project: str) -> tuple[Branch, ...]:
        subject = f'database project "{project}"'
        return self._control.ask(
            lambda client: tuple(client.postgres.list_branches(project)), subject, "list the branches of"
        )

    def _endpoints(self, branch: str) -> tuple[Endpoint, ...]:
        subject = f'database branch "{branch}"'
        return self._control.ask(
            lambda client: tuple(client.postgres.list_endpoints(branch)), subject, "list the endpoints of"
        )

    def _is_made(
        self, parent: str, look: Callable[[PostgresAPI, str], object], begin: Callable[[], None]
    ) -> bool:
        """Whether a project or branch was not there and is being made by this."""
        if self._is_there(parent, look):
            return False
        try:
            begin()
        except Taken:
            if not self._is_there(parent, look):  # else somebody was faster
                raise
            return False
        return True

    def _is_there(self, parent: str, look: Callable[[PostgresAPI, str], object]) -> bool:
        try:
            self._control.ask(lambda client: look(client.postgres, parent), f'"{parent}"', "look at")
        except errors.NotFound:
            return False
        return True

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
        """Begin to make a branch of the project's default one, whatever that is called."""
        wanted = Branch(spec=BranchSpec(no_expiry=True))
        self._begin(
            spec.name,
            lambda client: client.postgres.create_branch(project, wanted, spec.branch),
            "create the branch of",
            "CREATING",
        )

    def _update(self, name: str, fields: dict[str, Any], verb: str, *paths: str) -> None:
        wanted = Endpoint(spec=EndpointSpec(WRITES, **fields))
        mask = FieldMask([*paths])  # type: ignore[no-untyped-call]
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


def _seen(inside: Callable[[str], tuple[T, ...]], parent: str) -> tuple[T, ...]:
    """What is in a project or branch; nothing where it is not to be seen, or gone meanwhile."""
    try:
        return inside(parent)
    except (errors.NotFound, errors.Forbidden):
        return ()


def _missing(name: str) -> Instance:
    return Instance("autoscaling", name)


def _parents(name: str) -> tuple[str, str]:
    """The project and the branch of an endpoint."""
    parts = name.split("/")
    return "/".join(parts[:2]), "/".join(parts[:4])
