"""CSV files: a header, then one record a row; values become JSON by the types of the table's columns."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from backends import errors
from backends.plan import Column, Table
from backends.types import String
from gateway.files.base import (
    CHUNK_ROWS,
    Chunk,
    Hints,
    Progress,
    Reading,
    RowFile,
    check_given,
    check_names,
)
from gateway.files.inference import Facts, chosen
from gateway.files.records import Field, Literal, Record, Records, text_of
from gateway.files.source import Source, first_undecodable_line
from gateway.files.text import converter, is_text, quoted

REMEMBERED = 50_000  # distinct values of a column that are not looked at twice

Numbered = tuple[int, Record]


class CsvFile(RowFile):
    """A CSV file. A line that is empty is passed over, unless there is only one column."""

    unit = "line"

    def __init__(self, source: Source, reading: Reading) -> None:
        self.name = source.name
        self.size = source.size
        self._source = source
        self._encoding = reading.encoding.lower().replace("_", "-")
        self._nulls = reading.nulls
        delimiter = reading.delimiter or ("\t" if source.name.lower().endswith(".tsv") else ",")
        self._records = Records(delimiter, reading.nulls)

    def position(self) -> int:
        """Bytes read, as the file is stored."""
        return self._source.position()

    def columns(self) -> tuple[str, ...]:
        """The names in the header."""
        with self._opened() as (names, _):
            return names

    def infer(self, hints: Hints, progress: Progress) -> tuple[Column, ...]:
        """Every value is looked at: no type is chosen that would change a digit."""
        with self._opened() as (names, records):
            check_given(hints.given, names)
            seen = [_Seen(self._nulls) for _ in names]
            for rows in _portions(records, 10 * CHUNK_ROWS):
                for column, fields in zip(seen, _turned(rows, len(names)), strict=True):
                    column.see(set(fields))
                progress(self.position())
        return tuple(column.column(name, hints) for name, column in zip(names, seen, strict=True))

    def chunks(self, table: Table, rows: int) -> Iterator[Chunk]:
        """Each distinct text of a column is converted once."""
        with self._opened() as (names, records):
            members = [_Members(table.by_name[name], self._nulls) for name in names]
            for portion in _portions(records, rows):
                columns = _turned(portion, len(names))
                pairs = (
                    map(member.__getitem__, fields) for member, fields in zip(members, columns, strict=True)
                )
                objects = "},{".join(map(",".join, zip(*pairs, strict=True)))
                yield Chunk(f"{{{objects}}}".encode(), [number for number, _ in portion])

    @contextmanager
    def _opened(self) -> Iterator[tuple[tuple[str, ...], Iterator[Numbered]]]:
        """The header's names, and the records after it."""
        try:
            with self._source.opened() as stream:
                encoding = "utf-8-sig" if self._encoding in ("utf-8", "utf8") else self._encoding
                lines = io.TextIOWrapper(stream, encoding, newline="")
                records = self._records.of(lines)
                _, header = next(records, (1, []))
                if not header:
                    raise errors.Invalid("the file is empty; a CSV file begins with the names of its columns")
                names = check_names([text_of(field) for field in header])
                yield names, (records if len(names) == 1 else _without_empty_lines(records))
        except UnicodeError as error:
            number = first_undecodable_line(self._source, self._encoding)
            raise errors.Invalid(f"line {number} is not {self._encoding} text") from error


class _Seen:
    """What the fields of one column tell about its type."""

    def __init__(self, nulls: frozenset[str]) -> None:
        self._facts = Facts()
        self._nulls = nulls
        self._literal = False
        self._known: set[str] = set()

    def see(self, fields: set[Field]) -> None:
        texts = {field for field in fields if isinstance(field, str)}
        self._literal = self._literal or len(texts) < len(fields)
        self._facts.null = self._facts.null or not texts.isdisjoint(self._nulls)
        if "TEXT" in self._facts.kinds:  # a STRING, whatever follows
            return
        fresh = texts - self._nulls - self._known
        self._facts.see_texts(fresh)
        if len(self._known) < REMEMBERED:
            self._known |= fresh

    def column(self, name: str, hints: Hints) -> Column:
        type_ = chosen(self._facts, name, hints) or String()
        return Column(name, type_, nullable=self._facts.null or (self._literal and not is_text(type_)))


class _Members(dict[Field, str]):
    """`"name":value` by the field it was written as."""

    def __init__(self, column: Column, nulls: frozenset[str]) -> None:
        super().__init__()
        self._name = quoted(column.name) + ":"
        self._convert = converter(column.type)
        self._text = is_text(column.type)
        self._nulls = nulls

    def __missing__(self, field: Field) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[field] = self._name + self._json(field)
        return found

    def _json(self, field: Field) -> str:
        if isinstance(field, Literal):
            return quoted(field.text) if self._text else "null"
        return "null" if field in self._nulls else self._convert(field)


def _portions(records: Iterator[Numbered], rows: int) -> Iterator[list[Numbered]]:
    while portion := list(islice(records, rows)):
        yield portion


def _without_empty_lines(records: Iterator[Numbered]) -> Iterator[Numbered]:
    return (numbered for numbered in records if numbered[1] != [""])


def _turned(rows: list[Numbered], width: int) -> list[tuple[Field, ...]]:
    """The columns of some rows.

    Raises:
        Invalid: a row has more or fewer fields than the header.
    """
    if set(map(len, (record for _, record in rows))) != {width}:
        number, record = next((number, record) for number, record in rows if len(record) != width)
        raise errors.Invalid(f"line {number} has {len(record)} fields, and the header {width}")
    return list(zip(*(record for _, record in rows), strict=True))
