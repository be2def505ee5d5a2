"""A statement's rows on their way to the client: described once, and handed out piece by piece."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import lz4.frame  # type: ignore[import-untyped]
import pyarrow as pa

from tests.workspace.warehouse.columns import as_texts, nested, thrift_column
from tests.workspace.warehouse.thrift import T, success

BATCH_ROWS = 50_000
MAX_ROWS = 10_000_000  # for a client that names no number
MAX_BYTES = 100 * 1024 * 1024  # the same
DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
TYPE_IDS = {
    "array": "ARRAY", "bigint": "BIGINT", "binary": "BINARY", "boolean": "BOOLEAN", "char": "CHAR",
    "date": "DATE", "decimal": "DECIMAL", "double": "DOUBLE", "float": "FLOAT", "int": "INT",
    "interval day": "INTERVAL_DAY_TIME", "interval year": "INTERVAL_YEAR_MONTH", "map": "MAP",
    "smallint": "SMALLINT", "string": "STRING", "struct": "STRUCT", "timestamp": "TIMESTAMP",
    "timestamp_ntz": "TIMESTAMP", "tinyint": "TINYINT", "varchar": "VARCHAR", "variant": "STRING",
    "void": "NULL",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """What a client can read: Arrow or columns of Thrift's, compressed or not, and which types in Arrow."""

    arrow: bool = True
    lz4: bool = False
    timestamps: bool = True
    decimals: bool = True
    nested: bool = True


COLUMNS = Form(arrow=False)


def form_of(request: Any) -> Form:
    """What the client of a statement can read."""
    if not request.canReadArrowResult:
        return COLUMNS
    native = request.useArrowNativeTypes
    if native is None:
        return Form(True, bool(request.canDecompressLZ4Result), False, False, False)
    return Form(
        True,
        bool(request.canDecompressLZ4Result),
        bool(native.timestampAsArrow),
        bool(native.decimalAsArrow),
        bool(native.complexTypesAsArrow),
    )


class Result:
    """The rows of one operation, handed out from the first to the last.

    Args:
        table: the rows.
        types: of each column, as Databricks writes it.
        form: what the client reads.
        staging: whether the row says what the client is to do with a file.

    Raises:
        ValueError: a column has no type, or one that is unknown.
    """

    def __init__(self, table: pa.Table, types: Sequence[str], form: Form, *, staging: bool = False) -> None:
        if len(types) != table.num_columns:
            raise ValueError(f"{table.num_columns} columns have {len(types)} types")
        self._table = _presented(table, form) if form.arrow else table
        self._form = form
        self._position = 0
        self.metadata = _metadata(self._table.schema, types, form)
        self.metadata.isStagingOperation = staging

    def fetch(self, max_rows: int | None, max_bytes: int | None) -> Any:
        """The next rows, at least one if there is one, and whether there are more."""
        start, size = self._position, max_bytes or MAX_BYTES
        end = min(self._table.num_rows, start + (max_rows or MAX_ROWS))
        if self._form.arrow:
            found = T.TRowSet(start, [], arrowBatches=self._batches(end, size))
        else:
            found = T.TRowSet(start, [], columns=self._columns(end, size))
        more = self._position < self._table.num_rows
        return T.TFetchResultsResp(success(), more, found, self.metadata)

    def _columns(self, end: int, max_bytes: int) -> list[Any]:
        """Columns up to a row that have about so many bytes together."""
        rows = self._table.slice(self._position, end - self._position)
        if rows.nbytes > max_bytes:
            rows = rows.slice(0, max(1, rows.num_rows * max_bytes // rows.nbytes))
        self._position += rows.num_rows
        return [thrift_column(column) for column in rows.columns]

    def _batches(self, end: int, max_bytes: int) -> list[Any]:
        """Batches up to a row that have so many bytes together before they are compressed."""
        found: list[Any] = []
        size, rows = 0, BATCH_ROWS
        while self._position < end:
            rows = min(rows, end - self._position)
            encoded = _encoded(self._table.slice(self._position, rows))
            if size + len(encoded) > max_bytes:
                if found:
                    break
                if rows > 1:
                    rows = max(1, rows * max_bytes // (2 * len(encoded)))
                    continue
            found.append(T.TSparkArrowBatch(_compressed(encoded, self._form), rows))
            size += len(encoded)
            self._position += rows
        return found


def _encoded(table: pa.Table) -> bytes:
    """Some rows as one batch."""
    (batch,) = table.combine_chunks().to_batches()
    return bytes(batch.serialize().to_pybytes())


def _compressed(batch: bytes, form: Form) -> bytes:
    return bytes(lz4.frame.compress(batch)) if form.lz4 else batch


def _presented(table: pa.Table, form: Form) -> pa.Table:
    """The rows with texts in place of types that the client does not read."""
    for place, field in enumerate(table.schema):
        if any(unread(field.type) for unread in _unread(form)):
            table = table.set_column(place, pa.field(field.name, pa.string()), as_texts(table.column(place)))
    return table


def _unread(form: Form) -> list[Callable[[pa.DataType], bool]]:
    tests: tuple[tuple[bool, Callable[[pa.DataType], bool]], ...] = (
        (form.timestamps, pa.types.is_timestamp),
        (form.decimals, pa.types.is_decimal),
        (form.nested, nested),
    )
    return [test for read, test in tests if not read]


def _metadata(schema: pa.Schema, types: Sequence[str], form: Form) -> Any:
    described = [
        T.TColumnDesc(name, T.TTypeDesc([T.TTypeEntry(primitiveEntry=_entry(kind))]), place, "")
        for place, (name, kind) in enumerate(zip(schema.names, types, strict=True), 1)
    ]
    kinds = T.TSparkRowSetType
    return T.TGetResultSetMetadataResp(
        status=success(),
        schema=T.TTableSchema(described),
        resultFormat=kinds.ARROW_BASED_SET if form.arrow else kinds.COLUMN_BASED_SET,
        lz4Compressed=form.lz4,
        arrowSchema=_named(schema, types).serialize().to_pybytes() if form.arrow else None,
    )


def _entry(kind: str) -> Any:
    base = re.split(r"[(<]", kind, maxsplit=1)[0].strip().lower()
    if base.startswith("interval "):
        base = "interval year" if base.startswith(("interval year", "interval month")) else "interval day"
    if base not in TYPE_IDS:
        raise ValueError(f"there is no type '{kind}'")
    number = getattr(T.TTypeId, f"{TYPE_IDS[base]}_TYPE")
    return T.TPrimitiveTypeEntry(number, _qualifiers(kind) if base == "decimal" else None)


def _qualifiers(kind: str) -> Any:
    found = DECIMAL.fullmatch(kind.lower())
    if not found:
        raise ValueError(f"'{kind}' has no precision and scale")
    precision, scale = (T.TTypeQualifierValue(i32Value=int(number)) for number in found.groups())
    return T.TTypeQualifiers({"precision": precision, "scale": scale})


def _named(schema: pa.Schema, types: Sequence[str]) -> pa.Schema:
    """The schema with what each column's type is called in SQL."""
    return pa.schema(
        field.with_metadata({"Spark:DataType:SqlName": kind.upper()})
        for field, kind in zip(schema, types, strict=True)
    )
