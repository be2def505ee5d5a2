"""POST /api/v1/records/update: every way to say which rows, and all of them or none."""

import pytest

from tests.client import Client, Row, columns_of

COLUMNS = {"id": "INT", "name": "STRING", "age": "INT", "city": "STRING"}
ROWS: list[Row] = [
    {"id": 1, "name": "Ada", "age": 36, "city": "London"},
    {"id": 2, "name": "Bob", "age": 41, "city": "London"},
    {"id": 3, "name": "Cid", "age": 41, "city": None},
]
OLDER = {"age": 99}
BY_ID = {"key_column": "id", "key_value": 1}


@pytest.fixture
def people(client: Client, table: str) -> str:
    """A table of three people."""
    return client.fill(table, COLUMNS, ROWS)


def stored(client: Client, table: str) -> list[Row]:
    return client.read(table, columns=list(COLUMNS)).rows


def ages(client: Client, table: str) -> list[int]:
    return [row["age"] for row in stored(client, table)]


def test_an_update_answers_with_its_count(client: Client, people: str) -> None:
    answer = client.update(people, **BY_ID, updates=OLDER)
    name = f"{client.catalog}.{client.schema}.{people}"
    assert (answer.status, answer.body) == (200, {"message": f"Updated 1 record(s) in {name}", "count": 1})


def test_an_update_sets_only_what_it_names(client: Client, people: str) -> None:
    client.update(people, **BY_ID, updates={"age": 37, "city": None})
    assert stored(client, people) == [{**ROWS[0], "age": 37, "city": None}, *ROWS[1:]]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"key_column": "id", "key_value": 2}, [36, 99, 41]),
        ({"key_column": "name", "key_value": "Cid"}, [36, 41, 99]),
        ({"key_column": "city", "key_value": "London"}, [99, 99, 41]),
        ({"key_column": "id", "key_values": [1, 3]}, [99, 41, 99]),
        ({"key_column": "id", "key_values": [1, 1, 7]}, [99, 41, 41]),
        ({"keys": {"name": "Bob", "age": 41}}, [36, 99, 41]),
        ({"keys": {"id": 1}}, [99, 41, 41]),
        ({"filters": [{"column": "age", "op": ">", "value": 40}]}, [36, 99, 99]),
        ({"filters": [{"or": [{"column": "id", "value": 1}, {"column": "city", "op": "IS NULL"}]}]},
         [99, 41, 99]),
    ],
)  # fmt: skip
def test_a_selector_means_its_rows(client: Client, people: str, selector: Row, expected: list[int]) -> None:
    answer = client.update(people, **selector, updates=OLDER)
    assert (answer.status, answer.body["count"], ages(client, people)) == (200, expected.count(99), expected)


@pytest.mark.parametrize(
    "selector",
    [
        {"key_column": "id", "key_value": 7},
        {"keys": {"name": "Ada", "age": 41}},
    ],
)
def test_one_key_that_matches_nothing_is_404(client: Client, people: str, selector: Row) -> None:
    answer = client.update(people, **selector, updates=OLDER)
    assert (answer.status, answer.error_type, stored(client, people)) == (404, "NotFound", ROWS)


@pytest.mark.parametrize(
    "selector",
    [
        {"key_column": "id", "key_values": [7, 8]},
        {"filters": [{"column": "age", "value": 7}]},
    ],
)
def test_other_selectors_that_match_nothing_count_none(client: Client, people: str, selector: Row) -> None:
    answer = client.update(people, **selector, updates=OLDER)
    assert (answer.status, answer.body["count"], stored(client, people)) == (200, 0, ROWS)


