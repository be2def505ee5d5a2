"""POST /api/v1/records/delete, hard; `soft` is in test_soft_delete."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.client import Client, Row

COLUMNS = {"id": "INT", "name": "STRING", "age": "INT"}
ROWS: list[Row] = [
    {"id": 1, "name": "Ada", "age": 36},
    {"id": 2, "name": "Bob", "age": 41},
    {"id": 3, "name": "Cid", "age": 41},
]


@pytest.fixture
def people(client: Client, table: str) -> str:
    """A table of three people."""
    return client.fill(table, COLUMNS, ROWS)


def test_a_delete_answers_with_its_count(client: Client, people: str) -> None:
    answer = client.delete(people, key_column="id", key_value=1, soft=False)
    name = f"{client.catalog}.{client.schema}.{people}"
    assert (answer.status, answer.body) == (200, {"message": f"Deleted 1 record(s) in {name}", "count": 1})


def test_a_deleted_row_is_gone(client: Client, people: str) -> None:
    client.delete(people, key_column="id", key_value=1, soft=False)
    assert client.ids(people, include_deleted=True) == [2, 3]


def test_the_key_of_a_deleted_row_is_free(client: Client, people: str) -> None:
    client.delete(people, key_column="id", key_value=1, soft=False)
    assert client.write(people, [ROWS[0]]).status == 201


@pytest.mark.parametrize("soft", [True, False])
@pytest.mark.parametrize(
    ("selector", "left"),
    [
        ({"key_column": "id", "key_value": 2}, [1, 3]),
        ({"key_column": "age", "key_value": 41}, [1]),
        ({"key_column": "id", "key_values": [1, 3, 7]}, [2]),
        ({"key_column": "id", "key_values": [8]}, [1, 2, 3]),
        ({"keys": {"name": "Bob", "age": 41}}, [1, 3]),
        ({"filters": [{"column": "age", "op": ">", "value": 40}]}, [1]),
        ({"filters": [{"column": "age", "op": ">", "value": 50}]}, [1, 2, 3]),
    ],
)
def test_a_selector_means_its_rows(
    client: Client, people: str, soft: bool, selector: Row, left: list[int]
) -> None:
    answer = client.delete(people, **selector, soft=soft)
    assert (answer.status, answer.body["count"], client.ids(people)) == (200, 3 - len(left), left)


@pytest.mark.parametrize("soft", [True, False])
@pytest.mark.parametrize(
    "selector", [{"key_column": "id", "key_value": 7}, {"keys": {"name": "Ada", "age": 41}}]
)
def test_one_key_that_matches_nothing_is_404(client: Client, people: str, soft: bool, selector: Row) -> None:
    answer = client.delete(people, **selector, soft=soft)
    assert (answer.status, answer.error_type, client.ids(people)) == (404, "NotFound", [1, 2, 3])


@pytest.mark.parametrize("soft", [True, False])
@pytest.mark.parametrize(
    "selector",
    [
        {},
        {"key_column": "id"},
        {"key_value": 1},
        {"filters": []},
        {"keys": {}},
        {"key_column": "id", "key_value": 1, "key_values": [1]},
        {"key_column": "id", "key_value": 1, "filters": [{"column": "id", "value": 1}]},
        {"key_column": "shoe", "key_value": 1},
        {"key_column": "id", "key_value": "1 OR 1=1"},
        {"key_column": "id", "key_value": None},
        {"key_column": "id", "bulk_updates": [{"key_value": 1, "updates": {}}]},
        {"key_column": "id", "key_value": 1, "updates": {"age": 1}},
    ],
    ids=str,
)
def test_a_selector_that_cannot_be_meant_deletes_nothing(
    client: Client, people: str, soft: bool, selector: Row
) -> None:
    answer = client.delete(people, **selector, soft=soft)
    assert (answer.status, answer.error_type, client.ids(people)) == (400, "Invalid", [1, 2, 3])


@pytest.mark.parametrize("soft", [True, False])
def test_more_rows_than_allowed_delete_nothing(client: Client, people: str, soft: bool) -> None:
    filters = [{"column": "age", "value": 41}]
    answer = client.delete(people, filters=filters, soft=soft, max_affected=1)
    assert (answer.status, answer.error_type, client.ids(people)) == (409, "Conflict", [1, 2, 3])


@pytest.mark.parametrize("soft", [True, False])
def test_as_many_rows_as_allowed_are_deleted(client: Client, people: str, soft: bool) -> None:
    filters = [{"column": "age", "value": 41}]
    answer = client.delete(people, filters=filters, soft=soft, max_affected=2)
    assert (answer.status, client.ids(people)) == (200, [1])


def test_deleting_from_a_table_that_is_not_there_is_404(client: Client, table: str) -> None:
    answer = client.delete(table, key_column="id", key_value=1, soft=False)
    assert (answer.status, answer.error_type) == (404, "NotFound")


@pytest.mark.parametrize("soft", [True, False])
def test_of_several_callers_exactly_one_deletes_a_row(client: Client, people: str, soft: bool) -> None:
    def delete(_: int) -> int:
        return Client(client.gateway).delete(people, key_column="id", key_value=1, soft=soft).status

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(delete, range(4))) == [200, 404, 404, 404]
