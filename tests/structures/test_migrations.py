"""Migrations over HTTP, on every backend."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.client import Answer, Client, Row, new_name
from tests.environments import Environment
from tests.gateway_process import running_gateway
from tests.structures.ladder import write_revision
from tests.waiting import wait_until

PATH = "/api/v1/migrations"


@pytest.fixture
def schema() -> str:
    """A schema that nothing else has."""
    return new_name()


def three_revisions(folder: Path, schema: str) -> Path:
    """A folder of three revisions whose ids nobody else has, in the schema."""
    folder.mkdir()
    table = f'"log", op.column("n", "INT"), primary_key=["n"], schema="{schema}"'
    bodies = [
        (f"op.create_table({table})", f'op.drop_table("log", schema="{schema}")'),
        (f'op.write("log", [{{"n": 1}}], schema="{schema}")', f'op.delete("log", [], schema="{schema}")'),
        (f"op.create_index({table.partition(',')[0]}, op.index('ix', ['n']), schema='{schema}')", "pass"),
    ]
    for at, (up, back) in enumerate(bodies):
        write_revision(folder, f"{schema}{at}", f"{schema}{at - 1}" if at else None, up, back)
    return folder


@pytest.fixture
def revisions(tmp_path: Path, schema: str) -> Path:
    """Three revisions, in the schema."""
    return three_revisions(tmp_path / "revisions", schema)


@pytest.fixture
def told(environment: Environment, revisions: Path, schema: str) -> Environment:
    """What a gateway with these revisions is told."""
    return {**environment, "GATEWAY_SCHEMA": schema, "GATEWAY_MIGRATIONS_DIR": str(revisions)}


@pytest.fixture
def client(told: Environment, tmp_path: Path) -> Iterator[Client]:
    """Speaks to a gateway whose database has taken none of the revisions."""
    with running_gateway(told, tmp_path / "gateway.log") as running:
        yield Client(running)


@pytest.fixture(scope="module")
def untouched(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Speaks to the like that all tests share which change nothing."""
    folder, schema = tmp_path_factory.mktemp("untouched"), new_name()
    revisions = three_revisions(folder / "revisions", schema)
    told = {**environment, "GATEWAY_SCHEMA": schema, "GATEWAY_MIGRATIONS_DIR": str(revisions)}
    with running_gateway(told, folder / "gateway.log") as running:
        yield Client(running)


def post(client: Client, what: str, to: str, **headers: str) -> Answer:
    return client.post(f"{PATH}/{what}", {"to": to}, headers)


def moved(client: Client, what: str, to: str = "head") -> Any:
    """What came of a move, whether it was answered at once or took longer than a request waits."""
    answer = post(client, what, to)
    if answer.status == 202:
        place = answer.headers["Location"]
        wait_until(lambda: client.get(place).body["state"] != "running")
        return client.get(place).body["result"]
    assert answer.status == 200, answer
    return answer.body


def ids(found: Any) -> list[str]:
    return [each["revision"] for each in found]


def test_revisions_are_planned_taken_and_taken_back(client: Client, schema: str) -> None:
    three = [f"{schema}{at}" for at in range(3)]
    before = client.get(PATH).body
    assert (before["current"], before["head"], ids(before["pending"])) == (None, three[-1], three)
    plan = client.get(f"{PATH}/plan?to={three[1]}").body
    assert ids(plan["revisions"]) == three[:2]
    assert "CREATE TABLE" in " ".join(plan["revisions"][0]["statements"])
    assert client.get(PATH).body == before

    taken = moved(client, "upgrade")
    assert (ids(taken["steps"]), taken["current"]) == (three, three[-1])
    assert client.read("log", schema=schema, columns=["n"]).rows == [{"n": 1}]
    assert client.post(f"{PATH}/upgrade", {}).body["steps"] == []
    back = moved(client, "downgrade", "-1")
    assert (ids(back["steps"]), back["current"]) == ([three[2]], three[1])
    assert ids(moved(client, "downgrade", "base")["steps"]) == three[1::-1]
    assert client.get(client.path("log", schema)).status == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "plan?to=nope", None, 404),
        ("GET", "plan?from=head", None, 400),
        ("POST", "upgrade", {"to": "nope"}, 404),
        ("POST", "upgrade", {"to": "a b"}, 400),
        ("POST", "upgrade", {"at": "head"}, 400),
        ("POST", "downgrade", {}, 400),
        ("POST", "stamp", {}, 400),
        ("GET", "jobs/nope", None, 404),
    ],
)
def test_what_cannot_be_meant_is_refused(
    untouched: Client, method: str, path: str, body: object, status: int
) -> None:
    answer = untouched.send(method, f"{PATH}/{path}", None if body is None else json.dumps(body))
    assert answer.status == status, answer


