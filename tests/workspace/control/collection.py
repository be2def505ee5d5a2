"""What all kinds of Autoscaling's resources have in common: made, read, listed, changed, deleted."""

import re
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import partial
from itertools import chain
from typing import ClassVar

from tests.workspace.control import shapes
from tests.workspace.control.lifecycle import Lifecycle
from tests.workspace.control.paging import page
from tests.workspace.control.resources import Resource, Tree, times
from tests.workspace.control.routing import Call, Reply, Route, route
from tests.workspace.control.wire import AlreadyExists, Forbidden, Invalid, JsonObject
from tests.workspace.settings import ADMIN, Settings

BASE = "/api/2.0/postgres"
ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
ID_RULE = "1 to 63 lower-case letters, digits and hyphens, a letter first"


class Collection(ABC):
    """One kind of resource; each is shown with its status, not with the spec that was asked for.

    Attributes:
        path: a resource's name, with placeholders.
        fields: what its spec may have.
        beside: what a body may have beside name, spec and status.
        prefix: what its uid begins with.
        choices: fields of which a spec has one at most, by the name that an update mask has for them all.
        passing: its state while it is being made.
        settled: its state from then on.
    """

    path: ClassVar[str]
    fields: ClassVar[shapes.Fields]
    beside: ClassVar[shapes.Fields] = {}
    prefix: ClassVar[str] = ""
    id_pattern: ClassVar[re.Pattern[str]] = ID
    id_rule: ClassVar[str] = ID_RULE
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    passing: ClassVar[str] = "INIT"
    settled: ClassVar[str] = "READY"

    def __init__(self, tree: Tree, settings: Settings) -> None:
        self.tree = tree
        self.settings = settings

    @abstractmethod
    def check(self, parent: str, spec: JsonObject, old: Resource | None) -> None:
        """Let nothing pass but the spec of a new resource, or a new spec of an old one.

        Raises:
            Invalid: a value is missing, or not allowed.
        """

    @abstractmethod
    def status(self, resource: Resource) -> JsonObject:
        """What is shown of a resource beside what all have."""

    @abstractmethod
    def made(self, resource: Resource, body: JsonObject) -> None:
        """Do what a new resource brings along."""

    def remove(self, resource: Resource, call: Call) -> None:
        """Delete a resource."""
        self.tree.remove(resource.name)

    @property
    def singular(self) -> str:
        """Such as "branch"."""
        return self.path.rpartition("/")[2].strip("{}")

    @property
    def plural(self) -> str:
        """Such as "branches"."""
        return self.path.split("/")[-2]

    def changing_routes(self) -> tuple[Route, ...]:
        """How its resources are changed, if they can be."""
        return (self._at("PATCH", self.path, self._update, self._shape),)

    def routes(self) -> tuple[Route, ...]:
        """All that can be asked."""
        within = self.path.rpartition("/")[0]
        return (
            self._at("POST", within, self._create, self._shape),
            self._at("GET", within, self._list),
            self._at("GET", self.path, self._get),
            self._at("DELETE", self.path, self._delete),
            self._at("GET", f"{self.path}/operations/{{operation}}", self._operation),
            *self.changing_routes(),
        )

    @staticmethod
    def _at(method: str, path: str, reply: Reply, fields: shapes.Fields | None = None) -> Route:
        return route(method, f"{BASE}/{path}", reply, fields)

    @property
    def _shape(self) -> shapes.Fields:
        own = {"name": str, "parent": str, "uid": str, "create_time": str, "update_time": str}
        return {**own, f"{self.singular}_id": str, "spec": self.fields, "status": dict, **self.beside}

    def shown(self, resource: Resource) -> JsonObject:
        """A resource as answers have it."""
        own = {f"{self.singular}_id": resource.id, **self.status(resource)}
        parent = {"parent": resource.parent} if resource.parent else {}
        return {"name": resource.name, "uid": resource.uid, **parent, **times(resource), "status": own}

    def find(self, call: Call) -> Resource:
        """The resource that a path names.

        Raises:
            NotFound: there is none.
        """
        return self.tree.get(self.path.format(**call.names), self.singular)

    def _managed(self, call: Call) -> Resource:
        """The same for those who may change it: who made the project, and administrators.

        Raises:
            NotFound: there is none.
            Forbidden: the caller is somebody else.
        """
        resource = self.find(call)
        project = self.tree.get("/".join(resource.name.split("/")[:2]), "project")
        if call.caller not in (ADMIN, project.creator):
            raise Forbidden(f"User does not have CAN_MANAGE permission on '{project.name}'.")
        return resource

    def _parent(self, call: Call) -> str:
        name = "/".join(self.path.split("/")[:-2]).format(**call.names)
        return self.tree.get(name, "parent").name if name else ""

    def _create(self, call: Call) -> JsonObject:
        parent, spec = self._parent(call), shapes.message(call.body, "spec")
        identity = self.new_id(call)
        name = f"{parent}/{self.plural}/{identity}".lstrip("/")
        old = self.tree.find(name) or self.tree.put_away(name)
        if old and (old.deleted or not shapes.is_true(call.query, "replace_existing")):
            raise AlreadyExists(f"{self.singular} '{name}' already exists.")
        self.check(parent, spec, old)
        return self._changed(old, spec) if old else self._begin(name, spec, call)

    def new_id(self, call: Call) -> str:
        """The id that a request asks for.

        Raises:
            Invalid: there is none, or it is no id.
        """
        parameter = f"{self.singular}_id"
        if not call.query.get(parameter):
            raise Invalid(f"Field '{parameter}' is required.")
        return shapes.named(call.query[parameter], self.id_pattern, parameter, self.id_rule)

    def _begin(self, name: str, spec: JsonObject, call: Call) -> JsonObject:
        resource = self.make(name, spec, call.caller)
        self.made(resource, call.body)
        undo = partial(self.tree.remove, name)
        return self.tree.begin(name, self.settings.start_seconds, lambda: self.shown(resource), undo)

    def make(self, name: str, spec: JsonObject, creator: str) -> Resource:
        """Make a resource, that is, remember it."""
        life = Lifecycle(self.settled)
        life.enter(self.passing, self.settled, self.settings.start_seconds)
        uid = f"{self.prefix}{uuid.uuid4().hex[:16]}" if self.prefix else str(uuid.uuid4())
        resource = Resource(name, uid, creator, dict(spec), life)
        self.tree.add(resource)
        return resource

    def _list(self, call: Call) -> JsonObject:
        deleted = shapes.is_true(call.query, "show_deleted")
        found = self.tree.within(self._parent(call), self.plural, deleted=deleted)
        return page(self.plural, [self.shown(resource) for resource in found], call.query)

    def _get(self, call: Call) -> JsonObject:
        return self.shown(self.find(call))

    def _update(self, call: Call) -> JsonObject:
        resource = self._managed(call)
        asked = shapes.message(call.body, "spec")
        paths = [path for path in call.query.get("update_mask", "").split(",") if path]
        if not paths:
            raise Invalid("Field 'update_mask' is required.")
        spec = {**resource.spec, **_chosen(asked, paths, self.choices)}
        shapes.check(spec, self.fields, "spec.")
        self.check(resource.parent, spec, resource)
        return self._changed(resource, spec)

    def _changed(self, resource: Resource, spec: JsonObject) -> JsonObject:
        undo = partial(setattr, resource, "spec", resource.spec)
        resource.spec = {name: value for name, value in spec.items() if value is not None}
        resource.updated = time.time()
        seconds = self.settings.start_seconds
        return self.tree.begin(resource.name, seconds, lambda: self.shown(resource), undo)

    def _delete(self, call: Call) -> JsonObject:
        resource = self._managed(call)
        if self.tree.failing is None:
            self.remove(resource, call)
        return self.tree.begin(resource.name, self.settings.start_seconds, dict)

    def _operation(self, call: Call) -> JsonObject:
        return self.tree.operation(f"{self.path}/operations/{{operation}}".format(**call.names))


def _chosen(spec: JsonObject, paths: list[str], choices: Mapping[str, tuple[str, ...]]) -> JsonObject:
    """The fields of a spec that a mask names; one that is absent is cleared; "*" and "spec" are all.

    Raises:
        Invalid: it names one of several that have a name together.
    """
    if "*" in paths or "spec" in paths:
        return spec
    names = [path.removeprefix("spec.") for path in paths]
    for choice, fields in choices.items():
        if single := sorted({*names} & {*fields}):
            raise Invalid(f"Field mask path 'spec.{single[0]}' is not valid: use 'spec.{choice}'.")
    named = chain.from_iterable(choices.get(name, (name,)) for name in names)
    return {name: spec.get(name) for name in named}
