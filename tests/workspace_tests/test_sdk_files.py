"""Workspace files, and apps that are deployed from them, as the real SDK uses them."""

import base64
from collections.abc import Iterator
from uuid import uuid4

import pytest
import requests
from databricks.sdk import WorkspaceClient, errors
from databricks.sdk.service.apps import App, AppDeployment, ComputeSize, EnvVar
from databricks.sdk.service.workspace import ExportFormat, ImportFormat, Language, ObjectType

from tests.workspace.handle import Workspace


@pytest.fixture
def home(app: WorkspaceClient) -> str:
    """A folder of the app's service principal."""
    path = f"/Workspace/Users/{app.current_user.me().user_name}/{uuid4().hex[:8]}"
    app.workspace.mkdirs(path)
    return path


def send(app: WorkspaceClient, path: str, content: bytes, overwrite: bool | None = None) -> None:
    text = base64.b64encode(content).decode()
    app.workspace.import_(path, content=text, format=ImportFormat.AUTO, overwrite=overwrite)


def test_a_file_is_written_listed_read_and_removed(app: WorkspaceClient, home: str) -> None:
    send(app, f"{home}/a.txt", b"\x00one")
    with pytest.raises(errors.ResourceAlreadyExists):
        send(app, f"{home}/a.txt", b"two")
    send(app, f"{home}/a.txt", b"two", overwrite=True)
    [found] = app.workspace.list(home)
    assert (found.path, found.object_type, found.size) == (f"{home[10:]}/a.txt", ObjectType.FILE, 3)
    read = app.workspace.export(f"{home}/a.txt", format=ExportFormat.AUTO).content
    assert base64.b64decode(read or "") == b"two"
    with pytest.raises(errors.BadRequest):
        app.workspace.delete(home)
    app.workspace.delete(home, recursive=True)
    with pytest.raises(errors.ResourceDoesNotExist):
        app.workspace.get_status(home)


def test_what_cannot_be_written_is_refused(app: WorkspaceClient, home: str) -> None:
    with pytest.raises(errors.ResourceDoesNotExist, match="parent folder"):
        send(app, f"{home}/b/a.txt", b"")
    with pytest.raises(errors.PermissionDenied):
        send(app, "/Workspace/Users/ada@lakegate.test/a.txt", b"")
    with pytest.raises(errors.BadRequest, match="exceeded max size"):
        send(app, f"{home}/large", bytes(10 * 1024 * 1024 + 1))


def test_a_notebook_is_no_file(app: WorkspaceClient, home: str) -> None:
    send(app, f"{home}/a.py", b"# Databricks notebook source\n")
    text = base64.b64encode(b"print()").decode()
    app.workspace.import_(f"{home}/b", content=text, format=ImportFormat.SOURCE, language=Language.PYTHON)
    kinds = {found.path: found.object_type for found in app.workspace.list(home)}
    assert set(kinds.values()) == {ObjectType.NOTEBOOK} and f"{home[10:]}/a" in kinds


@pytest.fixture
def name(admin: WorkspaceClient) -> Iterator[str]:
    """An app."""
    found = f"app-{uuid4().hex[:8]}"
    admin.apps.create_and_wait(App(found, description="One"))
    yield found
    admin.apps.delete(found)


def test_an_update_changes_what_its_mask_names_and_a_replacement_clears_the_rest(
    admin: WorkspaceClient, name: str
) -> None:
    wanted = App(name, compute_size=ComputeSize.LARGE, description="Two")
    admin.apps.create_update_and_wait(name, "compute_size", app=wanted)
    found = admin.apps.get(name)
    assert (found.compute_size, found.description) == (ComputeSize.LARGE, "One")
    with pytest.raises(errors.InvalidParameterValue, match="cannot be updated: url"):
        admin.apps.create_update(name, "url", app=wanted)
    found = admin.apps.update(name, App(name))
    assert (found.compute_size, found.description) == (ComputeSize.LARGE, "")


def test_an_app_serves_what_was_deployed_to_whom_its_proxy_knows(
    admin: WorkspaceClient, app: WorkspaceClient, home: str, name: str, workspace: Workspace
) -> None:
    command = b'command: [python, -m, http.server, "${DATABRICKS_APP_PORT}"]\n'
    send(app, f"{home}/app.yaml", command)
    app.workspace.mkdirs(f"{home}/api")
    send(app, f"{home}/api/one", b"1")
    url = admin.apps.get(name).url
    bearer = {"Authorization": f"Bearer {app.config.oauth_token().access_token}"}
    assert requests.get(f"{url}/api/one", headers=bearer, timeout=20).status_code == 503
    admin.apps.deploy_and_wait(name, AppDeployment(source_code_path=home))
    assert requests.get(f"{url}/api/one", headers=bearer, timeout=20).content == b"1"
    assert (
        requests.get(f"{url}/app.yaml", headers=bearer, timeout=20, allow_redirects=False).status_code == 302
    )
    pat = {"Authorization": "Bearer dapi00000000000000000000000000000001"}
    assert requests.get(f"{url}/api/one", headers=pat, timeout=20).status_code == 401
    admin.apps.stop_and_wait(name)
    assert requests.get(f"{url}/api/one", headers=bearer, timeout=20).status_code == 503
    with pytest.raises(errors.BadRequest, match="STOPPED, not ACTIVE"):
        admin.apps.deploy(name, AppDeployment(source_code_path=home))


def test_a_deployment_that_cannot_be_is_refused_or_fails(
    admin: WorkspaceClient, app: WorkspaceClient, home: str, name: str
) -> None:
    with pytest.raises(errors.ResourceDoesNotExist):
        admin.apps.deploy(name, AppDeployment(source_code_path=f"{home}/nowhere"))
    send(app, f"{home}/app.yaml", b"env: [{name: A, valueFrom: vault}]\n")
    failing = AppDeployment(source_code_path=home, env_vars=[EnvVar("B", value="1")])
    with pytest.raises(errors.OperationFailed, match="Error resolving resource vault"):
        admin.apps.deploy_and_wait(name, failing)
    with pytest.raises(errors.InvalidParameterValue, match="either a value or value_from"):
        admin.apps.deploy(name, AppDeployment(source_code_path=home, env_vars=[EnvVar("B")]))
