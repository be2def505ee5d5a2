"""GATEWAY_RUN_AS=user: statements run with the caller's token, so that their grants decide."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.warehouse import USERS_KEPT
from tests.client import Answer, Client, columns_of, new_name
from tests.gateway_process import PROJECT, Gateway
from tests.waiting import at_once
from tests.warehouse.gateways import (
    CATALOG,
    COLUMNS,
    NDJSON,
    SCHEMA,
    UserClient,
    full,
    gateway_on,
    sent,
    stored,
    user_token,
)
from tests.workspace.handle import Workspace, kept_environment

ADA, BOB = "ada@example.test", "bob@example.test"
ONE = [{"column": "id", "value": 1}]
BULK = [{"key_value": 1, "updates": {"n": 5}}]


@pytest.fixture(scope="module")
def gateway(lasting_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of one worker that acts for its callers."""
    lasting_workspace.mend()
    with gateway_on(lasting_workspace, tmp_path_factory.mktemp("users"), GATEWAY_RUN_AS="user") as running:
        admin = lasting_workspace.warehouse.sql
        admin(f"CREATE SCHEMA IF NOT EXISTS {CATALOG}.{SCHEMA}")
        for name in (ADA, BOB):
            admin(f"GRANT USE CATALOG ON CATALOG {CATALOG} TO `{name}`")
            admin(f"GRANT USE SCHEMA ON SCHEMA {CATALOG}.{SCHEMA} TO `{name}`")
        yield running


@pytest.fixture
def ada(gateway: Gateway, workspace: Workspace) -> Client:
    """Speaks for one user."""
    return UserClient(gateway, user_token(workspace, ADA))


@pytest.fixture
def bob(gateway: Gateway, workspace: Workspace) -> Client:
    """Speaks for another user."""
    return UserClient(gateway, user_token(workspace, BOB))


@pytest.fixture
def table(workspace: Workspace) -> str:
    """A table of the administrator's with one row, on which nothing is granted."""
    name = new_name()
    workspace.warehouse.sql(f"CREATE TABLE {full(name)} (id INT NOT NULL PRIMARY KEY, n INT)")
    workspace.warehouse.sql(f"INSERT INTO {full(name)} VALUES (1, 1)")
    return name


def grant(workspace: Workspace, privilege: str, kind: str, name: str, *users: str) -> None:
    """Let users do something."""
    for user in users:
        workspace.warehouse.sql(f"GRANT {privilege} ON {kind} {name} TO `{user}`")


