"""What a preflight finds of a catalog's file and its folder; neither is made."""

import os
import pwd
import sqlite3
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from shlex import quote

from backends.preflight import Check, Finding, Mend, command, fail, in_turn, ok, warn
from backends.sqlite.folder import SUFFIX

PATIENCE_SECONDS = 5.0  # for a lock


class Looking:
    """Looks at the usual catalog's file."""

    def __init__(self, folder: Path, catalog: str, instances: int) -> None:
        self._folder = folder
        self._file = folder / f"{catalog}{SUFFIX}"
        self._instances = instances

    def checks(self) -> Mapping[str, Check]:
        """See `Backend.checks`."""
        return {
            "host": self._host,
            "identity": lambda: ok(f'files are read and written as "{_user(os.geteuid())}"'),
            "credentials": lambda: ok("files take no login"),
            "clock": lambda: ok("files have no clock but the gateway's own"),
            "state": lambda: ok("a file never sleeps"),
            "database": self._database,
            "grants": self._grants,
            "ownership": self._ownership,
            "connections": self._connections,
        }

    def _host(self) -> Finding:
        place = _nearest(self._folder)
        if not place.is_dir():
            move = command("mv", str(place), f"{place}.old")
            return fail("GATEWAY_SQLITE_DIR lies below a file, which holds no folders", move)
        return ok("the folder is on this machine")

    def _database(self) -> Finding:
        if not self._file.exists():
            return ok("the catalog has no file yet: the first table makes it")
        began = time.monotonic()
        try:
            _read(self._file)
        except sqlite3.OperationalError:
            return fail("the catalog's file cannot be read now", command("fuser", "-v", str(self._file)))
        except sqlite3.DatabaseError:
            told = (
                "the catalog's file is damaged, or no SQLite database: stop the gateway to save what it holds"
            )
            return fail(told, _recovering(self._file))
        return ok(f"the catalog's file answered in {(time.monotonic() - began) * 1000:.1f} ms")

    def _grants(self) -> Finding:
        if not self._folder.exists() and not _is_open(_nearest(self._folder)):
            made = command("sudo", "install", "-d", "-o", str(os.geteuid()), str(self._folder))
            return fail("the gateway may not make the folder that GATEWAY_SQLITE_DIR names", made)
        closed = [path for path in self._places() if not _is_open(path)]
        if closed:
            return fail(
                "the gateway may not read and write the catalog's file or its folder",
                *(_opening(path) for path in closed),
            )
        return ok("the gateway may read and write the catalog's file and its folder")

    def _ownership(self) -> Finding:
        others = [path for path in self._places() if path.stat().st_uid != os.geteuid()]
        if others:
            return warn(
                "the catalog's file or its folder belongs to another user, whose files may be closed to us",
                *(_owning(path) for path in others),
            )
        return ok("the catalog's file and its folder belong to the gateway")

    def _connections(self) -> Finding:
        if self._instances > 1:
            return fail(
                f"GATEWAY_INSTANCES = {self._instances}, but each instance would have files of its own",
                command("export", "GATEWAY_INSTANCES=1"),
            )
        return ok("any number of readers beside one writer, which the others wait for")

    def _places(self) -> Iterator[Path]:
        """The folder and the file, if they are there; what the folder lies in is nobody's business here."""
        return (path for path in (self._folder, self._file) if path.exists())


def _nearest(path: Path) -> Path:
    """A path, or the nearest one above it that is there."""
    return next(place for place in (path, *path.parents) if place.exists())


def _read(path: Path) -> None:
    address = f"{path.as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE_SECONDS)) as connection:
        connection.execute("PRAGMA schema_version").fetchall()
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()


def _is_open(path: Path) -> bool:
    """Whether the process may do with a path what a database takes."""
    wanted = os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)
    return os.access(path, wanted, effective_ids=os.access in os.supports_effective_ids)


def _opening(path: Path) -> Mend:
    bits = "rwx" if path.is_dir() else "rw"
    mine = path.stat().st_uid == os.geteuid()
    return command("chmod", f"u+{bits}", str(path)) if mine else _owning(path)


def _owning(path: Path) -> Mend:
    mine = command("sudo", "chown", str(os.geteuid()), str(path))
    if path.stat().st_mode & stat.S_IWUSR:
        return mine
    return in_turn(mine, command("chmod", "u+rw", str(path)))


def _recovering(file: Path) -> Mend:
    """What saves what a damaged file holds; it stays as it was if nothing can be read.

    The log beside it goes: SQLite would write its old pages into the new file.
    """
    name = quote(str(file))
    return in_turn(
        Mend("command", f"sqlite3 {name} .recover > {name}.sql"),
        Mend("command", f"sqlite3 {name}.new < {name}.sql"),
        command("mv", str(file), f"{file}.old"),
        command("rm", "-f", f"{file}-wal", f"{file}-shm"),
        command("mv", f"{file}.new", str(file)),
    )


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # a container may run as somebody whom nobody has named
        return str(number)
