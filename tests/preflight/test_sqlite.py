"""SQLite: what is wrong with a file or its folder is found, and what is told mends it."""

import os
import shlex
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from backends.preflight import CHECKS, Finding
from backends.sqlite import SqliteBackend
from tests.preflight.looking import exported, found, states, texts

NOBODY = 65534

# what of SQLite's own shell is wanted here, where it need not be installed: it saves what SAVED has, or fails
SHELL = """
import os, sqlite3, sys
if sys.argv[2:] == [".recover"]:
    print(os.environ.get("SAVED", "BEGIN;"))
    sys.exit(0 if "SAVED" in os.environ else 26)
name, = sys.argv[1:]
sqlite3.connect(name).executescript(sys.stdin.read())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any user of the machine finds."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name) / "catalogs"


def looked(folder: Path, **told: str) -> dict[str, Finding]:
    return found({"GATEWAY_SQLITE_DIR": str(folder), **told}, "sqlite")


def test_where_nothing_is_wrong_all_is_well_and_nothing_is_made(folder: Path) -> None:
    assert states(looked(folder)) == dict.fromkeys(CHECKS, "OK")
    assert not folder.exists()
    SqliteBackend(folder).ping()
    assert states(looked(folder)) == dict.fromkeys(CHECKS, "OK")


def test_a_file_that_is_no_database_is_found(folder: Path) -> None:
    folder.mkdir()
    (folder / "main.db").write_bytes(b"no database, but a file that is long enough for a header " * 99)
    findings = looked(folder)
    assert states(findings) == {**dict.fromkeys(CHECKS, "OK"), "database": "FAIL"}


def test_what_is_saved_of_a_damaged_file_takes_its_place_without_the_old_log(
    folder: Path, tmp_path: Path
) -> None:
    shell, place = tmp_path / "sqlite3", folder / "a b"
    shell.write_text(f"#!{sys.executable}\n{SHELL}")
    shell.chmod(0o755)
    place.mkdir(parents=True)
    file, damaged = place / "main.db", b"damaged " * 99
    file.write_bytes(damaged)
    beside = [place / f"main.db-{end}" for end in ("wal", "shm")]
    for path in beside:
        path.write_bytes(b"old")
    (mend,) = texts(looked(place)["database"], "command")

    def mended(**saved: str) -> bool:
        env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **saved}
        return subprocess.run(["sh", "-c", mend], env=env, check=False).returncode == 0

    assert not mended()
    assert file.read_bytes() == damaged and all(path.exists() for path in beside)
    assert mended(SAVED="CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (7);")
    assert not any(path.exists() for path in beside)
    assert (place / "main.db.old").read_bytes() == damaged
    with closing(sqlite3.connect(file)) as found:
        assert found.execute("SELECT id FROM t").fetchall() == [(7,)]
    assert looked(place)["database"].state == "OK"


def test_a_folder_below_a_file_is_found_and_mended_by_the_command(folder: Path) -> None:
    folder.write_text("a file")
    finding = looked(folder / "below")["host"]
    assert finding.state == "FAIL"
    for text in texts(finding, "command"):
        subprocess.run(shlex.split(text), check=True)
    assert looked(folder / "below")["host"].state == "OK"


def test_files_of_instances_apart_are_found(folder: Path) -> None:
    finding = looked(folder, GATEWAY_INSTANCES="3")["connections"]
    assert (finding.state, exported(finding)) == ("FAIL", {"GATEWAY_INSTANCES": "1"})
    assert looked(folder, **exported(finding))["connections"].state == "OK"


@contextmanager
def as_nobody(*paths: Path) -> Iterator[None]:
    """Be somebody to whom files can be closed, and whose these are: root finds none closed."""
    root = os.geteuid() == 0
    if root:
        for path in paths:
            os.chown(path, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0 if root else os.geteuid())


def test_a_folder_that_may_not_be_made_is_made_by_the_command_and_nothing_else_changes_hands(
    folder: Path,
) -> None:
    parent, inner = folder.parent, folder / "a b"
    parent.chmod(0o555)
    with as_nobody():
        findings, whose = looked(inner), os.geteuid()
    parent.chmod(0o755)
    assert states(findings) == {**dict.fromkeys(CHECKS, "OK"), "grants": "FAIL"}
    (mend,) = texts(findings["grants"], "command")
    assert mend == f"sudo install -d -o {whose} '{inner}'"
    subprocess.run(shlex.split(mend.removeprefix("sudo ")), check=True)
    with as_nobody():
        assert states(looked(inner)) == dict.fromkeys(CHECKS, "OK")


def test_a_file_that_may_not_be_written_is_found_and_mended_by_the_command(folder: Path) -> None:
    folder.mkdir()
    SqliteBackend(folder).close()
    file = folder / "main.db"
    file.touch(0o444)
    with as_nobody(file, folder):
        first = looked(folder)["grants"]
        assert (first.state, texts(first, "command")) == ("FAIL", [f"chmod u+rw {file}"])
        file.chmod(0o644)
        assert looked(folder)["grants"].state == "OK"
    if os.geteuid() == 0:
        theirs = looked(folder)["ownership"]
        assert theirs.state == "WARN"
        for text in texts(theirs, "command"):
            subprocess.run(shlex.split(text.removeprefix("sudo ")), check=True)
        assert looked(folder)["ownership"].state == "OK"
