"""Whom the warehouse lets in, and to what."""

import pytest
import requests
from databricks.sdk import WorkspaceClient

from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN, ADMIN_TOKEN, USER, USER_TOKEN
from tests.workspace_tests.warehouse_clients import (
    ask,
    authority,
    connect,
    connected,
    execute,
    lost_session,
    open_session,
    post,
    request_error,
)


def bearer(client: WorkspaceClient) -> str:
    """The bearer that the SDK holds."""
    return client.config.authenticate()["Authorization"].removeprefix("Bearer ")


def test_who_has_no_bearer_is_not_let_in(house: Workspace) -> None:
    answer = post(house, b"", None)
    assert answer.status_code == 401
    assert answer.headers["x-databricks-reason-phrase"].startswith("Credential was not sent")


def test_a_token_that_is_unknown_is_refused(house: Workspace) -> None:
    with request_error(403, "Invalid access token."), connected(house, "dapi123"):
        pass


def test_a_bearer_that_has_expired_is_refused(house: Workspace) -> None:
    with request_error(403, "Invalid access token."), connected(house, house.mint("all-apis", seconds=-1)):
        pass


@pytest.mark.parametrize("forgery", ["unsigned", "foreign key"])
def test_a_forged_bearer_is_refused(house: Workspace, forgery: str) -> None:
    token = house.mint("all-apis", forgery=forgery)  # type: ignore[arg-type] # one of the two that there are
    with request_error(403, "Invalid access token."), connected(house, token):
        pass


def test_a_token_for_a_database_is_refused(house: Workspace) -> None:
    with request_error(403, "Invalid access token."), connected(house, house.mint()):
        pass


def test_a_bearer_expires_under_an_open_session(house: Workspace, secure: WorkspaceClient) -> None:
    token = bearer(secure)
    connection = connect(house, token)
    house.revoke_bearers()
    with request_error(403, "Invalid access token."):
        ask(connection, "SELECT 1")
    assert house.statements() == []
    connection.close()


def test_a_session_outlives_the_bearer_that_opened_it(house: Workspace) -> None:
    first, second = house.mint("all-apis"), house.mint("all-apis")
    session = open_session(house, first)
    assert first != second
    assert execute(house, session, "SELECT 1", second).directResults.resultSet


def test_a_session_is_its_principal_s_alone(house: Workspace) -> None:
    session = open_session(house, USER_TOKEN)
    assert "Invalid SessionHandle" in execute(house, session, "SELECT 1").status.errorMessage
    assert execute(house, session, "SELECT 1", USER_TOKEN).directResults.resultSet


def test_a_warehouse_that_is_unknown_is_not_found(house: Workspace) -> None:
    with request_error(404, "SQL warehouse abc does not exist."):
        connect(house, path="/sql/1.0/warehouses/abc")


def test_a_session_is_its_warehouse_s_alone(house: Workspace, secure: WorkspaceClient) -> None:
    other = secure.warehouses.create(name="other").result()
    with connected(house) as connection:
        transport = connection.session.backend._transport
        transport.path = f"/sql/1.0/warehouses/{other.id}"
        with lost_session():
            ask(connection, "SELECT 1")
        transport.path = f"/sql/1.0/warehouses/{house.warehouse.id}"
    assert other.id
    secure.warehouses.delete(other.id)


def test_a_warehouse_that_was_deleted_is_not_found(house: Workspace, secure: WorkspaceClient) -> None:
    made = secure.warehouses.create(name="short-lived").result()
    assert made.id
    connection = connect(house, path=f"/sql/1.0/warehouses/{made.id}")
    secure.warehouses.delete(made.id)
    with request_error(404, "does not exist"):
        ask(connection, "SELECT 1")
    assert house.warehouse.statistics().open_sessions == 0


def test_thrift_is_spoken_in_post_only(house: Workspace) -> None:
    host = house.environment("warehouse")["DATABRICKS_HOST"]
    answer = requests.get(
        f"{host}/sql/1.0/warehouses/{house.warehouse.id}",
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
        verify=str(authority(house)),
        timeout=30,
    )
    assert answer.status_code == 405


def test_the_warehouse_is_not_there_without_tls(house: Workspace) -> None:
    answer = requests.post(
        f"{house.url}/sql/1.0/warehouses/{house.warehouse.id}",
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
        timeout=30,
    )
    assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


def test_each_session_is_known_by_its_principal(house: Workspace) -> None:
    with connected(house) as admin, connected(house, USER_TOKEN) as user:
        assert ask(admin, "WHERE") == [(f"{ADMIN} None None",)]
        assert ask(user, "WHERE") == [(f"{USER} None None",)]
    assert [found.principal for found in house.statements()] == [ADMIN, USER]
