"""What the gateway answers about Lakebase databases, as JSON Schema."""

from backends.provisioning import STATES, STEPS
from gateway.openapi.answers import TEXT, WORDS_OR_NONE, Json, closed, listed

_NUMBER: Json = {"type": "number"}
_WHOLE: Json = {"type": "integer"}
SIZES = {
    "capacity": TEXT,
    "retention_days": _WHOLE,
    "nodes": _WHOLE,
    "least_cu": _NUMBER,
    "most_cu": _NUMBER,
    "suspend_seconds": {**_WHOLE, "description": "Until it sleeps; 0 is never."},
}


def schemas() -> dict[str, Json]:
    """The components that answers about databases are made of."""
    step = {
        "step": {"type": "string", "enum": list(STEPS)},
        "ms": {"type": "number", "minimum": 0, "description": "Milliseconds that it took."},
        "reason": {**WORDS_OR_NONE, "description": "Why it failed; null if it did not."},
    }
    test = {"name": TEXT, "ok": {"type": "boolean"}, "steps": listed("DatabaseTestStep")}
    return {
        "Database": closed("A Lakebase database.", _database()),
        "Databases": closed("All that are seen, by name.", {"databases": listed("Database")}),
        "DatabaseSize": closed("What a database has, by its kind.", SIZES, tuple(SIZES)),
        "DatabaseTest": closed("A connection, up to the first step that fails.", test),
        "DatabaseTestStep": closed("A step of it.", step),
    }


def _database() -> Json:
    size: Json = {"oneOf": [{"$ref": "#/components/schemas/DatabaseSize"}, {"type": "null"}]}
    return {
        "name": {**TEXT, "description": "An instance's, or projects/P/branches/B/endpoints/E."},
        "kind": {"type": "string", "enum": ["provisioned", "autoscaling"]},
        "state": {"type": "string", "enum": list(STATES)},
        "databricks_state": {**WORDS_OR_NONE, "description": "Databricks' own word."},
        "changing": {"type": "boolean", "description": "Whether it is on the way to another state or size."},
        "host": WORDS_OR_NONE,
        "size": size,
        "creator": WORDS_OR_NONE,
    }
