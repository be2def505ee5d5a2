"""Reads without an envelope: NDJSON and CSV, of any length."""

import csv
import io
import json

import pytest
import requests

from tests.client import Client, Row, exact, new_name
from tests.effort import examples

NDJSON = "application/x-ndjson"
COLUMNS = {
    "id": "INT", "s": "STRING", "n": "DECIMAL(10,2)", "b": "BOOLEAN", "d": "DOUBLE", "t": "TIMESTAMP",
    "x": "BINARY", "a": "ARRAY<STRING>", "m": "MAP<STRING,INT>",
}  # fmt: skip
FULL: Row = {
    "id": 1, "s": 'one, "two"\r\nthree \u00e9\U0001d11e', "n": 5, "b": True, "d": "NaN",
    "t": "2025-12-06T10:30:00.5+00:00", "x": "AAEC", "a": ["x,y", None, 'q"'], "m": {"k": 1},
}  # fmt: skip
LONG_LINE = "x" * 1000
LINES = 60_000


@pytest.fixture(scope="module")
def mixed(client: Client) -> str:
    """A table with a row of values, one of empty texts and one of NULLs."""
    return client.fill(new_name(), COLUMNS, [FULL, {"id": 2, "s": "", "a": []}, {"id": 3}])


@pytest.fixture(scope="module")
def long(client: Client) -> str:
    """A table of 60 MB."""
    table = client.create(new_name(), {"id": "INT", "s": "STRING"})
    for start in range(0, LINES, 20_000):
        rows = [{"id": number, "s": LONG_LINE} for number in range(start, start + 20_000)]
        assert client.write(table, rows).status == 201
    return table


def test_ndjson_is_one_object_a_line(client: Client, mixed: str) -> None:
    answer = client.stream(mixed, NDJSON, columns=list(COLUMNS))
    lines = answer.content.decode().split("\n")
    assert (answer.status, len(lines), lines[-1]) == (200, 4, "")
    assert json.loads(lines[0]) == FULL
    assert list(json.loads(lines[2]).items()) == [(name, 3 if name == "id" else None) for name in COLUMNS]


def test_ndjson_says_what_it_is(client: Client, mixed: str) -> None:
    assert client.stream(mixed, NDJSON).headers["Content-Type"].startswith(NDJSON)


def test_ndjson_is_as_exact_as_a_page(client: Client, mixed: str) -> None:
    lines = client.stream(mixed, NDJSON, columns=list(COLUMNS)).content.splitlines()
    assert [exact(line) for line in lines] == client.read(mixed, columns=list(COLUMNS)).exact_rows


def test_csv_has_a_header_and_rows_that_end_in_crlf(client: Client, mixed: str) -> None:
    answer = client.stream(mixed, "text/csv", columns=["id", "n", "b", "d", "t", "x"])
    assert answer.content.decode() == (
        "id,n,b,d,t,x\r\n1,5.00,true,NaN,2025-12-06T10:30:00.5+00:00,AAEC\r\n2,,,,,\r\n3,,,,,\r\n"
    )


def test_csv_says_what_it_is(client: Client, mixed: str) -> None:
    assert client.stream(mixed, "text/csv").headers["Content-Type"].startswith("text/csv")


def test_csv_tells_an_empty_text_from_null(client: Client, mixed: str) -> None:
    filters = [{"column": "id", "op": ">", "value": 1}]
    answer = client.stream(mixed, "text/csv", columns=["id", "s"], filters=filters)
    assert answer.content == b'id,s\r\n2,""\r\n3,\r\n'


def test_csv_quotes_what_needs_quotes(client: Client, mixed: str) -> None:
    answer = client.stream(mixed, "text/csv", columns=["s", "id"], limit=1)
    assert answer.content.decode() == 's,id\r\n"one, ""two""\r\nthree \u00e9\U0001d11e",1\r\n'


def test_csv_has_nested_values_as_json(client: Client, mixed: str) -> None:
    answer = client.stream(mixed, "text/csv", columns=["a", "m"], limit=1)
    row = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))[1]
    assert [json.loads(cell) for cell in row] == [FULL["a"], FULL["m"]]


@pytest.mark.parametrize("type_", ["INT", "STRING"])
def test_csv_of_one_null_column_has_a_line_for_each_row(client: Client, table: str, type_: str) -> None:
    client.fill(table, {"id": "INT", "v": type_}, [{"id": 1}, {"id": 2}])
    assert client.stream(table, "text/csv", columns=["v"]).content == b"v\r\n\r\n\r\n"


@pytest.mark.parametrize(("accept", "content"), [(NDJSON, b""), ("text/csv", b"id,s\r\n")])
def test_an_empty_stream_has_no_rows(client: Client, mixed: str, accept: str, content: bytes) -> None:
    answer = client.stream(mixed, accept, columns=["id", "s"], filters=[{"column": "id", "value": 9}])
    assert (answer.status, answer.content) == (200, content)


