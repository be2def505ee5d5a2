"""The process: what it prints, that it ends when it is told to, and that it leaves nothing."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.workspace.handle import PROJECT, running_workspace
from tests.workspace.tokens import decode
from tests.workspace_tests.clients import connect, login_refused

SECONDS = 60.0  # for whatever must come to pass


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name: that of a unix socket in it must not have more than 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="lg-") as name:
        yield Path(name)


@contextmanager
def process(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A workspace whose own folder is in another."""
    command = [sys.executable, "-m", "tests.workspace", *options]
    pipe = subprocess.PIPE
    env = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(command, cwd=PROJECT, stdin=pipe, stdout=pipe, env=env, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def line(started: subprocess.Popen[str]) -> str:
    assert started.stdout
    return started.stdout.readline()


def left_in(folder: Path) -> list[str]:
    """The processes that have to do with a folder."""
    lines = subprocess.check_output(["ps", "-ewwo", "args"], text=True).splitlines()
    return [found for found in lines if str(folder) in found]


def exports(started: subprocess.Popen[str]) -> Mapping[str, str]:
    """What it prints for a shell, up to the last line, which is a comment."""
    found: dict[str, str] = {}
    while not (text := line(started)).startswith("# export LAKEBASE_INSTANCE="):
        assert text, "it ended"
        if text.startswith("export "):
            name, _, value = text.removeprefix("export ").strip().partition("=")
            found[name] = value
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_an_environment_and_ends_at_a_signal(folder: Path, number: signal.Signals) -> None:
    with process(folder) as started:
        env = exports(started)
        assert env["GATEWAY_BACKEND"] == "lakebase" and env["PGSSLMODE"] == "verify-full"
        assert "LAKEBASE_ENDPOINT" in env and "DATABRICKS_APP_NAME" not in env
        assert requests.get(f"{env['DATABRICKS_HOST']}/.well-known/databricks-config", timeout=20).ok
        assert left_in(folder) != []
        started.send_signal(number)
        assert started.wait(SECONDS) == 0
    assert list(folder.iterdir()) == []
    assert left_in(folder) == []


def test_it_prints_json_and_ends_when_its_input_ends(folder: Path) -> None:
    with process(folder, "--json") as started:
        found = json.loads(line(started))
        assert set(found) == {"url", "postgres_port", "environments"}
        started.communicate(timeout=SECONDS)
        assert started.returncode == 0
    assert list(folder.iterdir()) == []


def test_no_server_outlives_it_when_it_is_killed(folder: Path) -> None:
    with process(folder, "--json") as started:
        assert json.loads(line(started)) and left_in(folder) != []
        started.kill()
        started.wait(SECONDS)
    deadline = time.monotonic() + SECONDS
    while left_in(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left_in(folder) == []


def test_its_ports_can_be_chosen(folder: Path) -> None:
    with process(folder, "--json") as started:
        found = json.loads(line(started))
        control = found["url"].rpartition(":")[2]
        data = found["environments"]["autoscaling"]["PGPORT"]
        started.communicate(timeout=SECONDS)
    with process(folder, "--json", f"--port-control={control}", f"--port-database={data}") as started:
        again = json.loads(line(started))
        assert (again["url"], again["environments"]["autoscaling"]["PGPORT"]) == (found["url"], data)
        started.communicate(timeout=SECONDS)


def test_a_workspace_may_give_less(tmp_path: Path) -> None:
    with running_workspace(tmp_path, token_seconds=1.5, create_databases=False) as workspace:
        question = f"SELECT rolcreatedb FROM pg_roles WHERE rolname = '{workspace.client}'"
        assert workspace.sql(question) == [[False]]
        token = workspace.mint()
        claims = decode(token)[1]
        assert claims.exp - claims.iat == pytest.approx(1.5, abs=1e-5)
        time.sleep(max(0.0, claims.exp - time.time()))
        with login_refused("password authentication failed"):
            connect(workspace, token, "autoscaling")
