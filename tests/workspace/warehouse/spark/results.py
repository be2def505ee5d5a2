"""What Spark's rows are in Arrow, in the types that Databricks sends."""

import json
from typing import Any

import pyarrow as pa

from tests.workspace.warehouse.engine import Answer
from tests.workspace.warehouse.spark.jvm import Jvm
from tests.workspace.warehouse.unity.types import SqlType, parse_type

BATCH_ROWS = 100_000
BATCH_BYTES = 64 * 1024 * 1024
NAMES = {"integer": "int", "long": "bigint", "short": "smallint", "byte": "tinyint"}


class Reader:
    """Takes rows out of a Java virtual machine."""

    def __init__(self, jvm: Jvm) -> None:
        self._arrays = jvm.java.scala.collection.immutable.ArraySeq
        self._converters = jvm.module("org.apache.spark.sql.execution.arrow.ArrowConverters")

    def answer(self, frame: Any) -> Answer:
        """All rows of a data frame."""
        types = columns_of(frame)
        rows = frame.queryExecution().executedPlan().executeCollect()
        schema = pa.schema([pa.field(name, kind.arrow) for name, kind in types])
        table = self._table(frame.schema(), rows).cast(schema) if len(rows) else schema.empty_table()
        return Answer(table, tuple(kind.text for _, kind in types))

    def _table(self, schema: Any, rows: Any) -> pa.Table:
        source = self._arrays.unsafeWrapArray(rows).iterator()
        batches = self._converters.toBatchWithSchemaIterator(
            source, schema, BATCH_ROWS, BATCH_BYTES, "UTC", False, False
        )
        tables = []
        while batches.hasNext():
            tables.append(pa.ipc.open_stream(batches.next()).read_all())
        return pa.concat_tables(tables)


def columns_of(frame: Any) -> list[tuple[str, SqlType]]:
    """The names and types of a data frame's columns."""
    return [(field["name"], _type(field["type"])) for field in json.loads(frame.schema().json())["fields"]]


def _type(told: Any) -> SqlType:
    if isinstance(told, str):
        return parse_type(NAMES.get(told, told))
    match told["type"]:
        case "array":
            return SqlType("array", parts=(_type(told["elementType"]),))
        case "map":
            return SqlType("map", parts=(_type(told["keyType"]), _type(told["valueType"])))
        case _:
            parts = tuple(_type(field["type"]) for field in told["fields"])
            return SqlType("struct", parts=parts, names=tuple(field["name"] for field in told["fields"]))
