"""Revisions on every backend: up and down, planned, failed and mended, by several at once."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from backends import errors
from backends.base import Backend
from backends.plan import TableName
from gateway.migrations import Migrations, Revisions
from gateway.migrations.drafting import draft
from gateway.migrations.records import Records
from gateway.migrations.scripts import Direction
from tests.client import new_name
from tests.gateway_process import PROJECT
from tests.structures.changing import found, read, told, write
from tests.structures.ladder import RUNGS, write_ladder, write_revision

Environment = Mapping[str, str]
Made = Callable[[], Migrations]
Command = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def made(backend: Backend, environment: Environment, tmp_path: Path) -> Made:
    """Makes the migrations of the test's folder, their files read anew."""
    line = new_name()
    return lambda: Migrations(backend, environment["GATEWAY_BACKEND"], Revisions(tmp_path), line)


def moved(migrations: Migrations, to: str, direction: Direction = "upgrade") -> list[str]:
    return [step.revision.id for step in migrations.move(to, direction, "tests")]


def test_a_ladder_is_climbed_twice(backend: Backend, made: Made, name: TableName, tmp_path: Path) -> None:
    second = new_name()
    rungs = write_ladder(tmp_path, name.table, second)
    assert len(rungs) == len(RUNGS) == 30
    other = TableName(name.catalog, name.schema, f"{second}_renamed")
    tops: list[list[Any]] = []
    for _ in range(2):
        assert moved(made(), "head") == rungs
        tops.append([told(backend.structure(each)) for each in (name, other)])
        tops[-1] += [read(backend, name), len(read_all(backend, other))]
        assert moved(made(), "head") == []
        assert moved(made(), "base", "downgrade") == rungs[::-1]
        assert [found(backend, each) for each in (name, other)] == [None, None]
    assert tops[0] == tops[1]
    assert tops[0][2][:2] == [{"id": 1, "number": 10, "text": "x"}, {"id": 2, "number": 20, "text": "x"}]


def read_all(backend: Backend, name: TableName) -> list[object]:
    return list(read(backend, name, "a", order="a"))


def test_a_plan_runs_nothing_and_says_all(
    backend: Backend, made: Made, name: TableName, tmp_path: Path
) -> None:
    rungs = write_ladder(tmp_path, name.table, new_name())
    planned = made().plan()
    assert [each.step.revision.id for each in planned] == rungs
    assert all(each.statements for each in planned)
    assert any(statement.startswith("CREATE TABLE") for statement in planned[0].statements)
    assert (found(backend, name), made().status().current) == (None, None)
    moved(made(), rungs[1])
    assert [each.step.direction for each in made().plan("base")] == ["downgrade"] * 2


def test_it_goes_to_any_revision(made: Made, name: TableName, tmp_path: Path) -> None:
    rungs = write_ladder(tmp_path, name.table, new_name())
    assert moved(made(), "+2") == rungs[:2]
    assert moved(made(), rungs[4]) == rungs[2:5]
    assert moved(made(), rungs[1]) == []
    assert moved(made(), "-1", "downgrade") == [rungs[4]]
    status = made().status()
    assert (status.current, status.head, len(status.pending)) == (rungs[3], rungs[-1], 26)
    assert made().stamp(rungs[5]) == rungs[5]
    assert made().status().current == rungs[5]
    for unknown in ("+99", "nope", "run"):
        with pytest.raises(errors.NotFound):
            moved(made(), unknown)
    with pytest.raises(errors.Invalid):
        moved(made(), "rung")


