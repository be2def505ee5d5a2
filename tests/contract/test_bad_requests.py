"""Requests with a wrong type at every place, and with fields that there are not."""

from typing import Any

import pytest

from tests.client import Answer, Client, Row, columns_of, new_name

COLUMNS = {"id": "INT", "name": "STRING"}
ROW = {"id": 1, "name": "Ada"}
CHANGE = {"key_column": "id", "key_value": 1, "updates": {"name": "x"}}
KILL = {"key_column": "id", "key_value": 1}
CREATE = {"auto_create": True, "schema_definition": columns_of(COLUMNS)}
TEXT: list[object] = [5, 1.5, True, [], ["x"], {}, {"x": 1}]
BOOL: list[object] = [0, 1, "true", "yes", "", [], {}]
WHOLE: list[object] = ["1", "x", "", 1.5, True, [], [1], {}]
ARRAY: list[object] = [5, True, "x", "", {}, {"x": 1}]

# verb, what the request has else, field, values of the wrong type, and the field with something wrong inside
WRONG: list[tuple[str, Row, str, list[object]]] = [
    ("read", {}, "table", TEXT),
    ("read", {}, "catalog", TEXT),
    ("read", {}, "schema", TEXT),
    ("read", {}, "columns", [5, True, {}, {"id": 1}, [5], [None], [["id"]], [{}], [True]]),
    ("read", {}, "filters", [*ARRAY, [5], ["id = 1"], [None], [[]], [True]]),
    ("read", {}, "filters", [[{"column": value, "value": 1}] for value in [*TEXT, None]]),
    ("read", {}, "filters", [[{"column": "id", "op": value, "value": 1}] for value in [*TEXT, None]]),
    ("read", {}, "filters", [[{"and": value}] for value in [*ARRAY, None, [5], [None], ["x"]]]),
    ("read", {}, "filters", [[{"or": value}] for value in [*ARRAY, None, [5], [None], ["x"]]]),
    ("read", {}, "filters", [[{"not": value}] for value in [5, True, "x", [], [{}], None, {}]]),
    ("read", {}, "order_by", [5, True, {}, [5], [None], [[]], [{}], [True]]),
    ("read", {}, "order_by", [[{"column": value}] for value in [*TEXT, None]]),
    ("read", {}, "order_by", [[{"column": "id", "direction": value}] for value in [*TEXT, "", "up"]]),
    ("read", {}, "order_by", [[{"direction": "asc"}], [{"column": "id", "nulls": "first"}]]),
    ("read", {}, "limit", WHOLE),
    ("read", {}, "offset", WHOLE),
    ("read", {}, "cursor", TEXT),
    ("read", {}, "include_total", BOOL),
    ("read", {}, "include_deleted", BOOL),
    ("write", {"data": [ROW]}, "table", TEXT),
    ("write", {}, "data", [5, True, "x", {}, ROW, None, '[{"id": 1}]']),
    ("write", {"data": [ROW]}, "on_conflict", [*TEXT, "", "replace", "UPDATE; DROP TABLE x"]),
    ("write", {"data": [ROW], **CREATE}, "auto_create", BOOL),
    ("write", {"data": [ROW], **CREATE}, "schema_definition",
     [*ARRAY, [], [5], ["id INT"], [None], [{}], [[]]]),
    ("write", {"data": [ROW], **CREATE}, "primary_key", [*ARRAY, [5], [None], [["id"]], ["shoe"]]),
    ("write", {"data": [ROW], **CREATE}, "schema_definition",
     [[{"name": value, "data_type": "INT"}] for value in [*TEXT, None]]),
    ("write", {"data": [ROW], **CREATE}, "schema_definition",
     [[{"name": "id", "data_type": value}] for value in [*TEXT, None]]),
    ("write", {"data": [ROW], **CREATE}, "schema_definition",
     [[{"name": "id", "data_type": "INT", "nullable": value}] for value in BOOL]),
    ("write", {"data": [ROW], **CREATE}, "schema_definition",
     [[{"name": "id", "data_type": "INT", "comment": value}] for value in TEXT]),
    ("update", CHANGE, "table", TEXT),
    ("update", CHANGE, "key_column", [*TEXT, "", "shoe"]),
    ("update", CHANGE, "key_value", [[], [1], {}, {"x": 1}, "x", 1.5, True]),
    ("update", CHANGE, "updates", [5, True, "x", [], [ROW], None]),
    ("update", CHANGE, "max_affected", WHOLE),
    ("update", CHANGE, "include_deleted", BOOL),
    ("update", {"key_column": "id", "updates": {"name": "x"}}, "key_values",
     [*ARRAY, [[]], [{}], ["x"], [None]]),
    ("update", {"updates": {"name": "x"}}, "keys", [5, True, "x", [], [ROW], {"id": []}, {"id": {}}]),
    ("update", {"updates": {"name": "x"}}, "filters", [*ARRAY, [5], [None], [{}]]),
    ("update", {"key_column": "id"}, "bulk_updates",
     [*ARRAY, [5], [None], ["x"], [{}], [{"key_value": 1}], [{"updates": {"name": "x"}}],
      [{"key_value": 1, "updates": {"name": "x"}, "more": 1}], [{"key_value": [], "updates": {"name": "x"}}],
      [{"key_value": 1, "updates": []}], [{"key_value": 1, "updates": 5}]]),
    ("delete", KILL, "table", TEXT),
    ("delete", KILL, "soft", BOOL),
    ("delete", KILL, "key_value", [[], {}, "x", True]),
    ("delete", KILL, "max_affected", WHOLE),
    ("delete", KILL, "include_deleted", BOOL),
]  # fmt: skip


