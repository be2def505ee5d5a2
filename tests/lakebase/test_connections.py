"""The pool: dead connections are replaced, reads survive a loss, writes are never done twice."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.client import Answer, Client, columns_of, new_name
from tests.gateway_process import Gateway
from tests.lakebase.gateways import SCHEMA, gateway_on, open_connections, sessions
from tests.waiting import at_once, unavailable, wait_until
from tests.workspace.handle import Workspace
from tests.workspace.lakebase.faults import How, When

POOL_SIZE = 6
HOWS: tuple[How, ...] = ("abort", "reset", "terminate")
WHENS: tuple[When, ...] = ("before", "after")
COLUMNS = {"id": "INT", "n": "INT"}


@pytest.fixture(scope="module")
def gateway(lasting_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of one worker, so that it is known what its connections are."""
    folder = tmp_path_factory.mktemp("connections")
    with gateway_on(
        lasting_workspace, folder, GATEWAY_POOL_SIZE=POOL_SIZE, GATEWAY_POOL_SECONDS=2
    ) as running:
        yield running


@pytest.fixture
def client(gateway: Gateway, workspace: Workspace) -> Client:
    """Speaks to the gateway once the workspace is mended."""
    return Client(gateway)


@pytest.fixture
def table(client: Client) -> str:
    """A table of two rows."""
    return client.fill(new_name(), COLUMNS, [{"id": 1, "n": 1}, {"id": 2, "n": 2}])


def place(table: str) -> str:
    """The table as statements name it."""
    return f'"{SCHEMA}"."{table}"'


def is_unknown(answer: Answer) -> bool:
    """Whether nobody knows if the write happened."""
    return unavailable(answer) and answer.body["details"].get("outcome") == "unknown"


def fill_pool(workspace: Workspace, client: Client, table: str) -> None:
    """Have the gateway hold as many connections as it may."""
    workspace.set_latency(0.2)
    assert [answer.status for answer in at_once(POOL_SIZE, lambda _: client.read(table))] == [200] * POOL_SIZE
    workspace.set_latency(0)


@pytest.mark.parametrize("how", HOWS)
def test_connections_killed_while_idle_are_replaced_before_they_are_used(
    workspace: Workspace, client: Client, table: str, how: How
) -> None:
    fill_pool(workspace, client, table)
    assert workspace.kill_all(how) >= POOL_SIZE
    before = workspace.statistics().logins_accepted
    assert client.write(table, [{"id": 3, "n": 3}]).status == 201
    assert client.update(table, key_column="id", key_value=3, updates={"n": 4}).status == 200
    assert client.delete(table, key_column="id", key_value=3).status == 200
    assert client.ids(table) == [1, 2]
    assert workspace.statistics().logins_accepted == before + 1
    fill_pool(workspace, client, table)
    assert sessions(workspace) == POOL_SIZE


def test_a_statement_costs_one_round_trip(workspace: Workspace, client: Client, table: str) -> None:
    calls: tuple[Callable[[], Answer], ...] = (
        lambda: client.read(table),
        lambda: client.write(table, [{"id": 4, "n": 1}, {"id": 5, "n": 5}], on_conflict="update"),
        lambda: client.update(table, key_column="id", key_value=1, updates={"n": 2}),
        lambda: client.delete(table, key_column="id", key_value=2),
    )
    fill_pool(workspace, client, table)
    workspace.set_latency(2)
    began = time.monotonic()
    answers = at_once(len(calls), lambda number: calls[number]())
    assert 4 <= time.monotonic() - began < 7.9  # two seconds there and two back
    assert {answer.status for answer in answers} == {200, 201}


@pytest.mark.parametrize("when", WHENS)
def test_a_read_that_loses_its_connection_is_done_again(
    workspace: Workspace, client: Client, table: str, when: When
) -> None:
    workspace.sever(f"FROM {place(table)}", when)
    assert client.ids(table) == [1, 2]
    assert not workspace.statistics().severs


@pytest.mark.parametrize("statement", ["DECLARE lines", "FETCH 100"])
def test_a_stream_that_is_lost_before_its_first_rows_begins_again(
    workspace: Workspace, client: Client, table: str, statement: str
) -> None:
    workspace.sever(statement)
    answer = client.stream(table, "application/x-ndjson")
    assert (answer.status, answer.content.count(b"\n")) == (200, 2)
    assert not workspace.statistics().severs


