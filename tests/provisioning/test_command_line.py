"""Databases from a terminal."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from backends.provisioning import AutoscalingSpec
from gateway import create_app
from tests.app_client import AppClient
from tests.client import new_name
from tests.environments import Environment, sqlite
from tests.workspace.handle import Workspace

Run = Callable[..., Result]
ENDPOINT = AutoscalingSpec("shop").name


@pytest.fixture
def app(environment: Environment, tmp_path: Path) -> Flask:
    """A gateway whose own database is a file."""
    return create_app({**environment, **sqlite(tmp_path)})


@pytest.fixture
def run(app: Flask) -> Run:
    """Runs `gateway databases ...`."""

    def run(*args: str, typed: str | None = None) -> Result:
        found = app.test_cli_runner().invoke(args=["gateway", "databases", *args], input=typed)
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found

    return run


@pytest.mark.parametrize(
    ("name", "first", "then"),
    [
        ("shop", ("--capacity", "CU_2", "--nodes", "2"), ("--capacity", "CU_4")),
        (ENDPOINT, ("--least-cu", "1", "--suspend-seconds", "0"), ("--most-cu", "4")),
    ],
    ids=["provisioned", "autoscaling"],
)
def test_a_database_is_made_changed_and_deleted(
    run: Run, name: str, first: tuple[str, ...], then: tuple[str, ...]
) -> None:
    made = run("create", name, *first)
    assert made.exit_code == 0, made.stderr
    assert "CREATING" in made.stderr and "READY" in made.stderr
    assert f" {name}\n" in made.stdout and ".database.lakegate.test" in made.stdout
    listed = next(line for line in run("list").stdout.splitlines() if line.startswith(name))
    assert "READY" in listed
    assert run("show", name).stdout == made.stdout

    assert f"{then[0].strip('-').replace('-', '_')} {then[1]}" in run("resize", name, *then).stdout
    tested = run("test", name)
    assert [line.split()[0] for line in tested.stdout.splitlines()] == [
        "resolve",
        "tcp",
        "tls",
        "login",
        "query",
    ]
    assert "STOPPED" in run("stop", name).stdout
    tested = run("test", name)
    assert (tested.exit_code, "stopped: start it" in tested.stderr) == (1, True)
    assert "READY" in run("start", name).stdout

    mistyped = run("delete", name, typed="other\n")
    assert (mistyped.exit_code, "takes the name of the database again" in mistyped.stderr) == (1, True)
    assert run("delete", name, typed=f"{name}\n").stdout.endswith(f"{name} is deleted\n")
    shown = run("show", name)
    assert (shown.exit_code, "there is no" in shown.stderr) == (1, True)


def test_a_new_database_is_filled(run: Run, app: Flask) -> None:
    wrong = run("create", "shop", "--transfer-from", "nowhere")
    assert (wrong.exit_code, 'no connection "nowhere"' in wrong.stderr) == (1, True)
    assert run("show", "shop").exit_code == 1
    client = AppClient(app)
    client.create("things", {"id": "BIGINT"}, primary_key=["id"])
    assert client.write("things", [{"id": 1}, {"id": 2}]).status == 201
    filled = run("create", "shop", "--transfer-from", "default", "--to-schema", new_name())
    assert "moved 2 rows of 1 tables" in filled.stdout, filled.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("create", "sh op"), "name: not an instance's name"),
        (("create", "shop", "--most-cu", "2"), "most_cu"),
        (("create", "shop", "--nodes", "4"), "nodes: not a whole number from 1 to 3"),
        (("resize", "shop", "--nodes", "2"), "there is no database instance"),
        (("resize", "shop"), "nothing is to be changed"),
        (("start", ENDPOINT), "there is no endpoint"),
    ],
)
def test_what_cannot_be_meant_is_told(
    run: Run, workspace: Workspace, args: tuple[str, ...], words: str
) -> None:
    found = run(*args)
    assert (found.exit_code > 0, words in found.stderr) == (True, True), found.stderr
    assert not any(method != "GET" for method, _, _ in workspace.requests("/api/"))
