"""Lakebase Provisioned: instances, by the SDK's `database`."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from databricks.sdk.service.database import DatabaseInstance

from backends import errors
from backends.provisioning.control import Control
from backends.provisioning.instance import Instance, Report, State
from backends.provisioning.specs import Size, Spec

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

# Databricks' words, and whether they pass by themselves; of any other nothing is known
_STATES: dict[str, tuple[State, bool]] = {
    "STARTING": ("CREATING", True),
    "AVAILABLE": ("READY", False),
    "UPDATING": ("READY", True),
    "UPGRADING": ("READY", True),
    "FAILING_OVER": ("READY", True),
    "STOPPED": ("STOPPED", False),
    "DELETING": ("STOPPED", True),
}
# what the SDK calls a size
_FIELDS = {
    "capacity": "capacity",
    "retention_days": "retention_window_in_days",
    "nodes": "node_count",
}


class Provisioned:
    """The instances of a workspace. Every method raises as `Control.ask` does."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def list(self) -> Iterator[Instance]:
        """All that are seen."""

        def question(client: "WorkspaceClient") -> list[DatabaseInstance]:
            return [*client.database.list_database_instances()]

        return map(_instance, self._control.ask(question, "database instances", "list"))

    def find(self, name: str) -> Instance:
        """One as it is now, or the lack of it."""
        try:
            found = self._control.ask(
                lambda client: client.database.get_database_instance(name), _missing(name), "look at"
            )
        except errors.NotFound:
            return _missing(name)
        return _instance(found)

    def failure(self, name: str) -> None:
        """None: what becomes of an instance is told by its state alone."""

    def create(self, spec: Spec, report: Report) -> None:
        """Begin to make one; that takes no time to tell of."""
        fields: dict[str, Any] = {_FIELDS[name]: value for name, value in spec.size.items()}
        wanted = DatabaseInstance(spec.name, **fields)
        self._control.ask(
            lambda client: client.database.create_database_instance(wanted), _missing(spec.name), "create"
        )

    def start(self, name: str) -> None:
        """Begin to start one."""
        self._update(DatabaseInstance(name, stopped=False), "start", "stopped")

    def stop(self, name: str) -> None:
        """Begin to stop one, which keeps its data."""
        self._update(DatabaseInstance(name, stopped=True), "stop", "stopped")

    def resize(self, spec: Spec, names: Iterable[str]) -> None:
        """Begin to give one what `names` tell of another size."""
        fields: dict[str, Any] = {_FIELDS[name]: spec.size[name] for name in names}
        self._update(DatabaseInstance(spec.name, **fields), "resize", *fields)

    def delete(self, name: str) -> None:
        """Begin to delete one for good: instances are not kept."""
        self._control.ask(
            lambda client: client.database.delete_database_instance(name, purge=True),
            _missing(name),
            "delete",
        )

    def token(self, name: str) -> str:
        """A password for a login to one."""

        def question(client: "WorkspaceClient") -> str | None:
            names = [name]
            made = client.database.generate_database_credential(instance_names=names, request_id=str(uuid4()))
            return made.token

        return self._control.ask(question, _missing(name), "use") or ""

    def _update(self, wanted: DatabaseInstance, verb: str, *fields: str) -> None:
        self._control.ask(
            lambda client: client.database.update_database_instance(wanted.name, wanted, ",".join(fields)),
            _missing(wanted.name),
            verb,
        )


def _missing(name: str) -> Instance:
    return Instance("provisioned", name)


def _instance(found: DatabaseInstance) -> Instance:
    word = found.state.value if found.state else None
    state, changing = _STATES.get(word or "", ("ERROR", True))
    if found.effective_stopped and state == "READY":  # what it shall be is told before it is so
        state, changing = "STOPPED", True
    if found.effective_stopped is False and word == "STOPPED":
        state, changing = "CREATING", True
    size: Size = {
        "capacity": found.capacity or found.effective_capacity or "",
        "retention_days": found.effective_retention_window_in_days or 7,
        "nodes": found.effective_node_count or 1,
    }
    return Instance(
        "provisioned", found.name, state, word, changing, found.read_write_dns, size, found.creator
    )
