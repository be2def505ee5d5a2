"""Bodies that are not the JSON they should be: refused whole, and nothing is written."""

import pytest

from tests.client import Client, new_name

VERBS = ["write", "read", "update", "delete"]
DEEP = 100_000


@pytest.fixture(scope="module")
def people(client: Client) -> str:
    """A table that no refused request may change."""
    return client.fill(
        new_name(), {"id": "INT", "v": "STRING", "d": "DOUBLE", "m": "MAP<STRING,INT>"}, [{"id": 1}]
    )


MALFORMED: list[bytes] = [
    b"", b" ", b"{", b"}", b"{}}", b"nonsense", b"{'table': 'x'}", b'{"table": "x",}', b'{"table" "x"}',
    b'{table: "x"}', b'{"table": "x"} {"table": "x"}', b'{"table": "x"}x', b'{"table": "x"', b'{"table": "x',
    b'{"table": "\\x"}', b'{"table": "\\u12"}', b'{"table": "a\nb"}', b'{"table": "\x00"}', b'{"table": 01}',
    b'{"table": "x", "limit": +1}', b'{"table": "x", "limit": .5}', b'{"table": "x", "limit": 1.}',
    b'{"table": "x", "limit": 0x10}', b'{"table": "x", "limit": NaN}', b'{"table": "x", "limit": Infinity}',
    b'{"table": "x", "limit": -Infinity}', b'{"table": "x", "limit": nan}', b'{"table": TRUE}', b"\x80\x81",
    b'{"table": "\xff"}', b'{"table": "\xed\xa0\x80"}', b'{"table": "\xc0\x80"}', b"\xff\xfe{\x00}\x00",
    b'{"table": "x" /* comment */}', b"\x1f\x8b\x08\x00", b"table=x", b"<table>x</table>", b"[" * DEEP,
    b'{"a":' * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"table": ' + b"[" * DEEP + b"]" * DEEP + b"}",
]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_not_json_is_refused(client: Client, verb: str) -> None:
    accepted = []
    for body in MALFORMED:
        answer = client.send("POST", f"/api/v1/records/{verb}", body)
        if (answer.status, answer.body["error"], answer.error_type) != (400, True, "Invalid"):
            accepted.append((body[:40], answer.status))
    assert accepted == []


# a body in which {table} is the table's name, and what is wrong with it
WRITES: dict[str, str] = {
    "NaN": '{"table": "{table}", "data": [{"id": 2}, {"id": 3, "d": NaN}]}',
    "Infinity": '{"table": "{table}", "data": [{"id": 2, "d": -Infinity}]}',
    "a number beyond all bounds": '{"table": "{table}", "data": [{"id": 2}, {"id": 3, "d": 1e400}]}',
    "an exponent beyond all bounds": '{"table": "{table}", "data": [{"id": 2, "d": 1e999999999999}]}',
    "an integer without end": '{"table": "{table}", "data": [{"id": ' + "9" * 100_000 + "}]}",
    "a lone high surrogate": '{"table": "{table}", "data": [{"id": 2, "v": "\\ud800"}]}',
    "a lone low surrogate": '{"table": "{table}", "data": [{"id": 2, "v": "a\\udfffb"}]}',
    "surrogates in the wrong order": '{"table": "{table}", "data": [{"id": 2, "v": "\\udd1e\\ud834"}]}',
    "a surrogate in a nested value": '{"table": "{table}", "data": [{"id": 2, "m": {"\\ud800": 1}}]}',
    "a surrogate in a column's name": '{"table": "{table}", "data": [{"id": 2, "\\ud800": 1}]}',
    "a surrogate in a table's name": '{"table": "\\ud800", "data": [{"id": 2}]}',
    "a field twice": '{"table": "nothing", "table": "{table}", "data": [{"id": 2}]}',
    "the data twice": '{"table": "{table}", "data": [{"id": 2}], "data": [{"id": 3}]}',
    "a column twice": '{"table": "{table}", "data": [{"id": 2}, {"id": 3, "v": "a", "v": "b"}]}',
    "a column twice, once escaped": '{"table": "{table}", "data": [{"id": 2, "v": "a", "\\u0076": "b"}]}',
    "a column twice, equal": '{"table": "{table}", "data": [{"id": 2, "id": 2}]}',
    "a key of a MAP twice": '{"table": "{table}", "data": [{"id": 2, "m": {"a": 1, "a": 2}}]}',
    "a value too deep": '{"table": "{table}", "data": [{"id": 2, "m": ' + "[" * 5000 + "]" * 5000 + "}]}",
    "a value far too deep": '{"table": "{table}", "data": [{"id": 2, "v": ' + "[" * DEEP + "]" * DEEP + "}]}",
    "a row far too deep": '{"table": "{table}", "data": ' + "[" * DEEP + "]" * DEEP + "}",
    "objects far too deep": '{"table": "{table}", "data": [' + '{"m":' * DEEP + "1" + "}" * DEEP + "]}",
}


