"""Filters: every operator, NULLs in three-valued logic, and what is refused."""

import pytest

from tests.client import Client, Row, new_name

COLUMNS = {
    "id": "INT", "name": "STRING", "age": "INT", "big": "BIGINT", "balance": "DECIMAL(38,18)",
    "score": "DOUBLE", "small": "FLOAT", "code": "CHAR(4)", "born": "DATE", "seen": "TIMESTAMP",
    "local": "TIMESTAMP_NTZ", "active": "BOOLEAN", "raw": "BINARY", "tags": "ARRAY<STRING>",
    "notes": "MAP<STRING,INT>", "home": "STRUCT<city:STRING>",
}  # fmt: skip
ROWS: list[Row] = [
    {"id": 1, "name": "Ada", "age": 36, "big": 2**63 - 1, "balance": "10", "score": 0.1, "small": 0.1,
     "code": "ab", "born": "1815-12-10", "seen": "2025-01-01T00:00:00Z", "local": "2025-01-01T00:00:00",
     "active": True, "raw": "AAEC", "tags": ["x"], "notes": {"a": 1}, "home": {"city": "London"}},
    {"id": 2, "name": "Bob", "age": 9, "big": -(2**63), "balance": "9", "score": "NaN", "small": "NaN",
     "code": "abcd", "born": "1915-01-01", "seen": "2025-01-01T00:00:00.5Z", "local": "2025-01-01T00:00:00.5",
     "active": False, "raw": "", "tags": [], "notes": {}, "home": {}},
    {"id": 3, "name": "\u00c9va 100%", "age": 10, "big": 2**53 + 1, "balance": "-10.5", "score": "Infinity",
     "small": 16777216, "code": "", "born": "2024-02-29", "seen": "2024-12-31T23:00:00Z",
     "local": "2024-12-31T23:00:00", "active": True, "raw": "/w=="},
    {"id": 4},
]  # fmt: skip


@pytest.fixture(scope="module")
def people(client: Client) -> str:
    """A table that these tests only read; its last row is all NULL."""
    return client.fill(new_name(), COLUMNS, ROWS)


@pytest.mark.parametrize(
    ("column", "op", "value", "ids"),
    [
        ("age", "=", 36, [1]),
        ("age", "!=", 36, [2, 3]),
        ("age", "<>", 36, [2, 3]),
        ("age", "<", 10, [2]),
        ("age", "<=", 10, [2, 3]),
        ("age", ">", 10, [1]),
        ("age", ">=", 10, [1, 3]),
        ("age", "IN", [9, 10], [2, 3]),
        ("age", "NOT IN", [9, 10], [1]),
        ("age", "BETWEEN", [9, 10], [2, 3]),
        ("age", "BETWEEN", [10, 9], []),
        ("name", "LIKE", "%b", [2]),
        ("name", "NOT LIKE", "%b", [1, 3]),
        ("name", "ILIKE", "a%", [1]),
        ("name", "NOT ILIKE", "a%", [2, 3]),
        ("name", "<", "B", [1]),
        ("name", ">", "Z", [3]),
        ("big", "=", 2**63 - 1, [1]),
        ("big", "=", 2**53, []),
        ("big", "<", -(2**63) + 1, [2]),
        ("big", "IN", [2**53 + 1, 2**53], [3]),
        ("balance", ">", "9", [1]),
        ("balance", "<", 9.5, [2, 3]),
        ("balance", "=", "10.000", [1]),
        ("balance", "BETWEEN", ["-11", "9"], [2, 3]),
        ("balance", ">", "9.999999999999999999", [1]),
        ("score", "=", 0.1, [1]),
        ("score", "=", "NaN", [2]),
        ("score", ">", 1e300, [2, 3]),
        ("score", ">", "Infinity", [2]),
        ("score", "<", "NaN", [1, 3]),
        ("score", "IN", ["NaN", 0.1], [1, 2]),
        ("small", "=", 0.1, [1]),
        ("small", "<=", 0.1, [1]),
        ("code", "=", "ab", [1]),
        ("code", "=", "", [3]),
        ("code", "IN", ["abcd", "ab"], [1, 2]),
        ("born", "<", "1900-01-01", [1]),
        ("born", "=", "2024-02-29", [3]),
        ("seen", "=", "2025-01-01T01:00:00+01:00", [1]),
        ("seen", ">", "2025-01-01T00:00:00", [2]),
        ("seen", "BETWEEN", ["2024-12-31T23:00:00Z", "2025-01-01T00:00:00.499999Z"], [1, 3]),
        ("local", ">=", "2025-01-01T00:00:00.000", [1, 2]),
        ("active", "=", True, [1, 3]),
        ("active", "!=", True, [2]),
        ("raw", "=", "AAEC", [1]),
        ("raw", "=", "", [2]),
        ("raw", "IN", ["/w==", "AAEC"], [1, 3]),
    ],
)
def test_an_operator_selects_what_it_says(
    client: Client, people: str, column: str, op: str, value: object, ids: list[int]
) -> None:
    assert client.ids(people, filters=[{"column": column, "op": op, "value": value}]) == ids


