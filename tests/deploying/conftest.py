"""Deployers of each test's own, in a workspace that no other tests share."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from databricks.sdk import errors

from tests.deploying.deployer import REVISION, Deployer, copied
from tests.deploying.small import small
from tests.structures.ladder import write_revision
from tests.workspace.handle import Workspace, running_workspace
from tests.workspace.roles import DATABASE
from tests.workspace.settings import ADMIN_TOKEN
from tests.workspace_tests.clients import sdk


@pytest.fixture(scope="package")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace of its own: who deploys owns the gateway's own schema, which others' gateways need."""
    with running_workspace(tmp_path_factory.mktemp("workspace")) as running:
        yield running


@pytest.fixture
def name() -> str:
    """An app's name that no other test has."""
    return f"shop-{uuid4().hex[:8]}"


@pytest.fixture
def deployer(workspace: Workspace, tmp_path: Path, name: str) -> Iterator[Deployer]:
    """One with the gateway's own files, one revision, and nothing in the workspace yet."""
    folder = copied(tmp_path / "gateway")
    write_revision(folder / "migrations", "people01", None, REVISION, 'op.drop_table("people")')
    with no_own_schema(workspace):
        yield deployer_of(workspace, folder)
    clear(workspace, name)


@pytest.fixture
def other(workspace: Workspace, tmp_path: Path, name: str) -> Iterator[Deployer]:
    """One who deploys something small."""
    with no_own_schema(workspace):
        yield deployer_of(workspace, small(tmp_path / "small"))
    clear(workspace, name)


@contextmanager
def no_own_schema(workspace: Workspace) -> Iterator[None]:
    """A database new to gateways, before a test and after it: all of a workspace's are one."""
    workspace.sql("DROP SCHEMA IF EXISTS lakegate CASCADE", DATABASE)
    try:
        yield
    finally:
        workspace.sql("DROP SCHEMA IF EXISTS lakegate CASCADE", DATABASE)


def clear(workspace: Workspace, name: str) -> None:
    """Delete what has a name: a workspace has a quota."""
    workspace.mend()
    admin = sdk(host=workspace.url, token=ADMIN_TOKEN, auth_type="pat")
    for delete in (
        lambda: admin.apps.delete(name),
        lambda: admin.database.delete_database_instance(name, purge=True),
        lambda: admin.postgres.delete_project(f"projects/{name}", purge=True),
    ):
        with suppress(errors.NotFound):
            delete()


def deployer_of(workspace: Workspace, folder: Path) -> Deployer:
    """A new service principal with a folder; the workspace counts from here on."""
    line = workspace.environment("provisioned")
    env = {
        **workspace.principal_environment(),
        **{name: line[name] for name in ("PGHOSTADDR", "PGPORT", "PGSSLMODE", "PGSSLROOTCERT")},
        "GATEWAY_SQLITE_DIR": str(folder.parent / "data"),
    }
    workspace.forget()
    return Deployer(workspace, folder, env)
