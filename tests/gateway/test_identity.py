"""Whom the gateway believes, and what it calls a request."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import Client

from gateway.config import Config
from gateway.identity import REQUEST_ID, caller, named_requests, request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

APP = Config.from_env({"DATABRICKS_APP_NAME": "lakegate", "GATEWAY_LOCAL_USER": "local"})
LAPTOP = Config.from_env({"GATEWAY_LOCAL_USER": "local"})
EMAIL = {"HTTP_X_FORWARDED_EMAIL": "ada@example.org", "HTTP_X_FORWARDED_USER": "42@7"}
UNFIT = ["", "  ", "a\nb", "a\x00b", "a\u2028b", "a" * 256]


def test_an_app_believes_its_proxy() -> None:
    assert caller(EMAIL, APP) == "ada@example.org"


def test_without_an_email_it_is_the_user() -> None:
    assert caller({"HTTP_X_FORWARDED_USER": "42@7"}, APP) == "42@7"


def test_without_headers_it_is_the_local_user() -> None:
    assert caller({}, APP) == "local"


def test_elsewhere_nobody_is_believed() -> None:
    assert caller(EMAIL, LAPTOP) == "local"


def test_the_local_user_is_the_service_unless_named() -> None:
    assert caller({}, Config.from_env({})) == "lakegate"


def test_space_around_a_name_is_not_part_of_it() -> None:
    assert caller({"HTTP_X_FORWARDED_EMAIL": " ada@example.org\t"}, APP) == "ada@example.org"


@pytest.mark.parametrize("email", UNFIT)
def test_an_unfit_email_is_ignored(email: str) -> None:
    assert caller({**EMAIL, "HTTP_X_FORWARDED_EMAIL": email}, APP) == "42@7"


@pytest.mark.parametrize("user", UNFIT)
def test_an_unfit_user_is_ignored(user: str) -> None:
    assert caller({"HTTP_X_FORWARDED_USER": user}, APP) == "local"


def test_a_name_may_have_255_characters() -> None:
    assert caller({"HTTP_X_FORWARDED_USER": "a" * 255}, APP) == "a" * 255


def test_a_name_in_utf_8_is_read_as_such() -> None:
    assert caller({"HTTP_X_FORWARDED_EMAIL": "zoë@例え.jp".encode().decode("latin-1")}, APP) == "zoë@例え.jp"


def test_a_name_in_latin_1_is_read_as_such() -> None:
    assert caller({"HTTP_X_FORWARDED_EMAIL": "zoë@example.org"}, APP) == "zoë@example.org"


@pytest.mark.parametrize("text", ["a", "0" * 128, "with space", "~!"])
def test_a_fit_request_id_is_kept(text: str) -> None:
    assert request_id({"HTTP_X_REQUEST_ID": text}) == text


@pytest.mark.parametrize("text", ["", "0" * 129, "é", "a\nb", "a\x7fb"])
def test_an_unfit_request_id_is_replaced(text: str) -> None:
    made = request_id({"HTTP_X_REQUEST_ID": text})
    assert made != text
    assert len(made) == 32


def test_no_two_requests_are_called_the_same() -> None:
    assert request_id({}) != request_id({})


def echo(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ[REQUEST_ID].encode()]


def test_an_answer_carries_the_name_that_the_application_sees() -> None:
    answer = Client(named_requests(echo)).get("/")
    assert answer.headers.getlist("X-Request-Id") == [answer.text]


def test_an_answer_carries_the_callers_name_for_it() -> None:
    answer = Client(named_requests(echo)).get("/", headers={"X-Request-Id": "r-1"})
    assert answer.headers["X-Request-Id"] == "r-1"
