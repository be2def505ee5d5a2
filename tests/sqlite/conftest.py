"""A folder of catalogs, an app that serves it, and files as others make them."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from backends.base import Backend
from backends.sqlite import SqliteBackend
from gateway import create_app
from gateway.views import gateway
from tests.app_client import AppClient

Others = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the catalogs are."""
    found = tmp_path / "catalogs"
    found.mkdir()
    return found


@pytest.fixture
def client(folder: Path) -> Iterator[AppClient]:
    """Speaks to an app that serves `folder`."""
    app = create_app({"GATEWAY_BACKEND": "sqlite", "GATEWAY_SQLITE_DIR": str(folder)})
    yield AppClient(app)
    with app.app_context():
        gateway().backend.close()


@pytest.fixture
def backend(folder: Path) -> Iterator[Backend]:
    """The backend that serves `folder`, without a gateway."""
    with closing(SqliteBackend(folder)) as opened:
        yield opened


@pytest.fixture
def others(folder: Path) -> Others:
    """Runs SQL on a catalog's file as another program would, and gives the file."""

    def run(script: str, *rows: tuple[object, ...], catalog: str = "main") -> Path:
        path = folder / f"{catalog}.db"
        with closing(sqlite3.connect(path)) as connection, connection:
            if rows:
                connection.executemany(script, rows)
            else:
                connection.executescript(script)
        return path

    return run
