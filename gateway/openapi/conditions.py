"""What filters are made of, as JSON Schema. `gateway.conditions` reads them."""

from typing import Any

from gateway.conditions import MAX_CONDITIONS, MAX_DEPTH, OPERATORS

SCALAR = {"type": ["string", "number", "boolean"], "description": "Of the column's type."}
COLUMN = {"$ref": "#/components/schemas/ColumnName"}
WITH_LISTS = ("IN", "NOT IN")
WITH_NOTHING = ("IS NULL", "IS NOT NULL")
WITH_ONE = tuple(op for op in OPERATORS if op not in (*WITH_LISTS, *WITH_NOTHING, "BETWEEN"))


def schemas() -> dict[str, dict[str, Any]]:
    """The components that `Condition` is made of, and itself."""
    kinds = {
        "Comparison": _comparison("A column compared with a value.", WITH_ONE, {"value": SCALAR}),
        "Membership": _comparison(
            "A column found in a list, or not; nothing is in an empty one.",
            WITH_LISTS,
            {"value": {"type": "array", "items": SCALAR}},
        ),
        "Range": _comparison(
            "A column between two values, both included.",
            ("BETWEEN",),
            {"value": {"type": "array", "items": SCALAR, "minItems": 2, "maxItems": 2}},
        ),
        "NullTest": _comparison("Whether a column holds a value at all.", WITH_NOTHING, {}),
        "AllOf": _nested("All of these hold.", "and", _many()),
        "AnyOf": _nested("At least one of these holds.", "or", _many()),
        "Negation": _nested("This does not hold.", "not", _one()),
    }
    titled = {name: {"title": name, **schema} for name, schema in kinds.items()}
    return {**titled, "Condition": _condition(kinds)}


def _condition(kinds: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "description": f"One condition. At most {MAX_DEPTH} deep, and {MAX_CONDITIONS} in all.",
        "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in kinds],
        "examples": [{"column": "dep_delay", "op": ">", "value": 60}],
    }


def _comparison(words: str, operators: tuple[str, ...], value: dict[str, Any]) -> dict[str, Any]:
    op: dict[str, Any] = {"type": "string", "enum": list(operators), "description": "In any case."}
    equal = "=" in operators
    return {
        "type": "object",
        "description": words,
        "required": ["column", *(() if equal else ("op",)), *value],
        "properties": {"column": COLUMN, "op": {**op, "default": "="} if equal else op, **value},
        "additionalProperties": False,
    }


def _nested(words: str, key: str, inner: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": words,
        "required": [key],
        "properties": {key: inner},
        "additionalProperties": False,
    }


def _one() -> dict[str, Any]:
    return {"$ref": "#/components/schemas/Condition"}


def _many() -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": _one()}