def test_readiness_tells_of_pending_revisions(client: Client) -> None:
    def told(path: str) -> tuple[str, dict[str, str]]:
        """What is said of the database's state by a worker that may ask it."""
        found: dict[str, str] = {}
        while len(found) < 2:
            assert client.read("nothing", schema="nowhere").status == 404
            answer = client.get(path)
            assert answer.status == 200
            found = {check["name"]: check["status"] for check in answer.body["checks"]}
        return answer.body["status"], found

    assert told("/api/health/ready") == ("ready", {"database": "ok", "migrations": "pending"})
    assert told("/api/health") == ("degraded", {"database": "ok", "migrations": "pending"})
    moved(client, "upgrade")
    assert told("/api/health/ready") == ("ready", {"database": "ok", "migrations": "ok"})
    assert told("/api/health") == ("healthy", {"database": "ok", "migrations": "ok"})


def test_on_an_app_they_are_for_administrators(told: Environment, tmp_path: Path, schema: str) -> None:
    app = {**told, "DATABRICKS_APP_NAME": "lakegate", "GATEWAY_ADMINS": "Ada@example.com, b@example.com"}
    with running_gateway(app, tmp_path / "gateway.log") as running:
        client = Client(running)
        one, other = {"X-Forwarded-Email": "ada@Example.com"}, {"X-Forwarded-Email": "c@example.com"}
        for headers in (other, {}):
            for method, path in (("GET", ""), ("GET", "/plan"), ("POST", "/upgrade"), ("GET", "/jobs/x")):
                body = "{}" if method == "POST" else None
                answer = client.send(method, PATH + path, body, headers)
                assert (answer.status, answer.error_type) == (403, "Forbidden"), path
                assert "GATEWAY_ADMINS" in answer.body["message"]
            definition = json.dumps({"columns": [{"name": "a", "data_type": "INT"}]})
            assert client.send("PUT", client.path("t", schema), definition, headers).status == 403
            assert client.send("DELETE", client.path("t", schema), None, headers).status == 403
        assert client.send("GET", PATH, None, one).status == 200


def test_gateways_that_start_at_once_take_each_revision_once(
    told: Environment, client: Client, tmp_path: Path, schema: str
) -> None:
    starting = {**told, "GATEWAY_MIGRATE_ON_START": "true"}

    def started(at: int) -> tuple[Any, Any, list[Row]]:
        with running_gateway(starting, tmp_path / f"started-{at}.log") as running:
            status = Client(running).get(PATH).body
            rows = Client(running).read("log", schema=schema, columns=["n"]).rows
            return status["current"], status["pending"], rows

    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(started, range(2))] == [(f"{schema}2", [], [{"n": 1}])] * 2


def test_a_gateway_whose_revisions_fail_does_not_start(
    told: Environment, revisions: Path, tmp_path: Path, schema: str
) -> None:
    write_revision(revisions, f"{schema}3", f"{schema}2", 'op.drop_table("nothing")', "pass")
    starting = {**told, "GATEWAY_MIGRATE_ON_START": "true"}
    with (
        pytest.raises(RuntimeError, match="GATEWAY_MIGRATE_ON_START"),
        running_gateway(starting, tmp_path / "started.log"),
    ):
        pass
