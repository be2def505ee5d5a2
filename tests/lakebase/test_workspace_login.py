"""How the gateway logs in to a workspace's control plane, and that no secret shows."""

import logging
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backends import errors
from backends.base import Status
from backends.credentials import LoginRefused
from backends.lakebase.access import open_access
from backends.lakebase.settings import Settings
from tests.lakebase.accesses import access, logged_in, raised, until_given, without
from tests.lakebase.mints import in_child
from tests.workspace.handle import PROJECT, Workspace
from tests.workspace.settings import Api

APIS: tuple[Api, ...] = ("autoscaling", "provisioned")
CREDENTIALS = "POST .*/credentials"


def test_only_the_given_environment_counts(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi-rogue")
    monkeypatch.setenv("DATABRICKS_HOST", "http://127.0.0.1:1")
    monkeypatch.setenv("DATABRICKS_DEBUG_HEADERS", "true")
    assert logged_in(access(workspace.environment("autoscaling"))) == workspace.client


def test_a_profile_of_the_configuration_file_will_do(workspace: Workspace, tmp_path: Path) -> None:
    env = workspace.environment("autoscaling")
    file = tmp_path / "databrickscfg"
    secrets = {name.removeprefix("DATABRICKS_").lower(): env[name] for name in env if "DATABRICKS_" in name}
    lines = [f"{name} = {text}" for name, text in secrets.items()]
    file.write_text("\n".join(["[mine]", *lines, ""]))
    plain = without(env, *(name for name in env if name.startswith("DATABRICKS_")))
    profile = {"DATABRICKS_CONFIG_FILE": str(file), "DATABRICKS_CONFIG_PROFILE": "mine"}
    assert logged_in(access({**plain, **profile})) == workspace.client


def test_a_workspace_that_tells_nothing_of_itself_will_do(workspace: Workspace) -> None:
    workspace.fail("databricks-config", 404, times=None)
    assert logged_in(access(workspace.environment("provisioned"))) == workspace.client


@pytest.mark.parametrize(
    "more", [{"DATABRICKS_HOST": ""}, {"DATABRICKS_TOKEN": "a second way"}], ids=["no host", "two ways"]
)
def test_settings_that_do_not_tell_how_to_log_in_are_an_error(
    workspace: Workspace, more: dict[str, str], tmp_path: Path
) -> None:
    none = {"DATABRICKS_CONFIG_FILE": str(tmp_path / "none")}
    error = raised(access({**workspace.environment("autoscaling"), **none, **more}).password)
    assert "DATABRICKS_HOST" in error.message
    assert "a second way" not in error.message


@pytest.mark.parametrize("api", APIS)
def test_a_revoked_bearer_is_asked_for_anew(workspace: Workspace, api: Api) -> None:
    found = access(workspace.environment(api))
    first = found.password()
    assert first
    workspace.revoke_bearers()
    second = found.replaced(first)
    assert second and second != first
    assert len([status for _, _, status in workspace.requests("/credentials") if status == 401]) == 1


def test_a_revoked_client_is_told_so_until_it_is_restored(workspace: Workspace) -> None:
    found = access(workspace.environment("autoscaling"))
    workspace.revoke_secret()
    error = raised(found.password)
    assert isinstance(error, LoginRefused) and isinstance(error, errors.Forbidden)
    assert "DATABRICKS_CLIENT_SECRET" in error.message
    workspace.restore_secret()
    assert until_given(found)


def test_bearers_that_live_for_seconds_are_asked_for_again(workspace: Workspace) -> None:
    workspace.set_bearer_seconds(1)
    found = access(workspace.environment("autoscaling"))
    first = found.password()
    assert first
    time.sleep(1.5)
    assert found.replaced(first) not in (None, first)


def test_no_secret_is_logged_or_shown(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    env = workspace.environment("autoscaling")
    found = access(env)
    workspace.fail(CREDENTIALS, 500)
    with caplog.at_level(logging.DEBUG):
        told = str(raised(found.password))
        password = until_given(found)
        workspace.revoke_bearers()
        again = found.replaced(password)
    assert again
    everything = [
        told,
        *caplog.messages,
        *map(repr, (found, vars(found), vars(found._tokens), vars(found._control))),
    ]
    for secret in (password, again, env["DATABRICKS_CLIENT_SECRET"], password.rpartition(".")[2]):
        assert not any(secret in text for text in everything)
    assert not any("access_token" in text for text in caplog.messages)


def test_a_url_logs_in_without_a_token(workspace: Workspace) -> None:
    found = open_access(Settings.from_env({"DATABASE_URL": workspace.plain_url("plain", "p@ss/word")}))
    assert logged_in(found) == "plain"
    assert (found.replaced("p@ss/word"), found.status()) == (None, Status())
    assert workspace.requests() == []


def test_without_tokens_the_sdk_is_not_loaded() -> None:
    code = "import sys; from backends.lakebase.access import open_access; "
    code += "from backends.lakebase.settings import Settings; "
    code += "open_access(Settings.from_env({'DATABASE_URL': 'postgresql://a:b@h/d'})); "
    ask = f"{code}print('databricks' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", ask], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "False"


def test_with_tokens_the_sdk_is_loaded_before_workers_are_forked(workspace: Workspace) -> None:
    access(workspace.environment("autoscaling"))
    assert "databricks.sdk" in sys.modules


def test_a_child_asks_with_a_client_of_its_own(workspace: Workspace) -> None:
    found = access(workspace.environment("autoscaling"))
    assert logged_in(found) == workspace.client
    assert in_child(lambda: logged_in(found) == workspace.client)
    assert set(workspace.statistics().mints_by_process.values()) == {1}
    assert workspace.statistics().mints == 2
