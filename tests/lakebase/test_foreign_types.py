"""Columns as others declare them in Postgres: read as the nearest type, and written back as they were."""

import csv
import json

import pytest

from tests.client import Client
from tests.lakebase.others import SCHEMA, Others

UUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
# what is declared, what SQL puts there, the type it is read as, the JSON it is read as
KEPT: list[tuple[str, str, str, str]] = [
    ("smallint", "-32768", "SMALLINT", "-32768"),
    ("integer", "5", "INT", "5"),
    ("bigint", "9223372036854775807", "BIGINT", "9223372036854775807"),
    ("serial", "5", "INT", "5"),
    ("oid", "4294967295", "BIGINT", "4294967295"),
    ("boolean", "true", "BOOLEAN", "true"),
    ("real", "1", "FLOAT", "1.0"),
    ("double precision", "0.1", "DOUBLE", "0.1"),
    ("double precision", "'-Infinity'", "DOUBLE", '"-Infinity"'),
    ("numeric(10,2)", "1.1", "DECIMAL(10,2)", "1.10"),
    ("numeric(20)", "12345678901234567890", "DECIMAL(20,0)", "12345678901234567890"),
    ("numeric", "1.500000000000000000", "DECIMAL(38,18)", "1.500000000000000000"),
    ("numeric(50,2)", "1.5", "DECIMAL(38,2)", "1.50"),
    ("numeric(5,-2)", "1200", "DECIMAL(38,0)", "1200"),
    ("numeric(3,5)", "0.00123", "DECIMAL(38,5)", "0.00123"),
    ("text", "'it''s \u00e9 \U0001d11e % \\'", "STRING", '"it\'s \u00e9 \U0001d11e % \\\\"'),
    ("varchar", "'ab '", "STRING", '"ab "'),
    ("varchar(5)", "'ab '", "VARCHAR(5)", '"ab "'),
    ("char(5)", "'ab'", "CHAR(5)", '"ab"'),
    ("char", "'a'", "CHAR(1)", '"a"'),
    ("bpchar", "'ab'", "STRING", '"ab"'),
    ("name", "'ab'", "STRING", '"ab"'),
    ('"char"', "'x'", "STRING", '"x"'),
    ("bytea", "'\\x00ff'", "BINARY", '"AP8="'),
    ("date", "'2025-12-06'", "DATE", '"2025-12-06"'),
    ("timestamp", "'2025-12-06 10:30:00.5'", "TIMESTAMP_NTZ", '"2025-12-06T10:30:00.5"'),
    ("timestamp(0)", "'2025-12-06 10:30:00'", "TIMESTAMP_NTZ", '"2025-12-06T10:30:00"'),
    ("timestamptz", "'2025-12-06 10:30:00+02'", "TIMESTAMP", '"2025-12-06T08:30:00+00:00"'),
    ("timestamptz(3)", "'2025-12-06 10:30:00.125Z'", "TIMESTAMP", '"2025-12-06T10:30:00.125+00:00"'),
    ("time", "'10:30:00.5'", "STRING", '"10:30:00.5"'),
    ("timetz", "'10:30:00+02'", "STRING", '"10:30:00+02"'),
    ("interval", "'1 year -2 days 3.5 seconds'", "STRING", '"P1Y-2DT3.5S"'),
    ("money", "1234.5", "STRING", '"$1,234.50"'),
    ("uuid", f"'{UUID.upper()}'", "STRING", f'"{UUID}"'),
    ("inet", "'10.0.0.1/8'", "STRING", '"10.0.0.1/8"'),
    ("cidr", "'10.0.0.0/8'", "STRING", '"10.0.0.0/8"'),
    ("macaddr", "'08:00:2b:01:02:03'", "STRING", '"08:00:2b:01:02:03"'),
    ("bit(3)", "B'101'", "STRING", '"101"'),
    ("bit varying", "B'10'", "STRING", '"10"'),
    ("int4range", "'[1,5)'", "STRING", '"[1,5)"'),
    ("tsvector", "'a b'", "STRING", "\"'a' 'b'\""),
    ("point", "'(1,2)'", "STRING", '"(1,2)"'),
    ("pg_lsn", "'0/1'", "STRING", '"0/1"'),
    ("jsonpath", "'$.a'", "STRING", '"$.\\"a\\""'),
    ("json", "E'{\"b\": 1.0,\\n \"a\" : [1e3]}'", "STRING", '"{\\"b\\": 1.0,\\n \\"a\\" : [1e3]}"'),
    ("jsonb", "'{\"b\": 1.0, \"a\" : \"\u00e9\"}'", "STRING", '"{\\"a\\": \\"\u00e9\\", \\"b\\": 1.0}"'),
    ("jsonb", "'\"text\"'", "STRING", '"\\"text\\""'),
    ("mood", "'ok'", "STRING", '"ok"'),
    ("mood", "'G''day, \"mate\" %s'", "STRING", '"G\'day, \\"mate\\" %s"'),
    ("positive", "5", "INT", "5"),
    ("email", "'a@b'", "STRING", '"a@b"'),
    ("document", "'{\"a\": 1}'", "STRING", '"{\\"a\\": 1}"'),
    ("numbers", "'{1,NULL}'", "ARRAY<INT>", "[1,null]"),
    ("integer[]", "'{1,NULL,3}'", "ARRAY<INT>", "[1,null,3]"),
    ("integer[]", "'{}'", "ARRAY<INT>", "[]"),
    ("integer[][]", "'{1}'", "ARRAY<INT>", "[1]"),
    ("bigint[]", "'{9223372036854775807}'", "ARRAY<BIGINT>", "[9223372036854775807]"),
    ("boolean[]", "'{t,f,NULL}'", "ARRAY<BOOLEAN>", "[true,false,null]"),
    ("real[]", "'{1,2.5,NULL,NaN}'", "ARRAY<FLOAT>", '[1.0,2.5,null,"NaN"]'),
    ("double precision[]", "'{1,0.1,-Infinity}'", "ARRAY<DOUBLE>", '[1.0,0.1,"-Infinity"]'),
    ("double precision[]", "'{}'", "ARRAY<DOUBLE>", "[]"),
    ("numeric(10,2)[]", "'{1.1,NULL}'", "ARRAY<DECIMAL(10,2)>", "[1.10,null]"),
    ("numeric[]", "'{1.10,NaN}'", "ARRAY<STRING>", '["1.10","NaN"]'),
    ("text[]", "'{a,NULL,\"b,\\\"c\\\\\",\"null\"}'", "ARRAY<STRING>", '["a",null,"b,\\"c\\\\","null"]'),
    ("varchar(3)[]", "'{abc}'", "ARRAY<VARCHAR(3)>", '["abc"]'),
    ("char(3)[]", "'{a,bcd}'", "ARRAY<CHAR(3)>", '["a","bcd"]'),
    ("date[]", "'{2025-12-06,NULL}'", "ARRAY<DATE>", '["2025-12-06",null]'),
    ("timestamp[]", "'{2025-12-06 10:30:00}'", "ARRAY<TIMESTAMP_NTZ>", '["2025-12-06T10:30:00"]'),
    ("timestamptz[]", "'{2025-12-06 10:30:00.5+02}'", "ARRAY<TIMESTAMP>", '["2025-12-06T08:30:00.5+00:00"]'),
    ("uuid[]", f"'{{{UUID}}}'", "ARRAY<STRING>", f'["{UUID}"]'),
    ("mood[]", "'{ok,NULL}'", "ARRAY<STRING>", '["ok",null]'),
    ("positive[]", "'{1,2}'", "ARRAY<INT>", "[1,2]"),
    ("time[]", "'{10:30:00}'", "ARRAY<STRING>", '["10:30:00"]'),
]  # fmt: skip

