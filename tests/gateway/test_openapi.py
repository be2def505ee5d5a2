"""The OpenAPI document: valid, whole, and true where a test can tell."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask

from backends.provisioning import AutoscalingSpec, ProvisionedSpec, open_instances
from gateway import create_app
from gateway.openapi import document, parameters, routes
from gateway.openapi.operations import OPERATIONS, Operation
from gateway.transfers import Asked, Transfers
from gateway.transfers.planning import Planning
from gateway.transfers.service import make_own_tables
from gateway.transfers.store import ACTIVE, Store
from tests import flights
from tests.app_client import AppClient
from tests.client import Answer
from tests.structures.ladder import write_ladder
from tests.waiting import wait_until
from tests.workspace.handle import Workspace

PROJECT = Path(__file__).resolve().parents[2]
FLIGHT = {"carrier": "UA", "flight": 1545, "time_hour": "2013-01-01T10:00:00+00:00", "origin": "EWR"}
ITSELF = {"docs.openapi", "docs.page", "docs.misspelled_page", "docs.asset"}


@pytest.fixture(scope="module")
def app(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("catalogs")
    told = workspace.environment("provisioned")
    told |= {"GATEWAY_BACKEND": "sqlite", "GATEWAY_SQLITE_DIR": str(folder), "GATEWAY_CATALOG": "demo"}
    revisions = tmp_path_factory.mktemp("revisions")
    write_ladder(revisions, "rungs", "others")
    return create_app({**told, "GATEWAY_MIGRATIONS_DIR": str(revisions)})


@pytest.fixture(scope="module")
def demo(app: Flask) -> AppClient:
    """The demo with one flight in it, and the table that the examples write."""
    client = AppClient(app, "demo", "main")
    described = [{"name": name, "data_type": type_} for name, type_ in flights.COLUMNS.items()]
    created = {"auto_create": True, "schema_definition": described, "primary_key": list(flights.KEY)}
    answer = client.write("flights", [FLIGHT], **created)
    assert answer.status == 201, answer
    assert client.post("/api/v1/migrations/upgrade", {"to": "+1"}).status == 200
    moment = "2025-12-06T10:30:00Z"
    job = {"job": parameters.PARTS["job"], "kind": "migrations.upgrade", "state": "running"}
    row = {**job, "begun_at": moment, "seen_at": moment}
    assert client.write("jobs", [row], schema="lakegate").status == 201
    return client


@pytest.fixture(scope="module")
def told(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document(app))
    return found


def test_it_is_valid(told: dict[str, Any]) -> None:
    schemathesis.openapi.from_dict(told).validate()


def test_every_schema_in_it_is_valid(told: dict[str, Any]) -> None:
    for schema in told["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_it_has_every_route_but_its_own_and_no_other(app: Flask) -> None:
    assert OPERATIONS.keys() == {route for route, endpoint in routes(app).items() if endpoint not in ITSELF}


def test_every_operation_is_named_once_and_has_a_summary(told: dict[str, Any]) -> None:
    operations = [operation for path in told["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations) == len(OPERATIONS)
    assert all(operation["summary"] for operation in operations)


@pytest.mark.parametrize(
    "request_",
    [
        "ReadRecords",
        "WriteRecords",
        "UpdateRecords",
        "DeleteRecords",
        "Column",
        "Move",
        "BeginTransfer",
        "CreateDatabase",
        "ResizeDatabase",
        "Refill",
    ],
)
def test_every_field_of_a_request_says_what_it_is_for(told: dict[str, Any], request_: str) -> None:
    fields = told["components"]["schemas"][request_]["properties"]
    assert [name for name, field in fields.items() if not field.get("description")] == []


def test_every_component_is_used_and_there(told: dict[str, Any]) -> None:
    used = set(re.findall(r'"\$ref": ?"([^"]*)"', json.dumps(told)))
    there = {f"#/components/{kind}/{name}" for kind, found in told["components"].items() for name in found}
    assert used == there


def test_every_answer_has_the_request_id(told: dict[str, Any]) -> None:
    given = [
        answer
        for path in told["paths"].values()
        for operation in path.values()
        for answer in operation["responses"].values()
        if "$ref" not in answer
    ]
    answers = [*given, *told["components"]["responses"].values()]
    assert all("X-Request-Id" in answer["headers"] for answer in answers)


def test_addresses_in_it_are_relative_so_that_a_proxy_may_put_it_anywhere(told: dict[str, Any]) -> None:
    assert told["servers"] == [{"url": ".."}]


def example_requests() -> list[Any]:
    """Every operation with each of its examples, those that destroy after those that need."""
    return [
        pytest.param(route, operation, body, id=f"{operation.name}: {title or 'no body'}")
        for route, operation in sorted(OPERATIONS.items(), key=lambda found: "drop" in found[1].name)
        for title, body in (operation.requests or {"": None}).items()
    ]


@pytest.fixture
def refunds(demo: AppClient) -> None:
    """Two refunds, as the example of a write leaves them."""
    (body,) = OPERATIONS["POST /api/v1/records/write"].requests.values()
    assert demo.post("/api/v1/records/write", body).status == 201


@pytest.fixture
def transfer(request: pytest.FixtureRequest, app: Flask, demo: AppClient) -> Iterator[None]:
    """A transfer of the id that the document shows, as an operation needs it; ended afterwards."""
    transfers: Transfers = app.extensions["lakegate"].transfers
    id_, own = parameters.PARTS["transfer"], transfers.connections.own
    asked = Asked("default", "default", "replace", ("flights",), None, "kept")
    make_own_tables(own, "test")
    store = Store(own.backend)
    store.add(id_, asked, Planning(asked, own, own, id_).moves(), (), "test", "somebody")
    if request.node.callspec.params["operation"].name != "cancel_transfer":
        store.end(id_, "somebody", "cancelled")
    yield
    store.end(id_, "somebody", "cancelled")
    wait_until(lambda: all(each.state not in ACTIVE for each in transfers.all()))


@pytest.fixture
def database(operation: Operation, app: Flask) -> Iterator[None]:
    """The database that the document shows, where an operation needs it; taken away afterwards."""
    if operation.tag != "Databases":
        yield
        return
    instances = open_instances(app.extensions["lakegate.environ"])
    name = parameters.PARTS["name"]
    names = (name, AutoscalingSpec(name).name)
    instances.create(ProvisionedSpec(name))
    yield
    wait_until(lambda: not any(thread.name.startswith("job ") for thread in threading.enumerate()))
    for each in names:
        if instances.find(each).exists:
            instances.delete(each, each)


@pytest.mark.usefixtures("refunds", "transfer", "database")
@pytest.mark.parametrize(("route", "operation", "body"), example_requests())
def test_every_example_works_on_the_demo(
    demo: AppClient, told: dict[str, Any], route: str, operation: Operation, body: object
) -> None:
    answer = demo.send(*filled_in(route, told), None if body is None else json.dumps(body))
    assert answer.status in operation.answers, answer
    assert_as_told(answer, operation, told)
    if operation.name.startswith(("update", "delete")):
        assert answer.body["count"] >= 1


def filled_in(route: str, told: dict[str, Any]) -> tuple[str, str]:
    """Method and path, names from the document's own examples."""
    method, path = route.split(" ")
    for parameter in told["paths"][path][method.lower()].get("parameters", []):
        path = path.replace(f"{{{parameter['name']}}}", quote(parameter["example"]))
        if parameter["in"] == "query" and parameter["required"]:
            path += f"?{parameter['name']}={quote(parameter['example'])}"
    return method, path


