"""Columns as other programs declare them: each is read as the nearest type, its values canonical."""

import sqlite3
from contextlib import closing

import pytest

from tests.app_client import AppClient
from tests.sqlite.conftest import Others

# what is declared, what SQL puts there, the type it is read as, the JSON it is read as
KEPT: list[tuple[str, str, str, str]] = [
    ("INTEGER", "5", "BIGINT", "5"),
    ("INT", "-9223372036854775808", "BIGINT", "-9223372036854775808"),
    ("UNSIGNED BIG INT", "5", "BIGINT", "5"),
    ("smallint", "5.0", "BIGINT", "5"),
    ("BOOLEAN", "1", "BOOLEAN", "true"),
    ("bool", "'false'", "BOOLEAN", "false"),
    ("VARCHAR(30)", "'x '", "VARCHAR(30)", '"x "'),
    ("VARCHAR(3)", "'longer than declared'", "VARCHAR(3)", '"longer than declared"'),
    ("varchar", "'x'", "STRING", '"x"'),
    ("NVARCHAR (5)", "'x'", "VARCHAR(5)", '"x"'),
    ("character varying(5)", "'x'", "VARCHAR(5)", '"x"'),
    ("CHAR(32)", "'x'", "STRING", '"x"'),
    ("TEXT", "'it''s \u00e9 \U0001d11e'", "STRING", '"it\'s \u00e9 \U0001d11e"'),
    ("TEXT", "5", "STRING", '"5"'),
    ("CLOB", "''", "STRING", '""'),
    ("TEXT COLLATE NOCASE", "'Abc'", "STRING", '"Abc"'),
    ("JSON", "'{\"a\": 1}'", "STRING", '"{\\"a\\": 1}"'),
    ("UUID", "'00000000-0000-0000-0000-000000000001'", "STRING", '"00000000-0000-0000-0000-000000000001"'),
    ("TIME", "'10:30:00.000000'", "STRING", '"10:30:00.000000"'),
    ("DATE", "'2025-12-06'", "DATE", '"2025-12-06"'),
    ("DATE", "'2025-12-06 00:00:00'", "DATE", '"2025-12-06"'),
    ("DATETIME", "'2025-12-06 10:30:00.500000'", "TIMESTAMP_NTZ", '"2025-12-06T10:30:00.5"'),
    ("DATETIME", "'2025-12-06 10:30:00'", "TIMESTAMP_NTZ", '"2025-12-06T10:30:00"'),
    ("datetime(6)", "'2025-12-06 10:30:00.000001'", "TIMESTAMP_NTZ", '"2025-12-06T10:30:00.000001"'),
    ("DATETIME", "'2025-12-06T10:30:00Z'", "TIMESTAMP_NTZ", '"2025-12-06T10:30:00"'),
    ("DATETIME", "1765017000", "TIMESTAMP_NTZ", '"2025-12-06T10:30:00"'),
    ("DATETIME", "julianday('2025-12-06 18:00')", "TIMESTAMP_NTZ", '"2025-12-06T18:00:00"'),
    ("TIMESTAMP", "CURRENT_TIMESTAMP", "TIMESTAMP_NTZ", ""),
    ("TIMESTAMP WITH TIME ZONE", "'2025-12-06 10:30:00+02:00'", "TIMESTAMP", '"2025-12-06T08:30:00+00:00"'),
    ("timestamptz", "'2025-12-06 10:30:00'", "TIMESTAMP", '"2025-12-06T10:30:00+00:00"'),
    ("NUMERIC(10,2)", "1.1", "DECIMAL(10,2)", "1.10"),
    ("DECIMAL(10, 2)", "'-0.05'", "DECIMAL(10,2)", "-0.05"),
    ("decimal(15)", "999999999999999", "DECIMAL(15,0)", "999999999999999"),
    ("DECIMAL(20,2)", "1.5", "DOUBLE", "1.5"),
    ("DECIMAL", "1", "DOUBLE", "1.0"),
    ("numeric", "2.5", "DOUBLE", "2.5"),
    ("FLOAT", "1", "DOUBLE", "1.0"),
    ("REAL", "0.1", "DOUBLE", "0.1"),
    ("REAL", "5e-324", "DOUBLE", "5e-324"),
    ("DOUBLE PRECISION", "9e999", "DOUBLE", '"Infinity"'),
    ("REAL", "-9e999", "DOUBLE", '"-Infinity"'),
    ("BLOB", "x'00ff'", "BINARY", '"AP8="'),
    ("VARBINARY(9)", "x''", "BINARY", '""'),
    ("", "5", "BIGINT", "5"),
    ("", "0.5", "DOUBLE", "0.5"),
    ("", "'x'", "STRING", '"x"'),
    ("", "x'00'", "BINARY", '"AA=="'),
    ("MONEY", "1.5", "DOUBLE", "1.5"),
    ("GEOMETRY", "'x'", "STRING", '"x"'),
]  # fmt: skip

