"""Deployments of apps: source taken from workspace files, and started as its `app.yaml` says."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import yaml

from tests.workspace.control import shapes
from tests.workspace.control.hosting import Failed, Hosting, Process, unpacked
from tests.workspace.control.wire import Invalid, JsonObject

VARIABLE: shapes.Fields = {"name": str, "value": str, "value_from": str}
INPUT: shapes.Fields = {
    "source_code_path": str,
    "mode": str,
    "command": [str],
    "env_vars": [VARIABLE],
    "deployment_id": str,
}
MODES = ("SNAPSHOT", "AUTO_SYNC")
CONFIGURATION = ("app.yaml", "app.yml")
LIKEWISE: JsonObject = {"command": ["python", "app.py"], "env": []}

Resolve = Callable[[str], str | None]  # what `valueFrom` makes of a resource's name; None: there is none


@dataclass
class Deployment:
    """One deployment, its state, and its process once it has one."""

    source: str
    creator: str
    asked: JsonObject
    files: Mapping[str, bytes] = field(repr=False)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: str = "IN_PROGRESS"
    message: str = "Preparing source code"
    created: float = field(default_factory=time.time)
    process: Process | None = None

    def shown(self) -> JsonObject:
        """As answers have it."""
        return {
            "deployment_id": self.id,
            "source_code_path": self.source,
            "deployment_artifacts": {"source_code_path": f"/Workspace/deployments/{self.id}"},
            "mode": self.asked.get("mode") or "SNAPSHOT",
            "creator": self.creator,
            "create_time": shapes.written(self.created),
            "update_time": shapes.written(self.created),
            "status": {"state": self.state, "message": self.message},
            **shapes.picked(self.asked, "command", "env_vars"),
        }

    def run(self, hosting: Hosting, given: Mapping[str, str], resolve: Resolve, seconds: float) -> None:
        """Start the app, and wait until it listens; `given` is what the platform adds to its environment."""
        time.sleep(seconds)
        try:
            command, environment = self._configured(resolve)
            source = unpacked(hosting.folder / self.id, self.files)
            if self.state != "IN_PROGRESS":
                return
            process = Process(source, command, {**hosting.environment, **given, **environment})
            process.wait()
        except Failed as error:
            self._end("FAILED", str(error))
        else:
            self.process = process
            self._end("SUCCEEDED", "App started successfully")

    def _end(self, state: str, message: str) -> None:
        if self.state == "IN_PROGRESS":  # else it was cancelled meanwhile
            self.state, self.message = state, message
        elif self.process:
            self.process.stop()

    def _configured(self, resolve: Resolve) -> tuple[list[str], dict[str, str]]:
        """The command and the variables; those of the deployment go before those of the file."""
        told = next((self.files[name] for name in CONFIGURATION if name in self.files), None)
        written = LIKEWISE if told is None else _read(told)
        found = {str(each["name"]): _variable(each) for each in _objects(written, "env")}
        found |= {str(each["name"]): _variable(each) for each in _objects(self.asked, "env_vars")}
        command = self.asked.get("command") or written.get("command") or LIKEWISE["command"]
        if not isinstance(command, list):
            raise Failed("Error: the command in app.yaml must be a list.")
        return [*map(str, command)], {name: _resolved(told, resolve) for name, told in found.items()}


def _read(text: bytes) -> JsonObject:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Failed("Error reading app.yaml: it is not YAML.") from error
    if not isinstance(found, dict) or set(found) - {"command", "env"}:
        raise Failed("Error reading app.yaml: it may have command and env.")
    return found


def _objects(body: JsonObject, name: str) -> list[JsonObject]:
    return [found for found in shapes.optional(body, name, list) or [] if isinstance(found, dict)]


def _variable(told: JsonObject) -> tuple[str | None, str | None]:
    """A variable's value, or the resource that it comes from; app.yaml spells it valueFrom."""
    value, source = told.get("value"), told.get("value_from") or told.get("valueFrom")
    return (None if value is None else str(value)), (None if source is None else str(source))


def _resolved(told: tuple[str | None, str | None], resolve: Resolve) -> str:
    value, source = told
    if source is None:
        return value or ""
    found = resolve(source)
    if found is None:
        raise Failed(
            f"Error resolving resource {source} specified in app.yaml. Please make sure to configure a"
            f" resource with name {source}."
        )
    return found


def checked(body: JsonObject) -> None:
    """Let nothing pass but what a deployment may be asked for.

    Raises:
        Invalid: it may not.
    """
    shapes.one_of(shapes.optional(body, "mode", str), MODES, "mode")
    names = [shapes.required(each, "name", str) for each in _objects(body, "env_vars")]
    if len(set(names)) < len(names):
        raise Invalid("Environment variable names must be unique.")
    for each in _objects(body, "env_vars"):
        if (each.get("value") is None) == (each.get("value_from") is None):
            raise Invalid(f"Variable '{each['name']}' must have either a value or value_from.")
