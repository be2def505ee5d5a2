"""Requests and answers of the control plane, and the errors it answers with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

JsonObject = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Request:
    """What came over the wire; `port` is the client's, and `origin` the URL of the server that it came to."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    port: int
    origin: str = ""

    @property
    def line(self) -> str:
        """Method and path, such as "POST /api/2.0/database/credentials"."""
        return f"{self.method} {self.path}"

    def parameters(self) -> Mapping[str, str]:
        """The query string's; the last one counts."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def json(self) -> JsonObject:
        """The body; nothing is an empty object.

        Raises:
            Malformed: it is no JSON object.
        """
        try:
            found = json.loads(self.body or b"{}")
        except ValueError as error:
            raise Malformed("Could not parse request object: the body is not JSON.") from error
        if not isinstance(found, dict):
            raise Malformed("Could not parse request object: expected an object.")
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    body: JsonObject
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """What goes back that is no JSON."""

    body: bytes
    type: str = "application/octet-stream"
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """What a request is refused with, in the shape of all Databricks' interfaces."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "INTERNAL_ERROR"

    def answer(self) -> Answer:
        """The answer that says so."""
        return Answer({"error_code": self.code, "message": str(self), "details": []}, self.status)


class Malformed(ApiError):
    """The body cannot be read, or has a field that is unknown or of another type."""

    status = HTTPStatus.BAD_REQUEST
    code = "MALFORMED_REQUEST"


class Invalid(ApiError):
    """A value is missing or not allowed."""

    status = HTTPStatus.BAD_REQUEST
    code = "INVALID_PARAMETER_VALUE"


class BadState(ApiError):
    """The thing is in a state in which this cannot be done."""

    status = HTTPStatus.BAD_REQUEST
    code = "FAILED_PRECONDITION"


class Unauthenticated(ApiError):
    """There is no bearer, or it is not good."""

    status = HTTPStatus.UNAUTHORIZED
    code = "UNAUTHENTICATED"


class Forbidden(ApiError):
    """The caller may not do this."""

    status = HTTPStatus.FORBIDDEN
    code = "PERMISSION_DENIED"


class NotFound(ApiError):
    """There is no such instance, project, branch, endpoint, role, database or operation."""

    status = HTTPStatus.NOT_FOUND
    code = "NOT_FOUND"


class NoResource(NotFound):
    """There is no such app or warehouse."""

    code = "RESOURCE_DOES_NOT_EXIST"


class NoSuchPath(NotFound):
    """There is no interface at a path."""

    code = "ENDPOINT_NOT_FOUND"


class PathExists(ApiError):
    """There is a workspace file, or a folder, at a path."""

    status = HTTPStatus.BAD_REQUEST
    code = "RESOURCE_ALREADY_EXISTS"


class DirectoryNotEmpty(ApiError):
    """A folder of workspace files has something in it."""

    status = HTTPStatus.BAD_REQUEST
    code = "DIRECTORY_NOT_EMPTY"


class TooLarge(ApiError):
    """A workspace file may not have so many bytes."""

    status = HTTPStatus.BAD_REQUEST
    code = "MAX_NOTEBOOK_SIZE_EXCEEDED"


class ResourceExists(ApiError):
    """The name of an instance, one of its roles or an app is taken."""

    status = HTTPStatus.CONFLICT
    code = "RESOURCE_ALREADY_EXISTS"


class QuotaExceeded(ApiError):
    """The workspace has as many as it may."""

    status = HTTPStatus.BAD_REQUEST
    code = "QUOTA_EXCEEDED"


class AlreadyExists(ResourceExists):
    """The name of something in Autoscaling is taken."""

    code = "ALREADY_EXISTS"
