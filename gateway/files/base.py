"""What every file of rows does: tell its columns, and give its rows as JSON in bounded batches."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from backends import errors
from backends.plan import Column, Table
from backends.types import Type

CHUNK_ROWS = 1000  # rendered at a time
BATCH_BYTES = 32 * 1024 * 1024  # of JSON, after which a batch is closed before it has all its rows

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a CSV file is to be read: an unquoted field that is one of `nulls` is NULL."""

    delimiter: str | None = None  # None: a comma, or a tab in a .tsv file
    encoding: str = "utf-8"
    nulls: frozenset[str] = frozenset({""})


@dataclass(frozen=True, slots=True)
class Hints:
    """Types by column: those `given`, and `blank` ones for columns without any value (else STRING)."""

    given: Mapping[str, Type] = field(default_factory=dict)
    blank: Mapping[str, Type] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, as one JSON array of objects, and the line (or row) of the file where each begins."""

    data: bytes
    places: Sequence[int]
    position: int  # how much of the file's `size` has been read


@dataclass(frozen=True, slots=True)
class Chunk:
    """A few rows: JSON objects with commas between them."""

    objects: bytes
    places: Sequence[int]


class RowFile(ABC):
    """A file of rows. It can be read any number of times, in memory that does not grow with it.

    Whatever is wrong with the file is an `errors.Invalid` that says where.
    """

    unit: ClassVar[str]  # what `Batch.places` counts, from 1
    name: str
    size: int  # bytes of the file as it is stored, or its rows: what `position` runs to

    @abstractmethod
    def columns(self) -> tuple[str, ...] | None:
        """The names of its columns; None where only its rows tell.

        Raises:
            Invalid: the file cannot be read, or a name is missing or there twice.
        """

    @abstractmethod
    def infer(self, hints: Hints, progress: Progress) -> tuple[Column, ...]:
        """The columns of a table that can hold every row exactly, found by reading them all.

        Types that are given are not found out. A column is nullable if it holds a NULL.

        Raises:
            Invalid: the file cannot be read, or no type holds all values of a column.
        """

    @abstractmethod
    def chunks(self, table: Table, rows: int) -> Iterator[Chunk]:
        """All rows, at most `rows` a time, their values as the table's columns take them.

        A value that its column cannot take is passed on, for the gateway to refuse.

        Raises:
            Invalid: the file cannot be read.
        """

    @abstractmethod
    def position(self) -> int:
        """How much of `size` has been read in the pass under way."""

    def batches(self, table: Table, rows: int) -> Iterator[Batch]:
        """All rows for `table`, at most `rows` and about 32 MiB of JSON a batch.

        Raises:
            Invalid: the file cannot be read, or has a column that the table has not.
        """
        check_columns(self.columns() or (), table)
        parts = -(-rows // CHUNK_ROWS)
        held: list[Chunk] = []
        for chunk in self.chunks(table, -(-rows // parts)):
            if held and _overflows([*held, chunk], rows):
                yield self._batch(held)
                held = []
            held.append(chunk)
        if held:
            yield self._batch(held)

    def _batch(self, chunks: list[Chunk]) -> Batch:
        data = b"[" + b",".join(chunk.objects for chunk in chunks) + b"]"
        return Batch(data, [place for chunk in chunks for place in chunk.places], self.position())


def _overflows(chunks: Iterable[Chunk], rows: int) -> bool:
    sizes = [(len(chunk.places), len(chunk.objects)) for chunk in chunks]
    return sum(size[0] for size in sizes) > rows or sum(size[1] for size in sizes) > BATCH_BYTES


def check_columns(names: Sequence[str], table: Table) -> None:
    """Make sure that the table has a column of each name.

    Raises:
        Invalid: it has not; the message lists those it lacks.
    """
    if unknown := [name for name in names if name not in table.by_name]:
        listed = ", ".join(f'"{name}"' for name in unknown)
        raise errors.Invalid(f"{table.name} has no column {listed}")


def check_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names of a file's columns, once each is known to be there and there once.

    Raises:
        Invalid: one is empty, or there twice.
    """
    for at, name in enumerate(names, 1):
        if not name:
            raise errors.Invalid(f"column {at} of the file has no name")
        if name in names[: at - 1]:
            raise errors.Invalid(f'the file has two columns "{name}"')
    return tuple(names)


def keyed(columns: Iterable[Column], key: Sequence[str]) -> tuple[Column, ...]:
    """`columns` for a table with this primary key: NOT NULL in the key, nullable elsewhere.

    Raises:
        Invalid: a column of the key is missing, or holds a NULL.
    """
    found = tuple(columns)
    for name in key:
        column = next((column for column in found if column.name == name), None)
        if column is None:
            raise errors.Invalid(f'the file has no column "{name}" for the primary key')
        if column.nullable:
            raise errors.Invalid(f'"{name}" cannot be in the primary key: it has a NULL in the file')
    return tuple(replace(column, nullable=column.name not in key) for column in found)


def check_given(given: Iterable[str], names: Iterable[str]) -> None:
    """Make sure that every column whose type is given is in the file.

    Raises:
        Invalid: one is not.
    """
    if unknown := set(given) - set(names):
        raise errors.Invalid(f'the file has no column "{min(unknown)}"')
