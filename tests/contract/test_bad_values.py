"""The 18 types: what each refuses, and where the fault is said to be."""

import pytest

from tests.client import Client

BAD: dict[str, list[str]] = {
    "BOOLEAN": ["0", "1", '"true"', '"t"', '""', "[]", "{}", "[true]"],
    "TINYINT": ["-129", "128", "1.5", '"1"', "true", "[]", "{}", '""', "1e400"],
    "SMALLINT": ["-32769", "32768", "0.5", '"x"'],
    "INT": ["-2147483649", "2147483648", "0.1", '"1"', "false", "1e400"],
    "BIGINT": ["-9223372036854775809", "9223372036854775808", "1" + "0" * 400, '"1"', "1.5", "[1]"],
    "FLOAT": ["3.5e38", "-3.5e38", "1e400", '"nan"', '"inf"', '"1.5"', '""', "true", "[]", "{}"],
    "DOUBLE": ["1e400", "-1e400", "2e308", '"+Infinity"', '"NAN"', '"1.5"', "true", "[1.5]", "1" + "0" * 400],
    "DECIMAL(5,2)": [
        "1000",
        "-1000.00",
        "1.234",
        "0.001",
        '"1.234"',
        '"abc"',
        '""',
        '"NaN"',
        '"Infinity"',
        '" 1"',
        '"1_0"',
        '"\u0661"',
        '"0x1"',
        '"1,5"',
        "true",
        "[]",
        "{}",
        "1e400",
        '"1e999999999"',
        '"--1"',
    ],
    "DECIMAL(38,18)": [
        "100000000000000000000",
        "0.0000000000000000001",
        "99999999999999999999.9999999999999999999",
    ],
    "STRING": ["5", "true", "[]", "{}", '"a\\u0000b"', '"\\u0000"', "1.5"],
    "VARCHAR(3)": ['"abcd"', '"abc "', '"\U0001d11e\U0001d11e\U0001d11e\U0001d11e"', "5", '"a\\u0000"'],
    "CHAR(3)": ['"abcd"', '"   x"', "5", '"\\u0000"'],
    "DATE": [
        '"2023-02-29"',
        '"2025-1-1"',
        '"20251206"',
        '"2025-12-06T00:00:00"',
        '"0000-01-01"',
        '"10000-01-01"',
        '"06.12.2025"',
        '""',
        "20251206",
        "true",
        '"today"',
        '"2025-12-06 "',
        '"-2025-12-06"',
        '"infinity"',
        '"\u0662\u0660\u0662\u0665-12-06"',
        '"2025-W01-1"',
        "[]",
    ],
    "TIMESTAMP": [
        '"yesterday"',
        '""',
        "5",
        "1733481000",
        '"2025-13-01T00:00:00Z"',
        '"2025-02-30T00:00:00Z"',
        '"2025-12-06T24:30:00Z"',
        '"2025-12-06T10:60:00Z"',
        '"2025-12-06T10:30:60Z"',
        '"2025-12-06T10:30:00.1234567Z"',
        '"2025-12-06T10:30:00+25:00"',
        '"2025-12-06T10:30:00 CET"',
        '"0001-01-01T00:00:00+01:00"',
        '"9999-12-31T23:59:59-01:00"',
        '"infinity"',
        "true",
        "{}",
        '"2025-12-06T10:30:00Z; DROP TABLE t"',
        '"0000-01-01T00:00:00Z"',
    ],
    "TIMESTAMP_NTZ": [
        '"2025-12-06T10:30:00Z"',
        '"2025-12-06T10:30:00+00:00"',
        '"2025-12-06T10:30:00-08:00"',
        '"2025-02-30T00:00:00"',
        '"2025-12-06T10:30:00.1234567"',
        '"now"',
        "5",
        '""',
    ],
    "BINARY": [
        '"A"',
        '"####"',
        '"-_8="',
        '"AAE"',
        '"AAEC\\n"',
        '" AAEC"',
        '"\u00e9\u00e9\u00e9\u00e9"',
        "5",
        "[1]",
        '"AA==AA=="',
    ],
    "ARRAY<INT>": ["1", '"[1]"', "{}", "true", '"{1}"'],
    "MAP<STRING,INT>": ["1", '"{}"', "[]", '[["a", 1]]'],
    "STRUCT<a:INT>": ["1", '"{}"', "[]", "[1]"],
}

