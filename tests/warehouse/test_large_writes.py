"""Writes larger than one statement's values: all or nothing, and nothing is left behind."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.client import Answer, Client, Row, new_name
from tests.gateway_process import Gateway
from tests.waiting import unavailable, wait_until
from tests.warehouse.gateways import (
    CATALOG,
    COLUMNS,
    SCHEMA,
    full,
    gateway_on,
    left_behind,
    outcome_is_unknown,
    sent,
    stored,
    writes,
)
from tests.workspace.handle import Workspace
from tests.workspace.warehouse.faults import Lost

MEBIBYTE = 1024 * 1024
ROWS = 3000  # of 1.4 KB each: five slices
TEXTS = {"id": "INT", "n": "INT", "text": "STRING"}
SLICE = r"ExecuteStatement INSERT INTO \S*lakegate_staging"


def long_rows(first: int = 1, count: int = ROWS) -> list[Row]:
    """Rows of 1.4 KB each, as JSON."""
    return [{"id": number, "n": number, "text": "é'\\\n" * 200} for number in range(first, first + count)]


@pytest.fixture
def table(client: Client, workspace: Workspace) -> str:
    """A table of one row; what made it is not counted."""
    name = client.fill(new_name(), TEXTS, [{"id": 0, "n": 0, "text": ""}])
    workspace.forget()
    return name


def test_rows_beyond_a_mebibyte_go_through_a_table_that_is_dropped(
    workspace: Workspace, client: Client, table: str
) -> None:
    rows = long_rows()
    assert client.write(table, rows).body["count"] == ROWS
    assert client.read(table, filters=[{"column": "id", "value": 1234}], columns=list(TEXTS)).rows == [
        rows[1233]
    ]
    assert stored(workspace, table) == ROWS + 1
    assert len(sent(workspace, "^INSERT INTO .*lakegate_staging")) > 2
    assert len(writes(workspace, table)) == 1
    assert left_behind(workspace) == []
    assert all(len(each.text) < MEBIBYTE for each in workspace.statements())


def test_the_table_in_between_is_not_listed(workspace: Workspace, client: Client, table: str) -> None:
    workspace.warehouse.slow(rf"ExecuteStatement MERGE INTO .*{table}", 3)
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(client.write, table, long_rows())
        wait_until(lambda: left_behind(workspace))
        listed = client.get(client.path()).body["tables"]
        assert writing.result().status == 201
    assert table in str(listed) and "lakegate" not in str(listed)
    assert left_behind(workspace) == []


@pytest.mark.parametrize(
    "bad", [{"id": 0}, {"id": ROWS}, {"id": ROWS + 9, "n": -1}], ids=["there", "twice", "check"]
)
def test_one_row_that_is_refused_in_the_last_slice_refuses_all(
    workspace: Workspace, client: Client, table: str, bad: Row
) -> None:
    workspace.warehouse.sql(f"ALTER TABLE {full(table)} ADD CONSTRAINT positive CHECK (n >= 0)")
    answer = client.write(table, [*long_rows(), {"n": 1, "text": "", **bad}])
    assert (answer.status, answer.error_type) == (409, "Conflict")
    assert stored(workspace, table) == 1
    assert left_behind(workspace) == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["CREATE TABLE", "INSERT INTO"])
def test_a_connection_lost_in_between_writes_nothing_and_says_so(
    workspace: Workspace, client: Client, table: str, when: Lost, what: str
) -> None:
    workspace.warehouse.drop(rf"ExecuteStatement {what} \S*lakegate_staging", when)
    answer = client.write(table, long_rows())
    assert unavailable(answer) and not outcome_is_unknown(answer)
    assert "nothing was written" in answer.body["message"]
    assert stored(workspace, table) == 1
    assert writes(workspace, table) == []
    wait_until(lambda: left_behind(workspace) == [])


@pytest.mark.parametrize(("when", "count"), [("before", 1), ("after", ROWS + 1)])
def test_a_connection_lost_at_the_end_leaves_the_outcome_unknown(
    workspace: Workspace, client: Client, table: str, when: Lost, count: int
) -> None:
    workspace.warehouse.drop("ExecuteStatement MERGE", when)
    answer = client.write(table, long_rows())
    assert unavailable(answer) and outcome_is_unknown(answer)
    wait_until(lambda: stored(workspace, table) == count)
    assert len(writes(workspace, table)) == (when == "after")


def test_sessions_forgotten_in_between_are_opened_anew(
    workspace: Workspace, client: Client, table: str
) -> None:
    workspace.warehouse.delay(SLICE, 1)
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(client.write, table, long_rows())
        wait_until(lambda: left_behind(workspace))
        workspace.warehouse.end_sessions()
        assert writing.result().status == 201
    assert (stored(workspace, table), len(writes(workspace, table))) == (ROWS + 1, 1)
    assert left_behind(workspace) == []


def test_large_upserts_and_bulk_updates_change_what_they_mean(
    workspace: Workspace, client: Client, table: str
) -> None:
    assert client.write(table, long_rows(1, 1500)).status == 201
    again = [{**row, "n": 7} for row in long_rows(1, 2000)]
    assert client.write(table, again, on_conflict="ignore").body["count"] == 500
    assert client.write(table, again, on_conflict="update").body["count"] == 2000
    sevens = f"SELECT count(*) FROM {full(table)} WHERE n = 7"
    assert workspace.warehouse.sql(sevens) == [[2000]]
    bulk = [{"key_value": row["id"], "updates": {"n": 8, "text": row["text"]}} for row in again[:1999]]
    assert client.update(table, key_column="id", bulk_updates=bulk).body["count"] == 1999
    assert workspace.warehouse.sql(sevens) == [[1]]
    refused = client.update(table, key_column="id", bulk_updates=bulk, max_affected=1998)
    assert (refused.status, refused.error_type) == (409, "Conflict")
    assert left_behind(workspace) == []


def test_rows_that_bring_different_columns_keep_what_they_do_not_bring(
    workspace: Workspace, client: Client, table: str
) -> None:
    assert client.write(table, long_rows(1, 1500)).status == 201
    ragged: list[Row] = [
        {"id": n, "n": -n} if n % 2 else {"id": n, "text": "y" * 1000} for n in range(1, 2500)
    ]
    assert client.write(table, ragged, on_conflict="update").body["count"] == 2499
    texts = "SELECT count(*) FROM {} WHERE id <= 1500 AND text = {}"
    assert workspace.warehouse.sql(texts.format(full(table), f"'{'y' * 1000}'")) == [[750]]
    assert workspace.warehouse.sql(f"SELECT count(*) FROM {full(table)} WHERE n < 0") == [[1250]]


def test_one_row_larger_than_a_mebibyte_is_written(workspace: Workspace, client: Client, table: str) -> None:
    text = "it's \\ 'ü?\n" + "x" * MEBIBYTE
    assert client.write(table, [{"id": 1, "n": 1, "text": text}]).status == 201
    [row] = client.read(table, filters=[{"column": "id", "value": 1}], columns=["text"]).rows
    assert row["text"] == text
    assert left_behind(workspace) == []


def test_a_filter_and_a_change_larger_than_a_mebibyte(
    workspace: Workspace, client: Client, table: str
) -> None:
    text = "it's \\ 'ü?\n" + "x" * MEBIBYTE
    which = [{"column": "id", "value": 0}]
    assert client.update(table, filters=which, updates={"text": text}).body["count"] == 1
    assert client.ids(table, filters=[{"column": "text", "value": text}]) == [0]
    assert client.ids(table, filters=[{"column": "text", "value": text + "x"}]) == []
    more = [{"column": "text", "value": text}]
    assert client.update(table, filters=more, updates={"n": 3}, max_affected=1).body["count"] == 1
    assert client.delete(table, filters=more, soft=False).body["count"] == 1


def test_more_than_255_values_in_one_condition(workspace: Workspace, client: Client, table: str) -> None:
    client.write(table, [{"id": number, "n": number, "text": f"'{number}?"} for number in range(1, 400)])
    each = [{"column": "text", "op": "BETWEEN", "value": [f"'{n}?", f"'{n}?"]} for n in range(1, 190)]
    answer = client.read(table, filters=[{"or": each}], columns=["id"], limit=1000)
    assert [row["id"] for row in answer.rows] == list(range(1, 190))
    assert client.delete(table, filters=[{"or": each[:150]}], soft=False).body["count"] == 150
    listed = [{"column": "id", "op": "IN", "value": list(range(0, 400, 2))}]
    assert client.update(table, filters=listed, updates={"n": -1}).body["count"] == 125


def test_a_hundred_thousand_rows_in_one_body(workspace: Workspace, client: Client) -> None:
    table = client.create(new_name(), COLUMNS)
    rows = [{"id": number, "n": number} for number in range(100_000)]
    assert client.write(table, rows).body["count"] == 100_000
    assert stored(workspace, table) == 100_000
    assert client.write(table, [*rows[1:], {"id": 5, "n": 0}]).status == 409
    assert stored(workspace, table) == 100_000
    assert left_behind(workspace) == []


@pytest.fixture(scope="module")
def volume(lasting_workspace: Workspace) -> str:
    """A volume that the gateway may write to."""
    workspace = lasting_workspace
    workspace.warehouse.sql(f"CREATE SCHEMA IF NOT EXISTS {CATALOG}.{SCHEMA}")
    workspace.warehouse.sql(f"CREATE VOLUME {CATALOG}.{SCHEMA}.staging")
    return f"/Volumes/{CATALOG}/{SCHEMA}/staging"


@pytest.fixture(scope="module")
def copying(
    lasting_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory, volume: str
) -> Iterator[Gateway]:
    """A gateway that puts large writes into a volume."""
    settings = {"GATEWAY_STAGING_VOLUME": volume, "GATEWAY_STAGING_THRESHOLD_BYTES": 2 * MEBIBYTE}
    with gateway_on(lasting_workspace, tmp_path_factory.mktemp("copying"), **settings) as running:
        yield running


def files(workspace: Workspace, volume: str) -> list[list[object]]:
    """What is in a volume."""
    return workspace.warehouse.sql(f"LIST '{volume}'")


def test_rows_beyond_the_threshold_go_through_the_volume(
    workspace: Workspace, copying: Gateway, volume: str
) -> None:
    client = Client(copying)
    table = client.create(new_name(), TEXTS)
    rows = long_rows()
    assert client.write(table, rows).body["count"] == ROWS
    assert client.read(table, filters=[{"column": "id", "value": 7}], columns=list(TEXTS)).rows == [rows[6]]
    assert (stored(workspace, table), len(sent(workspace, "^COPY INTO"))) == (ROWS, 1)
    assert sent(workspace, "^INSERT INTO .*lakegate_staging") == []
    below = long_rows(ROWS + 1, 1000)  # beyond a statement, below the threshold
    assert client.write(table, below).status == 201
    assert len(sent(workspace, "^COPY INTO")) == 1
    assert (left_behind(workspace), files(workspace, volume)) == ([], [])


def test_a_refused_row_leaves_nothing_in_the_volume(
    workspace: Workspace, copying: Gateway, volume: str
) -> None:
    client = Client(copying)
    table = client.create(new_name(), TEXTS)
    answer = client.write(table, [*long_rows(), {"id": 1, "n": 0, "text": ""}])
    assert (answer.status, stored(workspace, table)) == (409, 0)
    assert (left_behind(workspace), files(workspace, volume)) == ([], [])


def asks(workspace: Workspace) -> dict[str, Callable[[], None]]:
    """What goes wrong on the way through a volume."""
    return {
        "PUT": lambda: workspace.warehouse.drop("ExecuteStatement PUT"),
        "upload": lambda: workspace.fail("PUT /", 500, times=None),
        "COPY INTO": lambda: workspace.warehouse.drop("ExecuteStatement COPY INTO", "after"),
    }


@pytest.mark.parametrize("what", ["PUT", "upload", "COPY INTO"])
def test_what_goes_wrong_on_the_way_through_the_volume_writes_nothing_and_says_so(
    workspace: Workspace, copying: Gateway, volume: str, what: str
) -> None:
    client = Client(copying)
    table = client.create(new_name(), TEXTS)
    asks(workspace)[what]()
    answer: Answer = client.write(table, long_rows())
    assert answer.status in (502, 503) and not outcome_is_unknown(answer), answer
    assert stored(workspace, table) == 0
    workspace.mend()
    assert (left_behind(workspace), files(workspace, volume)) == ([], [])
    assert client.write(table, long_rows()).status == 201