# what is declared, and values in the order of the type that it is read as
ORDERED: list[tuple[str, list[str]]] = [
    ("oid", ["0", "2147483648", "4294967295"]),
    ("positive", ["1", "9", "10"]),
    ("real", ["'-Infinity'", "-1", "0.1", "1", "'Infinity'", "'NaN'"]),
    ("numeric", ["-10", "-9.5", "9", "10.000000000000000001", "10.01"]),
    ("numeric(50,2)", ["-10", "9", "10.01"]),
    ("mood", ["'happy'", "'ok'", "'sad'"]),
    ("email", ["'A@'", "'a@'", "'\u00e4@'"]),
    ("uuid", [f"'{digit * 8}-0000-0000-0000-000000000000'" for digit in "09af"]),
    ("varchar(5)", ["''", "'B'", "'a'", "'b'"]),
    ("char(5)", ["'B'", "'a'", "'a b'", "'b'"]),
    ("bpchar", ["'B'", "'a'", "'b'"]),
    ("bytea", ["''", "'\\x00'", "'\\x7f'", "'\\xff'"]),
    ("timestamp", ["'0001-01-01'", "'2025-12-06 10:30:00'", "'2025-12-06 10:30:00.000001'"]),
    ("timestamptz", ["'2025-12-06 10:30:00+02'", "'2025-12-06 09:00:00+00'"]),
    ("date", ["'0001-01-01'", "'2025-12-06'", "'9999-12-31'"]),
    ("jsonb", ["'1'", "'10'", "'9'", "'{\"a\": 1}'"]),
    ("json", ["'1'", "'10'", "'9'", "'{\"a\": 1}'"]),
    ("inet", ["'10.0.0.1'", "'9.0.0.1'"]),
    ("interval", ["'-1 day'", "'1 day'", "'2 hours'"]),
    ("time", ["'09:00:00'", "'10:00:00'"]),
    ("boolean", ["false", "true"]),
]  # fmt: skip