def assert_as_told(answer: Answer, operation: Operation, told: dict[str, Any]) -> None:
    """The answer, and the example of it, fit the component that the document names."""
    if (component := operation.answers[answer.status]) is None:
        assert answer.content == b""
        return
    schema = {"$ref": f"#/components/schemas/{component}", "components": told["components"]}
    jsonschema_rs.validate(schema, answer.body)
    if operation.answer is not None:
        jsonschema_rs.validate(schema, operation.answer)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 415, 500, 502, 503, 504])
def test_the_example_of_an_error_is_an_error(told: dict[str, Any], status: int) -> None:
    references = (
        operation["responses"].get(str(status), {}).get("$ref")
        for path in told["paths"].values()
        for operation in path.values()
    )
    name = next(found for found in references if found).rpartition("/")[2]
    shown = told["components"]["responses"][name]["content"]["application/json"]["example"]
    jsonschema_rs.validate({"$ref": "#/components/schemas/Error", "components": told["components"]}, shown)


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        ("ReadRecords", {"limit": 1}),
        ("ReadRecords", {"table": "flights", "limits": 1}),
        ("ReadRecords", {"table": "flights", "limit": 0}),
        ("ReadRecords", {"table": "flights", "columns": []}),
        ("ReadRecords", {"table": "flights", "filters": [{"column": "a"}]}),
        ("ReadRecords", {"table": "flights", "filters": [{"column": "a", "value": None}]}),
        ("ReadRecords", {"table": "flights", "filters": [{"column": "a", "op": "BETWEEN", "value": [1]}]}),
        ("ReadRecords", {"table": "flights", "filters": [{"or": []}]}),
        ("WriteRecords", {"table": "flights"}),
        ("WriteRecords", {"table": "flights", "data": []}),
        ("UpdateRecords", {"table": "flights", "updates": {"a": 1}}),
        ("UpdateRecords", {"table": "flights", "updates": {"a": 1}, "key_value": 1}),
        ("UpdateRecords", {"table": "flights", "key_column": "a", "key_value": 1}),
        ("UpdateRecords", {"table": "flights", "updates": {"a": 1}, "keys": {"a": 1}, "filters": []}),
        ("UpdateRecords", {"table": "flights", "updates": {"a": 1}, "keys": {"a": 1}, "key_column": "a"}),
        ("UpdateRecords", {"table": "flights", "updates": {"a": 1}, "filters": []}),
        ("DeleteRecords", {"table": "flights", "key_column": "a", "key_value": 1, "key_values": [1]}),
        ("BeginTransfer", {"from": "default", "to": "default", "mode": "move"}),
        ("BeginTransfer", {"from_": "default", "to": "default", "mode": "create"}),
        ("BeginTransfer", {"from": "default", "to": "default", "mode": "create", "tables": []}),
        ("BeginTransfer", {"from": "default", "to": "default", "mode": "create", "tables": ["a", "a"]}),
    ],
)
def test_what_the_document_forbids_is_refused(
    demo: AppClient, told: dict[str, Any], request_: str, body: dict[str, object]
) -> None:
    schema = {"$ref": f"#/components/schemas/{request_}", "components": told["components"]}
    assert not jsonschema_rs.is_valid(schema, body)
    verb = request_.removesuffix("Records").lower()
    path = "/api/v1/transfers" if request_ == "BeginTransfer" else f"/api/v1/records/{verb}"
    assert demo.post(path, body).status == 400


def test_it_is_not_sent_twice_to_who_has_it(demo: AppClient) -> None:
    answer = demo.get("/api/openapi.json")
    again = demo.send("GET", "/api/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (answer.status, again.status, again.content) == (200, 304, b"")


def test_apispec_is_loaded_when_the_document_is_asked_for_and_not_before() -> None:
    serve = "from gateway import create_app; app = create_app({'GATEWAY_BACKEND': 'sqlite'})"
    ask = "import sys; print('apispec' in sys.modules)"
    get = "app.test_client().get('/api/openapi.json')"
    ended = subprocess.run(
        [sys.executable, "-c", f"{serve}\n{ask}\n{get}\n{ask}"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ended.stdout.split() == ["False", "True"]
