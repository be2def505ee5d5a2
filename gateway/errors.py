"""Errors as HTTP: the one table of statuses, and the one envelope."""

from http import HTTPStatus

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from backends import errors
from gateway.identity import REQUEST_ID
from gateway.response import as_json

STATUS: dict[type[errors.BackendError], HTTPStatus] = {
    errors.Invalid: HTTPStatus.BAD_REQUEST,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.Unsupported: HTTPStatus.BAD_REQUEST,
    errors.Timeout: HTTPStatus.GATEWAY_TIMEOUT,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.BackendError: HTTPStatus.BAD_GATEWAY,
}
# what Flask itself refuses, in words that say what to do
_WORDS = {
    404: "there is no such path; GET /api/docs lists them",
    405: "the path does not take this method",
    408: "the body did not come in time",
    413: "the body is larger than GATEWAY_MAX_BODY_BYTES allows",
    415: "a body needs Content-Type: application/json",
}


def status_of(error: errors.BackendError) -> HTTPStatus:
    """The status of the nearest class that has one."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def kind_of(error: errors.BackendError) -> str:
    """The name of the nearest class that has a status: those are what clients are told of."""
    return next(cls.__name__ for cls in type(error).__mro__ if cls in STATUS)


def register(app: Flask) -> None:
    """Answer every error in the envelope."""
    app.register_error_handler(errors.BackendError, _backend_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def envelope(status: int, message: str, details: dict[str, object]) -> Response:
    """An error's answer."""
    body = {"error": True, "message": message, "details": details, "request_id": request.environ[REQUEST_ID]}
    return as_json(body, status)


def _backend_error(error: errors.BackendError) -> Response:
    if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # while a database is away there are many of these, and they are all alike
        trace = None if isinstance(error, errors.Unavailable) else error
        current_app.logger.error("request %s: %s", request.environ[REQUEST_ID], error.message, exc_info=trace)
    answer = envelope(status_of(error), error.message, {"type": kind_of(error), **error.details})
    if isinstance(error, errors.Unavailable):
        answer.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unauthenticated):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _http_error(error: HTTPException) -> Response:
    code = error.code or 500
    kind = errors.NotFound if code == HTTPStatus.NOT_FOUND else errors.Invalid
    answer = envelope(code, _WORDS.get(code, HTTPStatus(code).phrase.lower()), {"type": kind.__name__})
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> Response:
    """A fault of the gateway's own: its trace goes to the log, under the request's id, and nowhere else."""
    current_app.logger.error("request %s failed", request.environ[REQUEST_ID], exc_info=error)
    return envelope(
        500, "the gateway failed; its log tells why, under this request_id", {"type": "BackendError"}
    )
