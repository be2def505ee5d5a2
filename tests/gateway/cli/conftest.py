"""A gateway on SQLite, and its command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from gateway import create_app
from gateway.views import EXTENSION
from tests.gateway.cli.asking import PLANES, Run


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    folders = {
        "GATEWAY_SQLITE_DIR": str(tmp_path / "data"),
        "GATEWAY_MIGRATIONS_DIR": str(tmp_path / "revisions"),
    }
    app = create_app({"GATEWAY_BACKEND": "sqlite", **folders})
    yield app
    app.extensions[EXTENSION].backend.close()


@pytest.fixture
def run(app: Flask) -> Run:
    """Runs `gateway ...`."""

    def run(*args: str | Path, stdin: str | bytes | None = None) -> Result:
        found = app.test_cli_runner().invoke(args=["gateway", *map(str, args)], input=stdin)
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found

    return run


@pytest.fixture
def planes(run: Run, tmp_path: Path) -> Path:
    """A file, and a table `planes` that holds it."""
    path = tmp_path / "planes.csv"
    path.write_text(PLANES)
    assert run("load", path, "--table", "planes", "--create", "--primary-key", "tail").exit_code == 0
    return path
