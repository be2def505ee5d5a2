"""Deployers of each test's own, in the workspace that all tests share."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.deploying.deployer import REVISION, Deployer, copied
from tests.deploying.small import small
from tests.structures.ladder import write_revision
from tests.workspace.handle import Workspace


@pytest.fixture
def name() -> str:
    """An app's name that no other test has."""
    return f"shop-{uuid4().hex[:8]}"


@pytest.fixture
def deployer(workspace: Workspace, tmp_path: Path) -> Iterator[Deployer]:
    """One with the gateway's own files, one revision, and nothing in the workspace yet."""
    folder = copied(tmp_path / "gateway")
    write_revision(folder / "migrations", "people01", None, REVISION, 'op.drop_table("people")')
    yield deployer_of(workspace, folder)
    workspace.mend()


@pytest.fixture
def other(workspace: Workspace, tmp_path: Path) -> Iterator[Deployer]:
    """One who deploys something small."""
    yield deployer_of(workspace, small(tmp_path / "small"))
    workspace.mend()


def deployer_of(workspace: Workspace, folder: Path) -> Deployer:
    """A new service principal with a folder; the workspace counts from here on."""
    line = workspace.environment("provisioned")
    env = {
        **workspace.principal_environment(),
        **{name: line[name] for name in ("PGHOSTADDR", "PGPORT", "PGSSLMODE", "PGSSLROOTCERT")},
        "GATEWAY_SQLITE_DIR": str(folder.parent / "data"),
        "GATEWAY_MIGRATIONS_DIR": str(folder / "migrations"),
    }
    workspace.forget()
    return Deployer(workspace, folder, env)
