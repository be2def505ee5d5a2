"""What the views share: the gateway behind the app, the body of a request, and who is calling."""

from typing import Any

import marshmallow as ma
from flask import Request, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from gateway import identity
from gateway.body import decode
from gateway.schemas import load
from gateway.service import Gateway

JSON = "application/json"
EXTENSION = "lakegate"
ENVIRONMENT = "lakegate.environ"


def gateway() -> Gateway:
    """The gateway that this app serves."""
    found: Gateway = current_app.extensions[EXTENSION]
    return found


def raw_body() -> bytes:
    """The body of a request that must be JSON.

    Raises:
        UnsupportedMediaType: its Content-Type says otherwise.
        RequestEntityTooLarge: it is larger than allowed.
    """
    found: Request = request._get_current_object()  # type: ignore[attr-defined] # looked up once, not five times
    if found.environ.get("CONTENT_TYPE") != JSON and found.mimetype != JSON:
        raise UnsupportedMediaType
    most = gateway().config.max_body_bytes
    if (found.content_length or 0) > most:
        raise RequestEntityTooLarge
    body = found.get_data(cache=False)
    if len(body) > most:
        raise RequestEntityTooLarge
    return body


def asked(schema: type[ma.Schema]) -> Any:
    """The typed request that the body makes by a schema.

    Raises:
        Invalid: it makes none; each fault has its place.
    """
    return load(schema, decode(raw_body()))


def caller() -> str:
    """Who is calling; the access log is told."""
    environ = request.environ
    name = environ[identity.CALLER] = identity.caller(environ, gateway().config)
    return name
