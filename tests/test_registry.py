"""The registry: a backend more is one file and one line."""

import json

import pytest
from flask import Flask

from backends import BACKENDS, open_backend
from backends.env import SettingError
from gateway import create_app
from tests.app_client import AppClient
from tests.client import Row
from tests.environments import SITES
from tests.memory_backend import MemoryBackend

DEFINITION = [
    {"name": "id", "data_type": "INT"},
    {"name": "name", "data_type": "STRING"},
    {"name": "price", "data_type": "DECIMAL(10,2)"},
]
ROWS: list[Row] = [
    {"id": 3, "name": "c", "price": 9.99},
    {"id": 1, "name": "a", "price": 10},
    {"id": 2, "name": None, "price": None},
]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A gateway on a backend that the registry got by one line."""
    monkeypatch.setitem(BACKENDS, "memory", "tests.memory_backend:MemoryBackend")
    return create_app({"GATEWAY_BACKEND": "memory"})


@pytest.fixture
def client(app: Flask) -> AppClient:
    """Speaks to it; there are three items."""
    found = AppClient(app, "memory")
    answer = found.write("items", ROWS, auto_create=True, schema_definition=DEFINITION, primary_key=["id"])
    assert answer.status == 201, answer
    return found


def test_the_environment_chooses_a_backend_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "memory", "tests.memory_backend:MemoryBackend")
    assert isinstance(open_backend("memory", {}), MemoryBackend)


def test_a_name_that_is_not_registered_stops_the_start() -> None:
    with pytest.raises(SettingError, match="GATEWAY_BACKEND"):
        create_app({"GATEWAY_BACKEND": "memory"})


@pytest.mark.parametrize("name", BACKENDS)
def test_a_registered_name_is_one_line_of_data(name: str) -> None:
    module, colon, cls = BACKENDS[name].partition(":")
    assert (module.startswith("backends."), colon, cls.isidentifier()) == (True, ":", True)


def test_the_contract_runs_on_every_backend() -> None:
    assert {site.partition("-")[0] for site in SITES} == set(BACKENDS)


def test_the_catalog_is_told(client: AppClient) -> None:
    assert client.get("/api/v1/catalogs").body == {"catalogs": ["memory"]}
    assert client.get(client.path()).body == {"tables": [{"name": "items", "kind": "table"}]}
    described = client.get(client.path("items")).body
    assert [column["data_type"] for column in described["columns"][:3]] == ["INT", "STRING", "DECIMAL(10,2)"]
    assert described["primary_key"] == ["id"]


def test_rows_are_read_sorted_filtered_and_counted(client: AppClient) -> None:
    answer = client.read(
        "items",
        columns=["id", "price"],
        filters=[{"column": "price", "op": "<", "value": 10}],
        include_total=True,
    )
    assert json.loads(answer.content) == {
        "data": [{"id": 3, "price": 9.99}],
        "count": 1,
        "total": 1,
        "next_cursor": None,
    }
    assert client.ids("items", order_by=["-price"]) == [2, 1, 3]


@pytest.mark.parametrize("order_by", [["id"], ["-price"], ["name", "-id"]])
def test_rows_are_paged(client: AppClient, order_by: list[str]) -> None:
    pages = client.pages("items", limit=1, order_by=order_by)
    assert [row["id"] for page in pages for row in page] == client.ids("items", order_by=order_by)


def test_rows_are_streamed(client: AppClient) -> None:
    answer = client.stream("items", "text/csv", columns=["id", "price"])
    assert answer.content.split(b"\r\n")[1:] == [b"1,10.00", b"2,", b"3,9.99", b""]


def test_a_key_that_is_taken_conflicts(client: AppClient) -> None:
    assert client.write("items", [{"id": 4}, {"id": 1}]).status == 409
    assert client.count("items") == 3
    assert client.write("items", [{"id": 1, "name": "x"}], on_conflict="update").status == 201
    assert client.read("items", limit=1).rows[0]["name"] == "x"


def test_rows_are_updated(client: AppClient) -> None:
    assert client.update("items", key_column="id", key_value=1, updates={"price": "5"}).status == 200
    bulk = [{"key_value": 2, "updates": {"name": "b"}}, {"key_value": 9, "updates": {"name": "z"}}]
    assert client.update("items", key_column="id", bulk_updates=bulk).body["count"] == 1
    assert client.update("items", key_column="id", key_value=9, updates={"name": "x"}).status == 404
    assert [row["name"] for row in client.read("items").rows] == ["a", "b", "c"]


def test_rows_are_deleted_softly_and_for_good(client: AppClient) -> None:
    assert client.delete("items", key_column="id", key_value=1).status == 200
    assert client.delete("items", key_column="id", key_values=[2, 9], soft=False).body["count"] == 1
    assert [client.ids("items"), client.ids("items", include_deleted=True)] == [[3], [1, 3]]


def test_what_the_backend_refuses_is_told(client: AppClient) -> None:
    answer = client.read("items", filters=[{"column": "name", "op": "LIKE", "value": "a%"}])
    assert (answer.status, answer.error_type) == (400, "Unsupported")


def test_a_table_is_removed(client: AppClient) -> None:
    assert client.send("DELETE", client.path("items")).status == 204
    assert client.read("items").status == 404


def test_its_health_is_asked(client: AppClient) -> None:
    answer = client.get("/api/health/ready")
    assert (answer.status, answer.body["backend"]) == (200, "memory")


def test_its_preflight_tells_what_the_contract_can(client: AppClient) -> None:
    checks = client.get("/api/v1/preflight").body["checks"]
    assert {check["status"] for check in checks} == {"OK"}
    told = {check["name"]: check["message"] for check in checks}
    assert (told["database"], told["grants"]) == ("the database answers", "no grant is missing")
