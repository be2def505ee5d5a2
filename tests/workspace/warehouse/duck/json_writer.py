"""to_json: values of nested types as texts of JSON, as Spark writes them."""

import base64
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa

from tests.workspace.warehouse.duck import functions_python, values
from tests.workspace.warehouse.unity.types import STRING, SqlType


def to_json(sql: str, kind: SqlType) -> str:
    """The SQL of to_json."""
    return functions_python.call(
        "to_json", sql, kind, STRING, lambda column: _texts(column.to_pylist(), kind)
    )


def _texts(column: list[Any], kind: SqlType) -> pa.Array:
    return pa.array([None if value is None else _written(value, kind) for value in column], pa.string())


def _written(value: Any, kind: SqlType) -> str:
    match kind.name:
        case "struct":
            return _object(
                (name, value[name], part) for name, part in zip(kind.names, kind.parts, strict=True)
            )
        case "map":
            return _object(((_key(key), item, kind.parts[1]) for key, item in value), keep_nulls=True)
        case "array":
            return "[" + ",".join("null" if v is None else _written(v, kind.parts[0]) for v in value) + "]"
        case _:
            return _scalar(value, kind)


def _object(pairs: Any, *, keep_nulls: bool = False) -> str:
    found = [
        f"{json.dumps(name, ensure_ascii=False)}:{'null' if value is None else _written(value, kind)}"
        for name, value, kind in pairs
        if keep_nulls or value is not None
    ]
    return "{" + ",".join(found) + "}"


def _key(key: object) -> str:
    return key if isinstance(key, str) else str(key)


def _scalar(value: Any, kind: SqlType) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            text = values.java_text(value, single=kind.name == "float")
            return text if text[-1].isdigit() else f'"{text}"'
        case Decimal():
            return format(value, "f")
        case bytes():
            return json.dumps(base64.b64encode(value).decode())
        case dt.datetime():
            return json.dumps(_moment(value, kind))
        case dt.date():
            return json.dumps(value.isoformat())
        case _:
            return json.dumps(value, ensure_ascii=False)


def _moment(value: dt.datetime, kind: SqlType) -> str:
    text = value.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return text + ("Z" if kind.name == "timestamp" else "")
