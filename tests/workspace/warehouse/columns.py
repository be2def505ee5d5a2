"""Results for clients that read no Arrow: one Thrift column for each of Arrow's, and values as texts."""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from tests.workspace.warehouse.thrift import T

Test = Callable[[pa.DataType], bool]

PLAIN: Sequence[tuple[Test, str, str, object]] = (  # test, column class, its field, what stands for NULL
    (pa.types.is_boolean, "TBoolColumn", "boolVal", False),
    (pa.types.is_int8, "TByteColumn", "byteVal", 0),
    (pa.types.is_int16, "TI16Column", "i16Val", 0),
    (pa.types.is_int32, "TI32Column", "i32Val", 0),
    (pa.types.is_int64, "TI64Column", "i64Val", 0),
    (pa.types.is_floating, "TDoubleColumn", "doubleVal", 0.0),
    (pa.types.is_binary, "TBinaryColumn", "binaryVal", b""),
)


def thrift_column(column: pa.ChunkedArray) -> Any:
    """A column; what Thrift has no type for goes as texts."""
    values = column.to_pylist()
    nulls = _bits([value is None for value in values])
    for fits, kind, field, absent in PLAIN:
        if fits(column.type):
            filled = [absent if value is None else value for value in values]
            return T.TColumn(**{field: getattr(T, kind)(filled, nulls)})
    written = ["" if value is None else text(value, column.type) for value in values]
    return T.TColumn(stringVal=T.TStringColumn(written, nulls))


def as_texts(column: pa.ChunkedArray) -> pa.Array:
    """The same column as texts."""
    values = [None if value is None else text(value, column.type) for value in column.to_pylist()]
    return pa.array(values, pa.string())


def text(value: Any, kind: pa.DataType) -> str:
    """A value as Databricks writes it where it sends texts; what has parts is JSON."""
    if nested(kind):
        return json.dumps(_plain(value, kind), ensure_ascii=False, separators=(",", ":"))
    return value if isinstance(value, str) else _scalar(value)


def nested(kind: pa.DataType) -> bool:
    """Whether values of a type have parts."""
    return bool(pa.types.is_nested(kind))


def _scalar(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            moment = value.replace(tzinfo=None).isoformat(" ", "microseconds")
            return moment.rstrip("0").removesuffix(".") if value.microsecond else moment[: -len(".000000")]
        case Decimal():
            return format(value, "f")
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return str(value)


def _plain(value: Any, kind: pa.DataType) -> object:
    """A value of JSON's."""
    if value is None:
        return None
    if pa.types.is_map(kind):
        return {_scalar(name): _plain(item, kind.item_type) for name, item in value}
    if pa.types.is_struct(kind):
        return {field.name: _plain(value[field.name], field.type) for field in kind}
    if nested(kind):
        return [_plain(item, kind.value_type) for item in value]
    return value if isinstance(value, (bool, int, float, str)) else _scalar(value)


def _bits(flags: Sequence[bool]) -> bytes:
    found = bytearray((len(flags) + 7) // 8)
    for place, flag in enumerate(flags):
        found[place >> 3] |= flag << (place & 7)
    return bytes(found)
