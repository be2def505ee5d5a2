"""POST /api/v1/records/read: columns, order, limits and totals of one page."""

import pytest

from tests.client import Client, Row, exact

PEOPLE = {"id": "INT", "name": "STRING", "age": "INT", "tags": "ARRAY<STRING>"}
ROWS: list[Row] = [
    {"id": 1, "name": "Cid", "age": 30, "tags": ["x"]},
    {"id": 2, "name": "Ada", "age": None, "tags": None},
    {"id": 3, "name": None, "age": 30, "tags": []},
    {"id": 4, "name": "Bob", "age": 20, "tags": None},
]


@pytest.fixture
def people(client: Client, table: str) -> str:
    """A table of four people."""
    return client.fill(table, PEOPLE, ROWS)


def test_an_answer_has_rows_and_what_is_known_of_the_others(client: Client, people: str) -> None:
    answer = client.read(people, columns="id", limit=4)
    assert (answer.status, answer.body) == (200, {
        "data": [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}],
        "count": 4, "total": None, "next_cursor": None,
    })  # fmt: skip


def test_an_empty_table_has_no_rows(client: Client, table: str) -> None:
    client.create(table, PEOPLE)
    answer = client.read(table, include_total=True)
    assert answer.body == {"data": [], "count": 0, "total": 0, "next_cursor": None}


@pytest.mark.parametrize("fields", [{}, {"columns": "*"}])
def test_all_columns_come_in_table_order(client: Client, people: str, fields: Row) -> None:
    audit = ["created_at", "created_by", "updated_at", "updated_by", "deleted_at"]
    assert list(client.read(people, **fields).rows[0]) == [*PEOPLE, *audit]


@pytest.mark.parametrize("columns", ["age,id,name", ["age", "id", "name"]])
def test_columns_come_in_the_order_asked_for(client: Client, people: str, columns: object) -> None:
    row = client.read(people, columns=columns, limit=1).rows[0]
    assert list(row.items()) == [("age", 30), ("id", 1), ("name", "Cid")]


@pytest.mark.parametrize("columns", ["id,shoe", ["id", "shoe"], "id;name", "Name", ['id"'], ["id,name"]])
def test_an_unknown_column_is_refused(client: Client, people: str, columns: object) -> None:
    answer = client.read(people, columns=columns)
    assert (answer.status, answer.error_type, answer.places[0][0]) == (400, "Invalid", "columns")


def test_rows_come_in_the_order_of_the_key_by_default(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [{"id": number} for number in (10, 9, -1, 100)])
    assert client.ids(table) == [-1, 9, 10, 100]


