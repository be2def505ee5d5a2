"""`gateway migrations`: revisions written, planned, taken and taken back."""

import re
from pathlib import Path

import pytest

from tests.gateway.cli.asking import Run, rows
from tests.structures.ladder import write_revision

TABLE = 'op.create_table("people", op.column("id", "INT"), op.column("name", "STRING"), primary_key=["id"])'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two revisions: a table, and a row in it."""
    folder = tmp_path / "revisions"
    folder.mkdir()
    write_revision(folder, "people01", None, TABLE, 'op.drop_table("people")')
    write_revision(
        folder, "people02", "people01", 'op.write("people", [{"id": 1}])', 'op.delete("people", [])'
    )
    return folder


def lines(run: Run, *args: str) -> list[str]:
    found = run("migrations", *args)
    assert found.exit_code == 0, found.stderr
    return [" ".join(line.split()) for line in found.stdout.splitlines()]


def test_without_revisions_there_is_nothing_to_do(run: Run) -> None:
    assert lines(run, "status") == ["current base", "head base"]
    assert lines(run, "upgrade") == ["nothing to upgrade: the database is at base"]
    assert lines(run, "history") == lines(run, "plan") == []


def test_revisions_are_taken_and_taken_back(run: Run, folder: Path) -> None:
    assert lines(run, "status") == [
        "current base",
        "head people02",
        "pending people01 Rung people01.",
        "pending people02 Rung people02.",
    ]
    plan = run("migrations", "plan").stdout
    assert "-- upgrade people01: Rung people01.\nCREATE TABLE" in plan
    assert "\n-- write(main.main.people, 1 rows, " in plan
    assert lines(run, "upgrade") == ["upgrade people01 Rung people01.", "upgrade people02 Rung people02."]
    assert rows(run, "people") == [{"id": 1, "name": None}]
    assert lines(run, "history") == ["people02 current Rung people02.", "people01 Rung people01."]
    assert lines(run, "downgrade", "-1") == ["downgrade people02 Rung people02."]
    assert lines(run, "downgrade", "base") == ["downgrade people01 Rung people01."]
    assert lines(run, "stamp", "head") == ["the database is said to be at people02"]
    assert lines(run, "upgrade") == ["nothing to upgrade: the database is at people02"]


def test_a_new_revision_follows_the_last_one(run: Run, folder: Path) -> None:
    (shown,) = lines(run, "new", 'Say "hello"\nto \\ them')
    assert re.search(r"[0-9a-f]{12}_say_hello_to_them\.py$", shown)
    assert lines(run, "status")[-1].endswith('Say "hello" to \\ them')
    assert lines(run, "upgrade")[-1].endswith('Say "hello" to \\ them')


def test_a_new_revision_makes_a_table_that_is_there(run: Run, folder: Path, planes: Path) -> None:
    lines(run, "upgrade")
    lines(run, "new", "planes", "--from", "planes")
    (path,) = folder.glob("*_planes.py")
    assert 'op.column("tail", "STRING"),' in path.read_text()
    assert 'primary_key=["tail"],' in path.read_text()
    assert run("migrations", "upgrade").exit_code == 1  # it is there


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("plan", "-1"), "not so many"),
        (("upgrade", "nope"), 'there is no revision "nope"'),
        (("downgrade", "-9"), "not so many"),
        (("new", "x", "--from", "nothing"), "no table"),
        (("downgrade",), "Missing argument"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_line(
    run: Run, folder: Path, args: tuple[str, ...], words: str
) -> None:
    found = run("migrations", *args)
    assert found.exit_code != 0
    assert words in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.filterwarnings("ignore:Revision .* is not present:UserWarning")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def upgrade(op): pass", "one line"),
        ("raise SystemExit(3)", "SystemExit"),
        ("open('/secret/path')", "FileNotFoundError"),
        ("revision = 'x' )", "cannot be read"),
        (
            "revision = 'x1'\ndown_revision = 'nope'\ndef upgrade(op): pass\ndef downgrade(op): pass",
            "one line",
        ),
        (
            "revision = 'x1'\ndown_revision = 'people01'\ndef upgrade(op): pass\ndef downgrade(op): pass",
            "line",
        ),
        ("revision = 'x1'\ndown_revision = 'people02'\ndef upgrade(op): pass", "downgrade"),
    ],
)
def test_a_broken_file_is_told_in_a_line(run: Run, folder: Path, text: str, words: str) -> None:
    (folder / "broken.py").write_text(text)
    found = run("migrations", "status")
    assert (found.exit_code, words in found.stderr, "Traceback" in found.stderr) == (1, True, False)
