"""The OpenAPI document: made from the app's routes, the schemas of requests, and `operations`."""

import re
from typing import Any

import msgspec
from apispec import APISpec
from flask import Flask

from gateway.config import VERSION
from gateway.openapi import answers, conditions, databases, fields, parameters, transfers
from gateway.openapi.operations import ANSWER_WORDS, OPERATIONS, TAGS, Operation

Json = dict[str, Any]

WORDS = """\
One interface to the tables of a database, whichever it is: the same request gives the same answer on each.

* A body needs `Content-Type: application/json`. A field that a request does not have is refused.
* Every answer carries `X-Request-Id`: yours, if you send one.
* Every error has the same envelope. `details.errors` lists each fault with its place.
* Numbers keep their digits: a `DECIMAL` may be sent as a number or as a text. `BINARY` is base64, times are
  ISO 8601 (`TIMESTAMP` in UTC), NaN and the infinities are the texts `"NaN"`, `"Infinity"`, `"-Infinity"`.

The examples here work on the demo: `make run` loads all flights that left New York City in 2013."""


def document(app: Flask) -> bytes:
    """The document of an app, as JSON."""
    spec = APISpec(
        title="Lakegate",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[fields.plugin()],
        info={"description": WORDS},
        servers=[{"url": ".."}],  # seen from the document itself: wherever a proxy puts the gateway
        tags=[{"name": name, "description": words} for name, words in TAGS.items()],
    )
    summaries = _summaries(app)
    for route, operation in OPERATIONS.items():
        method, path = route.split(" ")
        spec.path(path, operations={method.lower(): _operation(path, operation, summaries[route])})
    _add_components(spec)
    return msgspec.json.encode(spec.to_dict())


def routes(app: Flask) -> dict[str, str]:
    """The endpoint of each route of an app, the route written as in `OPERATIONS`."""
    return {
        f"{method} {_path(rule.rule)}": rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def _path(rule: str) -> str:
    """A rule of Flask's as OpenAPI writes a path."""
    return re.sub(r"<(?:[^:>]*:)?(\w+)>", r"{\1}", rule)


def _summaries(app: Flask) -> dict[str, str]:
    """The first line of each view's docstring, by its route."""
    return {
        route: (app.view_functions[endpoint].__doc__ or "").strip().splitlines()[0].rstrip(".")
        for route, endpoint in routes(app).items()
    }


def _add_components(spec: APISpec) -> None:
    made: Json = {}
    for part in (answers, transfers, databases, conditions, parameters):
        made |= part.schemas()
    for name, schema in made.items():
        spec.components.schema(name, schema)
    for name, header in answers.HEADERS.items():
        spec.components.header(name, header)
    for status, (name, *_) in answers.REFUSALS.items():
        spec.components.response(name, answers.refusal(status))


def _operation(path: str, operation: Operation, summary: str) -> Json:
    found: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": summary,
        "description": operation.words,
        "parameters": [*parameters.of_path(path, operation.table), *operation.parameters],
        "responses": _answers(operation),
    }
    if operation.body is not None:
        found["requestBody"] = _body(operation)
    return {name: value for name, value in found.items() if value}


def _body(operation: Operation) -> Json:
    shown = {title: {"summary": title, "value": value} for title, value in operation.requests.items()}
    content = {"schema": operation.body, "examples": shown}
    return {"required": True, "content": {"application/json": content}}


def _answers(operation: Operation) -> Json:
    refused = {status: answers.REFUSALS[status][0] for status in operation.refusals}
    given = {status: _answer(operation, status) for status in operation.answers}
    return {str(status): told for status, told in sorted({**refused, **given}.items())}


def _answer(operation: Operation, status: int) -> Json:
    told: Json = {"description": ANSWER_WORDS[status], "headers": answers.headers("X-Request-Id")}
    if (component := operation.answers[status]) is None:
        return told
    shown = {"example": operation.answer} if operation.answer else {}
    content: Json = {"application/json": {"schema": component, **shown}}
    for kind, text in operation.streams.items():
        content[kind] = {"schema": {"type": "string"}, "example": text}
    return {**told, "content": content}
