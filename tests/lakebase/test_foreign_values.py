"""Values that only Postgres has are refused by their column's name, and text is told apart by code point."""

import pytest

from tests.client import Client
from tests.lakebase.others import COLLATIONS, Others

# what is declared, and what SQL puts there that no value of the nearest type is; and how it is shown
WRONG: list[tuple[str, str, str]] = [
    ("date", "'infinity'", "infinity"),
    ("date", "'-infinity'", "-infinity"),
    ("date", "'0044-03-15 BC'", "0044-03-15 BC"),
    ("date", "'10000-01-01'", "10000-01-01"),
    ("timestamp", "'infinity'", "infinity"),
    ("timestamp", "'10000-01-01'", "10000-01-01 00:00:00"),
    ("timestamp", "'0001-12-31 BC'", "0001-12-31 00:00:00 BC"),
    ("timestamptz", "'-infinity'", "-infinity"),
    ("timestamptz", "'9999-12-31 23:59:59-01'", "10000-01-01 00:59:59+00"),
    ("numeric", "'NaN'", "NaN"),
    ("numeric", "'-Infinity'", "-Infinity"),
    ("numeric", "0.123456789012345678901234567890", "0.123456789012345678901234567890"),
    ("numeric", "1e20", "100000000000000000000"),
    ("numeric(50,2)", "'NaN'", "NaN"),
    ("numeric(50,2)", "1e36", "1000000000000000000000000000000000000.00"),
    ("numeric(50,45)", "1e-40", "0.000000000000000000000000000000000000000100000"),
    ("numeric(10,2)", "'NaN'", "NaN"),
    ("integer[]", "'{{1,2},{3,4}}'", "{{1,2},{3,4}}"),
    ("text[]", "'{{a},{b}}'", "{{a},{b}}"),
    ("double precision[]", "'{{1}}'", "{{1}}"),
    ("date[]", "'{NULL,infinity}'", "{NULL,infinity}"),
    ("timestamp[]", "'{0001-12-31 BC}'", '{"0001-12-31 00:00:00 BC"}'),
    ("timestamptz[]", "'{2025-01-01,10000-01-01}'", '{"2025-01-01 00:00:00+00","10000-01-01 00:00:00+00"}'),
    ("numeric(10,2)[]", "'{1,NaN}'", "{1.00,NaN}"),
]  # fmt: skip
TEXTS = ["", "-", "A", "Z", "_", "a", "a b", "ab", "z", "\u00e4", "\u00e9", "\U0001d11e"]  # by code point


@pytest.mark.parametrize(("declared", "value", "shown"), WRONG)
def test_a_value_that_its_type_cannot_hold_is_refused_by_the_columns_name(
    client: Client, others: Others, table: str, declared: str, value: str, shown: str
) -> None:
    others.run(f'CREATE TABLE {table} (id integer PRIMARY KEY, "ODD % one" {declared})')
    others.run(f"INSERT INTO {table} VALUES (1, {value}), (2, NULL)")
    type_ = client.get(client.path(table)).body["columns"][1]["data_type"]
    streams = [client.stream(table, accept) for accept in ("application/x-ndjson", "text/csv")]
    for answer in [client.read(table), *streams]:
        assert (answer.status, answer.error_type) == (400, "Unsupported"), answer
        words = f'column "ODD % one" holds a value that its type {type_} cannot: {shown}'
        assert answer.body["message"] == words


@pytest.mark.parametrize(("declared", "value"), [wrong[:2] for wrong in WRONG])
def test_other_columns_and_rows_can_be_read_beside_such_a_value(
    client: Client, others: Others, table: str, declared: str, value: str
) -> None:
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, c {declared})")
    others.run(f"INSERT INTO {table} VALUES (1, {value}), (2, NULL)")
    assert client.ids(table) == [1, 2]
    assert client.read(table, filters=[{"column": "id", "value": 2}]).rows == [{"id": 2, "c": None}]
    assert client.update(table, key_column="id", key_value=1, updates={"c": None}).status == 200
    assert client.read(table).rows == [{"id": 1, "c": None}, {"id": 2, "c": None}]


@pytest.mark.parametrize("declared", ["numeric(10,2)", "numeric", "date"])
def test_a_page_that_is_ordered_by_such_a_value_unseen_gives_no_cursor_that_is_none(
    client: Client, others: Others, table: str, declared: str
) -> None:
    value = "infinity" if declared == "date" else "NaN"
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, c {declared})")
    others.run(f"INSERT INTO {table} VALUES (1, '{value}'), (2, NULL)")
    answer = client.read(table, columns=["id"], order_by=["c"], limit=1)
    assert (answer.status, answer.error_type, 'column "c"' in answer.body["message"]) == (
        400, "Unsupported", True,
    )  # fmt: skip


