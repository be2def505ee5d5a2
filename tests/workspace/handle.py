"""The tests' side of a workspace: starts its process and ends it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.workspace.switchboard import Statistics, Workspace, WorkspaceError

__all__ = ["Statistics", "Workspace", "WorkspaceError", "running_workspace"]

PROJECT = Path(__file__).resolve().parents[2]
ELSEWHERE = (
    "PG", "DATABASE_URL", "DATABRICKS", "GATEWAY", "LAKEBASE", "ENDPOINT_NAME", "ARM_", "GOOGLE_",
)  # fmt: skip
ENGINE = os.environ.get("LAKEGATE_ENGINE", "duckdb")
END_SECONDS = 30


@contextmanager
def running_workspace(
    folder: Path,
    *,
    token_seconds: float = 3600.0,
    bearer_seconds: float = 3600.0,
    start_seconds: float = 0.0,
    create_databases: bool = True,
    engine: str = ENGINE,
) -> Iterator[Workspace]:
    """A workspace in a process of its own, on free ports; its log is `workspace.log` in the folder.

    Args:
        folder: for the log; all else is in a folder of the process's own, which it takes away.
        token_seconds: the life of database tokens.
        bearer_seconds: the life of OAuth bearers.
        start_seconds: what instances and operations take.
        create_databases: whether roles may.
        engine: what runs the warehouse's SQL, as in `Settings`.

    Raises:
        RuntimeError: it did not start; the text has the end of its log.
    """
    options = [
        f"--token-seconds={token_seconds}",
        f"--bearer-seconds={bearer_seconds}",
        f"--start-seconds={start_seconds}",
        f"--engine={engine}",
        *([] if create_databases else ["--no-createdb"]),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    process = _start(options, folder / "workspace.log")
    try:
        yield _wait_until_it_is_up(process, folder / "workspace.log")
    finally:
        _end(process)


def kept_environment() -> dict[str, str]:
    """This process's environment without what points at another database or workspace."""
    return {name: text for name, text in os.environ.items() if not name.startswith(ELSEWHERE)}


def _start(options: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.workspace", "--json", *options],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=kept_environment(),
        )


def _wait_until_it_is_up(process: subprocess.Popen[bytes], log: Path) -> Workspace:
    assert process.stdout  # it is a pipe
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the workspace did not start:\n{log.read_text(errors='replace')[-3000:]}")
    return Workspace(**json.loads(line), log=log, pid=process.pid)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close its input, which is what it waits for."""
    try:
        process.communicate(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
