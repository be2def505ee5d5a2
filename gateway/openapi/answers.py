"""What the gateway answers, as JSON Schema."""

from typing import Any

from backends.preflight import CHECKS, STATES
from gateway.errors import STATUS

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
WORDS_OR_NONE: Json = {"type": ["string", "null"]}
COUNT: Json = {"type": "integer", "minimum": 0}
NAMES: Json = {"type": "array", "items": TEXT}
DATA_TYPE: Json = {"type": "string", "examples": ["DECIMAL(10,2)"]}
HEADERS: Json = {
    "X-Request-Id": {
        "description": "The caller's own, of at most 128 printable ASCII characters; else a new one.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 128},
        "required": True,
    },
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
        "required": True,
    },
}

# Status: its component's name, what it tells, and an example's message and details.
REFUSALS: dict[int, tuple[str, str, str, Json]] = {
    400: (
        "Invalid",
        "The request cannot be meant. `details.errors` lists each fault with its place, at most 100.",
        "data.3.balance: not a DECIMAL(10,2)",
        {"type": "Invalid", "errors": [{"loc": ["data", 3, "balance"], "msg": "not a DECIMAL(10,2)"}]},
    ),
    401: (
        "Unauthenticated",
        "Statements run as the caller (`GATEWAY_RUN_AS=user`), whose token is missing or refused.",
        "X-Forwarded-Access-Token is missing: user authorization is off for this app",
        {"type": "Unauthenticated"},
    ),
    403: (
        "Forbidden",
        "The database's own grants say no: the message names the missing one. Or only `GATEWAY_ADMINS` may.",
        "SELECT on demo.main.flights is not granted",
        {"type": "Forbidden"},
    ),
    404: (
        "NotFound",
        "There is no such catalog, schema, table or row.",
        'there is no table "demo.main.fligths"',
        {"type": "NotFound"},
    ),
    409: (
        "Conflict",
        "A key or a constraint refused it, or more rows match than `max_affected`. Nothing was written.",
        "a row with this key is there already",
        {"type": "Conflict"},
    ),
    413: (
        "TooLarge",
        "The body is larger than `GATEWAY_MAX_BODY_BYTES`.",
        "the body is larger than GATEWAY_MAX_BODY_BYTES allows",
        {"type": "Invalid"},
    ),
    415: (
        "NotJson",
        "The body's `Content-Type` is not `application/json`.",
        "a body needs Content-Type: application/json",
        {"type": "Invalid"},
    ),
    500: (
        "Failed",
        "The gateway failed; its log tells why, under the `request_id`.",
        "the gateway failed; its log tells why, under this request_id",
        {"type": "BackendError"},
    ),
    502: (
        "Refused",
        "The database refused the statement, for a reason that is not the request's.",
        "the database refused the statement",
        {"type": "BackendError"},
    ),
    503: (
        "Unavailable",
        "The database cannot be reached now. Nothing was written; trying again may help.",
        "the database is starting",
        {"type": "Unavailable", "state": "STARTING"},
    ),
    504: (
        "Timeout",
        "The database took longer than it may.",
        "the database took longer than it may",
        {"type": "Timeout"},
    ),
}


def closed(words: str, properties: Json, optional: tuple[str, ...] = ()) -> Json:
    """An object with these properties and no other."""
    return {
        "type": "object",
        "description": words,
        "required": [name for name in properties if name not in optional],
        "properties": properties,
        "additionalProperties": False,
    }


def listed(component: str) -> Json:
    """An array of a component."""
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{component}"}}


def schemas() -> dict[str, Json]:
    """The components that answers are made of."""
    return {**_records(), **_catalog(), **_health(), **_migrations(), "Error": _error(), "Fault": _fault()}


def _records() -> dict[str, Json]:
    page = {
        "data": {"type": "array", "items": {"type": "object"}, "description": "In the order of `columns`."},
        "count": {**COUNT, "description": "How many rows are in `data`."},
        "total": {
            "type": ["integer", "null"],
            "minimum": 0,
            "description": "How many rows match in all, if `include_total` asked for it.",
        },
        "next_cursor": {**WORDS_OR_NONE, "description": "For the page after this; null on the last one."},
    }
    return {
        "Page": closed("A page of rows.", page),
        "Done": closed("What was done, and to how many rows.", {"message": TEXT, "count": COUNT}),
    }


def _catalog() -> dict[str, Json]:
    kind: Json = {"type": "string", "enum": ["table", "view"]}
    column = {"name": TEXT, "data_type": DATA_TYPE, "nullable": {"type": "boolean"}, "comment": WORDS_OR_NONE}
    table = {"catalog": TEXT, "schema": TEXT, "name": TEXT, "kind": kind, "columns": listed("TableColumn")}
    return {
        "Catalogs": closed("The catalogs, by name.", {"catalogs": NAMES}),
        "Schemas": closed("The schemas of a catalog, by name.", {"schemas": NAMES}),
        "Tables": closed("The tables and views of a schema, by name.", {"tables": listed("TableSummary")}),
        "TableSummary": closed("A line of the list of tables.", {"name": TEXT, "kind": kind}),
        "Table": closed("A table or view.", {**table, "primary_key": NAMES}),
        "TableColumn": closed("A column of a table.", column),
    }


