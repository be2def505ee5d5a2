"""The control plane's HTTP alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import pytest
import requests

from tests.workspace.control.server import Application, Server
from tests.workspace.control.wire import Answer, Request


@contextmanager
def serving(application: Application) -> Iterator[str]:
    server = Server()
    server.start(application)
    try:
        yield server.url
    finally:
        server.stop()


def echo(request: Request) -> Answer:
    seen = {"line": request.line, "query": dict(request.parameters()), "body": request.body.decode()}
    return Answer(seen, HTTPStatus.ACCEPTED, {"Retry-After": "7"})


@pytest.mark.parametrize("method", ["DELETE", "GET", "PATCH", "POST", "PUT"])
def test_a_request_gets_to_the_application_and_its_answer_back(method: str) -> None:
    with serving(echo) as url:
        answer = requests.request(method, f"{url}/a%20b?c=d&c=e&f=", data="text", timeout=20)
    assert answer.json() == {"line": f"{method} /a%20b", "query": {"c": "e", "f": ""}, "body": "text"}
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "7")


def test_a_connection_is_kept() -> None:
    ports: list[int] = []

    def remember(request: Request) -> Answer:
        ports.append(request.port)
        return Answer({})

    with serving(remember) as url, requests.Session() as session:
        for _ in range(3):
            session.get(url, timeout=20)
    assert len(ports) == 3 and len(set(ports)) == 1


def test_a_connection_is_dropped_without_an_answer() -> None:
    with serving(lambda _: None) as url, pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=20)


def test_a_fault_of_its_own_is_said_and_written_down(caplog: pytest.LogCaptureFixture) -> None:
    def fail(request: Request) -> Answer:
        raise LookupError("nobody thought of this")

    with serving(fail) as url:
        answer = requests.get(f"{url}/x", timeout=20)
    assert (answer.status_code, answer.json()["error_code"]) == (500, "INTERNAL_ERROR")
    assert "nobody thought of this" in caplog.text and "GET /x" in caplog.text


def test_a_server_that_was_never_started_can_be_stopped() -> None:
    Server().stop()
