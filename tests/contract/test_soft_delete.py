"""Rows that are marked as deleted: hidden, kept, and brought back."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.client import Client, Row

COLUMNS = {"id": "INT", "name": "STRING"}
BY_ID = {"key_column": "id", "key_value": 1}


@pytest.fixture
def people(client: Client, table: str) -> str:
    """A table of three people, of whom the first is soft-deleted."""
    client.fill(
        table, COLUMNS, [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}, {"id": 3, "name": "Cid"}]
    )
    assert client.delete(table, **BY_ID).status == 200
    return table


def test_a_delete_is_soft_by_default(client: Client, people: str) -> None:
    answer = client.delete(people, key_column="id", key_values=[2, 3])
    name = f"{client.catalog}.{client.schema}.{people}"
    assert answer.body == {"message": f"Soft deleted 2 record(s) in {name}", "count": 2}


def test_a_soft_deleted_row_is_hidden(client: Client, people: str) -> None:
    answer = client.read(people, include_total=True)
    assert ([row["id"] for row in answer.rows], answer.body["total"]) == ([2, 3], 2)


def test_a_soft_deleted_row_is_hidden_from_streams(client: Client, people: str) -> None:
    lines = client.stream(people, "application/x-ndjson", columns=["id"]).content.splitlines()
    assert len(lines) == 2


def test_a_soft_deleted_row_is_hidden_whatever_the_filters(client: Client, people: str) -> None:
    assert client.ids(
        people, filters=[{"or": [{"column": "id", "value": 1}, {"column": "id", "value": 2}]}]
    ) == [2]


def test_a_soft_deleted_row_is_shown_on_request(client: Client, people: str) -> None:
    answer = client.read(people, include_deleted=True, include_total=True)
    assert ([row["id"] for row in answer.rows], answer.body["total"]) == ([1, 2, 3], 3)


def test_deleted_at_is_the_time_of_the_delete(client: Client, people: str) -> None:
    rows = client.read(people, include_deleted=True).rows
    deleted_at = datetime.fromisoformat(rows[0]["deleted_at"])
    assert timedelta(0) <= datetime.now(UTC) - deleted_at < timedelta(minutes=1)
    assert [row["deleted_at"] for row in rows[1:]] == [None, None]


def test_the_deleted_can_be_asked_for(client: Client, people: str) -> None:
    filters = [{"column": "deleted_at", "op": "IS NOT NULL"}]
    assert client.ids(people, include_deleted=True, filters=filters) == [1]


def test_a_soft_deleted_row_holds_its_key(client: Client, people: str) -> None:
    answer = client.write(people, [{"id": 1, "name": "Ann"}])
    assert (answer.status, answer.error_type) == (409, "Conflict")


def test_a_soft_deleted_row_is_not_inserted_again_by_ignore(client: Client, people: str) -> None:
    answer = client.write(people, [{"id": 1, "name": "Ann"}], on_conflict="ignore")
    assert (answer.status, answer.body["count"], client.ids(people)) == (201, 0, [2, 3])


@pytest.mark.parametrize("soft", [True, False])
def test_a_soft_deleted_row_is_not_deleted_again(client: Client, people: str, soft: bool) -> None:
    answer = client.delete(people, **BY_ID, soft=soft)
    assert (answer.status, client.count(people)) == (404, 3)


@pytest.mark.parametrize(
    "selector",
    [
        {"key_column": "id", "key_values": [1, 2]},
        {"filters": [{"column": "id", "op": "<", "value": 3}]},
    ],
)
@pytest.mark.parametrize("soft", [True, False])
def test_a_soft_deleted_row_is_not_counted(client: Client, people: str, soft: bool, selector: Row) -> None:
    answer = client.delete(people, **selector, soft=soft, max_affected=1)
    assert (answer.status, answer.body["count"]) == (200, 1)


def test_a_soft_deleted_row_is_deleted_for_good_on_request(client: Client, people: str) -> None:
    answer = client.delete(people, **BY_ID, soft=False, include_deleted=True)
    assert (answer.status, client.ids(people, include_deleted=True)) == (200, [2, 3])


@pytest.mark.parametrize("selector", [BY_ID, {"keys": {"id": 1}}])
def test_a_soft_deleted_row_is_not_updated(client: Client, people: str, selector: Row) -> None:
    answer = client.update(people, **selector, updates={"name": "Ann"})
    assert (answer.status, answer.error_type) == (404, "NotFound")


def test_a_soft_deleted_row_is_not_updated_in_bulk(client: Client, people: str) -> None:
    changes = [{"key_value": 1, "updates": {"name": "x"}}, {"key_value": 2, "updates": {"name": "y"}}]
    answer = client.update(people, key_column="id", bulk_updates=changes)
    names = [row["name"] for row in client.read(people, include_deleted=True).rows]
    assert (answer.body["count"], names) == (1, ["Ada", "y", "Cid"])


def test_a_soft_deleted_row_is_updated_on_request(client: Client, people: str) -> None:
    client.update(people, **BY_ID, updates={"name": "Ann"}, include_deleted=True)
    row = client.read(people, include_deleted=True).rows[0]
    assert row["name"] == "Ann" and row["deleted_at"] is not None


def test_a_soft_deleted_row_is_brought_back_by_an_update(client: Client, people: str) -> None:
    answer = client.update(people, **BY_ID, updates={"deleted_at": None}, include_deleted=True)
    assert (answer.status, client.ids(people)) == (200, [1, 2, 3])


def test_a_soft_deleted_row_is_brought_back_in_bulk(client: Client, people: str) -> None:
    changes = [{"key_value": 1, "updates": {"deleted_at": None}}]
    client.update(people, key_column="id", bulk_updates=changes, include_deleted=True)
    assert client.ids(people) == [1, 2, 3]


def test_a_table_without_a_time_of_delete_has_no_soft_delete(client: Client, table: str) -> None:
    client.fill(table, {**COLUMNS, "deleted_at": "STRING"}, [{"id": 1}])
    answer = client.delete(table, **BY_ID)
    assert (answer.status, client.ids(table)) == (400, [1])
    assert "deleted_at" in answer.body["message"]


def test_a_table_without_a_time_of_delete_hides_nothing(client: Client, table: str) -> None:
    client.fill(table, {**COLUMNS, "deleted_at": "STRING"}, [{"id": 1, "deleted_at": "yes"}, {"id": 2}])
    assert client.ids(table) == [1, 2]


def test_an_update_on_conflict_does_not_bring_a_row_back(client: Client, people: str) -> None:
    client.write(people, [{"id": 1, "name": "Ann"}], on_conflict="update")
    assert (client.ids(people), client.read(people, include_deleted=True).rows[0]["name"]) == ([2, 3], "Ann")


def test_pages_skip_the_soft_deleted(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": number} for number in range(20)])
    client.delete(table, key_column="id", key_values=list(range(0, 20, 3)))
    pages = client.pages(table, columns=["id"], limit=4)
    assert [row["id"] for page in pages for row in page] == [number for number in range(20) if number % 3]
