"""What the views share: the gateway behind the app, the body of a request, and who is calling."""

from typing import Any

import marshmallow as ma
from flask import Response, current_app, g, request
from werkzeug.exceptions import UnsupportedMediaType

from gateway import body, identity
from gateway.accesslog import CALLER
from gateway.schemas import load
from gateway.service import Gateway

EXTENSION = "lakegate"
ENVIRONMENT = "lakegate.environ"


def gateway() -> Gateway:
    """The gateway that this app serves."""
    found: Gateway = current_app.extensions[EXTENSION]
    return found


def request_id() -> str:
    """What this request is called in its answer and in the logs."""
    if "request_id" not in g:
        g.request_id = identity.request_id(request.headers)
    found: str = g.request_id
    return found


def named_answer(answer: Response) -> Response:
    """The answer, with the request's name."""
    answer.headers["X-Request-Id"] = request_id()
    return answer


def raw_body() -> bytes:
    """The body of a request that must be JSON.

    Raises:
        UnsupportedMediaType: its Content-Type says otherwise.
        RequestEntityTooLarge: it is larger than allowed.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    return request.get_data(cache=False)


def asked(schema: type[ma.Schema]) -> Any:
    """The typed request that the body makes by a schema.

    Raises:
        Invalid: it makes none; each fault has its place.
    """
    return load(schema, body.decode(raw_body()))


def caller() -> str:
    """Who is calling; the access log is told."""
    name = identity.caller(request.headers, gateway().config)
    request.environ[CALLER] = name
    return name