@pytest.mark.parametrize("column", [column for column in COLUMNS if column != "id"])
def test_every_type_can_be_asked_for_null(client: Client, people: str, column: str) -> None:
    nulls = client.ids(people, filters=[{"column": column, "op": "IS NULL"}])
    others = client.ids(people, filters=[{"column": column, "op": "IS NOT NULL"}])
    expected = [row["id"] for row in ROWS if column not in row]
    assert (nulls, others) == (expected, [row["id"] for row in ROWS if column in row])


def test_equality_is_the_default_operator(client: Client, people: str) -> None:
    assert client.ids(people, filters=[{"column": "age", "value": 36}]) == [1]


@pytest.mark.parametrize("op", ["not in", "Not In", "NOT IN"])
def test_an_operator_may_be_in_any_case(client: Client, people: str, op: str) -> None:
    assert client.ids(people, filters=[{"column": "age", "op": op, "value": [9]}]) == [1, 3]


def test_all_filters_hold(client: Client, people: str) -> None:
    filters = [{"column": "age", "op": ">", "value": 9}, {"column": "active", "value": True}]
    assert client.ids(people, filters=filters) == [1, 3]


AGE_IS_9 = {"column": "age", "value": 9}
AGE_IS_10 = {"column": "age", "value": 10}
ACTIVE = {"column": "active", "value": True}
NO_AGE = {"column": "age", "op": "IS NULL"}


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ({"or": [AGE_IS_9, AGE_IS_10]}, [2, 3]),
        ({"and": [ACTIVE, AGE_IS_10]}, [3]),
        ({"not": AGE_IS_9}, [1, 3]),
        ({"not": {"not": AGE_IS_9}}, [2]),
        ({"not": {"or": [AGE_IS_9, NO_AGE]}}, [1, 3]),
        ({"not": {"and": [AGE_IS_9, NO_AGE]}}, [1, 2, 3]),
        ({"or": [AGE_IS_9, {"and": [ACTIVE, {"not": AGE_IS_10}]}]}, [1, 2]),
        ({"or": [NO_AGE, AGE_IS_9]}, [2, 4]),
        ({"not": NO_AGE}, [1, 2, 3]),
        ({"not": {"column": "age", "op": "IN", "value": []}}, [1, 2, 3, 4]),
        ({"not": {"column": "age", "op": "NOT IN", "value": [9]}}, [2]),
        ({"not": {"column": "age", "op": "BETWEEN", "value": [9, 10]}}, [1]),
        ({"not": {"column": "name", "op": "LIKE", "value": "A%"}}, [2, 3]),
    ],
)
def test_conditions_combine_in_three_valued_logic(
    client: Client, people: str, condition: Row, ids: list[int]
) -> None:
    assert client.ids(people, filters=[condition]) == ids


@pytest.mark.parametrize(("op", "ids"), [("IN", []), ("NOT IN", [1, 2, 3, 4])])
def test_in_nothing_matches_nothing(client: Client, people: str, op: str, ids: list[int]) -> None:
    assert client.ids(people, filters=[{"column": "age", "op": op, "value": []}]) == ids


def test_in_takes_thousands_of_values(client: Client, people: str) -> None:
    many = [10, *range(1000, 5000)]
    assert client.ids(people, filters=[{"column": "age", "op": "IN", "value": many}]) == [3]


@pytest.mark.parametrize("op", ["=", "!=", "<>", "<", "<=", ">", ">=", "IN", "NOT IN", "BETWEEN"])
def test_a_nested_type_takes_only_is_null(client: Client, people: str, op: str) -> None:
    for column, value in (("tags", ["x"]), ("notes", {"a": 1}), ("home", {"city": "London"})):
        answer = client.read(people, filters=[{"column": column, "op": op, "value": value}])
        assert (answer.status, answer.places[0][:2]) == (400, ("filters", 0))


