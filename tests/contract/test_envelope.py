"""What every answer has, and what every error looks like."""

import json
import re
import socket
from contextlib import suppress

import pytest
import requests

from tests.client import Answer, Client

POSTS = [f"/api/v1/records/{verb}" for verb in ("write", "read", "update", "delete")]
GETS = ["/api/v1/catalogs", "/api/v1/healthcheck", "/api/health", "/api/health/live", "/api/health/ready",
        "/api/openapi.json", "/api/docs"]  # fmt: skip


def is_error(answer: Answer, status: int) -> bool:
    """Whether it is the envelope, whole and with nothing else, and tells nothing it should not."""
    body, said = answer.body, answer.content.decode()
    assert answer.status == status, answer
    assert list(body) == ["error", "message", "details", "request_id"]
    assert body["error"] is True and body["message"] and body["details"]["type"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["Content-Type"].startswith("application/json")
    assert not re.search(r"Traceback|sqlite|psycopg|SELECT |INSERT |/work|\.py\b|line \d", said), said
    return True


def test_a_fault_is_listed_with_its_place(client: Client, table: str) -> None:
    client.create(table, {"id": "INT", "balance": "DECIMAL(10,2)"})
    answer = client.write(table, [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4, "balance": "x"}])
    assert is_error(answer, 400)
    assert answer.body["details"] == {
        "type": "Invalid", "errors": [{"loc": ["data", 3, "balance"], "msg": "not a DECIMAL(10,2)"}],
    }  # fmt: skip


def test_what_is_not_there_is_an_error(client: Client, table: str) -> None:
    answer = client.read(table)
    assert is_error(answer, 404) and answer.error_type == "NotFound"


def test_a_conflict_is_an_error(client: Client, table: str) -> None:
    client.fill(table, {"id": "INT"}, [{"id": 1}])
    answer = client.write(table, [{"id": 1}])
    assert is_error(answer, 409) and answer.error_type == "Conflict"


@pytest.mark.parametrize(
    "path",
    ["/", "/api", "/api/v1", "/api/v2/records/read", "/api/v1/records", "/api/v1/records/read/x", "/x%00y"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_404(client: Client, method: str, path: str) -> None:
    assert is_error(client.send(method, path), 404)


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_wrong_method_is_405_and_names_the_right_one(client: Client, method: str, path: str) -> None:
    answer = client.send(method, path)
    assert is_error(answer, 405) and "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", GETS)
def test_posting_to_what_is_only_read_is_405(client: Client, path: str) -> None:
    answer = client.send("POST", path, "{}")
    assert is_error(answer, 405) and "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", GETS)
def test_head_answers_as_get_without_a_body(client: Client, path: str) -> None:
    answer = client.send("HEAD", path)
    assert (answer.status, answer.content) == (200, b"")


def test_head_of_what_takes_only_post_is_405(client: Client) -> None:
    assert [client.send("HEAD", path).status for path in POSTS] == [405] * 4


@pytest.mark.parametrize("path", POSTS + GETS)
def test_options_names_the_methods(client: Client, path: str) -> None:
    answer = client.send("OPTIONS", path)
    assert answer.status in (200, 204)
    assert {"OPTIONS", "POST" if path in POSTS else "GET"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/xml", "text/json", "json",
     "multipart/form-data",
     "application/jsonp", "'; DROP TABLE x; --"],
)  # fmt: skip
def test_a_body_that_is_not_said_to_be_json_is_415(client: Client, path: str, content_type: str) -> None:
    assert is_error(client.send("POST", path, "{}", {"Content-Type": content_type}), 415)


@pytest.mark.parametrize("path", POSTS)
def test_a_body_of_no_type_is_415(client: Client, path: str) -> None:
    response = requests.post(client.gateway.url + path, data=b"{}", headers={"Content-Type": ""}, timeout=30)
    assert is_error(Answer(response.status_code, response.headers, response.content), 415)


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON", "application/json; charset=utf-8"]
)
def test_json_may_be_said_in_any_way(client: Client, table: str, content_type: str) -> None:
    client.create(table, {"id": "INT"})
    answer = client.send(
        "POST", "/api/v1/records/read", json.dumps({"table": table}), {"Content-Type": content_type}
    )
    assert answer.status == 200


