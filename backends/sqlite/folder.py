"""The folder of catalogs, and their files as they are opened, removed and replaced."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from backends import errors
from backends.sqlite.file import CatalogFile

SUFFIX = ".db"
LOOK_SECONDS = 1.0  # how long readers may be shown a file that is no longer there
LONGEST_NAME = 240  # bytes; a file's name has 255, and SQLite adds to it


class _Kept(threading.local):
    """The files that a thread has a transaction in, by their catalogs."""

    def __init__(self) -> None:
        self.files: dict[str, CatalogFile] = {}


class Folder:
    """Each `<catalog>.db` is a catalog; the default one is there even before its file.

    `opened` is told of a catalog whose file is opened, for the first time or anew.
    """

    def __init__(self, path: Path, default: str, opened: Callable[[str], None]) -> None:
        self._path = path
        self._default = default
        self._told = opened
        self._files: dict[str, CatalogFile] = {}
        self._kept = _Kept()
        self._opening = threading.Lock()

    def catalogs(self) -> tuple[str, ...]:
        """The catalogs' names, sorted by code point."""
        found = {path.name.removesuffix(SUFFIX) for path in self._path.glob(f"*{SUFFIX}") if path.is_file()}
        return tuple(sorted({self._default, *filter(is_file_name, found)}))

    def file(self, name: str, *, create: bool = False, sure: bool = False) -> CatalogFile:
        """The file of a catalog that is there, is to be made, or is the default one.

        That it was not replaced is looked at now and then; where it must be `sure`, now. In a transaction
        of this thread it is the one that the transaction began in, whatever is there by now.

        Raises:
            NotFound: there is no such catalog.
            Unavailable: its file cannot be made or opened.
        """
        if kept := self._kept.files.get(name):
            return kept
        file = self._files.get(name)
        if file is not None and not file.replaced(within=0 if sure else LOOK_SECONDS):
            return file
        path = self._path / f"{name}{SUFFIX}"
        if not is_file_name(name) or not (create or name == self._default or path.is_file()):
            raise errors.NotFound(f'there is no catalog "{name}"')
        with self._opening:
            if self._files.get(name) is file:
                self._files[name] = self._opened(name, path)
            return self._files[name]

    @contextmanager
    def transaction(self, name: str, *, structure: bool = True) -> Iterator[None]:
        """See `CatalogFile.transaction`, or `atomic` where no `structure` is changed.

        Within another in the same file it is a part of that.

        Raises:
            NotFound, Unavailable: as `file` does.
        """
        file = self.file(name, sure=True)
        if file.joined:
            with file.writing():
                yield
            return
        with file.transaction() if structure else file.atomic():
            self._kept.files[name] = file
            try:
                yield
            finally:
                del self._kept.files[name]

    def _opened(self, name: str, path: Path) -> CatalogFile:
        """A catalog's file, opened for the first time, or anew; then its tables are described anew too."""
        if old := self._files.pop(name, None):
            old.close()
        self._told(name)
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            return CatalogFile(path)
        except OSError as error:
            raise errors.Unavailable("the catalog's file cannot be made or opened") from error

    def close(self) -> None:
        """Let all files go."""
        with self._opening:
            for file in self._files.values():
                file.close()
            self._files.clear()


def is_file_name(name: str) -> bool:
    """Whether a catalog can have a name."""
    fits = 0 < len(name.encode()) <= LONGEST_NAME
    return fits and not name.startswith(".") and not set(name) & {"/", "\\", "\0"}
