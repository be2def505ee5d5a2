"""What Autoscaling has: a tree of named resources, and the operations that change it."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.workspace.control import shapes
from tests.workspace.control.lifecycle import Lifecycle
from tests.workspace.control.wire import JsonObject, NotFound


@dataclass
class Resource:
    """A project, branch, endpoint, role or database; `name` is its whole path."""

    name: str
    uid: str
    creator: str
    spec: dict[str, object]
    life: Lifecycle
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    deleted: float | None = None  # when it was put away; it can still be brought back

    @property
    def id(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]

    @property
    def parent(self) -> str:
        """The name of what it is in; "" for a project."""
        return "/".join(self.name.split("/")[:-2])


class Operation:
    """Something that takes time; then it has a response."""

    def __init__(
        self, name: str, seconds: float, respond: Callable[[], JsonObject], error: JsonObject | None = None
    ) -> None:
        self.name = name
        self._due = time.monotonic() + seconds
        self._respond = respond
        self._error = error

    def shown(self) -> JsonObject:
        """As answers have it."""
        if time.monotonic() < self._due:
            return {"name": self.name, "done": False, "metadata": {}}
        if self._error is not None:
            return {"name": self.name, "done": True, "metadata": {}, "error": self._error}
        return {"name": self.name, "done": True, "metadata": {}, "response": self._respond()}


class Tree:
    """All resources and operations of a workspace's projects."""

    def __init__(self) -> None:
        self._resources: dict[str, Resource] = {}
        self._operations: dict[str, Operation] = {}
        self.failing: JsonObject | None = None  # what the next operation ends in

    def add(self, resource: Resource) -> None:
        """Keep a resource."""
        self._resources[resource.name] = resource

    def remove(self, name: str) -> None:
        """Forget a resource and all that is in it."""
        for found in [found for found in self._resources if f"{found}/".startswith(f"{name}/")]:
            del self._resources[found]

    def find(self, name: str) -> Resource | None:
        """A resource that is neither put away nor in something that is; None if there is none."""
        found = self._resources.get(name)
        if found is None or found.deleted or (found.parent and self.find(found.parent) is None):
            return None
        return found

    def get(self, name: str, what: str) -> Resource:
        """The same.

        Raises:
            NotFound: there is none; the text says `what` was looked for.
        """
        found = self.find(name)
        if found is None:
            raise NotFound(f"{what} '{name}' not found.")
        return found

    def put_away(self, name: str) -> Resource | None:
        """A resource that can be brought back."""
        found = self._resources.get(name)
        return found if found and found.deleted else None

    def within(self, parent: str, plural: str, *, deleted: bool = False) -> list[Resource]:
        """What is directly in a resource, or the projects; with `deleted`, also what was put away."""
        place = f"{parent}/{plural}" if parent else plural
        found = [r for r in self._resources.values() if r.name.rpartition("/")[0] == place]
        return found if deleted else [resource for resource in found if not resource.deleted]

    def all(self, plural: str) -> list[Resource]:
        """Every resource of a kind that is neither put away nor in something that is."""
        names = [name for name in self._resources if name.split("/")[-2] == plural]
        return [found for name in names if (found := self.find(name))]

    def begin(
        self, on: str, seconds: float, respond: Callable[[], JsonObject], undo: Callable[[], object] = dict
    ) -> JsonObject:
        """A new operation on a resource, as answers have it.

        `respond` gives its response when it is done; `undo` takes back what was done for it where it fails.
        """
        error, self.failing = self.failing, None
        if error is not None:
            undo()
        operation = Operation(f"{on}/operations/{uuid.uuid4()}", seconds, respond, error)
        self._operations[operation.name] = operation
        return operation.shown()

    def operation(self, name: str) -> JsonObject:
        """An operation as answers have it.

        Raises:
            NotFound: there is none.
        """
        if name not in self._operations:
            raise NotFound(f"Operation '{name}' not found.")
        return self._operations[name].shown()


def times(resource: Resource) -> JsonObject:
    """When a resource was made, changed and put away, as answers have it."""
    found = {"create_time": resource.created, "update_time": resource.updated}
    if resource.deleted:
        found["delete_time"] = resource.deleted
    return {name: shapes.written(moment) for name, moment in found.items()}