def test_a_body_said_to_be_too_large_is_413_before_it_is_read(client: Client) -> None:
    head = b"POST /api/v1/records/write HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with socket.create_connection(client.gateway.address, timeout=30) as connection:
        connection.sendall(head + b"Content-Length: 67108865\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_turns_out_too_large_is_413(client: Client, table: str) -> None:
    answer = client.send("POST", "/api/v1/records/write", b'{"table": "' + b"x" * (64 << 20) + b'"}')
    assert is_error(answer, 413)


def test_a_chunked_body_that_turns_out_too_large_is_413(client: Client) -> None:
    head = b"POST /api/v1/records/write HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    with socket.create_connection(client.gateway.address, timeout=30) as connection:
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            for _ in range(66):
                connection.sendall(chunk)
            connection.sendall(b"0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_may_be_chunked(client: Client, table: str) -> None:
    client.create(table, {"id": "INT"})
    parts = iter([b'{"table": "', table.encode(), b'", "data": [{"id"', b": 1}]}"])
    response = requests.post(
        f"{client.gateway.url}/api/v1/records/write",
        data=parts,
        headers={"Content-Type": "application/json"},
        timeout=30,
    )
    assert (response.status_code, client.ids(table)) == (201, [1])


def test_a_large_body_within_the_limit_is_read(client: Client, table: str) -> None:
    client.create(table, {"id": "INT"})
    body = f'{{"table": "{table}"{" " * (60 << 20)}}}'
    assert client.send("POST", "/api/v1/records/read", body).status == 200


@pytest.mark.parametrize("request_id", ["a", "7e3f-11", "!~ #{}|\\\"'<>", "x" * 128, "'; DROP TABLE x; --"])
def test_the_callers_request_id_comes_back(client: Client, request_id: str) -> None:
    sent = {"X-Request-Id": request_id}
    assert client.send("GET", "/api/v1/healthcheck", headers=sent).headers["X-Request-Id"] == request_id


@pytest.mark.parametrize("request_id", ["x" * 129, "\u00e9", "\U0001f600", "a\tb", ""])
def test_a_request_id_that_is_not_printable_ascii_is_replaced(client: Client, request_id: str) -> None:
    sent = {"X-Request-Id": request_id.encode()}
    found = client.send("GET", "/api/v1/healthcheck", headers=sent).headers["X-Request-Id"]
    assert found != request_id and re.fullmatch(r"[!-~]{8,128}", found)


def test_every_request_has_an_id_of_its_own(client: Client) -> None:
    ids = {client.get("/api/v1/healthcheck").headers["X-Request-Id"] for _ in range(20)}
    assert len(ids) == 20


def test_every_kind_of_answer_has_the_request_id(client: Client, table: str) -> None:
    client.create(table, {"id": "INT"})
    sent = {"X-Request-Id": "the-one"}
    body = json.dumps({"table": table})
    answers = [
        client.send("POST", "/api/v1/records/read", body, {**sent, "Accept": "text/csv"}),
        client.send("POST", "/api/v1/records/read", body, sent),
        client.send("POST", "/api/v1/records/write", body, sent),
        client.send("DELETE", client.path(table), headers=sent),
        client.send("DELETE", client.path(table), headers=sent),
        client.send("OPTIONS", "/api/v1/catalogs", headers=sent),
        client.send("GET", "/nowhere", headers=sent),
    ]
    assert [answer.status for answer in answers[:5]] == [200, 200, 400, 204, 404]
    assert [answer.headers["X-Request-Id"] for answer in answers] == ["the-one"] * 7


@pytest.mark.parametrize(
    ("path", "body", "content_type", "status"),
    [
        ("/api/v1/records/read", b'{"table": "nothing"}', "text/plain", 415),
        ("/api/v1/records/read", b"{" * 5000, "application/json", 400),
        ("/api/v1/nowhere", b'{"table": "nothing"}' * 100, "application/json", 404),
        ("/api/v1/catalogs", b'{"table": "nothing"}' * 100, "application/json", 405),
    ],
)
def test_a_refused_body_does_not_spoil_the_connection(
    client: Client, path: str, body: bytes, content_type: str, status: int
) -> None:
    with requests.Session() as session:
        headers = {"Content-Type": content_type}
        first = session.post(client.gateway.url + path, data=body, headers=headers, timeout=30)
        second = session.get(client.gateway.url + "/api/v1/healthcheck", timeout=30)
    assert (first.status_code, second.status_code) == (status, 200)