def test_a_failed_revision_is_mended_and_gone_on_with(
    backend: Backend, made: Made, name: TableName, tmp_path: Path
) -> None:
    table = f'"{name.table}"'
    write_revision(
        tmp_path,
        "rev1",
        None,
        f'op.create_table({table}, op.column("id", "INT"), op.column("n", "INT"), primary_key=["id"])',
        f"op.drop_table({table})",
    )
    up = (
        f'op.add_column({table}, op.column("m", "INT", default=7))',
        f'op.alter_column({table}, "n", nullable=False)',
        f'op.add_column({table}, op.column("o", "INT"))',
    )
    write_revision(tmp_path, "rev2", "rev1", "\n".join(up), f'op.drop_column({table}, "m")')
    moved(made(), "rev1")
    write(backend, name, {"id": 1}, {"id": 2, "n": 2})
    for _ in range(2):
        with pytest.raises(errors.Conflict) as failed:
            moved(made(), "head")
        assert failed.value.details["revision"] == "rev2"
        assert failed.value.details["operation"] == 2
        assert made().status().current == "rev1"
    mended = (up[0], f'op.update({table}, {{"n": 0}}, [{{"column": "n", "op": "IS NULL"}}])', *up[1:])
    write_revision(tmp_path, "rev2", "rev1", "\n".join(mended), f'op.drop_column({table}, "m")')
    assert moved(made(), "head") == ["rev2"]
    assert made().status().unfinished is None
    assert read(backend, name) == [{"id": 1, "n": 0, "m": 7, "o": None}, {"id": 2, "n": 2, "m": 7, "o": None}]


def test_a_value_mended_by_hand_is_enough(
    backend: Backend, made: Made, name: TableName, tmp_path: Path
) -> None:
    table = f'"{name.table}"'
    columns = 'op.column("id", "INT"), op.column("n", "INT"), primary_key=["id"]'
    write_revision(tmp_path, "rev1", None, f"op.create_table({table}, {columns})", f"op.drop_table({table})")
    check = 'op.check("small", {"column": "n", "op": "<", "value": 10})'
    write_revision(
        tmp_path, "rev2", "rev1",
        f'op.add_column({table}, op.column("m", "INT")); op.create_check({table}, {check})', "pass",
    )  # fmt: skip
    moved(made(), "rev1")
    write(backend, name, {"id": 1, "n": 11})
    with pytest.raises(errors.Conflict):
        moved(made(), "head")
    known = backend.table(name, fresh=True)
    Records(backend, known).set({"n": 1}, id=1)
    assert moved(made(), "head") == ["rev2"]
    assert [each.name for each in backend.structure(name).checks] == ["small"]


