"""Databases changed, and waited for until the change has come to its end."""

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from backends import errors
from backends.env import SettingError
from backends.provisioning import Instance, Report, State, Step, open_instances
from gateway.provisioning.asked import CreateDatabase
from gateway.transfers import Runner, Transfers

if TYPE_CHECKING:
    from backends.provisioning.instances import Instances

Json = dict[str, object]


class Databases:
    """The databases of one workspace, for all threads of a process.

    Every change is told to `report` as soon as Databricks has taken it, and then at every look, and is
    over when it returns. Every method may raise what `Instances` and its `waited` do; Unsupported too
    where the environment names no workspace.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        """Open nothing yet: the SDK takes a second, and most gateways never ask."""
        self._env = dict(env)
        self._opening = threading.Lock()
        self._opened: Instances | None = None

    @property
    def _instances(self) -> "Instances":
        with self._opening:
            if self._opened is None:
                try:
                    self._opened = open_instances(self._env)
                except SettingError as error:
                    raise errors.Unsupported(str(error)) from error
            return self._opened

    def list(self) -> tuple[Instance, ...]:
        """All that are seen, by name."""
        return self._instances.list()

    def show(self, name: str) -> Instance:
        """One as it is now.

        Raises:
            NotFound: there is none.
        """
        found = self._instances.find(name)
        if not found.exists:
            raise errors.NotFound(f"there is no {found}", state=found.state)
        return found

    def test(self, name: str) -> tuple[Step, ...]:
        """Connect to one, step by step, up to the first that fails."""
        return self._instances.test(name)

    def create(self, asked: CreateDatabase, report: Report) -> Instance:
        """Make one, or find it; it is ready.

        Raises:
            NotFound: somebody has deleted it meanwhile.
        """
        spec = asked.spec
        self._changed(lambda instances: instances.create(spec, report), spec.name, "READY", report)
        return self._instances.equal(spec)  # somebody else may have made another of the name meanwhile

    def filled(self, asked: CreateDatabase, transfers: Transfers, by: str) -> Runner | None:
        """The transfer into a database that is ready, if one was asked for, for the caller to run.

        Raises what `Transfers.begin` does; the message says that the database is there.
        """
        if asked.transfer is None:
            return None
        try:
            return transfers.begin(asked.transfer.into(asked.spec.name), by)
        except errors.BackendError as error:
            error.message = f"the database is ready, but its transfer cannot begin: {error.message}"
            raise

    def start(self, name: str, report: Report) -> Instance:
        """Start one."""
        return self._changed(lambda instances: instances.start(name), name, "READY", report)

    def stop(self, name: str, report: Report) -> Instance:
        """Stop one."""
        return self._changed(lambda instances: instances.stop(name), name, "STOPPED", report)

    def resize(self, name: str, changes: Mapping[str, Any], report: Report) -> Instance:
        """Give one another size; one that is stopped stays so."""
        until: State = "STOPPED" if self.show(name).state == "STOPPED" else "READY"
        return self._changed(lambda instances: instances.resize(name, changes), name, until, report)

    def delete(self, name: str, confirm: str, report: Report) -> Instance:
        """Delete one for good."""
        return self._changed(lambda instances: instances.delete(name, confirm), name, "NOT_CREATED", report)

    def _changed(
        self, change: Callable[["Instances"], Instance], name: str, until: State, report: Report
    ) -> Instance:
        instances = self._instances
        known = instances.failure(name)
        report(change(instances))
        return instances.waited(name, until, report, known=known)


def refuse_wrong_source(asked: CreateDatabase, transfers: Transfers) -> None:
    """Refuse to make a database that nothing could be moved into.

    Raises:
        Invalid: there is no connection of the name that its transfer is from.
    """
    if asked.transfer is not None:
        transfers.connections.open(asked.transfer.source, "transfer.from")


def shown(found: Instance) -> Json:
    """A database as the interface shows it."""
    return {
        "name": found.name,
        "kind": found.kind,
        "state": found.state,
        "databricks_state": found.word,
        "changing": found.changing,
        "host": found.host,
        "size": None if found.size is None else dict(found.size),
        "creator": found.creator,
    }


def steps_shown(name: str, steps: tuple[Step, ...]) -> Json:
    """A test as the interface shows it."""
    told = [{"step": each.name, "ms": each.ms, "reason": each.reason} for each in steps]
    return {"name": name, "ok": steps[-1].reason is None, "steps": told}
