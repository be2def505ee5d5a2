"""The names in paths and requests, as JSON Schema."""

import re
from typing import Any

from backends.provisioning import specs
from gateway.fields import NAME as PATTERN
from gateway.fields import REVISION as REVISION_PATTERN
from gateway.openapi.fields import pattern_and_length

Json = dict[str, Any]

NAME: Json = {"type": "string", **pattern_and_length(PATTERN)}
SOME: Json = {"type": "string", "minLength": 1}
DATABASE_WORDS = "An instance's name, or projects/P/branches/B/endpoints/E for Autoscaling."
PARTS = {
    "catalog": "demo",
    "schema": "main",
    "job": "5e1f0a6c2b7d4e938a1c0f6d2e4b7a90",
    "name": "shop",
    "transfer": "0c9d7a52f3b64e1f8d05a7c1b2e6f493",
}
DATABASE: Json = {"type": "string", "pattern": f"^{specs.NAME}$"}
REVISION: Json = {"type": "string", **pattern_and_length(REVISION_PATTERN)}


def schemas() -> dict[str, Json]:
    """The components of names."""
    return {
        "ColumnName": {**SOME, "description": "The name of a column."},
        "SortKey": {**SOME, "description": "A column's name, after `-` for descending."},
    }


def of_path(path: str, table: str) -> list[Json]:
    """The parameters of a path, with names that the demo has."""
    examples = {**PARTS, "table": table}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": f"The {name}'s name." if name != "name" else DATABASE_WORDS,
            "schema": NAME if name != "name" else DATABASE,
            "example": examples[name],
        }
        for name in re.findall(r"{(\w+)}", path)
    ]


def revision() -> Json:
    """The parameter that names a revision to come to."""
    return {
        "name": "to",
        "in": "query",
        "required": False,
        "description": "A revision's id or the beginning of it, `head`, `base`, or so many on: `+1`, `-2`.",
        "schema": REVISION,
        "example": "head",
    }


def confirmation() -> Json:
    """The parameter that has a database's name again."""
    return {
        "name": "confirm",
        "in": "query",
        "required": True,
        "description": "The database's name again: it is deleted for good, with all its data.",
        "schema": DATABASE,
        "example": PARTS["name"],
    }
