"""All Lakebase databases of a workspace, whichever kind they are."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from backends import errors
from backends.provisioning.autoscaling import Autoscaling
from backends.provisioning.control import Control
from backends.provisioning.instance import Instance, Report, State, untold
from backends.provisioning.looking import looks
from backends.provisioning.probe import Line, probed
from backends.provisioning.provisioned import Provisioned
from backends.provisioning.refusals import Taken
from backends.provisioning.specs import Kind, Spec, kind_of, named
from backends.provisioning.steps import Step

WAIT_SECONDS = 20 * 60.0  # as the SDK waits
SETTLED_SECONDS = 15.0  # for so long a state that nobody waits for may stand, until it is taken for the end


class Databases(Protocol):
    """One kind of database. Every method raises as `Control.ask` does, `find` no NotFound."""

    def list(self) -> Iterable[Instance]:
        """All that are seen."""

    def find(self, name: str) -> Instance:
        """One as it is now, or the lack of it."""

    def failure(self, name: str) -> errors.BackendError | None:
        """Why the last change that this process has begun came to nothing, once `find` has seen that."""

    def create(self, spec: Spec, report: Report) -> None:
        """Begin to make one; `report` is told of it where something else must be there first."""

    def start(self, name: str) -> None:
        """Begin to start one."""

    def stop(self, name: str) -> None:
        """Begin to stop one, which keeps its data."""

    def resize(self, spec: Spec, names: Iterable[str]) -> None:
        """Begin to give one what `names` tell of another size."""

    def delete(self, name: str) -> None:
        """Begin to delete one for good."""

    def token(self, name: str) -> str:
        """A password for a login to one."""


class Instances:
    """Databases by their names: an instance's, or projects/P/branches/B/endpoints/E.

    What changes one begins the change and gives it as it is then; `waited` waits for its end. Every
    method may raise Unavailable (Databricks does not answer), Forbidden (a permission is missing: the
    message tells which), Unsupported (there is no workspace, or it offers no such database) and Invalid
    (there can be no such name).
    """

    def __init__(self, control: Control, line: Line, settled_seconds: float = SETTLED_SECONDS) -> None:
        self._control = control
        self._line = line
        self._settled_seconds = settled_seconds
        self._kinds: Mapping[Kind, Databases] = {
            "provisioned": Provisioned(control),
            "autoscaling": Autoscaling(control),
        }

    def list(self) -> tuple[Instance, ...]:
        """All that are seen, by name; a kind that the workspace does not offer, or not show, has none."""
        found: list[Instance] = []
        absent: list[errors.BackendError] = []
        for kind in self._kinds.values():
            try:
                found += kind.list()
            except (errors.Unsupported, errors.Forbidden) as error:
                absent.append(error)
        if len(absent) == len(self._kinds):
            raise absent[0]
        return tuple(sorted(found, key=lambda each: each.name))

    def find(self, name: str) -> Instance:
        """One as it is now; its state is NOT_CREATED where there is none."""
        return self._kind(name).find(name)

    def failure(self, name: str) -> errors.BackendError | None:
        """Why the last change that this process has begun came to nothing, once `find` has seen that."""
        return self._kind(name).failure(name)

    def create(self, spec: Spec, report: Report = untold) -> Instance:
        """Begin to make one; one that is there and equal is taken for it.

        Of Autoscaling, a project or branch that is missing is made first, which takes its time: `report`
        is told meanwhile.

        Raises:
            Conflict: one is there that differs (`details.differences`), is being deleted, or has the
                name; or a quota is used up.
        """
        there = self.find(spec.name)
        if not there.exists:
            try:
                self._kind(spec.name).create(spec, report)
            except Taken:
                if not self.find(spec.name).exists:  # nobody else was faster
                    raise
            there = self.find(spec.name)
        refuse_differences(spec, there)
        return there

    def equal(self, spec: Spec) -> Instance:
        """One that is there and as it should be.

        Raises:
            NotFound: there is none.
            Conflict: it differs (`details.differences`), or is being deleted.
        """
        there = self._there(spec.name)
        refuse_differences(spec, there)
        return there

    def start(self, name: str) -> Instance:
        """Begin to start one; nothing is done where it is not stopped.

        Raises:
            NotFound: there is none.
            Conflict: it is changing.
        """
        if self._there(name).state == "STOPPED":
            self._kind(name).start(name)
        return self.find(name)

    def stop(self, name: str) -> Instance:
        """Begin to stop one, which keeps its data; nothing is done where it is stopped.

        Raises:
            NotFound: there is none.
            Conflict: it is changing.
        """
        if self._there(name).state != "STOPPED":
            self._kind(name).stop(name)
        return self.find(name)

    def resize(self, name: str, changes: Mapping[str, Any]) -> Instance:
        """Begin to give one another size: what `changes` names, as its spec does, and leave the rest.

        Raises:
            NotFound: there is none.
            Conflict: it is changing, or a quota is used up.
        """
        there = self._there(name)
        if there.size is None:
            raise errors.Conflict(f"{there} does not tell its size yet: try again later", reason="state")
        spec = named(name, {**there.size, **changes})
        if differing := differences(spec, there):
            self._kind(name).resize(spec, differing)
        return self.find(name)

    def delete(self, name: str, confirm: str) -> Instance:
        """Begin to delete one for good, with all its data.

        An Autoscaling project goes with the last endpoint of its main branch, another branch with its own.

        Raises:
            Invalid: `confirm` is not its name.
            NotFound: there is none.
            Conflict: something else is in its project or branch, or it is protected.
        """
        if confirm != name:
            told = f'takes the name of the database again: "{name}"'
            raise errors.Invalid.of([errors.Fault(("confirm",), told)])
        self._there(name)
        self._kind(name).delete(name)
        return self.find(name)

    def waited(
        self,
        name: str,
        until: State = "READY",
        report: Report = untold,
        seconds: float = WAIT_SECONDS,
        known: errors.BackendError | None = None,
    ) -> Instance:
        """One when it has come to a state and stays there; `report` is told of every look.

        `known` is the failure of an earlier change, which does not end the wait.

        Raises:
            Conflict: it has settled in another state.
            Timeout: it has not come there in so many seconds; it may yet.
            BackendError, or one of its kinds: the change has failed.
        """
        settled_since = None
        for found in looks(lambda: self.find(name), seconds):
            report(found)
            if (failure := self.failure(name)) is not None and failure is not known:
                raise failure
            if not found.changing and found.state == until:
                return found
            now = time.monotonic()
            settled_since = None if found.changing else settled_since or now
            if settled_since is not None and now - settled_since >= self._settled_seconds:
                raise errors.Conflict(f"{found} is {_words(found)}, and stays so", state=found.state)
        raise errors.Timeout(
            f"{self.find(name)} is not {until} after {seconds:,.0f} seconds: Databricks may yet come to it;"
            " look at it again later"
        )

    def test(self, name: str) -> tuple[Step, ...]:
        """Connect to one, step by step; it wakes from its sleep. The first step that fails is the last.

        Raises:
            NotFound: there is none, or it has no host yet.
        """
        there = self._there(name)
        if there.host is None:
            raise errors.NotFound(f"{there} has no host yet")
        user = self._control.user
        return probed(self._line, there, lambda: (user(), self._kind(name).token(name)))

    def _kind(self, name: str) -> Databases:
        return self._kinds[kind_of(name)]

    def _there(self, name: str) -> Instance:
        found = self.find(name)
        if not found.exists:
            raise errors.NotFound(f"there is no {found}", state=found.state)
        return found


def refuse_differences(spec: Spec, there: Instance) -> None:
    """Refuse to take a database for another.

    Raises:
        Conflict: it has not the size that is asked for, or is being deleted.
    """
    if there.word == "DELETING":
        raise errors.Conflict(f"{there} is being deleted: wait until it is gone", state=there.state)
    if differing := differences(spec, there):
        told = ", ".join(f"{name} is {was}, not {asked}" for name, (was, asked) in differing.items())
        listed = [{"field": name, "is": was, "asked": asked} for name, (was, asked) in differing.items()]
        raise errors.Conflict(
            f"{there} is there, and differs: {told}; resize it, or take another name", differences=listed
        )


def differences(spec: Spec, there: Instance) -> dict[str, tuple[object, object]]:
    """What is of another size than it should be, by its name: as it is, and as it should be."""
    size = there.size or spec.size  # one that is begun may not tell its own yet
    return {name: (size.get(name), asked) for name, asked in spec.size.items() if size.get(name) != asked}


def _words(found: Instance) -> str:
    return found.state if found.word is None else f"{found.state} ({found.word})"