def test_numbers_that_are_no_decimals_may_be_no_numbers(client: Client, others: Others, table: str) -> None:
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, f real, s text, d numeric(4,1))")
    others.run(f"INSERT INTO {table} VALUES (1, 'NaN', 'NaN', 1)")
    assert client.read(table).rows == [{"id": 1, "f": "NaN", "s": "NaN", "d": 1.0}]


@pytest.mark.parametrize("column", ["text", "varchar(5)", "char(5)"])
@pytest.mark.parametrize("collation", ['"default"', '"C"', *COLLATIONS])
def test_text_is_sorted_and_paged_by_code_point_whatever_its_collation(
    client: Client, others: Others, table: str, collation: str, column: str
) -> None:
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, c {column} COLLATE {collation})")
    rows = [{"id": at, "c": text} for at, text in enumerate(TEXTS)]
    assert client.write(table, rows[::-1]).status == 201
    for order, expected in (("c", rows), ("-c", rows[::-1])):
        pages = client.pages(table, order_by=[order], limit=5)
        assert [row for page in pages for row in page] == expected


@pytest.mark.parametrize("column", ["text", "char(5)"])
@pytest.mark.parametrize("collation", ['"default"', '"C"', *COLLATIONS])
def test_text_is_found_by_code_point_whatever_its_collation(
    client: Client, others: Others, table: str, collation: str, column: str
) -> None:
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, c {column} COLLATE {collation})")
    client.write(table, [{"id": at, "c": text} for at, text in enumerate(TEXTS)])
    for op, value, found in [
        ("=", "a", [5]),
        ("!=", "a", [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]),
        ("IN", ["a", "Z"], [3, 5]),
        ("<", "a", [0, 1, 2, 3, 4]),
        ("BETWEEN", ["Z", "a"], [3, 4, 5]),
        ("LIKE", "a%", [5, 6, 7]),
        ("NOT LIKE", "_%", [0]),
        ("ILIKE", "A%", [2, 5, 6, 7]),
        ("ILIKE", "\u00c4", [9]),
    ]:
        assert client.ids(table, filters=[{"column": "c", "op": op, "value": value}]) == found, (op, value)
    assert client.update(table, key_column="c", key_value="A", updates={"id": 99}).body["count"] == 1
    bulk = [{"key_value": "a", "updates": {"id": 98}}]
    assert client.update(table, key_column="c", bulk_updates=bulk).body["count"] == 1


def test_a_key_that_others_compare_in_any_case_conflicts_as_they_see_it(
    client: Client, others: Others, table: str
) -> None:
    others.run(f"CREATE TABLE {table} (k text COLLATE any_case PRIMARY KEY, n integer)")
    ((alike,),) = others.ask("SELECT 'a' = 'A' COLLATE any_case")
    assert client.write(table, [{"k": "a", "n": 1}]).status == 201
    assert client.write(table, [{"k": "A"}]).status == (409 if alike else 201)
    assert client.write(table, [{"k": "A", "n": 2}], on_conflict="update").status == 201
    assert client.read(table).rows == ([] if alike else [{"k": "A", "n": 2}]) + [
        {"k": "a", "n": 2 if alike else 1}
    ]
    answer = client.write(table, [{"k": "b"}, {"k": "B"}], on_conflict="update")
    assert (answer.status, client.count(table)) == ((409, 1) if alike else (201, 4))


@pytest.mark.parametrize("collation", ['"default"', '"C"', "utf8", "worldwide"])
def test_a_text_that_is_looked_for_is_found_by_its_index(
    client: Client, others: Others, table: str, collation: str
) -> None:
    others.run(f"CREATE TABLE {table} (id text COLLATE {collation} PRIMARY KEY)")
    others.run(f"INSERT INTO {table} SELECT 'key ' || n FROM generate_series(1, 20000) n; ANALYZE {table}")

    def look() -> None:
        for op, value in (("=", "key 5"), ("IN", ["key 5", "key 77"])):
            assert client.ids(table, filters=[{"column": "id", "op": op, "value": value}])

    by_rows, by_index = others.scans(table, look)
    assert (by_rows, by_index > 0) == (0, True)