def missing(answer: Answer) -> list[str]:
    """The grants that a refusal names."""
    assert (answer.status, answer.error_type) == (403, "Forbidden"), answer
    grants: list[str] = answer.body["details"]["grants"]
    assert all(each in answer.body["message"] for each in grants)
    return grants


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.read("people"),
        lambda client: client.stream("people", NDJSON),
        lambda client: client.write("people", [{"id": 1}]),
        lambda client: client.update("people", filters=ONE, updates={"n": 1}),
        lambda client: client.delete("people", filters=ONE, soft=False),
        lambda client: client.define("people", columns_of(COLUMNS)),
        lambda client: client.get(client.path()),
        lambda client: client.send("DELETE", client.path("people")),
    ],
)
def test_a_request_without_a_token_is_a_401(
    workspace: Workspace, gateway: Gateway, ask: Callable[[Client], Answer]
) -> None:
    answer = ask(UserClient(gateway, None))
    assert (answer.status, answer.error_type) == (401, "Unauthenticated")
    assert "X-Forwarded-Access-Token" in answer.body["message"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert workspace.statements() == []


def test_an_authorization_header_is_no_forwarded_token(workspace: Workspace, gateway: Gateway) -> None:
    client = Client(gateway)
    token = f"Bearer {user_token(workspace, ADA)}"
    answer = client.post("/api/v1/records/read", {"table": "people"}, {"Authorization": token})
    assert answer.status == 401


def test_health_needs_no_token(workspace: Workspace, gateway: Gateway) -> None:
    client = UserClient(gateway, None)
    assert client.get("/api/health/live").status == 200
    assert client.get("/api/health/ready").status == 200


def test_two_users_see_what_each_was_granted_at_the_same_time(
    workspace: Workspace, ada: Client, bob: Client, table: str
) -> None:
    other = new_name()
    workspace.warehouse.sql(f"CREATE TABLE {full(other)} (id INT NOT NULL PRIMARY KEY, n INT)")
    grant(workspace, "SELECT", "TABLE", full(table), ADA)
    grant(workspace, "SELECT", "TABLE", full(other), BOB)

    def ask(number: int) -> list[int]:
        client, mine, theirs = ((ada, table, other), (bob, other, table))[number % 2]
        return [client.read(name).status for name in (mine, theirs)]

    for statuses in at_once(8, ask):
        assert statuses[0] == 200 and statuses[1] in (403, 404)
    assert table in str(ada.get(ada.path()).body) and other not in str(ada.get(ada.path()).body)
    assert other in str(bob.get(bob.path()).body) and table not in str(bob.get(bob.path()).body)


def test_each_statement_runs_as_who_asked_in_sessions_of_their_own(
    workspace: Workspace, ada: Client, bob: Client, table: str
) -> None:
    grant(workspace, "SELECT", "TABLE", full(table), ADA, BOB)
    grant(workspace, "MODIFY", "TABLE", full(table), ADA, BOB)
    workspace.forget()

    def write(number: int) -> int:
        return (ada, bob)[number % 2].write(table, [{"id": 100 + number, "n": number % 2}]).status

    assert at_once(8, lambda at: [write(number) for number in range(at, 32, 8)]) == [[201] * 4] * 8
    statements = workspace.statements()
    assert {statement.principal for statement in statements} == {ADA, BOB}
    owners: dict[str, set[str]] = {}
    for statement in statements:
        owners.setdefault(statement.session, set()).add(statement.principal)
    assert all(len(users) == 1 for users in owners.values())
    assert len(sent(workspace, "^MERGE")) == 32


def test_what_one_user_may_not_read_is_not_read_with_what_another_has_found(
    workspace: Workspace, ada: Client, bob: Client, table: str
) -> None:
    grant(workspace, "SELECT", "TABLE", full(table), ADA)
    assert ada.ids(table) == [1]
    assert bob.read(table).status in (403, 404)
    assert bob.stream(table, NDJSON).status in (403, 404)


def test_a_missing_select_is_named(workspace: Workspace, ada: Client, table: str) -> None:
    grant(workspace, "BROWSE", "TABLE", full(table), ADA)
    for answer in (ada.read(table), ada.stream(table, NDJSON)):
        assert missing(answer) == [f"GRANT SELECT ON TABLE `{CATALOG}`.`{SCHEMA}`.`{table}` TO"]
    grant(workspace, "SELECT", "TABLE", full(table), ADA)
    assert ada.ids(table) == [1]


@pytest.mark.parametrize(
    "ask",
    [
        lambda client, table: client.write(table, [{"id": 2}]),
        lambda client, table: client.write(table, [{"id": 1, "n": 5}], on_conflict="update"),
        lambda client, table: client.update(table, filters=ONE, updates={"n": 5}),
        lambda client, table: client.update(table, filters=ONE, updates={"n": 5}, max_affected=1),
        lambda client, table: client.update(table, key_column="id", bulk_updates=BULK),
        lambda client, table: client.delete(table, filters=ONE, soft=False),
    ],
    ids=["insert", "upsert", "update", "guarded", "bulk", "delete"],
)
def test_a_missing_modify_is_named(
    workspace: Workspace, ada: Client, table: str, ask: Callable[[Client, str], Answer]
) -> None:
    grant(workspace, "SELECT", "TABLE", full(table), ADA)
    assert missing(ask(ada, table)) == [f"GRANT MODIFY ON TABLE `{CATALOG}`.`{SCHEMA}`.`{table}` TO"]
    assert stored(workspace, table) == 1
    grant(workspace, "MODIFY", "TABLE", full(table), ADA)
    assert ask(ada, table).status in (200, 201)


def test_a_missing_use_of_the_schema_is_named(workspace: Workspace, ada: Client) -> None:
    schema, table = new_name(), new_name()
    workspace.warehouse.sql(f"CREATE SCHEMA {CATALOG}.{schema}")
    workspace.warehouse.sql(f"CREATE TABLE {full(table, schema)} (id INT)")
    grant(workspace, "SELECT", "TABLE", full(table, schema), ADA)
    assert missing(ada.read(table, schema=schema)) == [
        f"GRANT USE SCHEMA ON SCHEMA `{CATALOG}`.`{schema}` TO"
    ]
    grant(workspace, "USE SCHEMA", "SCHEMA", f"{CATALOG}.{schema}", ADA)
    assert ada.read(table, schema=schema).rows == []


def test_a_missing_create_table_is_named(workspace: Workspace, ada: Client) -> None:
    table, place = new_name(), f"{CATALOG}.{SCHEMA}"
    wanted = ["GRANT CREATE TABLE ON SCHEMA `main`.`faults` TO"]
    assert missing(ada.define(table, columns_of(COLUMNS))) == wanted
    assert (
        missing(ada.write(table, [{"id": 1}], auto_create=True, schema_definition=columns_of(COLUMNS)))
        == wanted
    )
    grant(workspace, "CREATE TABLE", "SCHEMA", place, ADA)
    try:
        assert ada.define(table, columns_of(COLUMNS)).status == 201
        assert ada.write(table, [{"id": 1}]).status == 201
    finally:
        workspace.warehouse.sql(f"REVOKE CREATE TABLE ON SCHEMA {place} FROM `{ADA}`")


def test_a_large_write_of_who_may_not_create_tables_names_the_grant(
    workspace: Workspace, ada: Client, table: str
) -> None:
    for privilege in ("SELECT", "MODIFY"):
        grant(workspace, privilege, "TABLE", full(table), ADA)
    rows = [{"id": number, "n": number} for number in range(10, 80_000)]
    assert missing(ada.write(table, rows)) == ["GRANT CREATE TABLE ON SCHEMA `main`.`faults` TO"]
    assert stored(workspace, table) == 1


def test_more_users_than_are_kept_are_served(workspace: Workspace, gateway: Gateway, table: str) -> None:
    names = [f"user{number}@example.test" for number in range(USERS_KEPT + 10)]
    workspace.warehouse.sql(f"GRANT USE CATALOG ON CATALOG {CATALOG} TO `account users`")
    workspace.warehouse.sql(f"GRANT USE SCHEMA ON SCHEMA {CATALOG}.{SCHEMA} TO `account users`")
    grant(workspace, "SELECT", "TABLE", full(table), "account users")
    try:
        clients = [UserClient(gateway, user_token(workspace, name)) for name in names]
        workspace.warehouse.end_sessions()
        workspace.forget()
        assert [client.read(table).status for client in clients] == [200] * len(names)
        assert workspace.warehouse.statistics().open_sessions <= USERS_KEPT
        assert clients[0].read(table).status == 200
        assert {statement.principal for statement in workspace.statements()} == set(names)
    finally:
        workspace.warehouse.sql(f"REVOKE USE CATALOG ON CATALOG {CATALOG} FROM `account users`")
        workspace.warehouse.sql(f"REVOKE USE SCHEMA ON SCHEMA {CATALOG}.{SCHEMA} FROM `account users`")


@pytest.mark.parametrize("token", ["expired", "nonsense", "unsigned"])
def test_a_token_that_is_not_good_is_refused_with_a_reason(
    workspace: Workspace, gateway: Gateway, table: str, token: str
) -> None:
    texts = {
        "expired": user_token(workspace, ADA, seconds=-1),
        "nonsense": "nonsense",
        "unsigned": workspace.mint("all-apis", subject=ADA, forgery="unsigned"),
    }
    client = UserClient(gateway, texts[token])
    for answer in (client.read(table), client.write(table, [{"id": 2}]), client.stream(table, NDJSON)):
        assert answer.status in (401, 403), answer
        assert "token" in answer.body["message"]


def test_a_token_that_ends_between_requests_is_refused_with_a_reason(
    workspace: Workspace, gateway: Gateway, table: str
) -> None:
    grant(workspace, "SELECT", "TABLE", full(table), ADA)
    client = UserClient(gateway, user_token(workspace, ADA, seconds=2))
    statuses = []
    while (answer := client.read(table)).status == 200:
        statuses.append(answer.status)
    assert statuses and answer.status in (401, 403)
    assert "token" in answer.body["message"]
    assert UserClient(gateway, user_token(workspace, ADA)).ids(table) == [1]


def test_sqlite_cannot_act_for_its_callers(tmp_path: Path) -> None:
    env = {"GATEWAY_BACKEND": "sqlite", "GATEWAY_SQLITE_DIR": str(tmp_path), "GATEWAY_RUN_AS": "user"}
    ended = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=PROJECT,
        env={**kept_environment(), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert "GATEWAY_RUN_AS" in ended.stderr.splitlines()[-1]