def test_a_key_of_several_columns_orders_by_them_in_turn(client: Client, table: str) -> None:
    client.create(table, {"a": "INT", "b": "STRING"}, primary_key=("b", "a"))
    client.write(table, [{"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 1, "b": "x"}])
    assert [tuple(row.values()) for row in client.read(table, columns="b,a").rows] == [
        ("x", 1), ("x", 2), ("y", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("order_by", "ids"),
    [
        (["name"], [2, 4, 1, 3]),
        (["-name"], [3, 1, 4, 2]),
        (["age", "name"], [4, 1, 3, 2]),
        (["-age", "-id"], [2, 3, 1, 4]),
        (["age"], [4, 1, 3, 2]),
        (["-age"], [2, 1, 3, 4]),
        ([{"column": "name"}], [2, 4, 1, 3]),
        ([{"column": "name", "direction": "asc"}], [2, 4, 1, 3]),
        ([{"column": "age", "direction": "desc"}, {"column": "id", "direction": "desc"}], [2, 3, 1, 4]),
        (["-age", {"column": "name", "direction": "asc"}], [2, 1, 3, 4]),
    ],
)
def test_rows_come_in_the_order_asked_for(
    client: Client, people: str, order_by: object, ids: list[int]
) -> None:
    assert client.ids(people, order_by=order_by) == ids


@pytest.mark.parametrize(
    "order_by",
    [["shoe"], ["--name"], ["name desc"], ["name", "-shoe"], [{"column": "shoe"}], ["+name"], ["-"], [""]],
)
def test_ordering_by_an_unknown_column_is_refused(client: Client, people: str, order_by: object) -> None:
    answer = client.read(people, order_by=order_by)
    assert (answer.status, answer.places[0][0]) == (400, "order_by")


def test_ordering_by_a_nested_type_is_refused(client: Client, people: str) -> None:
    answer = client.read(people, order_by=["tags"])
    assert (answer.status, answer.places[0][:2]) == (400, ("order_by", 0))


@pytest.mark.parametrize("asked", [{"columns": ["id", "id"]}, {"order_by": ["id", "-id"]}])
def test_a_column_named_twice_is_refused(client: Client, people: str, asked: Row) -> None:
    answer = client.read(people, **asked)
    assert (answer.status, answer.places[0][0]) == (400, *asked)


def test_spaces_around_the_names_of_columns_mean_nothing(client: Client, people: str) -> None:
    assert list(client.read(people, columns="id, name").rows[0]) == ["id", "name"]


def test_an_unknown_direction_is_refused(client: Client, people: str) -> None:
    answer = client.read(people, order_by=[{"column": "id", "direction": "sideways"}])
    assert (answer.status, answer.places[0][:2]) == (400, ("order_by", 0))


def test_the_limit_is_a_hundred_by_default(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [{"id": number} for number in range(150)])
    assert client.read(table).body["count"] == 100


def test_the_limit_is_at_most_a_thousand(client: Client, table: str) -> None:
    client.fill(table, PEOPLE, [{"id": number} for number in range(1200)])
    assert client.read(table, limit=1000).body["count"] == 1000


@pytest.mark.parametrize("limit", [0, -1, 1001, 10**30])
def test_a_limit_out_of_bounds_is_refused(client: Client, people: str, limit: int) -> None:
    answer = client.read(people, limit=limit)
    assert (answer.status, answer.places) == (400, [("limit",)])


@pytest.mark.parametrize("offset", [-1, 10**30])
def test_an_offset_out_of_bounds_is_refused(client: Client, people: str, offset: int) -> None:
    answer = client.read(people, offset=offset)
    assert (answer.status, answer.places) == (400, [("offset",)])


def test_an_offset_skips_rows(client: Client, people: str) -> None:
    assert client.ids(people, offset=1, limit=2) == [2, 3]


def test_an_offset_beyond_the_end_gives_no_rows(client: Client, people: str) -> None:
    answer = client.read(people, offset=4, include_total=True)
    assert (answer.rows, answer.body["total"], answer.body["next_cursor"]) == ([], 4, None)


def test_the_total_counts_all_matching_rows(client: Client, people: str) -> None:
    filters = [{"column": "age", "value": 30}]
    answer = client.read(people, filters=filters, limit=1, include_total=True)
    assert (answer.body["count"], answer.body["total"]) == (1, 2)


def test_the_total_is_the_same_on_every_page(client: Client, people: str) -> None:
    first = client.read(people, limit=2, include_total=True).body
    second = client.read(people, limit=2, include_total=True, cursor=first["next_cursor"]).body
    assert (first["total"], second["total"], second["count"]) == (4, 4, 2)


def test_reading_a_table_that_is_not_there_is_404(client: Client, table: str) -> None:
    answer = client.read(table)
    assert (answer.status, answer.error_type) == (404, "NotFound")


@pytest.mark.parametrize("place", ["catalog", "schema"])
def test_reading_in_a_place_that_is_not_there_is_404(client: Client, people: str, place: str) -> None:
    answer = client.read(people, **{place: "nowhere"})
    assert (answer.status, answer.error_type) == (404, "NotFound")


def test_a_dot_in_a_table_name_does_not_name_a_schema(client: Client, table: str) -> None:
    schema = "s" + table
    client.write(
        table, [{"id": 1}], schema=schema, auto_create=True,
        schema_definition=[{"name": "id", "data_type": "INT"}],
    )  # fmt: skip
    assert client.read(table, schema=schema).status == 200
    assert client.read(f"{schema}.{table}").status == 404


def test_an_answer_is_json_in_utf8_without_nan(client: Client, table: str) -> None:
    client.fill(
        table, {"id": "INT", "d": "DOUBLE", "s": "STRING"}, [{"id": 1, "d": "NaN", "s": "\u00e9\U0001d11e"}]
    )
    answer = client.read(table, columns="d,s")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert exact(answer.content.decode())["data"] == [{"d": "NaN", "s": "\u00e9\U0001d11e"}]


def test_a_column_may_be_called_like_a_word_of_sql(client: Client, table: str) -> None:
    words = {
        "id": "INT",
        "select": "INT",
        "order": "STRING",
        "group": "BOOLEAN",
        "rowid": "STRING",
        "data": "INT",
    }
    row = {"id": 1, "select": 2, "order": "x", "group": True, "rowid": "r", "data": 3}
    client.fill(table, words, [row])
    asked = client.read(
        table, columns=list(words), order_by=["-order"], filters=[{"column": "select", "value": 2}]
    )
    assert asked.rows == [row]


def test_a_column_may_be_called_like_a_part_of_the_request(client: Client, table: str) -> None:
    words = {
        "id": "INT",
        "value": "STRING",
        "key": "STRING",
        "and": "INT",
        "updates": "INT",
        "rows": "INT",
        "x": "INT",
    }
    row = {"id": 1, "value": "v", "key": "k", "and": 1, "updates": 2, "rows": 3, "x": 4}
    client.fill(table, words, [row])
    client.update(table, key_column="key", key_value="k", updates={"value": "w", "updates": 5})
    assert client.read(table, columns=list(words)).rows == [{**row, "value": "w", "updates": 5}]