# what is declared, and what SQL puts there that no value of the nearest type is
WRONG: list[tuple[str, str]] = [
    ("INTEGER", "'abc'"),
    ("INTEGER", "1.5"),
    ("INTEGER", "x'00'"),
    ("BOOLEAN", "2"),
    ("BOOLEAN", "'maybe'"),
    ("TEXT", "x'00ff'"),
    ("TEXT", "char(97, 0, 98)"),
    ("VARCHAR(30)", "x'00'"),
    ("REAL", "'abc'"),
    ("DATE", "''"),
    ("DATE", "'06.12.2025'"),
    ("DATETIME", "'never'"),
    ("DATETIME", "1765017000000"),
    ("NUMERIC(10,2)", "'abc'"),
    ("NUMERIC(3,1)", "1234.5"),
    ("BLOB", "'text'"),
    ("", "1), ('x'"),
]


@pytest.mark.parametrize(("declared", "value", "type_", "json"), KEPT)
def test_a_column_is_read_as_the_nearest_type(
    client: AppClient, others: Others, declared: str, value: str, type_: str, json: str
) -> None:
    others(f"CREATE TABLE t (c {declared}); INSERT INTO t VALUES ({value}), (NULL)")
    described = client.get(client.path("t")).body["columns"]
    assert described == [{"name": "c", "data_type": type_, "nullable": True, "comment": None}]
    answer = client.read("t", order_by=["c"])
    assert answer.status == 200, answer
    assert f'[{{"c":{json}'.encode() in answer.content and answer.rows[1] == {"c": None}


@pytest.mark.parametrize(("declared", "value"), WRONG)
def test_a_value_that_its_type_cannot_hold_is_refused_by_the_columns_name(
    client: AppClient, others: Others, declared: str, value: str
) -> None:
    others(f'CREATE TABLE t (id INTEGER PRIMARY KEY, "odd one" {declared})')
    others(f'INSERT INTO t ("odd one") VALUES ({value})')
    answer = client.read("t")
    assert (answer.status, answer.error_type) == (400, "Unsupported"), answer
    assert 'column "odd one"' in answer.body["message"]


@pytest.mark.parametrize(("declared", "value"), WRONG[:-1])
def test_other_columns_and_rows_can_be_read_beside_such_a_value(
    client: AppClient, others: Others, declared: str, value: str
) -> None:
    others(f"CREATE TABLE t (id INTEGER PRIMARY KEY, c {declared})")
    others(f"INSERT INTO t (c) VALUES (NULL), ({value})")
    assert client.ids("t") == [1, 2]
    assert client.read("t", filters=[{"column": "id", "value": 1}]).rows == [{"id": 1, "c": None}]


@pytest.mark.parametrize("accept", ["application/x-ndjson", "text/csv"])
def test_a_stream_that_begins_with_such_a_value_is_refused(
    client: AppClient, others: Others, accept: str
) -> None:
    others("CREATE TABLE t (c INTEGER); INSERT INTO t VALUES ('x')")
    assert client.stream("t", accept).status == 400


def test_what_the_first_rows_do_not_show_is_refused_by_the_columns_name(
    client: AppClient, others: Others
) -> None:
    others("CREATE TABLE t (id INTEGER PRIMARY KEY, c)")
    others("INSERT INTO t VALUES (?, ?)", *((number, number) for number in range(200)), (200, "x"))
    answer = client.read("t", order_by=["-id"])
    assert (answer.status, 'column "c"' in answer.body["message"]) == (400, True)


