"""The application answers as Flask itself would, with less to do."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from gateway import create_app
from gateway.app import App

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH")
PATHS = (
    "/api/v1/records/read", "/api/v1/records/read/", "//api/v1/records/read", "/api//v1/records/read",
    "/api/v1/records", "/api/v1/health/live", "/api/v1/tables", "/api/docs", "/api/docs/",
    "/api/openapi.json", "/", "",
    "/api/v1/catalogs", "/api/v1/catalogs/x/schemas", "/api/v1/catalogs/%07/schemas",
    "/api/v1/records/r%65ad", "/api/v1/records/read%00", "/API/v1/records/read",
)  # fmt: skip
BODIES: tuple[dict[str, Any], ...] = (
    {}, {"json": {"table": "nothing"}}, {"json": []}, {"data": "x"},
    {"json": {"table": "nothing"}, "environ_overrides": {"SCRIPT_NAME": "/below"}},
)  # fmt: skip


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An empty folder of SQLite's."""
    folder: Path = tmp_path_factory.mktemp("app")
    return {"GATEWAY_BACKEND": "sqlite", "GATEWAY_SQLITE_DIR": str(folder)}


@pytest.fixture(scope="module")
def apps(env: dict[str, str]) -> tuple[Flask, Flask]:
    """The application, and the same one as Flask runs it."""
    plain = create_app(env)
    plain.__class__ = Flask
    return create_app(env), plain


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", PATHS)
def test_an_answer_is_as_flasks_own(apps: tuple[Flask, Flask], method: str, path: str) -> None:
    for body in BODIES:
        answers = [
            app.test_client().open(path, method=method, headers={"X-Request-Id": "one"}, **body)
            for app in apps
        ]
        ours, plain = [(answer.status, sorted(answer.headers), answer.data) for answer in answers]
        assert ours == plain


def test_nothing_is_registered_that_would_not_be_called(env: dict[str, str]) -> None:
    app = create_app(env)
    assert isinstance(app, App)
    registered = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
    # a path without variables has no values to look at
    assert app.url_value_preprocessors.keys() <= {"tables"}
    assert not any(functions for hooks in registered for functions in hooks.values())
    assert not app.teardown_appcontext_funcs and app.secret_key is None
