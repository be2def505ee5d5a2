"""`gateway check`."""

from pathlib import Path

import pytest
from flask import Flask

from backends import errors
from backends.base import Status
from gateway.cli.check import hidden
from gateway.views import EXTENSION
from tests.gateway.cli.asking import Run


def test_check_shows_what_is_in_force_and_that_the_database_answers(run: Run, tmp_path: Path) -> None:
    found = run("check")
    assert found.exit_code == 0
    lines = [line.split() for line in found.stdout.splitlines()]
    assert ["GATEWAY_BACKEND", "sqlite", "environment"] in lines
    assert ["GATEWAY_SQLITE_DIR", str(tmp_path / "data"), "environment"] in lines
    assert ["GATEWAY_MAX_LIMIT", "1000", "default"] in lines
    assert "database is ready" in found.stdout
    assert "database answered in " in found.stdout


def test_check_fails_when_the_database_does_not_answer(
    app: Flask, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise errors.Unavailable("the database cannot be reached")

    backend = type(app.extensions[EXTENSION].backend)
    monkeypatch.setattr(backend, "ping", refuse)
    monkeypatch.setattr(backend, "status", lambda _: Status("sleeping", "it wakes when it is asked"))
    found = run("check")
    assert found.exit_code == 1
    assert "database is sleeping: it wakes when it is asked" in found.stdout
    assert "database does not answer: the database cannot be reached" in found.stdout


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("DATABRICKS_TOKEN", "dapi1", "****"),
        ("DATABRICKS_CLIENT_SECRET", "s", "****"),
        ("PGPASSWORD", "p", "****"),
        ("SOME_KEY_ID", "k", "****"),
        ("DATABASE_URL", "postgresql://ann:p@ss/w:rd@host:5432/db", "postgresql://ann:****@host:5432/db"),
        ("DATABASE_URL", "postgresql://ann@host/db?password=a&b=c", "postgresql://ann@host/db?password=****&b=c"),
        ("DATABASE_URL", "host=h password='a b' dbname=d", "host=h password=**** dbname=d"),
        ("PGHOST", "host", "host"),
    ],
)  # fmt: skip
def test_secrets_are_hidden(name: str, value: str, shown: str) -> None:
    assert hidden(name, value) == shown
