"""Warehouses as the SDK finds them, and what their states let a client do."""

from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, InvalidParameterValue, ResourceDoesNotExist
from databricks.sdk.service.sql import (
    CreateWarehouseRequestWarehouseType,
    EditWarehouseRequestWarehouseType,
    EndpointTagPair,
    EndpointTags,
    State,
)
from databricks.sql.exc import DatabaseError

from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN, NAME
from tests.workspace.warehouse.thrift import T
from tests.workspace_tests.warehouse_clients import (
    ask,
    connect,
    connected,
    encoded,
    lost_session,
    post,
    request_error,
)

UNREADY = (
    r"^requirement failed: Session handle: SessionHandle \[[0-9a-f-]{36}\] has not been initialized or had "
    "already closed$"
)


def state(client: WorkspaceClient, warehouse: str) -> State | None:
    """The state of a warehouse."""
    return client.warehouses.get(warehouse).state


def test_one_is_there_from_the_start(house: Workspace, secure: WorkspaceClient) -> None:
    found = secure.warehouses.get(house.warehouse.id)
    assert (found.id, found.name, found.creator_name) == (house.warehouse.id, NAME, ADMIN)
    assert (found.state, found.num_clusters, found.warehouse_type) == (State.RUNNING, 1, found.warehouse_type)
    assert found.odbc_params and found.odbc_params.path == f"/sql/1.0/warehouses/{house.warehouse.id}"
    url = house.environment("warehouse")["DATABRICKS_HOST"]
    assert url == f"https://{found.odbc_params.hostname}:{found.odbc_params.port}"


def test_the_app_may_use_it(house: Workspace, secure: WorkspaceClient) -> None:
    resources = secure.apps.get(NAME).resources or []
    (granted,) = [found.sql_warehouse for found in resources if found.sql_warehouse]
    assert (granted.id, granted.permission.value) == (house.warehouse.id, "CAN_USE")


def test_they_are_made_listed_changed_and_deleted(house: Workspace, secure: WorkspaceClient) -> None:
    tags = EndpointTags(custom_tags=[EndpointTagPair(key="team", value="data")])
    kind = CreateWarehouseRequestWarehouseType.CLASSIC
    made = secure.warehouses.create_and_wait(
        name="more",
        cluster_size="Small",
        max_num_clusters=3,
        auto_stop_mins=10,
        tags=tags,
        warehouse_type=kind,
    )
    assert made.id and (made.name, made.cluster_size, made.state) == ("more", "Small", State.RUNNING)
    assert made.tags == tags
    assert {found.name for found in secure.warehouses.list()} == {NAME, "more"}
    changed = secure.warehouses.edit_and_wait(
        made.id, name="most", cluster_size="Large", warehouse_type=EditWarehouseRequestWarehouseType.PRO
    )
    assert (changed.name, changed.cluster_size, changed.max_num_clusters) == ("most", "Large", 3)
    secure.warehouses.delete(made.id)
    assert {found.name for found in secure.warehouses.list()} == {NAME}
    assert state(secure, made.id) == State.DELETED
    with pytest.raises(BadRequest, match="was deleted"):
        secure.warehouses.start(made.id)


def test_one_that_is_unknown_does_not_exist(secure: WorkspaceClient) -> None:
    with pytest.raises(ResourceDoesNotExist, match="SQL warehouse abc does not exist"):
        secure.warehouses.get("abc")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": NAME},
        {"name": ""},
        {"name": "a", "cluster_size": "Huge"},
        {"name": "a", "max_num_clusters": 41},
        {"name": "a", "min_num_clusters": 3, "max_num_clusters": 2},
        {"name": "a", "auto_stop_mins": 5},
    ],
)
def test_one_that_cannot_be_is_refused(secure: WorkspaceClient, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidParameterValue):
        secure.warehouses.create(**wrong)  # type: ignore[arg-type] # each has the type of its field


def test_it_is_stopped_and_started(house: Workspace, secure: WorkspaceClient) -> None:
    assert secure.warehouses.stop_and_wait(house.warehouse.id).state == State.STOPPED
    assert secure.warehouses.get(house.warehouse.id).num_clusters == 0
    assert secure.warehouses.start_and_wait(house.warehouse.id).state == State.RUNNING


def test_starting_and_stopping_take_their_time(house: Workspace, secure: WorkspaceClient) -> None:
    house.set_start_seconds(60)
    house.warehouse.stop()
    assert state(secure, house.warehouse.id) == State.STOPPING
    house.set_start_seconds(0)
    house.warehouse.start()
    assert state(secure, house.warehouse.id) == State.RUNNING
    house.warehouse.stop()
    house.set_start_seconds(60)
    house.warehouse.start()
    assert state(secure, house.warehouse.id) == State.STARTING


def test_a_session_is_gone_when_the_warehouse_has_stopped(house: Workspace) -> None:
    connection = connect(house)
    house.warehouse.stop()
    with lost_session():
        ask(connection, "SELECT 1")
    house.warehouse.start()
    with lost_session():
        ask(connection, "SELECT 1")


def test_opening_a_session_starts_the_warehouse(house: Workspace, secure: WorkspaceClient) -> None:
    house.warehouse.stop()
    with connected(house) as connection:
        assert ask(connection, "SELECT 1") == [(1,)]
    assert state(secure, house.warehouse.id) == State.RUNNING


def test_a_warehouse_that_starts_opens_no_session(house: Workspace, secure: WorkspaceClient) -> None:
    house.warehouse.stop()
    house.set_start_seconds(60)
    unavailable = f"TEMPORARILY_UNAVAILABLE: SQL warehouse {house.warehouse.id} is temporarily unavailable"
    with request_error(503, unavailable):
        connect(house, _enable_v3_retries=False)
    assert state(secure, house.warehouse.id) == State.STARTING


def test_it_says_when_to_come_back(house: Workspace) -> None:
    house.warehouse.stop()
    house.set_start_seconds(60)
    answer = post(house, encoded("OpenSession", T.TOpenSessionReq()))
    assert answer.status_code == 503 and 55 <= int(answer.headers["Retry-After"]) <= 60


def test_a_client_that_comes_back_gets_in(house: Workspace, secure: WorkspaceClient) -> None:
    house.warehouse.stop()
    house.set_start_seconds(0.5)
    patient: dict[str, Any] = {"_enable_v3_retries": False, "_retry_stop_after_attempts_count": 9}
    with connected(house, _retry_stop_after_attempts_duration=30, **patient) as connection:
        assert ask(connection, "SELECT 1") == [(1,)]
    assert house.warehouse.statistics().calls["OpenSession"] > 1


def test_sessions_that_were_opened_early_take_no_statements_until_it_runs(house: Workspace) -> None:
    house.warehouse.stop()
    house.warehouse.set_early_sessions(True)
    house.set_start_seconds(60)
    with connected(house, catalog="main") as connection:
        with pytest.raises(DatabaseError, match=UNREADY):
            ask(connection, "SELECT 1")
        assert house.statements() == []
        house.mend()
        assert ask(connection, "WHERE") == [(f"{ADMIN} main None",)]


def test_mending_starts_the_warehouse_at_once(house: Workspace) -> None:
    house.warehouse.stop()
    house.set_start_seconds(60)
    house.warehouse.start()
    house.mend()
    with connected(house) as connection:
        assert ask(connection, "SELECT 1") == [(1,)]
