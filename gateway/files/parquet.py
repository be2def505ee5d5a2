"""Parquet files, through Arrow: the file says its types, and each has one of ours that loses nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from backends import errors
from backends.plan import Column, Table
from backends.types import Type
from gateway.files.arrow import Mapped, Simplify, mapped, plain
from gateway.files.base import CHUNK_ROWS, Chunk, Hints, Progress, Reading, RowFile, check_given, check_names
from gateway.files.source import Source, readable


class ParquetFile(RowFile):
    """A Parquet file, read some rows at a time. A time zone is dropped: the instants stay."""

    unit = "row"

    def __init__(self, source: Source, reading: Reading) -> None:
        if source.packed:
            raise errors.Invalid(f"{source.name!r}: a Parquet file is packed by itself; unpack it first")
        self.name = source.name
        self._path = source.path
        with self._opened() as file:
            self.size = file.metadata.num_rows
            self._groups = [file.metadata.row_group(at) for at in range(file.num_row_groups)]
            self._schema: pa.Schema = file.schema_arrow
        self._done = 0

    def position(self) -> int:
        """Rows read."""
        return self._done

    def columns(self) -> tuple[str, ...]:
        """The names in the file's schema."""
        return check_names(self._schema.names)

    def infer(self, hints: Hints, progress: Progress) -> tuple[Column, ...]:
        """The file's schema tells the types, and its statistics whether there is a NULL."""
        check_given(hints.given, self.columns())
        return tuple(
            Column(field.name, self._type(field, hints), self._has_null(field)) for field in self._schema
        )

    def chunks(self, table: Table, rows: int) -> Iterator[Chunk]:
        """Values go through Arrow's own casts, which refuse to lose anything."""
        mapping = [self._mapped(field) for field in self._schema]
        target = pa.schema([pa.field(f.name, m.arrow) for f, m in zip(self._schema, mapping, strict=True)])
        simplify = [plain(field.type) for field in target]
        encode = msgspec.json.Encoder(decimal_format="number").encode
        for batch in self._record_batches(rows, target.names):
            first = self._done - batch.num_rows + 1
            columns = [
                _values(batch.column(at), field, simplify[at], first) for at, field in enumerate(target)
            ]
            objects = [dict(zip(target.names, row, strict=True)) for row in zip(*columns, strict=True)]
            yield Chunk(encode(objects)[1:-1], range(first, first + batch.num_rows))

    def _type(self, field: pa.Field, hints: Hints) -> Type:
        if field.name in hints.given:
            return hints.given[field.name]
        if pa.types.is_null(field.type) and field.name in hints.blank:
            return hints.blank[field.name]
        return self._mapped(field).type

    def _has_null(self, field: pa.Field) -> bool:
        """Whether a column has a NULL; its values are read where the file does not tell."""
        if not field.nullable:
            return False
        counts = [_null_count(group, field.name) for group in self._groups]
        if None not in counts:
            return any(counts)
        batches = self._record_batches(CHUNK_ROWS, [field.name])
        return any(batch.column(0).null_count for batch in batches)

    def _mapped(self, field: pa.Field) -> Mapped:
        found = mapped(field.type)
        if found is None:
            raise errors.Invalid(f'no type holds column "{field.name}", which is {field.type} in Arrow')
        return found

    def _record_batches(self, rows: int, names: list[str]) -> Iterator[pa.RecordBatch]:
        self._done = 0
        with self._opened() as file:
            for batch in file.iter_batches(rows, columns=names, use_threads=False):
                self._done += batch.num_rows
                yield batch

    @contextmanager
    def _opened(self) -> Iterator[pq.ParquetFile]:
        with readable(self.name), self._path.open("rb") as raw:
            try:
                yield pq.ParquetFile(raw)
            except pa.ArrowException as error:
                raise errors.Invalid(f"{self.name!r} is not a Parquet file, or is damaged") from error


def _null_count(group: pq.RowGroupMetaData, name: str) -> int | None:
    """How many NULLs a group of rows has in a column; None where the file does not say, or it is nested."""
    columns = (group.column(at) for at in range(group.num_columns))
    found = next((column.statistics for column in columns if column.path_in_schema == name), None)
    return found.null_count if found and found.has_null_count else None


def _values(column: pa.Array, field: pa.Field, simplify: Simplify | None, first: int) -> list[object]:
    """A column's values, ready to become JSON.

    Raises:
        Invalid: a value cannot be one of the column's type without loss.
    """
    try:
        found: list[object] = column.cast(field.type).to_pylist()
        return found if simplify is None else [None if value is None else simplify(value) for value in found]
    except (pa.ArrowException, ValueError, OverflowError) as error:
        place = f'column "{field.name}", rows {first:,} to {first + len(column) - 1:,}'
        raise errors.Invalid(f"{place}: a value does not fit exactly into {field.type}") from error
