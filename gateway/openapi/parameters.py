"""The names in paths and requests, as JSON Schema."""

import re
from typing import Any

from gateway.fields import NAME as PATTERN
from gateway.openapi.fields import pattern_and_length

Json = dict[str, Any]

NAME: Json = {"type": "string", **pattern_and_length(PATTERN)}
SOME: Json = {"type": "string", "minLength": 1}
PARTS = {"catalog": "demo", "schema": "main"}


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
            "description": f"The {name}'s name.",
            "schema": NAME,
            "example": examples[name],
        }
        for name in re.findall(r"{(\w+)}", path)
    ]
