"""Logins to Lakebase with tokens that the SDK got, from both interfaces, over TLS that is verified."""

from typing import Any

import psycopg2
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.database import DatabaseInstance

from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN, ADMIN_TOKEN, ENDPOINT, NAME, USER, USER_TOKEN, Api
from tests.workspace_tests.clients import ask, connect, login_refused, sdk

APIS: tuple[Api, ...] = ("autoscaling", "provisioned")
BAD_PASSWORD = "password authentication failed for user '"


def credential(client: WorkspaceClient, api: Api) -> str:
    if api == "autoscaling":
        token = client.postgres.generate_database_credential(ENDPOINT).token
    else:
        token = client.database.generate_database_credential(instance_names=[NAME]).token
    assert token
    return token


@pytest.mark.parametrize("api", APIS)
def test_an_app_logs_in_with_a_credential(workspace: Workspace, app: WorkspaceClient, api: Api) -> None:
    connection = connect(workspace, credential(app, api), api)
    assert ask(connection, "SELECT current_user, current_database()") == [
        (workspace.client, "databricks_postgres")
    ]


@pytest.mark.parametrize("api", APIS)
def test_an_app_makes_schemas_and_catalogs_but_nothing_in_public(
    workspace: Workspace, app: WorkspaceClient, api: Api
) -> None:
    connection = connect(workspace, credential(app, api), api)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA own CREATE TABLE t (n int)")
        cursor.execute("DROP SCHEMA own CASCADE")
        cursor.execute("CREATE DATABASE catalog_of_its_own")
        cursor.execute("DROP DATABASE catalog_of_its_own")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("CREATE TABLE public.t (n int)")
    connection.close()


def test_a_credential_of_one_interface_is_no_good_for_the_other(
    workspace: Workspace, app: WorkspaceClient
) -> None:
    with login_refused(BAD_PASSWORD):
        connect(workspace, credential(app, "autoscaling"), "provisioned")
    with login_refused(BAD_PASSWORD):
        connect(workspace, credential(app, "provisioned"), "autoscaling")


def test_the_bearer_of_the_workspace_is_good_for_instances_only(
    workspace: Workspace, app: WorkspaceClient
) -> None:
    bearer = app.config.oauth_token().access_token
    assert ask(connect(workspace, bearer, "provisioned"), "SELECT 1") == [(1,)]
    with login_refused(BAD_PASSWORD):
        connect(workspace, bearer, "autoscaling")


@pytest.mark.parametrize("api", APIS)
def test_the_administrator_logs_in_and_somebody_without_a_role_does_not(
    workspace: Workspace, admin: WorkspaceClient, api: Api
) -> None:
    assert workspace.token_environment(ADMIN_TOKEN, api)["PGUSER"] == ADMIN
    assert ask(connect(workspace, credential(admin, api), api, user=ADMIN), "SELECT 1") == [(1,)]
    somebody = sdk(host=workspace.url, token=USER_TOKEN, auth_type="pat")
    with login_refused(BAD_PASSWORD):
        connect(workspace, credential(somebody, api), api, user=USER)


@pytest.mark.parametrize("how", [{"seconds": 0}, {"forgery": "unsigned"}, {"forgery": "foreign key"}])
def test_a_token_that_is_not_good_is_refused(workspace: Workspace, how: dict[str, Any]) -> None:
    with login_refused(BAD_PASSWORD):
        connect(workspace, workspace.mint(**how), "autoscaling")


def test_what_is_no_token_is_refused_in_other_words(workspace: Workspace) -> None:
    with login_refused("Failed to decode token for role"):
        connect(workspace, "secret", "autoscaling")


def test_the_name_of_the_host_must_be_one_of_the_workspaces(workspace: Workspace) -> None:
    with login_refused("server name"):
        connect(workspace, workspace.mint(), "autoscaling", host="ep-none.database.lakegate.test")
    host = workspace.environment("autoscaling")["PGHOST"]
    with login_refused(BAD_PASSWORD):
        connect(workspace, workspace.mint(), "autoscaling", host=host.replace(".", "-pooler.", 1))
    with pytest.raises(psycopg2.OperationalError, match="does not match host name"):
        connect(workspace, workspace.mint(), "autoscaling", host="elsewhere.test")


