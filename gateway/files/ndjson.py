"""NDJSON files: a JSON object a line, passed on as the bytes they are."""

import codecs
from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from backends import errors
from backends.plan import Column, Table
from gateway.files.base import Chunk, Hints, Progress, Reading, RowFile, check_given
from gateway.files.inference import Facts, Number, chosen
from gateway.files.source import Source

T = TypeVar("T")

REPORTED = 10_000  # lines between two reports of progress


class NdjsonFile(RowFile):
    """An NDJSON file, in UTF-8. Empty lines are passed over."""

    unit = "line"

    def __init__(self, source: Source, reading: Reading) -> None:
        self.name = source.name
        self.size = source.size
        self._source = source

    def position(self) -> int:
        """Bytes read, as the file is stored."""
        return self._source.position()

    def columns(self) -> tuple[str, ...] | None:
        """None: only the rows tell."""
        return None

    def infer(self, hints: Hints, progress: Progress) -> tuple[Column, ...]:
        """Objects of like shape become a STRUCT, arrays an ARRAY; a missing key counts as a NULL."""
        decode = msgspec.json.Decoder(dict[str, object], float_hook=Number).decode
        columns: dict[str, Facts] = {}
        for at, (number, line) in enumerate(self._lines()):
            _note(columns, _decoded(decode, line, number), at)
            if not at % REPORTED:
                progress(self.position())
        check_given(hints.given, columns)
        return tuple(_column(name, facts, hints) for name, facts in columns.items())

    def chunks(self, table: Table, rows: int) -> Iterator[Chunk]:
        """Each line is checked to be one whole object; its values are left to the gateway."""
        decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        lines: list[bytes] = []
        places: list[int] = []
        for number, line in self._lines():
            _decoded(decode, line, number)
            lines.append(line)
            places.append(number)
            if len(lines) == rows:
                yield Chunk(b",".join(lines), places)
                lines, places = [], []
        if lines:
            yield Chunk(b",".join(lines), places)

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        with self._source.opened() as stream:
            for number, line in enumerate(stream, 1):
                bare = line.removeprefix(codecs.BOM_UTF8).strip() if number == 1 else line.strip()
                if bare:
                    yield number, bare


def _decoded(decode: Callable[[bytes], dict[str, T]], line: bytes, number: int) -> dict[str, T]:
    """What a line holds.

    Raises:
        Invalid: it is not one JSON object in UTF-8.
    """
    try:
        line.decode()
        return decode(line)
    except UnicodeDecodeError as error:
        raise errors.Invalid(f"line {number} is not UTF-8 text") from error
    except msgspec.ValidationError as error:
        raise errors.Invalid(f"line {number} is JSON, but not an object: NDJSON has one a line") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise errors.Invalid(f"line {number} is not one JSON object") from error


def _note(columns: dict[str, Facts], row: dict[str, object], before: int) -> None:
    """Take note of a row's values; a column that not every row brings has a NULL."""
    for name, value in row.items():
        if name not in columns:
            columns[name] = Facts()
            columns[name].null = before > 0
        columns[name].see(value)
    if len(row) < len(columns):
        for name in columns.keys() - row.keys():
            columns[name].null = True


def _column(name: str, facts: Facts, hints: Hints) -> Column:
    if type_ := chosen(facts, name, hints):
        return Column(name, type_, facts.null)
    kinds = " and ".join(sorted(facts.kinds))
    raise errors.Invalid(
        f'no type holds every value of "{name}" ({kinds or "NULL"}): say which with --type "{name}=..."'
    )