REFUSED = ["pair", "pair[]", "bytea[]", "json[]", "jsonb[]", "document[]"]


@pytest.mark.parametrize(("declared", "value", "type_", "text"), KEPT)
def test_a_column_is_read_as_the_nearest_type(
    others: Others, table: str, declared: str, value: str, type_: str, text: str
) -> None:
    client = others.client
    default = "DEFAULT NULL" if declared != "serial" else ""
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, c {declared} {default})")
    others.run(f"INSERT INTO {table} VALUES (1, {value})")
    assert client.get(client.path(table)).body["columns"][1]["data_type"] == type_
    assert f'"c":{text}}}'.encode() in client.read(table).content
    assert client.stream(table, "application/x-ndjson").content == f'{{"id":1,"c":{text}}}\n'.encode()
    ((_, _), (_, cell)) = csv.reader(
        client.stream(table, "text/csv").content.decode().splitlines(keepends=True)
    )
    assert cell == (json.loads(text) if text.startswith('"') else text)


@pytest.mark.parametrize(("declared", "value", "type_", "text"), KEPT)
def test_what_was_read_is_written_back_as_it_was(
    others: Others, table: str, declared: str, value: str, type_: str, text: str
) -> None:
    client = others.client
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, c {declared}, n integer)")
    others.run(f"INSERT INTO {table} SELECT id, {value} FROM generate_series(1, 4) id")
    empty = "1" if declared == "serial" else "NULL"
    others.run(f"UPDATE {table} SET c = {empty} WHERE id > 1")
    cell = text if type_.startswith("DECIMAL") else json.loads(text)
    bulk = [{"key_value": 3, "updates": {"c": cell}}, {"key_value": 1, "updates": {"n": 1}}]
    answers = [
        client.update(table, key_column="id", key_value=2, updates={"c": cell}),
        client.update(table, key_column="id", bulk_updates=bulk),
        client.write(table, [{"id": 4, "c": cell}], on_conflict="update"),
        client.write(table, [{"id": 5, "c": cell}, {"id": 6, "c": cell, "n": 1}]),
    ]
    assert [answer.status for answer in answers] == [200, 200, 201, 201], answers
    assert others.ask(f"SELECT count(*), count(DISTINCT c::text) FROM {table}") == [[6, 1]]


@pytest.mark.parametrize(("declared", "values"), ORDERED)
@pytest.mark.parametrize("key", ["", " PRIMARY KEY"], ids=["no key", "key"])
@pytest.mark.parametrize("descending", [True, False])
def test_a_column_is_sorted_and_paged_by_its_value(
    others: Others, table: str, declared: str, values: list[str], key: str, descending: bool
) -> None:
    ordered = [*enumerate([*values, "NULL"])]
    others.run(f"CREATE TABLE {table} (id integer{key}, c {declared})")
    others.run(f"INSERT INTO {table} VALUES {', '.join(f'({at}, {value})' for at, value in ordered[::-1])}")
    for columns in (["id", "c"], ["id"]):
        told = {"order_by": ["-c" if descending else "c"], "limit": 1, "columns": columns}
        rows = [row for page in others.client.pages(table, **told) for row in page]
        assert [row["id"] for row in rows] == [at for at, _ in (ordered[::-1] if descending else ordered)]


@pytest.mark.parametrize(("declared", "values"), ORDERED)
def test_a_column_is_found_by_its_value(
    client: Client, others: Others, table: str, declared: str, values: list[str]
) -> None:
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, c {declared})")
    others.run(f"INSERT INTO {table} VALUES {', '.join(f'({at}, {v})' for at, v in enumerate(values))}")
    others.run(f"INSERT INTO {table} VALUES (-1, NULL)")
    read = client.read(table, filters=[{"column": "id", "op": ">=", "value": 0}])
    decimal = declared.startswith("numeric")
    everyone = range(len(values))
    for at, (row, exact) in enumerate(zip(read.rows, read.exact_rows, strict=True)):
        value = exact["c"].text if decimal else row["c"]
        for op, told, found in [
            ("=", value, [at]),
            ("!=", value, [other for other in everyone if other != at]),
            ("<", value, [*everyone[:at]]),
            ("<=", value, [*everyone[: at + 1]]),
            (">", value, [*everyone[at + 1 :]]),
            (">=", value, [*everyone[at:]]),
            ("IN", [value], [at]),
            ("NOT IN", [value], [other for other in everyone if other != at]),
            ("BETWEEN", [value, value], [at]),
        ]:
            filters = [{"column": "c", "op": op, "value": told}]
            assert client.ids(table, filters=filters) == found, (op, told)


