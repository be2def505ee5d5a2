"""What the access log tells of a request, and what it does not."""

import json
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from gateway.accesslog import encode, line_of
from gateway.identity import CALLER

ATOMIC = 4096  # bytes that a pipe takes in one piece


@dataclass
class Asked:
    method: str | None = "GET"
    path: str | None = "/api/v1/catalogs"


@dataclass
class Answered:
    status: str | None = "200 OK"
    headers: list[tuple[str, str]] = field(default_factory=lambda: [("x-request-id", "r-1")])
    sent: int = 21


def line(asked: Asked, answered: Answered | None = None, caller: object = "ada") -> bytes:
    taken = timedelta(milliseconds=1, microseconds=234)
    return encode(line_of(answered or Answered(), asked, {CALLER: caller}, taken))


def test_a_line_is_compact_json() -> None:
    told = line(Asked())
    fields = json.loads(told)
    del fields["time"]
    assert b" " not in told
    assert fields == {
        "request_id": "r-1",
        "method": "GET",
        "path": "/api/v1/catalogs",
        "status": 200,
        "ms": 1.234,
        "bytes": 21,
        "caller": "ada",
    }


def test_a_request_that_asks_for_no_identity_has_no_caller() -> None:
    assert json.loads(line(Asked(), caller=None))["caller"] is None


def test_a_malformed_request_may_have_nothing() -> None:
    fields = json.loads(line(Asked(None, None), Answered("400 Bad Request", [])))
    assert (fields["method"], fields["path"], fields["request_id"]) == (None, None, None)
    assert fields["status"] == 400


@pytest.mark.parametrize("raw", ["\n", "\r", "\x1b[2J", "\x85", "\u00e9", '"', "\\", "\x7f"])
def test_a_path_cannot_break_the_line(raw: str) -> None:
    told = line(Asked(path=f"/a{raw}b"))
    assert len(told.decode().splitlines()) == 1
    assert told.decode().isprintable()


def test_a_path_stays_percent_encoded() -> None:
    assert json.loads(line(Asked(path="/a%2Fb/%0A")))["path"] == "/a%2Fb/%0A"


def test_raw_bytes_of_a_path_are_percent_encoded_too() -> None:
    assert json.loads(line(Asked(path="/%C3%A9/Ã©")))["path"] == "/%C3%A9/%C3%A9"


@pytest.mark.parametrize("raw", ["a", '"', "\\", "\xff", "\x01"])
def test_a_line_reaches_a_pipe_in_one_piece(raw: str) -> None:
    longest = Answered(headers=[("X-Request-Id", '"' * 128)])
    assert len(line(Asked(path="/" + raw * 8000), longest, "\U0001f6eb" * 255)) < ATOMIC