@pytest.mark.parametrize(
    "selector",
    [
        {},
        {"key_column": "id"},
        {"key_value": 1},
        {"key_values": [1]},
        {"filters": []},
        {"keys": {}},
        {"key_column": "id", "key_value": 1, "key_values": [1]},
        {"key_column": "id", "key_value": 1, "keys": {"id": 1}},
        {"key_column": "id", "key_value": 1, "filters": [{"column": "id", "value": 1}]},
        {"keys": {"id": 1}, "filters": [{"column": "id", "value": 1}]},
        {"key_column": "id", "keys": {"id": 1}},
        {"key_column": "shoe", "key_value": 1},
        {"keys": {"shoe": 1}},
        {"filters": [{"column": "shoe", "value": 1}]},
        {"key_column": "id", "key_value": "x"},
        {"key_column": "id", "key_value": None},
        {"key_column": "id", "key_values": [1, "x"]},
        {"key_column": "id", "key_values": [1, None]},
        {"keys": {"id": None}},
        {"keys": {"id": [1]}},
        {"key_column": "id", "bulk_updates": [{"key_value": 1, "updates": OLDER}]},
    ],
    ids=str,
)
def test_a_selector_that_cannot_be_meant_changes_nothing(client: Client, people: str, selector: Row) -> None:
    answer = client.update(people, **selector, updates=OLDER)
    assert (answer.status, answer.error_type, stored(client, people)) == (400, "Invalid", ROWS)


@pytest.mark.parametrize(
    ("updates", "places"),
    [
        ({"age": "old"}, [("updates", "age")]),
        ({"age": 1, "shoe": 44}, [("updates", "shoe")]),
        ({"age": 2**31, "name": 5}, [("updates", "age"), ("updates", "name")]),
        ({"id": None}, [("updates", "id")]),
        ({}, [("updates",)]),
    ],
)
def test_updates_that_cannot_be_meant_change_nothing(
    client: Client, people: str, updates: Row, places: list[tuple[str, ...]]
) -> None:
    answer = client.update(people, **BY_ID, updates=updates)
    assert (answer.status, sorted(answer.places), stored(client, people)) == (400, places, ROWS)


def test_a_column_that_may_not_be_null_cannot_be_set_to_null(client: Client, table: str) -> None:
    client.define(table, columns_of(COLUMNS, required=["name"]), ["id"])
    client.write(table, ROWS)
    answer = client.update(table, **BY_ID, updates={"name": None})
    assert (answer.status, answer.places, stored(client, table)) == (400, [("updates", "name")], ROWS)


def test_an_update_without_updates_is_refused(client: Client, people: str) -> None:
    answer = client.update(people, **BY_ID)
    assert (answer.status, answer.places[0][0]) == (400, "updates")


def test_a_key_can_be_changed(client: Client, people: str) -> None:
    client.update(people, **BY_ID, updates={"id": 10})
    assert client.ids(people) == [2, 3, 10]


def test_a_key_that_is_taken_changes_nothing(client: Client, people: str) -> None:
    answer = client.update(people, **BY_ID, updates={"id": 2, "age": 99})
    assert (answer.status, answer.error_type, stored(client, people)) == (409, "Conflict", ROWS)


def test_one_key_for_several_rows_changes_nothing(client: Client, people: str) -> None:
    answer = client.update(people, key_column="city", key_value="London", updates={"id": 9})
    assert (answer.status, stored(client, people)) == (409, ROWS)


def test_more_rows_than_allowed_change_nothing(client: Client, people: str) -> None:
    filters = [{"column": "age", "value": 41}]
    answer = client.update(people, filters=filters, updates=OLDER, max_affected=1)
    assert (answer.status, answer.error_type, stored(client, people)) == (409, "Conflict", ROWS)


def test_as_many_rows_as_allowed_are_changed(client: Client, people: str) -> None:
    filters = [{"column": "age", "value": 41}]
    answer = client.update(people, filters=filters, updates=OLDER, max_affected=2)
    assert (answer.status, ages(client, people)) == (200, [36, 99, 99])


def test_updating_a_table_that_is_not_there_is_404(client: Client, table: str) -> None:
    answer = client.update(table, **BY_ID, updates=OLDER)
    assert (answer.status, answer.error_type) == (404, "NotFound")