@pytest.mark.parametrize("op", ["=", "!=", "<>", "<", "<=", ">", ">=", "LIKE"])
def test_comparing_with_null_is_refused_and_names_is_null(client: Client, people: str, op: str) -> None:
    answer = client.read(people, filters=[{"column": "name", "op": op, "value": None}])
    assert (answer.status, answer.places[0][:2]) == (400, ("filters", 0))
    assert "IS NULL" in answer.body["details"]["errors"][0]["msg"]


def test_a_fault_deep_inside_is_named_by_its_place(client: Client, people: str) -> None:
    filters = [ACTIVE, {"or": [AGE_IS_9, {"not": {"column": "age", "value": "old"}}]}]
    answer = client.read(people, filters=filters)
    assert (answer.status, answer.places[0][:5]) == (400, ("filters", 1, "or", 1, "not"))


def test_each_fault_of_the_filters_is_listed(client: Client, people: str) -> None:
    filters = [{"column": "age", "value": "x"}, ACTIVE, {"column": "shoe", "value": 1}]
    answer = client.read(people, filters=filters)
    assert [place[:2] for place in answer.places] == [("filters", 0), ("filters", 2)]


BAD: list[Row] = [
    {"column": "shoe", "value": 1},
    {"column": "Age", "value": 1},
    {"column": "age"},
    {"value": 1},
    {"column": "age", "op": "LIKE", "value": "3%"},
    {"column": "age", "op": "==", "value": 1},
    {"column": "age", "op": "", "value": 1},
    {"column": "age", "op": "= 1 OR 1", "value": 1},
    {"column": "age", "op": "IN", "value": 9},
    {"column": "age", "op": "IN", "value": "9"},
    {"column": "age", "op": "IN", "value": [9, "x"]},
    {"column": "age", "op": "IN", "value": [9, None]},
    {"column": "age", "op": "BETWEEN", "value": [9]},
    {"column": "age", "op": "BETWEEN", "value": [9, 10, 11]},
    {"column": "age", "op": "BETWEEN", "value": 9},
    {"column": "age", "op": "BETWEEN", "value": [9, None]},
    {"column": "age", "value": 2**31},
    {"column": "age", "value": 1.5},
    {"column": "age", "value": [9]},
    {"column": "age", "value": {"x": 1}},
    {"column": "name", "value": 5},
    {"column": "name", "value": "a\u0000b"},
    {"column": "name", "op": "LIKE", "value": 5},
    {"column": "name", "op": "LIKE", "value": "a\\"},
    {"column": "active", "value": 1},
    {"column": "born", "value": "2023-02-29"},
    {"column": "seen", "value": "yesterday"},
    {"column": "local", "value": "2025-01-01T00:00:00Z"},
    {"column": "balance", "value": "ten"},
    {"column": "raw", "value": "not base64"},
    {"column": "age", "value": 9, "colour": "red"},
    {"and": [ACTIVE], "or": [ACTIVE]},
    {"and": [ACTIVE], "column": "age", "value": 9},
    {"and": ACTIVE},
    {"or": 1},
    {"not": [ACTIVE]},
    {"xor": [ACTIVE, ACTIVE]},
    {"not": None},
    {},
]


@pytest.mark.parametrize("condition", BAD, ids=str)
def test_a_condition_that_cannot_be_meant_is_refused(client: Client, people: str, condition: Row) -> None:
    answer = client.read(people, filters=[ACTIVE, condition])
    assert (answer.status, answer.error_type, answer.places[0][:2]) == (400, "Invalid", ("filters", 1))


def nested(depth: int) -> Row:
    """`age = 9` inside an even number of negations."""
    condition: Row = AGE_IS_9
    for _ in range(depth):
        condition = {"not": condition}
    return condition


def test_conditions_nest_to_the_limit(client: Client, people: str) -> None:
    assert client.ids(people, filters=[nested(14)]) == [2]


@pytest.mark.parametrize("depth", [17, 100, 900])
def test_conditions_nested_too_deep_are_refused(client: Client, people: str, depth: int) -> None:
    answer = client.read(people, filters=[nested(depth)])
    assert (answer.status, answer.places[0][0]) == (400, "filters")


def test_as_many_conditions_as_the_limit_are_taken(client: Client, people: str) -> None:
    assert client.ids(people, filters=[AGE_IS_9] * 200) == [2]


@pytest.mark.parametrize("filters", [[AGE_IS_9] * 201, [{"or": [AGE_IS_9] * 150}, {"or": [AGE_IS_9] * 150}]])
def test_too_many_conditions_are_refused(client: Client, people: str, filters: object) -> None:
    answer = client.read(people, filters=filters)
    assert (answer.status, answer.places[0][0]) == (400, "filters")
