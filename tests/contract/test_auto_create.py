"""Writes that create what is missing: `auto_create`."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.client import Answer, Client, Row, columns_of, new_name

DEFINITION = columns_of({"id": "BIGINT", "name": "STRING", "balance": "DECIMAL(10,2)"}, required=("name",))
ADA: Row = {"id": 1, "name": "Ada", "balance": 5}


def write(client: Client, table: str, rows: list[Row], **fields: object) -> Answer:
    asked = {"schema_definition": DEFINITION, "primary_key": ["id"], **fields}
    return client.write(table, rows, auto_create=True, **asked)


def columns(client: Client, table: str) -> dict[str, str]:
    return {column["name"]: column["data_type"] for column in client.get(client.path(table)).body["columns"]}


def test_a_missing_table_is_created_and_written(client: Client, table: str) -> None:
    answer = write(client, table, [ADA])
    assert (answer.status, answer.body["count"], client.ids(table)) == (201, 1, [1])


def test_a_created_table_has_the_columns_of_its_definition_and_the_audit_columns(
    client: Client, table: str
) -> None:
    write(client, table, [ADA])
    assert list(columns(client, table).items()) == [
        ("id", "BIGINT"),
        ("name", "STRING"),
        ("balance", "DECIMAL(10,2)"),
        ("created_at", "TIMESTAMP"),
        ("created_by", "STRING"),
        ("updated_at", "TIMESTAMP"),
        ("updated_by", "STRING"),
        ("deleted_at", "TIMESTAMP"),
    ]


def test_a_created_table_gets_only_the_audit_columns_it_lacks(client: Client, table: str) -> None:
    definition = columns_of({"id": "INT", "deleted_at": "TIMESTAMP", "created_by": "VARCHAR(50)"})
    write(client, table, [{"id": 1}], schema_definition=definition)
    found = columns(client, table)
    assert len(found) == 6 and found["created_by"] == "VARCHAR(50)"


def test_a_created_table_has_its_primary_key(client: Client, table: str) -> None:
    write(client, table, [ADA])
    assert write(client, table, [ADA]).status == 409


def test_a_table_that_exists_is_only_written(client: Client, table: str) -> None:
    write(client, table, [ADA])
    write(client, table, [{**ADA, "id": 2}])
    assert client.ids(table) == [1, 2]


def test_a_table_that_exists_may_have_more_columns_than_the_definition(client: Client, table: str) -> None:
    write(client, table, [ADA])
    answer = write(client, table, [{**ADA, "id": 2}], schema_definition=DEFINITION[:2])
    assert answer.status == 201


def test_data_types_are_compared_by_meaning(client: Client, table: str) -> None:
    write(client, table, [ADA])
    definition = [DEFINITION[0], {"name": "balance", "data_type": "decimal( 10 , 2 )"}]
    assert write(client, table, [{**ADA, "id": 2}], schema_definition=definition).status == 201


@pytest.mark.parametrize(
    ("name", "difference"),
    [
        ("balance", {"name": "balance", "data_type": "DECIMAL(12,2)"}),
        ("name", {"name": "name", "data_type": "STRING", "nullable": True}),
        ("shoe", {"name": "shoe", "data_type": "INT"}),
    ],
)
def test_a_table_that_differs_is_a_conflict_that_names_the_difference(
    client: Client, table: str, name: str, difference: Row
) -> None:
    write(client, table, [ADA])
    answer = write(client, table, [{"id": 2, "name": "Bob"}], schema_definition=[DEFINITION[0], difference])
    assert (answer.status, answer.error_type, client.count(table)) == (409, "Conflict", 1)
    assert name in answer.content.decode()


def test_every_difference_is_listed(client: Client, table: str) -> None:
    write(client, table, [ADA])
    definition = columns_of({"id": "BIGINT", "balance": "DOUBLE", "shoe": "INT", "hat": "INT"})
    answer = write(client, table, [{"id": 2}], schema_definition=definition)
    said = answer.content.decode()
    assert (answer.status, [name in said for name in ("balance", "shoe", "hat")]) == (409, [True] * 3)


def test_rows_are_checked_against_the_table_that_exists(client: Client, table: str) -> None:
    write(client, table, [ADA])
    answer = write(
        client, table, [{"id": 2, "name": "Bob", "balance": "x"}], schema_definition=DEFINITION[:1]
    )
    assert (answer.status, answer.places) == (400, [("data", 0, "balance")])


def test_a_missing_schema_is_created(client: Client, table: str) -> None:
    schema = new_name()
    assert write(client, table, [ADA], schema=schema).status == 201
    assert client.ids(table, schema=schema) == [1]


def test_a_missing_catalog_is_created(client: Client, table: str) -> None:
    catalog, schema = new_name(), new_name()
    assert write(client, table, [ADA], catalog=catalog, schema=schema).status == 201
    assert client.ids(table, catalog=catalog, schema=schema) == [1]


def test_tables_of_one_name_in_two_schemas_are_two_tables(client: Client, table: str) -> None:
    schema = new_name()
    write(client, table, [ADA])
    write(client, table, [{**ADA, "id": 2}], schema=schema)
    assert (client.ids(table), client.ids(table, schema=schema)) == ([1], [2])


def test_without_auto_create_nothing_is_created(client: Client, table: str) -> None:
    answer = client.write(table, [ADA], auto_create=False)
    assert (answer.status, client.get(client.path(table)).status) == (404, 404)


def test_auto_create_needs_a_definition(client: Client, table: str) -> None:
    answer = client.write(table, [ADA], auto_create=True)
    assert (answer.status, answer.places) == (400, [("schema_definition",)])


def test_a_bad_row_is_refused_and_a_good_one_is_written_after_it(client: Client, table: str) -> None:
    refused = write(client, table, [{"id": "x", "name": "Ada"}])
    assert (refused.status, refused.places) == (400, [("data", 0, "id")])
    assert (write(client, table, [ADA]).status, client.ids(table)) == (201, [1])


@pytest.mark.parametrize(
    "name", ["1abc", "a-b", "a b", "a.b", 'a"b', "\u00e9t\u00e9", "a'b", "a`b", "t;", "$a"]
)
@pytest.mark.parametrize("place", ["table", "schema", "catalog"])
def test_a_new_name_is_plain(client: Client, table: str, place: str, name: str) -> None:
    names = {"table": table, "schema": client.schema, "catalog": client.catalog, place: name}
    answer = write(client, rows=[ADA], **names)
    assert (answer.status, answer.error_type) == (400, "Invalid")


@pytest.mark.parametrize("name", ["1abc", "a-b", "a b", "a.b", 'a"b', "\u00e9t\u00e9", "a'b", "", "a\u0000b"])
def test_a_new_column_has_a_plain_name(client: Client, table: str, name: str) -> None:
    definition = [*DEFINITION, {"name": name, "data_type": "INT"}]
    answer = write(client, table, [ADA], schema_definition=definition)
    assert (answer.status, answer.places[0][:2]) == (400, ("schema_definition", 3))


def test_callers_who_create_one_table_at_once_all_succeed(client: Client, table: str) -> None:
    start = Barrier(6)

    def create(caller: int) -> int:
        own = Client(client.gateway)
        start.wait()
        return write(own, table, [{**ADA, "id": caller}]).status

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(create, range(6)))
    assert (statuses, client.ids(table)) == ([201] * 6, list(range(6)))


def test_callers_who_create_one_schema_and_catalog_at_once_all_succeed(client: Client) -> None:
    start = Barrier(4)
    catalog, schema = new_name(), new_name()

    def create(caller: int) -> int:
        own = Client(client.gateway)
        start.wait()
        return write(own, f"t{caller}", [ADA], catalog=catalog, schema=schema).status

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(create, range(4))) == [201] * 4