def bulk(client: Client, table: str, *changes: tuple[object, object], **fields: object) -> tuple[int, Row]:
    """The status and the body of a bulk update by `id`."""
    pairs = [{"key_value": key, "updates": updates} for key, updates in changes]
    answer = client.update(table, **{"key_column": "id", "bulk_updates": pairs, **fields})
    return answer.status, answer.body


def test_a_bulk_update_sets_of_each_row_what_it_names(client: Client, people: str) -> None:
    status, body = bulk(client, people, (1, {"age": 37}), (3, {"city": "Paris", "name": None}))
    assert (status, body["count"]) == (200, 2)
    assert stored(client, people) == [
        {**ROWS[0], "age": 37}, ROWS[1], {**ROWS[2], "city": "Paris", "name": None},
    ]  # fmt: skip


def test_a_bulk_update_tells_null_from_absent(client: Client, people: str) -> None:
    bulk(client, people, (1, {"age": None}), (2, {"city": None}))
    assert stored(client, people) == [{**ROWS[0], "age": None}, {**ROWS[1], "city": None}, ROWS[2]]


def test_a_bulk_update_may_go_by_a_column_that_is_not_the_key(client: Client, people: str) -> None:
    status, _ = bulk(client, people, ("Ada", {"age": 1}), ("Bob", {"age": 2}), key_column="name")
    assert (status, ages(client, people)) == (200, [1, 2, 41])


@pytest.mark.parametrize("changes", [[(1, OLDER), (7, OLDER)], [(1, OLDER), (7, {"name": "x"})]])
def test_a_bulk_update_does_not_count_keys_that_match_nothing(
    client: Client, people: str, changes: list[tuple[object, object]]
) -> None:
    status, body = bulk(client, people, *changes)
    assert (status, body["count"], ages(client, people)) == (200, 1, [99, 41, 41])


def test_a_bulk_update_that_matches_nothing_counts_none(client: Client, people: str) -> None:
    status, body = bulk(client, people, (7, OLDER), (8, OLDER))
    assert (status, body["count"]) == (200, 0)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ((2, {"age": "old"}), ("bulk_updates", 1, "updates", "age")),
        ((2, {"shoe": 44}), ("bulk_updates", 1, "updates", "shoe")),
        (("x", OLDER), ("bulk_updates", 1, "key_value")),
        ((None, OLDER), ("bulk_updates", 1, "key_value")),
        ((2, {"id": 7}), ("bulk_updates", 1, "updates", "id")),
    ],
)
def test_a_fault_in_one_bulk_update_changes_nothing(
    client: Client, people: str, change: tuple[object, object], place: tuple[object, ...]
) -> None:
    status, body = bulk(client, people, (1, OLDER), change)
    places = [tuple(fault["loc"]) for fault in body["details"]["errors"]]
    assert (status, places, stored(client, people)) == (400, [place], ROWS)


@pytest.mark.parametrize("change", [(2, {}), (2, None), (2, [1]), (1, OLDER), ([1], OLDER), ({}, OLDER)])
def test_a_bulk_update_that_cannot_be_meant_changes_nothing(
    client: Client, people: str, change: tuple[object, object]
) -> None:
    status, body = bulk(client, people, (1, OLDER), change)
    assert (status, body["details"]["type"], stored(client, people)) == (400, "Invalid", ROWS)


def test_a_bulk_update_of_more_rows_than_allowed_changes_nothing(client: Client, people: str) -> None:
    status, _ = bulk(client, people, (1, OLDER), (2, OLDER), max_affected=1)
    assert (status, stored(client, people)) == (409, ROWS)


def test_a_thousand_rows_are_updated_at_once(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": number, "age": 0} for number in range(1000)])
    bulk(client, table, *((number, {"age": number}) for number in range(1000)))
    assert [row["age"] for row in client.read(table, columns="age", limit=1000).rows] == list(range(1000))
