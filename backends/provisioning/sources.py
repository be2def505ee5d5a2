"""An app's source among the workspace's files, and beside it a record of what was put there."""

import base64
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from databricks.sdk.service.workspace import ExportFormat, ImportFormat

from backends import errors
from backends.provisioning.platform import Platform
from backends.provisioning.record import Record

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

AT_ONCE = 4  # files on the way
RECORD = "record.json"
VERSION = 2
UNSURE = ""  # the digest of what may be there, in whatever version


class Sources:
    """The folder of one app. Every method raises as `Platform.ask` does."""

    def __init__(self, platform: Platform, folder: str) -> None:
        """Keep what belongs to an app in a folder, such as /Workspace/Users/ada@x/.lakegate/shop."""
        self._platform = platform
        self._folder = folder
        self.path = f"{folder}/source"

    def record(self) -> Record:
        """What was noted down; nothing, where nothing was.

        Raises:
            Conflict: it cannot be read.
        """

        def question(client: "WorkspaceClient") -> str:
            return client.workspace.export(f"{self._folder}/{RECORD}", format=ExportFormat.AUTO).content or ""

        try:
            text = base64.b64decode(self._platform.ask(question, f'"{self._folder}"', "read"))
            told: dict[str, Any] = json.loads(text)
            return Record(dict(told["made"]), dict(told["files"]))
        except errors.NotFound:
            return Record()
        except (ValueError, KeyError, TypeError) as error:
            raise errors.Conflict(
                f'"{self._folder}/{RECORD}" is not as it was written: remove it, and all is sent again'
            ) from error

    def is_there(self) -> bool:
        """Whether there is a source: somebody may have taken it away, and the record knows nothing of it."""
        try:
            self._platform.ask(
                lambda client: client.workspace.get_status(self.path), f'"{self.path}"', "look at"
            )
        except errors.NotFound:
            return False
        return True

    def note(self, record: Record) -> None:
        """Note something down."""
        told = {"version": VERSION, "made": record.made, "files": dict(sorted(record.files.items()))}
        self._make([self._folder])
        self._send(f"{self._folder}/{RECORD}", json.dumps(told, indent=1).encode())

    def send(self, record: Record, files: Mapping[str, bytes], digests: Mapping[str, str]) -> Record:
        """Send files, by their paths, and take away what `digests`, which have all there shall be, lack.

        Until all is there the record has what is on its way, or may be gone, without a digest: stopped in
        between, the next run sends it again or takes it away.
        """
        gone = record.files.keys() - digests.keys()
        kept = {name: digest for name, digest in record.files.items() if name not in {*files, *gone}}
        self.note(replace(record, files={**kept, **dict.fromkeys({*files, *gone}, UNSURE)}))
        folders = {str(PurePosixPath(self.path, name).parent) for name in files}
        known = {str(PurePosixPath(self.path, name).parent) for name in kept}
        self._make(sorted(folders - known))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda name: self._send(f"{self.path}/{name}", files[name]), files):
                pass  # an error is raised here
        for name in gone:
            self._remove(f"{self.path}/{name}")
        whole = replace(record, files=digests)
        self.note(whole)
        return whole

    def remove(self) -> None:
        """Take away the source; the record stays."""
        self._remove(self.path)

    def forget(self) -> None:
        """Take away all, and the record with it."""
        self._remove(self._folder)

    def _make(self, folders: Iterable[str]) -> None:
        for folder in folders:
            self._make_one(folder)

    def _make_one(self, folder: str) -> None:
        self._platform.ask(lambda client: client.workspace.mkdirs(folder), f'folder "{folder}"', "make")

    def _send(self, path: str, content: bytes) -> None:
        text = base64.b64encode(content).decode()

        def question(client: "WorkspaceClient") -> None:
            client.workspace.import_(path, content=text, format=ImportFormat.AUTO, overwrite=True)

        self._platform.ask(question, f'"{path}"', "write")

    def _remove(self, path: str) -> None:
        def question(client: "WorkspaceClient") -> None:
            client.workspace.delete(path, recursive=True)

        try:
            self._platform.ask(question, f'"{path}"', "remove")
        except errors.NotFound:
            return