def test_a_read_whose_second_connection_cannot_be_made_may_be_tried_later(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.kill_all()
    client.read(table)
    workspace.set_refuse_connections(True)
    workspace.sever(f"FROM {place(table)}")
    assert unavailable(client.read(table))
    workspace.set_refuse_connections(False)
    assert client.ids(table) == [1, 2]


@pytest.mark.parametrize("when", WHENS)
def test_an_insert_that_is_lost_is_not_done_again(
    workspace: Workspace, client: Client, table: str, when: When
) -> None:
    workspace.sever(f"INSERT INTO {place(table)}", when)
    assert is_unknown(client.write(table, [{"id": 3, "n": 3}]))
    assert client.ids(table) == ([1, 2, 3] if when == "after" else [1, 2])


@pytest.mark.parametrize("when", WHENS)
def test_an_insert_without_a_key_is_not_done_again(workspace: Workspace, client: Client, when: When) -> None:
    table = client.create(new_name(), {"n": "INT"}, primary_key=())
    client.write(table, [{"n": 1}])
    workspace.sever(f"INSERT INTO {place(table)}", when)
    assert is_unknown(client.write(table, [{"n": 2}]))
    assert client.count(table) == (2 if when == "after" else 1)


@pytest.mark.parametrize("when", WHENS)
def test_an_upsert_that_is_lost_is_not_done_again(
    workspace: Workspace, client: Client, table: str, when: When
) -> None:
    workspace.sever(f"INSERT INTO {place(table)}", when)
    rows = [{"id": 2, "n": 20}, {"id": 3}]
    assert is_unknown(client.write(table, rows, on_conflict="update"))
    stored = [(row["id"], row["n"]) for row in client.read(table).rows]
    assert stored == ([(1, 1), (2, 20), (3, None)] if when == "after" else [(1, 1), (2, 2)])


@pytest.mark.parametrize("when", WHENS)
def test_an_update_that_is_lost_is_not_done_again(
    workspace: Workspace, client: Client, table: str, when: When
) -> None:
    workspace.sever(f"UPDATE {place(table)}", when)
    assert is_unknown(client.update(table, key_column="id", key_value=1, updates={"n": 10}))
    assert [row["n"] for row in client.read(table).rows] == ([10, 2] if when == "after" else [1, 2])


@pytest.mark.parametrize("when", WHENS)
def test_a_delete_that_is_lost_is_not_done_again(
    workspace: Workspace, client: Client, table: str, when: When
) -> None:
    workspace.sever(f"DELETE FROM {place(table)}", when)
    assert is_unknown(client.delete(table, key_column="id", key_value=1, soft=False))
    assert client.ids(table) == ([2] if when == "after" else [1, 2])


@pytest.mark.parametrize("when", WHENS)
def test_a_transaction_that_is_lost_at_its_end_may_have_been_done(
    workspace: Workspace, client: Client, table: str, when: When
) -> None:
    workspace.sever("COMMIT", when)
    assert is_unknown(update_at_most_one(client, table))
    assert [row["n"] for row in client.read(table).rows] == ([10, 2] if when == "after" else [1, 2])


@pytest.mark.parametrize("statement", ["BEGIN", "UPDATE"])
def test_a_transaction_that_is_lost_sooner_has_written_nothing(
    workspace: Workspace, client: Client, table: str, statement: str
) -> None:
    workspace.sever(statement)
    answer = update_at_most_one(client, table)
    assert unavailable(answer) and "nothing was written" in answer.body["message"]
    assert "outcome" not in answer.body["details"]
    assert [row["n"] for row in client.read(table).rows] == [1, 2]


def update_at_most_one(client: Client, table: str) -> Answer:
    """An update that is a transaction: it is undone if it meets more than one row."""
    condition = [{"column": "id", "op": "=", "value": 1}]
    return client.update(table, filters=condition, updates={"n": 10}, max_affected=1)


@pytest.mark.parametrize(("statement", "exists"), [("CREATE TABLE", False), ("COMMIT", True)])
def test_a_table_whose_making_is_lost_is_there_or_not(
    workspace: Workspace, client: Client, statement: str, exists: bool
) -> None:
    table = new_name()
    client.create(new_name(), COLUMNS)
    workspace.sever(statement)
    answer = client.define(table, columns_of(COLUMNS), ["id"])
    assert is_unknown(answer) if exists else unavailable(answer)
    assert client.get(client.path(table)).status == (200 if exists else 404)
    assert client.define(table, columns_of(COLUMNS), ["id"]).status == (200 if exists else 201)


def test_what_is_done_once_is_done_although_the_first_connection_is_lost(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    schema = new_name()
    workspace.sever("max_connections")
    folder = tmp_path_factory.mktemp("beginning")
    with gateway_on(workspace, folder, GATEWAY_SCHEMA=schema) as gateway:
        answer = Client(gateway).get(f"/api/v1/catalogs/{gateway.catalog}/schemas/{schema}/tables")
        assert answer.status == 200
        assert not workspace.statistics().severs
        assert "Traceback" not in gateway.log_tail()


def test_who_finds_all_connections_in_use_is_told_to_try_again(
    workspace: Workspace, client: Client, table: str
) -> None:
    slow = f"slow_{table}"
    workspace.sql(f'CREATE VIEW "{SCHEMA}".{slow} AS SELECT 1 AS id, pg_sleep(8)::text AS done')
    workspace.sql(f'GRANT SELECT ON "{SCHEMA}".{slow} TO PUBLIC')
    client.read(table)
    began = time.monotonic()
    answers = at_once(POOL_SIZE + 2, lambda _: client.read(slow))
    assert time.monotonic() - began < 30
    refused = [answer for answer in answers if answer.status != 200]
    assert len(refused) == 2 and all(map(unavailable, refused))
    assert client.ids(table) == [1, 2]


def test_the_master_has_no_connection_and_each_worker_its_own(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    port = int(workspace.environment("autoscaling")["PGPORT"])
    with gateway_on(workspace, tmp_path_factory.mktemp("forked"), workers=3) as gateway:
        client = Client(gateway)
        table = client.fill(new_name(), COLUMNS, [{"id": 1, "n": 1}])

        def all_connected() -> bool:
            assert client.ids(table) == [1]
            return all(open_connections(pid, port) for pid in gateway.workers())

        wait_until(all_connected)
        assert len(gateway.workers()) == 3
        assert open_connections(gateway.pid, port) == 0