def _migrations() -> dict[str, Json]:
    direction: Json = {"type": "string", "enum": ["upgrade", "downgrade"]}
    revision = {"revision": TEXT, "message": TEXT}
    step = {**revision, "direction": direction}
    unfinished = {"revision": TEXT, "direction": direction, "done": COUNT, "statement": WORDS_OR_NONE}
    standing = {"current": WORDS_OR_NONE, "head": WORDS_OR_NONE, "pending": listed("Revision")}
    there: Json = {"oneOf": [{"$ref": "#/components/schemas/Unfinished"}, {"type": "null"}]}
    moment: Json = {"type": "string", "format": "date-time"}
    job = {
        "job": TEXT,
        "kind": TEXT,
        "state": {"type": "string", "enum": ["running", "done", "failed"]},
        "result": {"type": ["object", "null"], "description": "When it has ended."},
        "progress": {"type": ["object", "null"], "description": "While it runs, if it tells any."},
        "begun_at": moment,
        "seen_at": moment,
        "begun_by": WORDS_OR_NONE,
    }
    begun = {name: job[name] for name in ("job", "kind", "state")}
    planned = {**step, "statements": NAMES}
    return {
        "Migrations": closed("Where the database stands.", {**standing, "unfinished": there}),
        "Revision": closed("A revision.", revision),
        "Unfinished": closed("A run that is under way, or was stopped.", unfinished),
        "MigrationPlan": closed("What it takes.", {"to": TEXT, "revisions": listed("PlannedRevision")}),
        "PlannedRevision": closed("A step, and its SQL; `--` begins a remark.", planned),
        "Moved": closed("What was done.", {"current": WORDS_OR_NONE, "steps": listed("Step")}),
        "Step": closed("A revision that was taken, or taken back.", step),
        "Stamped": closed("Where the database is said to stand.", {"current": WORDS_OR_NONE}),
        "JobBegun": closed("It goes on: `Location` tells where to ask.", begun),
        "Job": closed("What took longer than a request. `seen_at` is its last sign of life.", job),
    }


def _health() -> dict[str, Json]:
    check = {
        "name": TEXT,
        "status": {"type": "string", "enum": ["ok", "pending", "failed"]},
        "latency_ms": {"type": "number", "minimum": 0},
        "message": WORDS_OR_NONE,
    }
    checks = {"backend": TEXT, "checks": listed("Check")}
    states: Json = {"type": "string", "enum": ["healthy", "degraded", "unhealthy"]}
    uptime = {"version": TEXT, "uptime_seconds": {"type": "number", "minimum": 0}}
    alive = {"status": {"const": "OK"}, "timestamp": {"type": "string", "format": "date-time"}}
    states_found: Json = {"type": "string", "enum": list(STATES)}
    finding = {
        "name": {"enum": list(CHECKS)},
        "status": states_found,
        "message": TEXT,
        "mends": listed("Mend"),
    }
    mend = {"kind": {"enum": ["sql", "command"]}, "text": TEXT}
    return {
        "Preflight": closed(
            "What the checks found, and the worst of it.",
            {"status": states_found, "checks": listed("Finding")},
        ),
        "Finding": closed("What one check found.", finding),
        "Mend": closed("What is run, as it stands: SQL in the database, or a command in a shell.", mend),
        "Alive": closed("The gateway answers.", alive),
        "Readiness": closed(
            "Whether requests can be served.",
            {"status": {"type": "string", "enum": ["ready", "unavailable"]}, **checks},
        ),
        "Health": closed("How the gateway is.", {"status": states, **uptime, **checks}),
        "Check": closed("One thing looked at.", check),
    }


def _error() -> Json:
    details = {
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {"type": "string", "enum": [kind.__name__ for kind in STATUS]},
            "errors": {**listed("Fault"), "minItems": 1, "maxItems": 100},
        },
    }
    envelope = {"error": {"const": True}, "message": TEXT, "details": details, "request_id": TEXT}
    return closed("The envelope of every error.", envelope)


def _fault() -> Json:
    place = {
        "type": "array",
        "items": {"type": ["string", "integer"]},
        "description": "Names of fields and places in lists, from the outside in.",
    }
    return closed("One fault of a request.", {"loc": place, "msg": TEXT})


def headers(*names: str) -> Json:
    """These headers, each a component."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def refusal(status: int) -> Json:
    """The answer of an error's status."""
    _, words, message, details = REFUSALS[status]
    example = {"error": True, "message": message, "details": details, "request_id": "4b1d7c0e9f2a4c58"}
    content = {"schema": {"$ref": "#/components/schemas/Error"}, "example": example}
    sent = headers("X-Request-Id", *(("Retry-After",) if status == 503 else ()))
    return {"description": words, "headers": sent, "content": {"application/json": content}}