@pytest.mark.parametrize(
    ("up", "words"),
    [
        ('op.create_table("x", op.column("a", "NUMBER"))', "NUMBER"),
        ('op.create_table("x y", op.column("a", "INT"))', "x y"),
        ('op.create_table("x", op.column("a", "INT", default="z"))', "default"),
        ('op.create_table("x", op.column("a", "INT"), op.check("c", {"column": "b", "value": 1}))', "b"),
        ('op.create_table("x", op.column("a", "INT"), op.check("c", {"column": "a", "value": "z"}))', "c"),
        ('op.create_table("x", op.column("a", "INT"), op.column("A", "INT"))', "twice"),
        ('op.create_tabel("x")', "AttributeError"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit", "SystemExit"),
        ('op.create_table("x", op.column("a", "INT"), primary_key="a")', "columns' names"),
        ('op.create_table("x", "junk")', "junk"),
        ('op.create_index("x", op.index("i", []))', "columns' names"),
        ('op.write("x", [{"a": b"b"}])', "base64"),
        ('op.execute({"lakebse": "x"})', "lakebse"),
        (
            'op.rename_table("NAME", "NAME_2"); op.create_table("NAME_2", op.column("a", "INT"))',
            "there",
        ),
        ('op.create_foreign_key("NAME", op.foreign_key("k", ["a"], "nothing", ["a"]))', "nothing"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_run(
    made: Made, name: TableName, tmp_path: Path, up: str, words: str
) -> None:
    body = f'op.create_table("{name.table}", op.column("a", "INT")); {up.replace("NAME", name.table)}'
    write_revision(tmp_path, "rev1", None, body, "pass")
    for call in (made().plan, lambda: moved(made(), "head")):
        with pytest.raises((errors.Invalid, errors.Conflict, errors.NotFound), match=words) as refused:
            call()
        assert "rev1" in refused.value.message
    assert made().status().current is None


def test_values_of_every_kind_are_written_as_they_are(
    backend: Backend, made: Made, name: TableName, tmp_path: Path
) -> None:
    columns = 'op.column("id", "INT"), op.column("d", "DOUBLE"), op.column("n", "DECIMAL(10,2)")'
    write_revision(
        tmp_path,
        "rev1",
        None,
        f'op.create_table("{name.table}", {columns}, op.column("l", "ARRAY<DOUBLE>"), primary_key=["id"])\n'
        f'op.write("{name.table}", [{{"id": 1, "d": 0.1, "n": "1.50", "l": [1.5, None]}}])\n'
        'op.execute("-- a comment\\nSELECT 1")',
        "pass",
    )
    moved(made(), "head")
    assert read(backend, name) == [{"id": 1, "d": 0.1, "n": 1.5, "l": [1.5, None]}]


def test_a_database_s_own_sql_is_run_though_a_comment_stands_before_it(
    backend: Backend, made: Made, tmp_path: Path
) -> None:
    write_revision(tmp_path, "rev1", None, 'op.execute("-- why\\nSELEKT 1")', "pass")
    with pytest.raises(errors.Invalid):
        moved(made(), "head")
    assert made().status().current is None


def test_a_table_that_is_there_is_written_down(
    backend: Backend, environment: Environment, name: TableName, tmp_path: Path
) -> None:
    rungs = write_ladder(tmp_path / "ladder", name.table, new_name())
    kind = environment["GATEWAY_BACKEND"]
    moved(Migrations(backend, kind, Revisions(tmp_path / "ladder"), new_name()), rungs[26])
    structure = backend.structure(name)
    drafted = Revisions(tmp_path / "drafted")
    drafted.new("as it is", *draft(structure, (backend.catalog, backend.schema)))
    backend.drop_table(name)
    moved(Migrations(backend, kind, drafted, new_name()), "head")
    assert told(backend.structure(name)) == told(structure)


@pytest.fixture
def command(environment: Environment, tmp_path: Path, schema: str) -> Command:
    """Starts `migrations` of a gateway with a schema and revisions of its own."""
    env = {**os.environ, **environment, "GATEWAY_MIGRATIONS_DIR": str(tmp_path / "revisions")}

    def start(*arguments: str, schema: str = schema) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "flask", "--app", "wsgi", "gateway", "migrations", *arguments]
        return subprocess.Popen(
            words,
            cwd=PROJECT,
            env={**env, "GATEWAY_SCHEMA": schema},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    return start


@pytest.fixture
def schema() -> str:
    """A schema that nothing else has."""
    return new_name()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """How a process ended, and what it said."""
    said, _ = process.communicate(timeout=180)
    return process.returncode, said


def test_each_revision_is_taken_once_whoever_comes(
    backend: Backend, command: Command, schema: str, tmp_path: Path
) -> None:
    folder = tmp_path / "revisions"
    folder.mkdir()
    write_revision(folder, "once0", None, 'op.create_table("log", op.column("n", "INT"))', "pass")
    for at in range(1, 4):
        write_revision(folder, f"once{at}", f"once{at - 1}", f'op.write("log", [{{"n": {at}}}])', "pass")
    ends = [ended(process) for process in [command("upgrade") for _ in range(4)]]
    assert [status for status, _ in ends] == [0] * 4, ends
    said = [line for _, text in ends for line in text.splitlines()]
    assert sorted(line for line in said if line.startswith("upgrade")) == [
        f"upgrade once{at} Rung once{at}." for at in range(4)
    ]
    log = TableName(backend.catalog, schema, "log")
    assert [row["n"] for row in read(backend, log, "n", order="n")] == [1, 2, 3]


def test_an_upgrade_that_is_killed_is_gone_on_with(
    backend: Backend, command: Command, schema: str, tmp_path: Path
) -> None:
    rungs = write_ladder(tmp_path / "revisions", "t", "u")
    to = rungs[11]
    process = command("upgrade", to)
    assert process.stdout is not None
    for line in process.stdout:
        if rungs[3] in line:
            break
    process.kill()
    process.communicate()
    # on the warehouse who died is waited for, a minute long
    assert ended(command("upgrade", to, "--wait", "90"))[0] == 0
    other = new_name()
    assert ended(command("upgrade", to, schema=other))[0] == 0
    ends = [
        (told(backend.structure(name))[1:], [*read(backend, name)])
        for name in (TableName(backend.catalog, each, "t") for each in (schema, other))
    ]
    assert ends[0] == ends[1]