@pytest.fixture(scope="module")
def people(client: Client) -> str:
    """A table that no refused request may change."""
    return client.fill(new_name(), COLUMNS, [ROW])


def is_refused(answer: Answer, field: str) -> bool:
    places = answer.body["details"].get("errors", [{"loc": [None]}])
    return (answer.status, answer.error_type) == (400, "Invalid") and places[0]["loc"][:1] == [field]


@pytest.mark.parametrize(("verb", "others", "field", "values"), WRONG)
def test_a_value_of_the_wrong_type_is_refused_where_it_stands(
    client: Client, people: str, verb: str, others: Row, field: str, values: list[object]
) -> None:
    accepted = []
    for value in values:
        body = {"table": people, **others, field: value}
        answer = client.post(f"/api/v1/records/{verb}", body)
        if not is_refused(answer, field):
            accepted.append((value, answer.status, answer.content))
    assert accepted == []
    assert client.read(people, columns=["id", "name"], include_deleted=True).rows == [ROW]


REQUESTS: dict[str, Row] = {"read": {}, "write": {"data": [ROW]}, "update": CHANGE, "delete": KILL}


@pytest.mark.parametrize("verb", REQUESTS)
@pytest.mark.parametrize(
    "field", ["nonsense", "Table", "limits", "", "__class__", "where", "\u00e9", "a\u0000b"]
)
def test_a_field_that_there_is_not_is_refused(client: Client, people: str, verb: str, field: str) -> None:
    answer = client.post(f"/api/v1/records/{verb}", {"table": people, **REQUESTS[verb], field: 1})
    assert is_refused(answer, field), answer
    assert client.ids(people, include_deleted=True) == [1]


@pytest.mark.parametrize("verb", REQUESTS)
def test_a_request_names_its_table(client: Client, verb: str) -> None:
    assert is_refused(client.post(f"/api/v1/records/{verb}", REQUESTS[verb]), "table")


@pytest.mark.parametrize("verb", REQUESTS)
@pytest.mark.parametrize("field", ["table", "catalog", "schema"])
@pytest.mark.parametrize("name", ["", "a\u0000b", "a\nb", "\u007f", "\u0085", "a" * 256, "\t"])
def test_a_name_that_cannot_be_is_refused(
    client: Client, people: str, verb: str, field: str, name: str
) -> None:
    answer = client.post(f"/api/v1/records/{verb}", {"table": people, **REQUESTS[verb], field: name})
    assert is_refused(answer, field), answer


def test_a_write_needs_data(client: Client, people: str) -> None:
    assert is_refused(client.post("/api/v1/records/write", {"table": people}), "data")


def test_a_bound_below_nothing_is_refused(client: Client, people: str) -> None:
    assert is_refused(client.update(people, **CHANGE, max_affected=-1), "max_affected")


@pytest.mark.parametrize("body", [5, True, "x", None, [], [{}], [{"table": "x"}]])
@pytest.mark.parametrize("verb", REQUESTS)
def test_a_request_is_an_object(client: Client, verb: str, body: Any) -> None:
    answer = client.post(f"/api/v1/records/{verb}", body)
    assert (answer.status, answer.error_type) == (400, "Invalid")
