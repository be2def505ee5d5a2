"""`gateway check`."""

from pathlib import Path

import pytest
from flask import Flask

from backends import errors
from backends.base import Status
from backends.preflight import CHECKS
from gateway import create_app
from gateway.secrecy import hidden
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


def test_check_lists_connections_and_fails_where_one_is_told_wrongly(tmp_path: Path) -> None:
    def checked() -> tuple[int, str, list[list[str]]]:
        app = create_app(env)
        found = app.test_cli_runner().invoke(args=["gateway", "check"])
        app.extensions[EXTENSION].transfers.connections.close()
        app.extensions[EXTENSION].backend.close()
        return found.exit_code, found.stdout, [line.split() for line in found.stdout.splitlines()]

    files, url = str(tmp_path / "files"), "postgresql://ann:not-to-be-seen@db.example/sales"
    env = {
        "GATEWAY_SQLITE_DIR": str(tmp_path / "own"),
        "CONNECTION_FILES__GATEWAY_SQLITE_DIR": files,
        "CONNECTION_PROD__DATABASE_URL": url,
    }
    status, text, lines = checked()
    assert (status, "not-to-be-seen" in text) == (0, False), text
    assert ["CONNECTION_FILES__GATEWAY_SQLITE_DIR", files, "environment"] in lines
    assert ["CONNECTION_PROD__DATABASE_URL", url.replace("not-to-be-seen", "****"), "environment"] in lines
    assert ["GATEWAY_TRANSFER_BYTES", "4194304", "default"] in lines
    assert ["connection", "backend", "catalog", "schema"] in lines
    assert ["files", "sqlite", "main", "main"] in lines
    assert ["prod", "lakebase", "sales", "public"] in lines

    env["CONNECTION_PROD__PGPORT"] = "many"
    env["CONNECTION_PROD__PGPASSWORD"] = "not-to-be-seen"
    env["CONNECTION_PROD__PGHOST"] = "db.example"
    del env["CONNECTION_PROD__DATABASE_URL"]
    status, text, _ = checked()
    assert (status, "not-to-be-seen" in text) == (1, False), text
    assert 'connection "prod" is wrong: CONNECTION_PROD__...: PGPORT takes a whole number' in text
    assert "database answered in " in text


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
        ("CONNECTION_MONKEY__PGHOST", "host", "host"),
        ("CONNECTION_MONKEY__PGPASSWORD", "p", "****"),
        ("CONNECTION_PROD__DATABASE_URL", "postgresql://ann:p@host:5432/db", "postgresql://ann:****@host:5432/db"),
    ],
)  # fmt: skip
def test_secrets_are_hidden(name: str, value: str, shown: str) -> None:
    assert hidden(name, value) == shown


def test_a_deep_check_tells_what_each_check_found_and_fails_where_one_did(run: Run, tmp_path: Path) -> None:
    found = run("check", "--deep")
    assert found.exit_code == 0, found.output
    shown = found.stdout.partition("\n\n")[2].splitlines()
    assert [line.split()[:2] for line in shown] == [["OK", name] for name in CHECKS]
    assert not (tmp_path / "data").exists()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "main.db").write_text("no database " * 100)
    found = run("check", "--deep")
    assert found.exit_code == 1
    at = found.stdout.index("\nFAIL  database")
    assert found.stdout[at:].splitlines()[2].startswith("        $ sqlite3 ")