# type, value, where inside the value the fault is
INSIDE: list[tuple[str, str, list[str | int]]] = [
    ("ARRAY<INT>", '[1, "x"]', [1]),
    ("ARRAY<INT>", "[1, 2, 2147483648]", [2]),
    ("ARRAY<ARRAY<STRING>>", '[[], ["a", 5]]', [1, 1]),
    ("ARRAY<STRING>", '["a\\u0000"]', [0]),
    ("MAP<STRING,INT>", '{"a": 1, "b": "x"}', ["b"]),
    ("MAP<INT,STRING>", '{"1": "a", "x": "b"}', ["x"]),
    ("MAP<STRING,ARRAY<INT>>", '{"a": [1, null, true]}', ["a", 2]),
    ("STRUCT<a:INT,b:STRING>", '{"a": "x"}', ["a"]),
    ("STRUCT<a:INT,b:STRING>", '{"a": 1, "c": 1}', ["c"]),
    ("STRUCT<a:STRUCT<b:ARRAY<DATE>>>", '{"a": {"b": ["2025-01-01", "x"]}}', ["a", "b", 1]),
    ("ARRAY<STRUCT<n:DECIMAL(3,1)>>", '[{"n": 1}, {"n": 1.25}]', [1, "n"]),
]


@pytest.mark.parametrize("type_", BAD)
def test_every_bad_value_is_refused_where_it_stands(client: Client, table: str, type_: str) -> None:
    client.create(table, {"id": "INT", "v": type_})
    rows = ", ".join(f'{{"id": {at}, "v": {value}}}' for at, value in enumerate(BAD[type_]))
    answer = client.send("POST", "/api/v1/records/write", f'{{"table": "{table}", "data": [{rows}]}}')
    assert (answer.status, answer.error_type, client.count(table)) == (400, "Invalid", 0)
    assert sorted(answer.places) == [("data", at, "v") for at in range(len(BAD[type_]))]


@pytest.mark.parametrize("type_", BAD)
def test_a_bad_value_is_refused_alone(client: Client, table: str, type_: str) -> None:
    client.create(table, {"id": "INT", "v": type_})
    accepted = []
    for at, value in enumerate(BAD[type_]):
        body = f'{{"table": "{table}", "data": [{{"id": {at}, "v": {value}}}]}}'
        answer = client.send("POST", "/api/v1/records/write", body)
        if (answer.status, answer.places) != (400, [("data", 0, "v")]):
            accepted.append((value, answer.status))
    assert accepted == []


@pytest.mark.parametrize("type_", BAD)
def test_a_bad_value_is_refused_by_an_update(client: Client, table: str, type_: str) -> None:
    client.fill(table, {"id": "INT", "v": type_}, [{"id": 1}])
    accepted = []
    for value in BAD[type_]:
        body = f'{{"table": "{table}", "key_column": "id", "key_value": 1, "updates": {{"v": {value}}}}}'
        answer = client.send("POST", "/api/v1/records/update", body)
        if (answer.status, answer.places) != (400, [("updates", "v")]):
            accepted.append((value, answer.status))
    assert (accepted, client.read(table, columns=["v"]).rows) == ([], [{"v": None}])


@pytest.mark.parametrize(("type_", "value", "inside"), INSIDE)
def test_a_fault_inside_a_value_is_named_by_its_place(
    client: Client, table: str, type_: str, value: str, inside: list[str | int]
) -> None:
    client.create(table, {"id": "INT", "v": type_})
    body = f'{{"table": "{table}", "data": [{{"id": 1}}, {{"id": 2, "v": {value}}}]}}'
    answer = client.send("POST", "/api/v1/records/write", body)
    assert (answer.status, answer.places) == (400, [("data", 1, "v", *inside)])
    assert client.count(table) == 0
