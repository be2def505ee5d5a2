"""The 18 types: what goes in, and exactly what comes out."""

import json

import pytest

from tests.client import Client, Number, exact

# type, the JSON that goes in, the JSON that comes out: numbers to the digit, strings to the code point
KEPT: list[tuple[str, str, str]] = [
    ("BOOLEAN", "true", "true"),
    ("BOOLEAN", "false", "false"),
    ("TINYINT", "-128", "-128"),
    ("TINYINT", "127", "127"),
    ("SMALLINT", "-32768", "-32768"),
    ("SMALLINT", "32767", "32767"),
    ("INT", "-2147483648", "-2147483648"),
    ("INTEGER", "2147483647", "2147483647"),
    ("BIGINT", "-9223372036854775808", "-9223372036854775808"),
    ("BIGINT", "9223372036854775807", "9223372036854775807"),
    ("BIGINT", "9007199254740993", "9007199254740993"),
    ("BIGINT", "0", "0"),
    ("DECIMAL", "1234567890", "1234567890"),
    ("DECIMAL(10,0)", "-7", "-7"),
    ("DECIMAL(10,2)", "5", "5.00"),
    ("DECIMAL(10,2)", "5.1", "5.10"),
    ("DECIMAL(10,2)", '"5.10"', "5.10"),
    ("DECIMAL(10,2)", '"-0.01"', "-0.01"),
    ("DECIMAL(10,2)", "-0.0", "0.00"),
    ("DECIMAL(10,2)", "1e2", "100.00"),
    ("DECIMAL(10,2)", "99999999.99", "99999999.99"),
    ("DECIMAL(2,2)", "0.99", "0.99"),
    ("DECIMAL(38,18)", "99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"),
    (
        "DECIMAL(38,18)",
        '"-99999999999999999999.999999999999999999"',
        "-99999999999999999999.999999999999999999",
    ),
    ("DECIMAL(38,18)", "0.000000000000000001", "0.000000000000000001"),
    ("DECIMAL(38,0)", "99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
    (
        "DECIMAL(38,38)",
        "-0.00000000000000000000000000000000000001",
        "-0.00000000000000000000000000000000000001",
    ),
    ("STRING", '""', '""'),
    ("STRING", '" a "', '" a "'),
    ("STRING", '"null"', '"null"'),
    ("STRING", '"1.10"', '"1.10"'),
    ("STRING", '"\\"quoted\\" \'single\' \\\\ back / slash"', '"\\"quoted\\" \'single\' \\\\ back / slash"'),
    ("STRING", '"\\u0001\\u001f\\t\\r\\n\\b\\f\\u007f"', '"\\u0001\\u001f\\t\\r\\n\\b\\f\\u007f"'),
    (
        "STRING",
        '"\\ud834\\udd1e\\uffff\\udbff\\udfff\\ufeff\\u2028"',
        '"\U0001d11e\uffff\U0010ffff\ufeff\u2028"',
    ),
    ("STRING", '"e\\u0301 \u00e9"', '"e\u0301 \u00e9"'),
    ("STRING", '"\'; DROP TABLE users; --"', '"\'; DROP TABLE users; --"'),
    ("VARCHAR(3)", '"\U0001d11e\U0001d11e\U0001d11e"', '"\U0001d11e\U0001d11e\U0001d11e"'),
    ("VARCHAR(3)", '" a "', '" a "'),
    ("CHAR(5)", '"ab"', '"ab"'),
    ("CHAR(5)", '"ab   "', '"ab"'),
    ("CHAR(5)", '" ab"', '" ab"'),
    ("CHAR(5)", '"     "', '""'),
    ("CHAR(2)", '"\U0001d11e\u00e9"', '"\U0001d11e\u00e9"'),
    ("DATE", '"0001-01-01"', '"0001-01-01"'),
    ("DATE", '"9999-12-31"', '"9999-12-31"'),
    ("DATE", '"2024-02-29"', '"2024-02-29"'),
    ("TIMESTAMP", '"2025-12-06T10:30:00.5+00:00"', '"2025-12-06T10:30:00.5+00:00"'),
    ("TIMESTAMP", '"2025-12-06T10:30:00"', '"2025-12-06T10:30:00+00:00"'),
    ("TIMESTAMP", '"2025-12-06T10:30:00Z"', '"2025-12-06T10:30:00+00:00"'),
    ("TIMESTAMP", '"2025-12-06T10:30:00.000000Z"', '"2025-12-06T10:30:00+00:00"'),
    ("TIMESTAMP", '"2025-12-06T10:30:00.120300+05:30"', '"2025-12-06T05:00:00.1203+00:00"'),
    ("TIMESTAMP", '"2025-01-01T00:30:00+01:00"', '"2024-12-31T23:30:00+00:00"'),
    ("TIMESTAMP", '"2024-12-31T23:30:00.000001-01:00"', '"2025-01-01T00:30:00.000001+00:00"'),
    ("TIMESTAMP", '"0001-01-01T00:00:00Z"', '"0001-01-01T00:00:00+00:00"'),
    ("TIMESTAMP", '"9999-12-31T23:59:59.999999Z"', '"9999-12-31T23:59:59.999999+00:00"'),
    ("TIMESTAMP_NTZ", '"2025-12-06T10:30:00.500"', '"2025-12-06T10:30:00.5"'),
    ("TIMESTAMP_NTZ", '"2025-03-30T02:30:00"', '"2025-03-30T02:30:00"'),
    ("TIMESTAMP_NTZ", '"0001-01-01T00:00:00"', '"0001-01-01T00:00:00"'),
    ("TIMESTAMP_NTZ", '"9999-12-31T23:59:59.999999"', '"9999-12-31T23:59:59.999999"'),
    ("BINARY", '""', '""'),
    ("BINARY", '"AAECAwT+/w=="', '"AAECAwT+/w=="'),
    ("ARRAY<INT>", "[]", "[]"),
    ("ARRAY<INT>", "[1, null, -2147483648]", "[1, null, -2147483648]"),
    ("ARRAY<DECIMAL(38,18)>", "[1, 0.1]", "[1.000000000000000000, 0.100000000000000000]"),
    ("ARRAY<BIGINT>", "[9223372036854775807]", "[9223372036854775807]"),
    ("ARRAY<TIMESTAMP>", '["2025-01-01T01:00:00+01:00"]', '["2025-01-01T00:00:00+00:00"]'),
    ("ARRAY<DOUBLE>", '["NaN", "-Infinity"]', '["NaN", "-Infinity"]'),
    ("ARRAY<ARRAY<STRING>>", '[["a", null], [], null]', '[["a", null], [], null]'),
    ("MAP<STRING,INT>", "{}", "{}"),
    (
        "MAP<STRING,INT>",
        '{"b": 1, "a": null, "": 3, "x.y\\"z": 4}',
        '{"b": 1, "a": null, "": 3, "x.y\\"z": 4}',
    ),
    ("MAP<INT,STRING>", '{"1": "a", "-2": "b"}', '{"1": "a", "-2": "b"}'),
    ("MAP<STRING,ARRAY<DATE>>", '{"a": ["2025-01-01"]}', '{"a": ["2025-01-01"]}'),
    ("STRUCT<a:INT,b:STRING>", '{"a": 1, "b": "x"}', '{"a": 1, "b": "x"}'),
    ("STRUCT<a:INT,b:STRING>", '{"b": "x"}', '{"a": null, "b": "x"}'),
    ("STRUCT<a:INT,b:STRING>", "{}", '{"a": null, "b": null}'),
    ("STRUCT<a:ARRAY<STRUCT<n:DECIMAL(4,1)>>>", '{"a": [{"n": 2}, {}]}', '{"a": [{"n": 2.0}, {"n": null}]}'),
]

# floating point: the shortest digits that mean the same 32 or 64 bits, however they are spelled
FLOATS: list[tuple[str, str, str]] = [
    ("DOUBLE", "0.1", "0.1"),
    ("DOUBLE", "5", "5"),
    ("DOUBLE", "-0.0", "0"),
    ("DOUBLE", "0.30000000000000004", "0.30000000000000004"),
    ("DOUBLE", "1.7976931348623157e308", "1.7976931348623157e308"),
    ("DOUBLE", "5e-324", "5e-324"),
    ("DOUBLE", "2.2250738585072014e-308", "2.2250738585072014e-308"),
    ("DOUBLE", "9007199254740993", "9007199254740992"),
    ("DOUBLE", "123456789012345678", "123456789012345680"),
    ("DOUBLE", "1e23", "1e23"),
    ("DOUBLE", "0.1000000000000000055511151231257827", "0.1"),
    ("FLOAT", "0.1", "0.1"),
    ("FLOAT", "0.10000000149011612", "0.1"),
    ("FLOAT", "16777217", "16777216"),
    ("FLOAT", "3.4028234663852886e38", "3.4028235e38"),
    ("FLOAT", "1e-45", "1e-45"),
    ("FLOAT", "1.17549435e-38", "1.1754944e-38"),
    ("FLOAT", "0.333333333333", "0.33333334"),
    ("FLOAT", "-0.0", "0"),
    ("FLOAT", "8589973000", "8589974000"),
]


def stored(client: Client, table: str, type_: str, value: str) -> object:
    """What is read back, exactly, of `value` (JSON) written to a column of `type_`."""
    client.create(table, {"id": "INT", "v": type_})
    written = client.send(
        "POST", "/api/v1/records/write", f'{{"table": "{table}", "data": [{{"id": 1, "v": {value}}}]}}'
    )
    assert written.status == 201, written
    return client.read(table, columns=["v"]).exact_rows[0]["v"]


@pytest.mark.parametrize(("type_", "value", "expected"), KEPT)
def test_a_value_comes_back_in_its_canonical_form(
    client: Client, table: str, type_: str, value: str, expected: str
) -> None:
    assert stored(client, table, type_, value) == exact(expected)


@pytest.mark.parametrize(("type_", "value", "expected"), FLOATS)
def test_a_floating_point_number_comes_back_with_its_shortest_digits(
    client: Client, table: str, type_: str, value: str, expected: str
) -> None:
    found = stored(client, table, type_, value)
    assert isinstance(found, Number) and found.value == Number(expected).value
    assert found.value or not found.text.startswith("-")  # minus zero is zero


@pytest.mark.parametrize("type_", ["FLOAT", "DOUBLE"])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_nan_and_infinities_are_strings(client: Client, table: str, type_: str, value: str) -> None:
    assert stored(client, table, type_, f'"{value}"') == value


def test_the_fields_of_a_struct_come_in_their_order(client: Client, table: str) -> None:
    found = stored(client, table, "STRUCT<zz:INT,a:INT,b:INT>", '{"b": 1, "a": 2, "zz": 3}')
    assert isinstance(found, dict) and list(found) == ["zz", "a", "b"]


def test_every_type_takes_null(client: Client, table: str) -> None:
    types = sorted({type_ for type_, _, _ in KEPT + FLOATS})
    columns = {f"c{at}": type_ for at, type_ in enumerate(types)}
    client.fill(table, {"id": "INT", **columns}, [{"id": 1, **dict.fromkeys(columns)}])
    assert client.read(table, columns=list(columns)).rows == [dict.fromkeys(columns)]


def test_a_decimal_has_all_its_decimals_in_the_text_of_the_answer(client: Client, table: str) -> None:
    client.fill(table, {"id": "INT", "v": "DECIMAL(38,18)"}, [{"id": 1, "v": 1}])
    assert b"1.000000000000000000" in client.read(table, columns=["v"]).content


def test_a_long_text_comes_back_whole(client: Client, table: str) -> None:
    text = "\u00e9\U0001d11e'\"\\\n" * 300_000
    client.fill(table, {"id": "INT", "v": "STRING"}, [{"id": 1, "v": text}])
    assert client.read(table, columns=["v"]).rows[0]["v"] == text


def test_an_update_keeps_values_as_exactly_as_a_write(client: Client, table: str) -> None:
    cases = [case for case in KEPT if case[0] != "INTEGER"]
    columns = {f"c{at}": type_ for at, (type_, _, _) in enumerate(cases)}
    client.fill(table, {"id": "INT", **columns}, [{"id": 1}])
    updates = ", ".join(f'"c{at}": {value}' for at, (_, value, _) in enumerate(cases))
    body = f'{{"table": "{table}", "key_column": "id", "key_value": 1, "updates": {{{updates}}}}}'
    answer = client.send("POST", "/api/v1/records/update", body)
    assert answer.status == 200, answer
    found = client.read(table, columns=list(columns)).exact_rows[0]
    assert found == {f"c{at}": exact(expected) for at, (_, _, expected) in enumerate(cases)}


def test_a_bulk_update_keeps_values_as_exactly_as_a_write(client: Client, table: str) -> None:
    columns = {f"c{at}": type_ for at, (type_, _, _) in enumerate(KEPT)}
    client.fill(table, {"id": "INT", **columns}, [{"id": at} for at in range(len(KEPT))])
    changes = ", ".join(
        f'{{"key_value": {at}, "updates": {{"c{at}": {value}}}}}' for at, (_, value, _) in enumerate(KEPT)
    )
    body = f'{{"table": "{table}", "key_column": "id", "bulk_updates": [{changes}]}}'
    answer = client.send("POST", "/api/v1/records/update", body)
    assert answer.status == 200, answer
    rows = client.read(table, columns=list(columns)).exact_rows
    assert [row[f"c{at}"] for at, row in enumerate(rows)] == [exact(expected) for _, _, expected in KEPT]


def test_keys_and_texts_are_not_taken_for_what_they_look_like(client: Client, table: str) -> None:
    texts = ["1", "1.0", "01", "true", "null", "NaN", "2025-01-01", "{}", "[1]", '{"a":1}', json.dumps("x")]
    client.fill(table, {"id": "STRING", "v": "STRING"}, [{"id": text, "v": text} for text in texts])
    rows = client.read(table, columns=["id", "v"]).rows
    assert rows == [{"id": text, "v": text} for text in sorted(texts)]