@pytest.mark.parametrize("accept", [NDJSON, "text/csv"])
def test_a_stream_takes_the_same_request(client: Client, mixed: str, accept: str) -> None:
    filters = [{"column": "s", "op": "IS NOT NULL"}]
    answer = client.stream(
        mixed, accept, columns=["id"], filters=filters, order_by=["-id"], limit=5, offset=1
    )
    assert answer.content in (b'{"id":1}\n', b'{"id": 1}\n', b"id\r\n1\r\n")


@pytest.mark.parametrize("accept", [NDJSON, "text/csv"])
def test_a_stream_has_no_limit_by_default(client: Client, long: str, accept: str) -> None:
    answer = client.stream(long, accept, columns=["id"])
    numbers = [int("".join(filter(str.isdigit, line))) for line in answer.content.decode().split()[-LINES:]]
    assert numbers == list(range(LINES))


@pytest.mark.parametrize("limit", [1, 999, 1001, 50_000, 10**9, 2**63])
def test_a_stream_takes_any_limit(client: Client, long: str, limit: int) -> None:
    answer = client.stream(long, NDJSON, columns=["id"], limit=limit)
    assert (answer.status, answer.content.count(b"\n")) == (200, min(limit, LINES))


def test_a_stream_goes_on_from_a_cursor(client: Client, mixed: str) -> None:
    cursor = client.read(mixed, columns=["id"], limit=1).body["next_cursor"]
    lines = client.stream(mixed, NDJSON, columns=["id"], cursor=cursor).content.splitlines()
    assert [json.loads(line) for line in lines] == [{"id": 2}, {"id": 3}]


def test_a_stream_of_a_table_without_a_key_is_whole(client: Client, table: str) -> None:
    client.create(table, {"n": "INT"}, primary_key=())
    client.write(table, [{"n": number // 2} for number in range(3000)])
    lines = client.stream(table, NDJSON, columns=["n"]).content.splitlines()
    assert [json.loads(line)["n"] for line in lines] == [number // 2 for number in range(3000)]


@pytest.mark.parametrize("accept", [NDJSON, "text/csv"])
def test_a_stream_begins_before_it_is_read_and_is_not_held_in_memory(
    client: Client, long: str, accept: str
) -> None:
    before = client.gateway.resident_bytes()
    with begun(client, long, accept) as response:
        first = response.raw.read(1000)
        grown = client.gateway.resident_bytes() - before
    assert len(first) == 1000 and grown < 45_000_000


def test_a_stream_that_is_left_early_does_no_harm(client: Client, long: str) -> None:
    for _ in range(examples(20)):
        with begun(client, long, NDJSON) as response:
            response.raw.read(10)
    assert client.write(long, [{"id": -1}]).status == 201
    client.delete(long, key_column="id", key_value=-1, soft=False)


def test_a_stream_being_read_does_not_hold_up_a_write(client: Client, long: str, table: str) -> None:
    client.create(table, {"id": "INT"})
    with begun(client, long, NDJSON) as response:
        response.raw.read(10)
        statuses = [client.write(table, [{"id": number}]).status for number in range(10)]
    assert statuses == [201] * 10


def test_a_stream_holds_what_was_there_when_it_began(client: Client, table: str) -> None:
    client.fill(table, {"id": "INT", "s": "STRING"}, [{"id": at, "s": LONG_LINE} for at in range(20_000)])
    with begun(client, table, NDJSON) as response:
        first = response.raw.read(100)
        client.update(table, filters=[{"column": "id", "op": ">=", "value": 0}], updates={"s": "changed"})
        whole = first + response.raw.read()
    assert (whole.count(b"\n"), whole.count(b"changed")) == (20_000, 0)


def begun(client: Client, table: str, accept: str) -> requests.Response:
    """A stream of all rows, of which nothing but the headers has been read."""
    url = f"{client.gateway.url}/api/v1/records/read"
    return requests.post(url, json={"table": table}, headers={"Accept": accept}, stream=True, timeout=60)


@pytest.mark.parametrize("accept", [NDJSON, "text/csv"])
@pytest.mark.parametrize(
    ("fields", "status"),
    [({"columns": "shoe"}, 400), ({"limit": 0}, 400), ({"table": "nothing"}, 404), ({"nonsense": 1}, 400)],
)
def test_a_stream_that_cannot_begin_is_an_error_in_the_envelope(
    client: Client, mixed: str, accept: str, fields: Row, status: int
) -> None:
    answer = client.post("/api/v1/records/read", {"table": mixed, **fields}, {"Accept": accept})
    assert (answer.status, answer.body["error"]) == (status, True)
    assert answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("accept", ["Application/X-NDJSON", "application/json;q=0.5, application/x-ndjson"])
def test_a_media_type_is_read_as_http_says(client: Client, mixed: str, accept: str) -> None:
    assert client.stream(mixed, accept).headers["Content-Type"].startswith(NDJSON)


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html, */*;q=0.8", "application/*"])
def test_other_readers_get_the_envelope(client: Client, mixed: str, accept: str) -> None:
    assert client.stream(mixed, accept, columns=["id"]).body["count"] == 3
