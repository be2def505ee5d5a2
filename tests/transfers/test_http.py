"""Transfers over HTTP: begun, watched, cancelled, gone on with, and refused."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from backends import errors
from gateway.service import Gateway
from tests.client import Client
from tests.environments import Environment, sqlite
from tests.gateway_process import running_gateway
from tests.transfers.asking import PATH, begun, between, ended, keys_of, progress, things, under_way
from tests.transfers.moving import Side

MANY = 12  # requests: enough that every worker gets some
LONG = 5000  # rows, which take longer than it takes another worker to hear that it shall stop
WRONG = {
    "CONNECTION_WRONG__PGHOST": "nowhere.example",
    "CONNECTION_WRONG__PGPASSWORD": "not-to-be-seen",
    "CONNECTION_WRONG__PGPORT": "many",
}


@pytest.fixture(scope="module")
def served(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What a gateway is told that knows the sites as connections, one that is wrong too, and small chunks."""
    return {**environment, **WRONG, "GATEWAY_TRANSFER_BYTES": "1024"}


@pytest.fixture(scope="module")
def client(served: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Speaks to such a gateway."""
    with running_gateway(served, tmp_path_factory.mktemp("http") / "gateway.log") as running:
        yield Client(running)


@pytest.fixture
def source(gateway: Gateway) -> Side:
    """A schema in a file."""
    return Side.new(gateway, "sqlite")


@pytest.fixture
def target(gateway: Gateway) -> Side:
    """A schema in Postgres."""
    return Side.new(gateway, "lakebase-autoscaling")


@pytest.mark.parametrize("to", ["lakebase-autoscaling", "warehouse"])
def test_it_is_begun_watched_and_reported(client: Client, gateway: Gateway, source: Side, to: str) -> None:
    target = Side.new(gateway, to)
    rows = things(source, 50)
    transfer = begun(client, between(source, target))
    found = ended(client, transfer)
    assert target.rows("things") == rows
    (table,) = found["tables"]
    assert (table["table"], table["state"], table["error"]) == ("things", "done", None)
    assert (table["rows"], table["total"], table["rejected"], table["seconds_left"]) == (50, 50, 0, None)
    assert table["rows_per_second"] > 0
    assert found["begun_by"] == "lakegate"
    assert found["begun_at"] < found["ended_at"]

    report = client.get(f"{PATH}/{transfer}/report").body
    (told,) = report["tables"]
    assert {name: report[name] for name in ("state", "mode", "error")} == {
        "state": "done", "mode": "create", "error": None,
    }  # fmt: skip
    assert told["same"] is True
    assert told["source"] == told["target"]
    assert (told["source"]["rows"], told["source"]["count"]) == (50, 50)

    assert keys_of(client.get(PATH).body["transfers"], "transfer")[0] == transfer
    assert client.send("DELETE", f"{PATH}/{transfer}").status == 204
    assert client.get(f"{PATH}/{transfer}").status == 404
    assert transfer not in keys_of(client.get(PATH).body["transfers"], "transfer")
    assert target.rows("things") == rows


def test_it_is_cancelled_and_gone_on_with_whichever_worker_is_asked(
    client: Client, source: Side, target: Side
) -> None:
    def refused(method: str, path: str) -> str:
        answer = client.send(method, f"{PATH}/{transfer}{path}")
        assert (answer.status, answer.error_type) == (409, "Conflict"), answer
        return str(answer.body["message"])

    rows = things(source, LONG)
    transfer = begun(client, between(source, target))
    table = under_way(client, transfer)["tables"][0]
    assert (table["state"], table["total"]) == ("loading", LONG)
    assert min(table["rows_per_second"], table["seconds_left"]) > 0
    assert {progress(client, transfer)["state"] for _ in range(MANY)} == {"running"}
    assert "running" in refused("POST", "/resume")
    assert "cancel it first" in refused("DELETE", "")

    answer = client.send("POST", f"{PATH}/{transfer}/cancel")
    assert (answer.status, answer.body["state"] in ("cancelling", "cancelled")) == (202, True)
    stopped = ended(client, transfer, "cancelled")
    assert 1000 < stopped["tables"][0]["rows"] < LONG
    assert "cancelled" in refused("POST", "/cancel")
    assert "things" not in target.tables()

    again = client.send("POST", f"{PATH}/{transfer}/resume")
    assert (again.status, again.headers["Location"]) == (202, f"{PATH}/{transfer}")
    assert {progress(client, transfer)["state"] for _ in range(MANY)} == {"running"}
    assert ended(client, transfer)["tables"][0]["rows"] == LONG
    assert target.rows("things") == rows
    assert "done" in refused("POST", "/resume")
    assert "done" in refused("POST", "/cancel")


def test_what_was_loaded_beside_goes_with_what_is_discarded(
    client: Client, source: Side, target: Side
) -> None:
    things(source, LONG)
    transfer = begun(client, between(source, target))
    under_way(client, transfer)
    client.send("POST", f"{PATH}/{transfer}/cancel")
    ended(client, transfer, "cancelled")
    assert len(target.tables()) == 1
    assert client.send("DELETE", f"{PATH}/{transfer}").status == 204
    assert target.tables() == []
    assert client.send("POST", f"{PATH}/{transfer}/resume").status == 404


@pytest.mark.parametrize(
    ("told", "place", "words"),
    [
        ({"from": "nope"}, ("from",), 'there is no connection "nope"; there are: default, lakebase'),
        ({"to": "nope"}, ("to",), 'there is no connection "nope"'),
        ({"to": "sqlite"}, ("to",), "the same schema of the same database"),
        ({"from": "wrong"}, ("from",), "CONNECTION_WRONG__...: PGPORT takes a whole number"),
        ({"mode": "move"}, ("mode",), "create, append, replace, sync"),
        ({"from": None}, ("from",), "null"),
        ({"from": ""}, ("from",), "1 to 255 characters"),
        ({"tables": []}, ("tables",), ""),
        ({"tables": ["a", "b", "a"]}, ("tables",), "named twice"),
        ({"tables": ["a", 1]}, ("tables", 1), "not a text"),
        ({"from_": "sqlite"}, ("from_",), "no such field"),
        ({"on_error": "ignore"}, ("on_error",), "stop, skip"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(
    client: Client, told: Mapping[str, object], place: tuple[str | int, ...], words: str
) -> None:
    body = {"from": "sqlite", "to": "default", "mode": "create", "schema": "a", "to_schema": "a", **told}
    answer = client.post(PATH, body)
    assert (answer.status, answer.error_type, answer.places) == (400, "Invalid", [place]), answer
    assert words in answer.body["details"]["errors"][0]["msg"]
    assert b"not-to-be-seen" not in answer.content


def test_what_is_missing_is_told(client: Client) -> None:
    assert sorted(client.post(PATH, {}).places) == [("from",), ("mode",), ("to",)]


def test_tables_that_cannot_go_are_refused_before_anything_is_written(
    client: Client, source: Side, target: Side
) -> None:
    def refused(mode: str, *tables: str) -> tuple[int, str]:
        answer = client.post(PATH, between(source, target, mode, tables=list(tables)))
        return answer.status, str(answer.body["message"])

    rows = things(source, 1)
    status, words = refused("create", "things", "nothing")
    assert (status, '.nothing"' in words) == (404, True), words
    status, words = refused("append", "things")
    assert (status, "mode create makes one" in words) == (404, True), words
    with pytest.raises(errors.NotFound):
        target.tables()
    ended(client, begun(client, between(source, target)))
    status, words = refused("create", "things")
    assert (status, '.things" is there already' in words) == (409, True), words
    assert target.rows("things") == rows


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/report"), ("POST", "/cancel"), ("POST", "/resume"), ("DELETE", "")],
)
def test_what_is_not_there_is_not_found(client: Client, method: str, path: str) -> None:
    for transfer in ("nope", "x" * 255, "%00"):
        answer = client.send(method, f"{PATH}/{transfer}{path}")
        assert (answer.status, answer.error_type) == (404, "NotFound"), answer


def test_on_an_app_they_are_for_administrators(tmp_path: Path) -> None:
    app = {**sqlite(tmp_path), "DATABRICKS_APP_NAME": "lakegate", "GATEWAY_ADMINS": "Ada@example.com"}
    with running_gateway(app, tmp_path / "gateway.log") as running:
        client = Client(running)
        one, other = {"X-Forwarded-Email": "ada@Example.com"}, {"X-Forwarded-Email": "c@example.com"}
        body = json.dumps({"from": "default", "to": "default", "mode": "create", "to_schema": "b"})
        asked = [("GET", ""), ("POST", ""), ("GET", "/x"), ("GET", "/x/report")]
        for method, path in [*asked, ("POST", "/x/cancel"), ("POST", "/x/resume"), ("DELETE", "/x")]:
            for headers in (other, {}):
                answer = client.send(method, PATH + path, body if path == "" else None, headers)
                assert (answer.status, answer.error_type) == (403, "Forbidden"), path
                assert "GATEWAY_ADMINS" in answer.body["message"]
        assert client.send("GET", PATH, None, one).body == {"transfers": []}
