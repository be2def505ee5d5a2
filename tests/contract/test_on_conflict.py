"""Writes that meet a key already there: `on_conflict`."""

import pytest

from tests.client import Client, Row

PEOPLE = {"id": "BIGINT", "name": "STRING", "age": "INT"}
ADA: Row = {"id": 1, "name": "Ada", "age": 36}
BOB: Row = {"id": 2, "name": "Bob", "age": 41}


def people(client: Client, table: str) -> list[Row]:
    return client.read(table, columns="id,name,age").rows


def test_update_sets_only_the_columns_that_the_row_brings(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [ADA])
    client.write(table, [{"id": 1, "age": 37}], on_conflict="update")
    assert people(client, table) == [{"id": 1, "name": "Ada", "age": 37}]


def test_update_sets_of_each_row_only_what_that_row_brings(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [ADA, BOB])
    client.write(table, [{"id": 1, "age": 37}, {"id": 2, "name": "Rob"}], on_conflict="update")
    assert people(client, table) == [{**ADA, "age": 37}, {**BOB, "name": "Rob"}]


def test_update_sets_a_null_that_the_row_brings(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [ADA, BOB])
    client.write(table, [{"id": 1, "age": None}, {"id": 2, "name": "Rob"}], on_conflict="update")
    assert people(client, table) == [{**ADA, "age": None}, {**BOB, "name": "Rob"}]


def test_update_counts_rows_inserted_and_updated(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [ADA])
    answer = client.write(table, [{"id": 1, "age": 37}, BOB], on_conflict="update")
    assert (answer.status, answer.body["count"]) == (201, 2)


def test_update_with_nothing_but_the_key_leaves_the_row(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [ADA])
    answer = client.write(table, [{"id": 1}], on_conflict="update")
    assert (answer.status, people(client, table)) == (201, [ADA])


def test_update_keeps_who_created_a_row_and_says_who_changed_it(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    client.write(table, [{**ADA, "created_by": "Charles"}])
    before = client.read(table).rows[0]
    client.write(table, [{"id": 1, "age": 37}], on_conflict="update")
    after = client.read(table).rows[0]
    assert (after["created_at"], after["created_by"]) == (before["created_at"], "Charles")
    assert (before["updated_at"], before["updated_by"]) == (None, None)
    assert after["updated_at"] > before["created_at"] and after["updated_by"] == "lakegate"


def test_update_fills_created_and_not_updated_of_a_row_that_is_new(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    client.write(table, [ADA], on_conflict="update")
    row = client.read(table).rows[0]
    assert row["created_at"] is not None and row["created_by"] == "lakegate"
    assert (row["updated_at"], row["updated_by"]) == (None, None)


def test_update_works_on_keys_of_several_columns(client: Client, table: str) -> None:
    client.create(table, {"a": "INT", "b": "INT", "v": "STRING"}, primary_key=("b", "a"))
    client.write(table, [{"a": 1, "b": 1, "v": "x"}, {"a": 1, "b": 2, "v": "y"}])
    client.write(table, [{"a": 1, "b": 2, "v": "z"}, {"a": 2, "b": 1, "v": "n"}], on_conflict="update")
    rows = client.read(table, columns="a,b,v", order_by=["a", "b"]).rows
    assert [tuple(row.values()) for row in rows] == [(1, 1, "x"), (1, 2, "z"), (2, 1, "n")]


def test_update_with_a_fault_changes_nothing(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [ADA])
    answer = client.write(table, [{"id": 1, "age": 99}, {"id": 2, "age": "x"}], on_conflict="update")
    assert (answer.status, people(client, table)) == (400, [ADA])


def test_update_with_one_key_twice_within_the_data_changes_nothing(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [ADA])
    answer = client.write(table, [{"id": 1, "age": 50}, {"id": 1, "age": 60}], on_conflict="update")
    assert (answer.status, answer.error_type, people(client, table)) == (409, "Conflict", [ADA])


def test_ignore_leaves_the_row_that_is_there(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [ADA])
    client.write(table, [{"id": 1, "name": "Ann"}, BOB], on_conflict="ignore")
    assert people(client, table) == [ADA, BOB]


def test_ignore_counts_rows_inserted(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [ADA])
    answer = client.write(table, [{"id": 1, "name": "Ann"}, BOB], on_conflict="ignore")
    assert (answer.status, answer.body["count"]) == (201, 1)


def test_ignore_with_nothing_new_counts_none(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [ADA])
    answer = client.write(table, [ADA], on_conflict="ignore")
    assert (answer.status, answer.body["count"]) == (201, 0)


def test_error_is_the_default(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [ADA])
    assert client.write(table, [ADA]).status == client.write(table, [ADA], on_conflict="error").status == 409


@pytest.mark.parametrize("on_conflict", ["update", "ignore"])
def test_a_table_without_a_key_takes_only_error(client: Client, table: str, on_conflict: str) -> None:
    client.create(table, PEOPLE, primary_key=())
    answer = client.write(table, [ADA], on_conflict=on_conflict)
    assert (answer.status, client.count(table)) == (400, 0)


def test_a_table_without_a_key_takes_equal_rows(client: Client, table: str) -> None:
    client.create(table, PEOPLE, primary_key=())
    client.write(table, [ADA, ADA])
    assert (client.write(table, [ADA], on_conflict="error").status, client.count(table)) == (201, 3)


@pytest.mark.parametrize("on_conflict", ["update", "ignore"])
def test_a_missing_column_that_may_not_be_null_is_refused_all_the_same(
    client: Client, table: str, on_conflict: str
) -> None:
    client.create(table, PEOPLE)
    answer = client.write(table, [{"name": "nobody"}], on_conflict=on_conflict)
    assert (answer.status, answer.places) == (400, [("data", 0, "id")])


def test_a_thousand_rows_are_updated_at_once(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [{"id": number, "age": 0} for number in range(500)])
    client.write(table, [{"id": number, "age": number} for number in range(1000)], on_conflict="update")
    rows = client.read(table, columns="age", limit=1000).rows
    assert [row["age"] for row in rows] == list(range(1000))
