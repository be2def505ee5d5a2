"""A connection tested step by step: the first step that fails says why, and is the last."""

from dataclasses import replace
from pathlib import Path

import pytest

from backends.credentials import Workspace as ControlPlane
from backends.provisioning import STEPS, AutoscalingSpec, Step, probe, way_of
from backends.provisioning.control import Control
from backends.provisioning.instances import Instances
from backends.provisioning.probe import Line
from tests.environments import Environment
from tests.provisioning.conftest import instances_of
from tests.workspace.certificates import issue
from tests.workspace.handle import Workspace
from tests.workspace.settings import NAME, USER_TOKEN

ENDPOINT = AutoscalingSpec(NAME).name
NAMES = pytest.mark.parametrize("name", [NAME, ENDPOINT], ids=["provisioned", "autoscaling"])


def tried(environment: Environment, line: Line, name: str = ENDPOINT) -> tuple[Step, ...]:
    """The steps of a connection over some line."""
    return Instances(Control(ControlPlane(environment)), line).test(name)


def failed(steps: tuple[Step, ...]) -> tuple[str, str]:
    """The step that failed, and why; those before it did not."""
    assert tuple(step.name for step in steps) == STEPS[: len(steps)]
    assert [step.reason for step in steps[:-1]] == [None] * (len(steps) - 1)
    assert steps[-1].reason is not None
    return steps[-1].name, steps[-1].reason


@NAMES
def test_all_steps_are_timed(instances: Instances, workspace: Workspace, name: str) -> None:
    workspace.set_login_delay(0.2)
    steps = instances.test(name)
    assert [(step.name, step.reason) for step in steps] == [(name, None) for name in STEPS]
    assert min(step.ms for step in steps) > 0
    assert max(steps, key=lambda step: step.ms).name == "login"
    assert 200 <= steps[3].ms < 5000


def test_one_that_sleeps_wakes(instances: Instances, workspace: Workspace) -> None:
    workspace.suspend(wake_seconds=0.2)
    assert [step.reason for step in instances.test(ENDPOINT)] == [None] * len(STEPS)
    assert not workspace.statistics().suspended


def test_a_host_that_nobody_knows(environment: Environment) -> None:
    line = replace(Line.from_env(environment), hostaddr=None)
    step, reason = failed(tried(environment, line))
    assert (step, "no name server knows" in reason) == ("resolve", True)


def test_a_port_where_nothing_listens(environment: Environment) -> None:
    line = replace(Line.from_env(environment), port=1)
    assert failed(tried(environment, line)) == ("tcp", "the connection is refused: nothing listens there")


def test_a_certificate_of_nobody_that_is_trusted(environment: Environment, tmp_path: Path) -> None:
    stranger = issue(tmp_path, "localhost").authority
    line = Line.from_env({**environment, "PGSSLROOTCERT": str(stranger)})
    step, reason = failed(tried(environment, line))
    assert (step, "certificate" in reason) == ("tls", True)


def test_a_server_that_hangs_up(instances: Instances, workspace: Workspace) -> None:
    workspace.set_refuse_connections(True)
    step, reason = failed(instances.test(ENDPOINT))
    assert (step, "closed the connection" in reason) == ("tls", True)


@NAMES
def test_a_user_without_a_role(workspace: Workspace, environment: Environment, name: str) -> None:
    secret = ("DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET")
    somebody = {key: text for key, text in environment.items() if key not in secret}
    step, reason = failed(instances_of({**somebody, "DATABRICKS_TOKEN": USER_TOKEN}).test(name))
    assert (step, "no role for this user" in reason) == ("login", True)


def test_a_token_that_is_not_to_be_had(instances: Instances, workspace: Workspace) -> None:
    workspace.refuse("POST .*/credentials", 403, "PERMISSION_DENIED", "internal words")
    step, reason = failed(instances.test(ENDPOINT))
    assert (step, "CAN MANAGE" in reason, "internal" in reason) == ("login", True, False)


def test_a_server_that_is_full_or_starting(instances: Instances, workspace: Workspace) -> None:
    for sqlstate, words, told in (
        ("53300", "sorry, too many clients already", "no more connections"),
        ("57P03", "the database system is starting up", "is starting"),
        ("3D000", 'database "x" does not exist', "PGDATABASE"),
        ("42501", 'permission denied for database "x"', "CONNECT"),
        ("XX000", "internal words", "refuses the login"),
    ):
        workspace.refuse_logins(sqlstate, words)
        step, reason = failed(instances.test(ENDPOINT))
        assert (step, told in reason, "internal" in reason) == ("login", True, False)


def test_a_query_that_loses_its_connection(instances: Instances, workspace: Workspace) -> None:
    workspace.sever("SELECT 1", "before")
    assert failed(instances.test(ENDPOINT))[0] == "query"


def test_a_server_that_swallows_all(
    instances: Instances, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.5)
    workspace.set_black_hole(True)
    assert failed(instances.test(ENDPOINT))[1] == "there was no answer in time"


def test_the_way_to_a_postgres_with_a_password_is_none_to_lakebase() -> None:
    told = {"PGPORT": "6432", "PGHOSTADDR": "192.0.2.1", "PGSSLMODE": "prefer", "PGHOST": "elsewhere"}
    assert way_of(told) == {"PGPORT": "6432", "PGHOSTADDR": "192.0.2.1", "PGSSLMODE": "prefer"}
    assert way_of({**told, "PGPASSWORD": "secret"}) == {}
    line = Line.from_env({**told, "PGPASSWORD": "secret"})
    assert (line.port, line.hostaddr, line.tls) == (5432, None, {"sslmode": "require"})
    assert Line.from_env(told).tls == {"sslmode": "require"}  # never less with a token