def test_a_stopped_instance_lets_nobody_in(
    workspace: Workspace, app: WorkspaceClient, admin: WorkspaceClient
) -> None:
    admin.database.update_database_instance(NAME, DatabaseInstance(NAME, stopped=True), "stopped")
    try:
        with login_refused("STOPPED"):
            connect(workspace, credential(app, "provisioned"), "provisioned")
    finally:
        admin.database.update_database_instance(NAME, DatabaseInstance(NAME, stopped=False), "stopped")
    assert ask(connect(workspace, credential(app, "provisioned"), "provisioned"), "SELECT 1") == [(1,)]


def test_a_sleeping_database_is_woken_by_a_login(workspace: Workspace) -> None:
    before = workspace.statistics()
    connect(workspace, workspace.mint(), "autoscaling").close()
    workspace.suspend(wake_seconds=0.2, refusals=1)
    assert workspace.statistics().suspended
    with login_refused("starting up"):
        connect(workspace, workspace.mint(), "autoscaling")
    assert ask(connect(workspace, workspace.mint(), "autoscaling"), "SELECT 1") == [(1,)]
    after = workspace.statistics()
    assert (after.wakes - before.wakes, after.suspended) == (1, False)


def test_connections_are_killed_and_logins_refused_on_demand(workspace: Workspace) -> None:
    connection = connect(workspace, workspace.mint(), "autoscaling")
    assert workspace.kill_all("terminate") >= 1
    with pytest.raises(psycopg2.OperationalError):
        ask(connection, "SELECT 1")
    workspace.refuse_logins("53300", "remaining connection slots are reserved")
    with login_refused("remaining connection slots"):
        connect(workspace, workspace.mint(), "autoscaling")
    workspace.accept_logins()
    workspace.set_refuse_connections(True)
    with pytest.raises(psycopg2.OperationalError):
        connect(workspace, workspace.mint(), "autoscaling")
    workspace.set_refuse_connections(False)
    assert ask(connect(workspace, workspace.mint(), "autoscaling"), "SELECT 1") == [(1,)]


def test_a_query_may_lose_its_client_after_it_has_been_done(workspace: Workspace) -> None:
    connection = connect(workspace, workspace.mint(), "autoscaling")
    connection.autocommit = True
    workspace.sever("CREATE SCHEMA severed")
    with pytest.raises(psycopg2.OperationalError):
        connection.cursor().execute("CREATE SCHEMA severed")
    assert not workspace.statistics().severs
    assert workspace.sql("SELECT nspname FROM pg_namespace WHERE nspname = 'severed'") == [["severed"]]
    workspace.sql("DROP SCHEMA severed")


def test_mending_turns_all_faults_off(workspace: Workspace, app: WorkspaceClient) -> None:
    workspace.fail("POST", 500, times=None)
    workspace.set_down(True)
    workspace.revoke_secret()
    workspace.set_token_seconds(0)
    workspace.refuse_logins("53300", "no")
    workspace.set_black_hole(True)
    workspace.set_latency(60)
    workspace.set_login_delay(60)
    workspace.suspend(wake_seconds=60)
    workspace.sever("SELECT", "before")
    workspace.mend()
    for api in APIS:
        assert ask(connect(workspace, credential(app, api), api), "SELECT 1") == [(1,)]
    assert not workspace.statistics().severs


def test_the_same_postgres_takes_a_password_without_tls(workspace: Workspace) -> None:
    connection = psycopg2.connect(workspace.plain_url("jane", "p@ss/w:rd"), sslmode="disable")
    assert ask(connection, "SELECT current_user, current_database()") == [("jane", "databricks_postgres")]
    with login_refused("password authentication failed"):
        psycopg2.connect(workspace.plain_url("jane", "right"), password="wrong", sslmode="disable")