def test_a_decimal_may_be_whole_in_a_hundred_rows_before_it_is_not(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (id INTEGER PRIMARY KEY, price decimal NOT NULL)")
    others("INSERT INTO t VALUES (?, ?)", *((number, number) for number in range(200)), (200, 9.5))
    assert client.read("t", order_by=["-id"], limit=1).rows == [{"id": 200, "price": 9.5}]


def test_a_column_without_a_type_is_told_by_its_own_values(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (key, value); INSERT INTO t VALUES (NULL, 1), ('a', NULL), ('b', 2)")
    types = [column["data_type"] for column in client.get(client.path("t")).body["columns"]]
    assert types == ["STRING", "BIGINT"]


@pytest.mark.parametrize(
    ("declared", "values"),
    [
        ("TEXT COLLATE NOCASE", ["'B'", "'a'", "'b'", "'\u00e9'"]),
        ("TEXT COLLATE RTRIM", ["'a'", "'a '", "'a  '"]),
        (
            "DATETIME",
            ["'2024-01-01 00:00:00'", "'2024-01-01T00:00:00.5'", "1765017000", "'2025-12-06 10:30:01'"],
        ),
        ("DATE", ["'2024-01-01'", "'2024-01-02 00:00:00'", "'2025-01-01'"]),
        ("NUMERIC(10,2)", ["-10", "-9.5", "'9'", "10", "10.01"]),
        ("BOOLEAN", ["'f'", "1"]),
        ("UUID", ["'10'", "'9'", "'9a'", "'a'"]),
        ("DECIMAL(20,0)", ["-9007199254740992", "1.5", "9007199254740991", "9007199254740994"]),
        ("", ["1", "1.5", "9007199254740991", "9007199254740994"]),
        ("REAL", ["-9e999", "-1", "0.1", "9e999", "'NaN'"]),
        ("BLOB", ["x''", "x'00'", "x'7f'", "x'ff'"]),
    ],
)
@pytest.mark.parametrize("key", [True, False])
@pytest.mark.parametrize("descending", [True, False])
def test_a_column_of_others_is_sorted_paged_and_found_by_its_value(
    client: AppClient, others: Others, declared: str, values: list[str], key: bool, descending: bool
) -> None:
    others(f"CREATE TABLE t (id INTEGER{' PRIMARY KEY' if key else ''}, c {declared})")
    ordered = [*enumerate([*values, "NULL"])]
    others(f"INSERT INTO t VALUES {', '.join(f'({at}, {value})' for at, value in ordered[::-1])}")
    order = ["-c" if descending else "c"]
    pages = []
    cursor = None
    for _ in range(len(ordered) + 1):
        answer = client.read("t", order_by=order, limit=1, **({"cursor": cursor} if cursor else {}))
        pages += answer.rows
        if not (cursor := answer.body["next_cursor"]):
            break
    assert [row["id"] for row in pages] == [at for at, _ in (ordered[::-1] if descending else ordered)]
    for row in pages:
        if row["c"] is not None:
            found = client.ids("t", filters=[{"column": "c", "op": "IN", "value": [row["c"]]}])
            assert found == client.ids("t", filters=[{"column": "c", "value": row["c"]}])
            assert row["id"] in found


def test_a_text_longer_than_declared_may_be_the_key_that_pages_go_by(
    client: AppClient, others: Others
) -> None:
    others("CREATE TABLE t (k VARCHAR(3) PRIMARY KEY NOT NULL)")
    others("INSERT INTO t VALUES (?)", *((f"long{number}",) for number in range(5)))
    assert [row["k"] for page in client.pages("t", limit=2) for row in page] == [f"long{n}" for n in range(5)]


def test_a_strict_table_is_read_and_written(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (i INT, n INTEGER PRIMARY KEY, r REAL, s TEXT, b BLOB, a ANY) STRICT")
    row = {"i": 1, "n": 2, "r": 0.5, "s": "x", "b": "AA==", "a": "5"}
    assert client.write("t", [row]).status == 201
    assert client.read("t").rows == [row]


def test_what_is_written_is_kept_as_the_others_declared(client: AppClient, others: Others) -> None:
    path = others("CREATE TABLE t (n NUMERIC(10,2), b BOOLEAN, i INTEGER, f REAL, s VARCHAR(5), x BLOB)")
    row = {"n": 1.5, "b": True, "i": 2, "f": 3, "s": "a", "x": "AP8="}
    assert client.write("t", [row]).status == 201
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM t").fetchall() == [(1.5, 1, 2, 3.0, "a", b"\x00\xff")]
    assert client.read("t").rows == [{**row, "f": 3.0}]


@pytest.mark.parametrize(
    ("column", "op", "value", "found"),
    [
        ("s", "=", "ab", [2]),
        ("s", "LIKE", "A%", [1]),
        ("s", "ILIKE", "a%", [1, 2]),
        ("s", ">", "Z", [2, 3]),
        ("d", "<", "2025-01-01T00:00:00", [1]),
        ("d", "BETWEEN", ["2025-06-01", "2025-06-01T00:00:00.5"], [2]),
        ("n", "=", "1.10", [1]),
        ("n", ">", 1.5, [3]),
        ("n", "IN", [1.1, "20.00"], [1, 3]),
        ("b", "=", True, [1, 3]),
        ("f", "!=", 0.5, [2]),
        ("f", "IS NULL", None, [3]),
    ],
)
def test_columns_of_others_are_filtered_by_value(
    client: AppClient, others: Others, column: str, op: str, value: object, found: list[int]
) -> None:
    others(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT COLLATE NOCASE, d DATETIME, n NUMERIC(9,2), b BOOL,f)"
    )
    others(
        "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)",
        (1, "AB", "2024-05-01 10:00:00", 1.1, 1, 0.5),
        (2, "ab", "2025-06-01 00:00:00.250000", "1.5", 0, 2),
        (3, "b", 1765017000, 20, "t", None),
    )
    told = {} if value is None else {"value": value}
    assert client.ids("t", filters=[{"column": column, "op": op, **told}]) == found


def test_text_that_is_not_utf_8_is_refused(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (c TEXT); INSERT INTO t VALUES (CAST(x'ff41' AS TEXT))")
    answer = client.read("t")
    assert (answer.status, answer.error_type) == (400, "Unsupported")
    assert "not UTF-8" in answer.body["message"]


def test_a_whole_number_that_no_double_holds_is_refused_and_not_rounded(
    client: AppClient, others: Others
) -> None:
    others("CREATE TABLE t (c NUMERIC); INSERT INTO t VALUES (9007199254740993)")
    assert (client.read("t").status, client.read("t").error_type) == (400, "Unsupported")
