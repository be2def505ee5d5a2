"""Whatever is done to a database in whatever order, it is as the model says."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends import errors
from backends.provisioning import AutoscalingSpec, ProvisionedSpec, Spec, State
from backends.provisioning.instances import Instances
from tests.effort import examples
from tests.environments import Environment
from tests.provisioning.conftest import instances_of
from tests.workspace.handle import Workspace

CHANGES = ("create", "create another", "start", "stop", "resize", "delete")
SIZES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "provisioned": ({"capacity": "CU_2"}, {"nodes": 3}),
    "autoscaling": ({"most_cu": 8.0}, {"suspend_seconds": 0}),
}


class Model:
    """What one database should be like, and the one that is."""

    def __init__(self, instances: Instances, spec: Spec) -> None:
        self._instances = instances
        self._spec = spec
        self._other, self._size = SIZES[spec.kind]
        self.state: State = "NOT_CREATED"
        self.size: dict[str, Any] = {}

    def do(self, change: str) -> None:
        """Do something to both."""
        expected: type[errors.BackendError] | None = getattr(self, f"_{change.replace(' ', '_')}")()
        if expected is None:
            self._done(change)
        else:
            with pytest.raises(expected):
                self._done(change)
        found = self._instances.find(self._spec.name)
        size = None if found.size is None else dict(found.size)
        assert (found.state, size or {}, found.changing) == (self.state, self.size, False)

    def _done(self, change: str) -> object:
        name, instances = self._spec.name, self._instances
        match change:
            case "create":
                return instances.create(self._spec)
            case "create another":
                fields = {field: getattr(self._spec, field) for field in self._spec.__slots__}
                return instances.create(type(self._spec)(**{**fields, **self._other}))
            case "resize":
                return instances.resize(name, self._size)
            case "delete":
                return instances.delete(name, name)
        return getattr(instances, change)(name)

    def _create(self) -> type[errors.BackendError] | None:
        return self._made(dict(self._spec.size))

    def _create_another(self) -> type[errors.BackendError] | None:
        return self._made({**self._spec.size, **self._other})

    def _made(self, size: dict[str, Any]) -> type[errors.BackendError] | None:
        if self.state == "NOT_CREATED":
            self.state, self.size = "READY", size
        return None if self.size == size else errors.Conflict

    def _start(self) -> type[errors.BackendError] | None:
        return self._turned("READY")

    def _stop(self) -> type[errors.BackendError] | None:
        return self._turned("STOPPED")

    def _turned(self, state: State) -> type[errors.BackendError] | None:
        if self.state == "NOT_CREATED":
            return errors.NotFound
        self.state = state
        return None

    def _resize(self) -> type[errors.BackendError] | None:
        self.size = {**self.size, **self._size} if self.size else {}
        return None if self.size else errors.NotFound

    def _delete(self) -> type[errors.BackendError] | None:
        was, self.state, self.size = self.state, "NOT_CREATED", {}
        return errors.NotFound if was == "NOT_CREATED" else None


@pytest.fixture
def quick(workspace: Workspace) -> Workspace:
    """The workspace, in which nothing takes its time."""
    workspace.set_start_seconds(0)
    return workspace


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", [ProvisionedSpec, AutoscalingSpec])
def test_a_database_is_what_was_made_of_it(
    environment: Environment, kind: type[ProvisionedSpec] | type[AutoscalingSpec]
) -> None:
    names = iter(range(1000))
    instances = instances_of(environment)

    @settings(max_examples=examples(8))
    @given(st.lists(st.sampled_from(CHANGES), max_size=10))
    def lived(changes: list[str]) -> None:
        model = Model(instances, kind(f"life-{next(names)}"))
        for change in changes:
            model.do(change)
        if model.state != "NOT_CREATED":
            model.do("delete")

    lived()
