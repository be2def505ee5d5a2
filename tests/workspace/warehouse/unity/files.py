"""Volumes' files: where they are on this machine, and PUT, REMOVE and LIST."""

from pathlib import Path, PurePosixPath

import pyarrow as pa

from tests.workspace.warehouse.engine import Answer, SqlError, Upload
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.commands import ListFiles, Put, Remove
from tests.workspace.warehouse.unity.grants import Rights
from tests.workspace.warehouse.unity.metastore import Registry
from tests.workspace.warehouse.unity.model import Volume


class Files:
    """The files of all volumes, under one folder: `folder`/catalog/schema/volume/..."""

    def __init__(self, folder: Path, registry: Registry) -> None:
        self.folder = folder
        self._registry = registry

    def path(self, path: str, privilege: str, rights: Rights) -> Path:
        """Where a path such as "/Volumes/c/s/v/a.parquet" is kept on this machine.

        Raises:
            SqlError: it is in no volume, or the principal may not.
        """
        volume, inner = self._split(path)
        rights.need(privilege, volume)
        return self.folder.joinpath(volume.catalog, volume.schema, volume.name, *inner)

    def put(self, command: Put, rights: Rights) -> Answer:
        """What the client is to upload, and where to.

        Raises:
            SqlError: it may not, or a file is there that is not to be overwritten.
        """
        place = self.path(command.path, "WRITE VOLUME", rights)
        if place.exists() and not command.overwrite:
            raise SqlError(
                "FILE_IN_STAGING_PATH_ALREADY_EXISTS",
                f"File in staging path {command.path} already exists but OVERWRITE is not set.",
                "42K05",
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        return Answer(pa.table({}), upload=Upload(command.local_file, command.path, command.overwrite))

    def remove(self, command: Remove, rights: Rights) -> Answer:
        """Delete a file.

        Raises:
            SqlError: it may not, or there is none.
        """
        place = self.path(command.path, "WRITE VOLUME", rights)
        if not place.is_file():
            raise errors.no_file(command.path)
        place.unlink()
        return Answer(pa.table({}))

    def list(self, command: ListFiles, rights: Rights) -> Answer:
        """The files of a folder.

        Raises:
            SqlError: it may not, or there is no such folder.
        """
        place = self.path(command.path, "READ VOLUME", rights)
        if not place.is_dir():
            raise errors.no_file(command.path)
        found = sorted(place.iterdir())
        rows = {
            "path": pa.array([f"{command.path.rstrip('/')}/{child.name}" for child in found], pa.string()),
            "name": pa.array([child.name for child in found], pa.string()),
            "size": pa.array([child.stat().st_size for child in found], pa.int64()),
        }
        return Answer(pa.table(rows), ("string", "string", "bigint"))

    def _split(self, path: str) -> tuple[Volume, tuple[str, ...]]:
        parts = PurePosixPath(path.removeprefix("dbfs:")).parts
        if len(parts) < 5 or parts[:2] != ("/", "Volumes") or ".." in parts:
            raise errors.unsupported(f"the path '{path}': only /Volumes/catalog/schema/volume/... is known")
        return self._registry.volume(*parts[2:5]), parts[5:]
