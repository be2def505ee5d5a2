"""POST /api/v1/records/write: all rows or none."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.client import Answer, Client, Row, columns_of

PEOPLE = {"id": "BIGINT", "name": "STRING", "age": "INT"}
ADA = {"id": 1, "name": "Ada", "age": 36}
BOB = {"id": 2, "name": "Bob", "age": 41}


def test_a_row_written_can_be_read(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    client.write(table, [ADA])
    assert client.read(table, columns="id,name,age").rows == [ADA]


def test_a_write_answers_201_with_its_count(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    answer = client.write(table, [ADA, BOB])
    name = f"{client.catalog}.{client.schema}.{table}"
    assert (answer.status, answer.body) == (201, {"message": f"Inserted 2 record(s) into {name}", "count": 2})


def test_catalog_and_schema_may_be_named(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    client.write(table, [ADA], catalog=client.catalog, schema=client.schema)
    assert client.ids(table, catalog=client.catalog, schema=client.schema) == [1]


def test_rows_may_have_different_keys(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    client.write(table, [{"id": 1, "name": "Ada"}, {"age": 41, "id": 2}, {"id": 3}])
    assert client.read(table, columns="id,name,age").rows == [
        {"id": 1, "name": "Ada", "age": None},
        {"id": 2, "name": None, "age": 41},
        {"id": 3, "name": None, "age": None},
    ]


def test_null_is_null(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    client.write(table, [{"id": 1, "name": None, "age": None}])
    assert client.read(table, columns="name,age").rows == [{"name": None, "age": None}]


def test_a_row_without_any_key_is_all_defaults(client: Client, table: str) -> None:
    client.create(table, {"name": "STRING"}, primary_key=())
    client.write(table, [{}, {"name": "Ada"}])
    rows = client.read(table, columns="name").rows
    assert sorted(rows, key=str) == [{"name": "Ada"}, {"name": None}]


def test_a_thousand_rows_are_written_at_once(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    client.write(table, [{"id": number} for number in range(1000)])
    assert client.ids(table) == list(range(1000))


def test_as_many_rows_as_the_limit_allows_are_written_at_once(client: Client, table: str) -> None:
    client.create(table, {"id": "INT"})
    answer = client.write(table, [{"id": number} for number in range(100_000)])
    assert (answer.status, answer.body["count"], client.count(table)) == (201, 100_000, 100_000)


def test_more_rows_than_the_limit_are_refused(client: Client, table: str) -> None:
    client.create(table, {"id": "INT"})
    answer = client.write(table, [{"id": number} for number in range(100_001)])
    assert (answer.status, client.count(table)) == (400, 0)


def test_one_bad_row_among_a_thousand_writes_none(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    rows: list[object] = [{"id": number, "age": number} for number in range(1000)]
    rows[777] = {"id": 777, "age": "old"}
    answer = client.write(table, rows)
    assert (answer.status, answer.places, client.count(table)) == (400, [("data", 777, "age")], 0)


def test_one_duplicate_among_a_thousand_writes_none(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [{"id": 777, "name": "first"}])
    answer = client.write(table, [{"id": number} for number in range(1000)])
    assert (answer.status, answer.error_type, client.count(table)) == (409, "Conflict", 1)


def test_a_duplicate_within_the_data_writes_none(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    answer = client.write(table, [ADA, BOB, {"id": 1, "name": "Ann"}])
    assert (answer.status, answer.error_type, client.count(table)) == (409, "Conflict", 0)


def test_keys_of_several_columns_are_told_apart(client: Client, table: str) -> None:
    client.create(table, {"a": "INT", "b": "STRING"}, primary_key=("a", "b"))
    client.write(table, [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}])
    assert client.write(table, [{"a": 3, "b": "x"}, {"a": 1, "b": "y"}]).status == 409
    assert client.count(table) == 3


@pytest.mark.parametrize(
    ("type_", "first", "second"),
    [
        ("DECIMAL(5,2)", "1.5", "1.50"),
        ("TIMESTAMP", "2025-12-06T10:30:00Z", "2025-12-06T11:30:00.000+01:00"),
        ("TIMESTAMP_NTZ", "2025-12-06T10:30:00", "2025-12-06T10:30:00.000"),
        ("CHAR(3)", "a", "a  "),
        ("DOUBLE", 0, -0.0),
        ("DOUBLE", "NaN", "NaN"),
        ("BINARY", "AAEC", "AAEC"),
    ],
)
def test_one_value_spelled_twice_is_one_key(
    client: Client, table: str, type_: str, first: object, second: object
) -> None:
    client.create(table, {"id": type_})
    client.write(table, [{"id": first}])
    assert (client.write(table, [{"id": second}]).status, client.count(table)) == (409, 1)


@pytest.mark.parametrize(("first", "second"), [("a", "A"), ("a", "a "), ("\u00e9", "e\u0301"), ("", " ")])
def test_texts_that_differ_are_different_keys(client: Client, table: str, first: str, second: str) -> None:
    client.create(table, {"id": "STRING"})
    client.write(table, [{"id": first}, {"id": second}])
    assert client.ids(table) == sorted([first, second])


def test_every_missing_column_that_may_not_be_null_is_listed(client: Client, table: str) -> None:
    client.define(table, columns_of({"id": "INT", "a": "INT", "b": "INT"}, required=("a", "b")), ["id"])
    answer = client.write(table, [{"id": 1, "a": 1, "b": 1}, {"id": 2, "a": 1}, {"a": None, "id": 3, "b": 1}])
    assert (answer.status, answer.error_type) == (400, "Invalid")
    assert sorted(answer.places) == [("data", 1, "b"), ("data", 2, "a")]


def test_a_row_without_its_key_is_refused(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    answer = client.write(table, [ADA, {"name": "nobody"}])
    assert (answer.status, answer.places, client.count(table)) == (400, [("data", 1, "id")], 0)


def test_an_unknown_column_is_refused_where_it_stands(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    answer = client.write(table, [ADA, {**BOB, "shoe": 44}])
    assert (answer.status, answer.places, client.count(table)) == (400, [("data", 1, "shoe")], 0)


def test_column_names_are_told_apart_by_case(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    answer = client.write(table, [{"id": 1, "Name": "Ada"}])
    assert (answer.status, answer.places) == (400, [("data", 0, "Name")])


def test_each_fault_of_each_row_is_listed(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    answer = client.write(table, [{"id": "x", "age": 1.5}, ADA, {"id": 3, "shoe": 1, "name": 5}])
    assert sorted(answer.places) == [
        ("data", 0, "age"), ("data", 0, "id"), ("data", 2, "name"), ("data", 2, "shoe"),
    ]  # fmt: skip


def test_at_most_a_hundred_faults_are_listed(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    answer = client.write(table, [{"id": "x"}] * 250)
    assert (answer.status, len(answer.places)) == (400, 100)


@pytest.mark.parametrize("row", [1, "x", None, True, [], [{"id": 1}]])
def test_a_row_is_an_object(client: Client, table: str, row: object) -> None:
    client.create(table, PEOPLE)
    answer = client.write(table, [ADA, row])
    assert (answer.status, answer.places, client.count(table)) == (400, [("data", 1)], 0)


def test_data_has_at_least_one_row(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    answer = client.write(table, [])
    assert (answer.status, answer.places) == (400, [("data",)])


def test_writing_to_a_table_that_is_not_there_is_404(client: Client, table: str) -> None:
    answer = client.write(table, [ADA])
    assert (answer.status, answer.error_type) == (404, "NotFound")


def test_of_several_writers_of_one_key_exactly_one_succeeds(client: Client, table: str) -> None:
    client.create(table, PEOPLE)

    def write(caller: int) -> Answer:
        return Client(client.gateway).write(table, [{"id": 7, "age": caller}])

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(answer.status for answer in pool.map(write, range(6)))
    assert (statuses, client.count(table)) == ([201, 409, 409, 409, 409, 409], 1)


def test_many_writers_at_once_all_succeed(client: Client, table: str) -> None:
    client.create(table, PEOPLE)

    def write(caller: int) -> int:
        rows = [{"id": caller * 100 + number} for number in range(100)]
        return Client(client.gateway).write(table, rows).status

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(write, range(24)))
    assert (statuses, client.count(table)) == ({201}, 2400)


def test_a_row_may_bring_nothing(client: Client, table: str) -> None:
    client.create(table, {"id": "INT", "name": "STRING"}, primary_key=[])
    bodies: list[list[Row]] = [[{}], [{}, {"id": 1}, {}]]
    written = [client.write(table, rows).body["count"] for rows in bodies]
    found = client.read(table, columns=["id", "name"], order_by=["-id"]).rows
    assert written == [1, 3]
    assert found == [{"id": None, "name": None}] * 3 + [{"id": 1, "name": None}]
