"""Who one is, as the real SDK finds out; and what Databricks Apps are."""

import time
from uuid import uuid4

import pytest
import requests
from databricks.sdk import WorkspaceClient, errors
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.apps import (
    App,
    AppResource,
    AppResourceDatabase,
    AppResourceDatabaseDatabasePermission,
    AppResourcePostgres,
    AppResourcePostgresPostgresPermission,
    ComputeState,
)

from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN, BRANCH, NAME, USER, USER_TOKEN
from tests.workspace.tokens import decode
from tests.workspace_tests.clients import sdk


def test_an_app_is_its_service_principal(app: WorkspaceClient, workspace: Workspace) -> None:
    assert app.current_user.me().user_name == workspace.client
    found = app.apps.get(NAME)
    assert found.service_principal_client_id == workspace.client
    assert found.compute_status and found.compute_status.state == ComputeState.ACTIVE


def test_a_personal_access_token_is_a_persons(admin: WorkspaceClient, workspace: Workspace) -> None:
    assert admin.current_user.me().user_name == ADMIN
    assert sdk(host=workspace.url, token=USER_TOKEN, auth_type="pat").current_user.me().user_name == USER


def test_the_resources_of_the_first_app_lead_to_its_databases_and_its_warehouse(app: WorkspaceClient) -> None:
    resources = app.apps.get(NAME).resources
    assert resources
    database, postgres, warehouse = resources
    assert database.database and database.database.instance_name == NAME
    assert postgres.postgres and postgres.postgres.branch == BRANCH
    assert warehouse.sql_warehouse and app.warehouses.get(warehouse.sql_warehouse.id).name == NAME


@pytest.mark.parametrize("token", ["", "dapi-unknown", "a.b.c"])
def test_an_unknown_token_is_not_accepted(workspace: Workspace, token: str) -> None:
    answer = requests.get(
        f"{workspace.url}/api/2.0/database/instances",
        headers={"Authorization": f"Bearer {token}"},
        timeout=20,
    )
    assert (answer.status_code, answer.json()["error_code"]) == (401, "UNAUTHENTICATED")


def test_a_database_token_is_no_bearer(workspace: Workspace) -> None:
    with pytest.raises(errors.Unauthenticated):
        sdk(host=workspace.url, token=workspace.mint(), auth_type="pat").current_user.me()


def test_an_unknown_client_gets_no_bearer(workspace: Workspace) -> None:
    stranger = sdk(host=workspace.url, client_id=str(uuid4()), client_secret="x", auth_type="oauth-m2m")
    with pytest.raises(ValueError, match="invalid_client"):
        stranger.current_user.me()


def test_a_revoked_secret_gets_no_bearer_until_it_is_restored(
    app: WorkspaceClient, workspace: Workspace
) -> None:
    workspace.revoke_secret()
    with pytest.raises(ValueError, match="invalid_client"):
        app.current_user.me()
    workspace.restore_secret()
    app.current_user.me()


def test_the_form_may_have_the_secret(workspace: Workspace) -> None:
    env = workspace.environment("provisioned")
    form = {
        "grant_type": "client_credentials",
        "scope": "all-apis",
        "client_id": env["DATABRICKS_CLIENT_ID"],
        "client_secret": env["DATABRICKS_CLIENT_SECRET"],
    }
    answer = requests.post(f"{workspace.url}/oidc/v1/token", data=form, timeout=20)
    assert answer.ok and answer.json()["token_type"] == "Bearer" and answer.json()["expires_in"] == 3600
    for changed in ({"grant_type": "password"}, {"scope": "none"}):
        answer = requests.post(f"{workspace.url}/oidc/v1/token", data={**form, **changed}, timeout=20)
        assert answer.status_code == 400


def test_a_bearer_expires(workspace: Workspace, app: WorkspaceClient) -> None:
    workspace.set_bearer_seconds(0.2)
    token = app.config.oauth_token().access_token
    time.sleep(max(0.0, decode(token)[1].exp - time.time()))
    with pytest.raises(errors.Unauthenticated):
        sdk(host=workspace.url, token=token, auth_type="pat").current_user.me()


def test_the_sdk_keeps_a_revoked_bearer(workspace: Workspace, app: WorkspaceClient) -> None:
    app.current_user.me()
    workspace.revoke_bearers()
    for _ in range(2):
        with pytest.raises(errors.Unauthenticated):
            app.current_user.me()


def test_a_new_app_has_a_principal_that_its_resources_let_in(
    admin: WorkspaceClient, workspace: Workspace
) -> None:
    resources = [
        AppResource(
            "one",
            database=AppResourceDatabase(
                NAME, "databricks_postgres", AppResourceDatabaseDatabasePermission.CAN_CONNECT_AND_CREATE
            ),
        ),
        AppResource(
            "two",
            postgres=AppResourcePostgres(
                BRANCH,
                f"{BRANCH}/databases/databricks-postgres",
                AppResourcePostgresPostgresPermission.CAN_CONNECT_AND_CREATE,
            ),
        ),
    ]
    made = admin.apps.create_and_wait(App("another", description="One more", resources=resources))
    client = made.service_principal_client_id
    assert client and made.description == "One more" and made.resources == resources
    assert client in {role.name for role in admin.database.list_database_instance_roles(NAME)}
    roles = [role.status.postgres_role for role in admin.postgres.list_roles(BRANCH) if role.status]
    assert client in roles
    assert {"another", NAME} <= {found.name for found in admin.apps.list(page_size=1)}
    with pytest.raises(errors.ResourceAlreadyExists):
        admin.apps.create(App("another"))
    admin.apps.delete("another")
    with pytest.raises(errors.ResourceDoesNotExist):
        admin.apps.get("another")


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (App("Big"), errors.InvalidParameterValue),
        (App("under_score"), errors.InvalidParameterValue),
        (App("no-kind", resources=[AppResource("one")]), errors.InvalidParameterValue),
        (
            App(
                "no-instance",
                resources=[
                    AppResource(
                        "one",
                        database=AppResourceDatabase(
                            "nowhere",
                            "databricks_postgres",
                            AppResourceDatabaseDatabasePermission.CAN_CONNECT_AND_CREATE,
                        ),
                    )
                ],
            ),
            errors.NotFound,
        ),
    ],
)
def test_an_app_that_cannot_be_is_refused(
    admin: WorkspaceClient, wanted: App, error: type[DatabricksError]
) -> None:
    with pytest.raises(error):
        admin.apps.create(wanted)