@pytest.mark.parametrize("declared", REFUSED)
def test_what_no_type_can_hold_is_refused_by_the_columns_name(
    client: Client, others: Others, table: str, declared: str
) -> None:
    others.run(f'CREATE TABLE {table} (id integer PRIMARY KEY, "Odd %s one" {declared})')
    answers = [client.get(client.path(table)), client.read(table), client.write(table, [{"id": 1}])]
    for answer in answers:
        assert (answer.status, answer.error_type) == (400, "Unsupported"), answer
        assert 'column "Odd %s one"' in answer.body["message"]


@pytest.mark.parametrize(
    ("declared", "value", "status"),
    [
        ("mood", "unknown", 400),
        ("uuid", "no uuid", 400),
        ("json", "{", 400),
        ("jsonb", "{", 400),
        ("inet", "here", 400),
        ("bit(3)", "10", 400),
        ("xml", "<a", 400),
        ("oid", -1, 400),
        ("mood[]", ["unknown"], 400),
        ("email", "nobody", 409),
        ("positive", 0, 409),
        ("score", 101, 409),
        ("positive[]", [0], 409),
    ],
)
def test_what_the_database_does_not_take_is_refused_and_nothing_is_written(
    client: Client, others: Others, table: str, declared: str, value: object, status: int
) -> None:
    default = "DEFAULT 1" if declared == "score" else ""
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, c {declared} {default})")
    others.run(f"INSERT INTO {table} VALUES (1)")
    before = others.ask(f"SELECT id, c::text FROM {table}")
    answers = [
        client.write(table, [{"id": 2}, {"id": 3, "c": value}]),
        client.update(table, key_column="id", key_value=1, updates={"c": value}),
        client.update(table, key_column="id", bulk_updates=[{"key_value": 1, "updates": {"c": value}}]),
    ]
    assert [answer.status for answer in answers] == [status] * 3, answers
    assert others.ask(f"SELECT id, c::text FROM {table}") == before


def test_a_domain_that_takes_no_null_is_left_alone_where_it_is_not_brought(
    client: Client, others: Others, table: str
) -> None:
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, s score DEFAULT 7, n integer)")
    assert client.get(client.path(table)).body["columns"][1]["nullable"] is False
    assert client.write(table, [{"id": 1}, {"id": 2, "s": 9}]).status == 201
    bulk = [{"key_value": 1, "updates": {"n": 1}}, {"key_value": 2, "updates": {"s": 10}}]
    assert client.update(table, key_column="id", bulk_updates=bulk).status == 200
    assert client.write(table, [{"id": 1, "n": 2}], on_conflict="update").status == 201
    assert client.read(table).rows == [{"id": 1, "s": 7, "n": 2}, {"id": 2, "s": 10, "n": None}]
    assert client.write(table, [{"id": 3, "s": None}]).places == [("data", 0, "s")]


@pytest.mark.parametrize("declared", ["text", "varchar(9)", "mood", "uuid", "jsonb", "inet", "time"])
def test_text_of_any_kind_is_found_by_a_pattern(
    client: Client, others: Others, table: str, declared: str
) -> None:
    values = {
        "mood": "happy", "uuid": UUID, "jsonb": '{"a": 1}',
        "inet": "10.0.0.1", "time": "10:30:00",
    }  # fmt: skip
    value = values.get(declared, "it's")
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, c {declared})")
    assert client.write(table, [{"id": 1, "c": value}, {"id": 2}]).status == 201
    for op, pattern in (("LIKE", f"{value[:3]}%"), ("ILIKE", f"{value[:3].upper()}%"), ("NOT LIKE", "x%")):
        assert client.ids(table, filters=[{"column": "c", "op": op, "value": pattern}]) == [1]


def test_types_are_found_wherever_they_are(client: Client, others: Others, table: str) -> None:
    others.admin(f"CREATE SCHEMA s_{table}; GRANT USAGE ON SCHEMA s_{table} TO PUBLIC")
    others.admin(f"CREATE TYPE s_{table}.\"Odd %s 'type\" AS ENUM ('a', 'b')")
    others.run(f'CREATE TABLE {table} (id integer PRIMARY KEY, c s_{table}."Odd %s \'type")')
    assert client.write(table, [{"id": 1, "c": "a"}]).status == 201
    assert client.update(table, key_column="c", key_value="a", updates={"c": "b"}).status == 200
    assert client.read(table, schema=SCHEMA).rows == [{"id": 1, "c": "b"}]
