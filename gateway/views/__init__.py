"""What the views share: the gateway behind the app, the body of a request, and who is calling."""

from typing import IO, Any

from flask import Request, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout, UnsupportedMediaType

from gateway import identity
from gateway.body import decode
from gateway.schemas import RequestSchema, load
from gateway.service import Gateway

JSON = "application/json"
EXTENSION = "lakegate"
ENVIRONMENT = "lakegate.environ"


def gateway() -> Gateway:
    """The gateway that this app serves."""
    found: Gateway = current_app.extensions[EXTENSION]
    return found


def _request() -> Request:
    """The request itself: the proxy that stands for it looks it up at every touch."""
    found: Request = request._get_current_object()  # type: ignore[attr-defined]
    return found


def acting() -> Gateway:
    """The gateway as the caller may use it. Raises Unauthenticated."""
    return gateway().acting_for(identity.token(_request().environ))


def raw_body() -> bytes:
    """The body of a request that must be JSON.

    Raises:
        UnsupportedMediaType: its Content-Type says otherwise.
        RequestEntityTooLarge: it is larger than allowed.
        RequestTimeout: it does not come.
    """
    found = _request()
    if found.environ.get("CONTENT_TYPE") != JSON and found.mimetype != JSON:
        raise UnsupportedMediaType
    most = gateway().config.max_body_bytes
    length = found.content_length
    if length is not None and length <= most:
        return _read(found.environ["wsgi.input"], length)
    if length is not None or len(chunked := found.get_data(cache=False)) > most:
        raise RequestEntityTooLarge
    return chunked


def _read(stream: IO[bytes], length: int) -> bytes:
    """A body of a known length, at once: `get_data` would put it together from pieces."""
    try:
        return stream.read(length)
    except OSError as error:
        raise RequestTimeout from error


def asked(schema: type[RequestSchema]) -> Any:
    """The typed request that the body makes by a schema.

    Raises:
        Invalid: it makes none; each fault has its place.
    """
    return load(schema, decode(raw_body()))


def caller() -> str:
    """Who is calling; the access log is told."""
    environ = _request().environ
    name = environ[identity.CALLER] = identity.caller(environ, gateway().config)
    return name


def admin() -> str:
    """Who is calling; refused where that is nobody who may change structure. Raises Forbidden."""
    name = caller()
    identity.refuse_other_sites(_request().environ)
    identity.refuse_stranger(name, gateway().config)
    return name
