"""What the tests of files ask of one."""

import json
from collections.abc import Callable
from decimal import Decimal

from backends import types
from backends.plan import Column, Table, TableName
from gateway.files.base import Batch, Hints, Reading, RowFile

Write = Callable[..., RowFile]
PLAIN = Reading()
NA = Reading(nulls=frozenset({"NA"}))


def infer(file: RowFile, **known: str) -> dict[str, str]:
    found = file.infer(Hints({name: types.parse(text) for name, text in known.items()}), lambda _: None)
    return {column.name: str(column.type) for column in found}


def nullable(file: RowFile) -> dict[str, bool]:
    return {column.name: column.nullable for column in file.infer(Hints(), lambda _: None)}


def table(**columns: str) -> Table:
    found = tuple(Column(name, types.parse(text)) for name, text in columns.items())
    return Table(TableName("main", "main", "t"), found)


def batches(file: RowFile, rows: int = 1000, /, **columns: str) -> list[Batch]:
    return list(file.batches(table(**(columns or infer(file))), rows))


def load(file: RowFile, **columns: str) -> list[object]:
    found = file.batches(table(**(columns or infer(file))), 1000)
    return [row for batch in found for row in json.loads(batch.data, parse_float=Decimal)]