@pytest.mark.parametrize("wrong", WRITES)
def test_a_write_with_bad_json_inside_writes_nothing(client: Client, people: str, wrong: str) -> None:
    answer = client.send("POST", "/api/v1/records/write", WRITES[wrong].replace("{table}", people))
    assert (answer.status, answer.error_type, client.ids(people)) == (400, "Invalid", [1])


UPDATES: dict[str, str] = {
    "a field twice": '"key_column": "id", "key_value": 7, "key_value": 1, "updates": {"v": "x"}',
    "a column twice": '"key_column": "id", "key_value": 1, "updates": {"v": "x", "v": "y"}',
    "a key twice": '"keys": {"id": 7, "id": 1}, "updates": {"v": "x"}',
    "a value of a filter twice":
        '"filters": [{"column": "id", "value": 7, "value": 1}], "updates": {"v": "x"}',
    "a key of a bulk update twice":
        '"key_column": "id", "bulk_updates": [{"key_value": 7, "key_value": 1, "updates": {"v": "x"}}]',
    "a column of a bulk update twice":
        '"key_column": "id", "bulk_updates": [{"key_value": 1, "updates": {"v": "x", "v": "y"}}]',
    "NaN": '"key_column": "id", "key_value": 1, "updates": {"d": NaN}',
    "a number beyond all bounds": '"key_column": "id", "key_value": 1, "updates": {"d": 1e400}',
    "a lone surrogate": '"key_column": "id", "key_value": 1, "updates": {"v": "\\ud800"}',
    "a lone surrogate in a filter":
        '"filters": [{"column": "v", "op": "!=", "value": "\\ud800"}], "updates": {"v": "x"}',
    "a value too deep":
        '"key_column": "id", "key_value": 1, "updates": {"m": ' + "[" * DEEP + "]" * DEEP + "}",
    "conditions too deep":
        '"filters": [' + '{"not":' * DEEP + '{"column": "id"}' + "}" * DEEP + '], "updates": {"v": "x"}',
}  # fmt: skip


@pytest.mark.parametrize("wrong", UPDATES)
def test_an_update_with_bad_json_inside_changes_nothing(client: Client, people: str, wrong: str) -> None:
    body = f'{{"table": "{people}", {UPDATES[wrong]}}}'
    answer = client.send("POST", "/api/v1/records/update", body)
    assert (answer.status, answer.error_type) == (400, "Invalid")
    assert client.read(people, columns=["id", "v", "d"]).rows == [{"id": 1, "v": None, "d": None}]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"columns": NaN}', b"[" * DEEP, b'{"columns": [], "columns": []}']
)
def test_a_definition_that_is_not_json_creates_nothing(client: Client, table: str, body: bytes) -> None:
    answer = client.send("PUT", client.path(table), body)
    assert (answer.status, answer.error_type, client.get(client.path(table)).status) == (400, "Invalid", 404)
