"""Files of rows (CSV, NDJSON, Parquet) as batches of JSON, no digit lost on the way."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import PurePath

from backends import errors
from gateway.files.base import Reading, RowFile
from gateway.files.source import Source

FORMATS = {
    "csv": "gateway.files.csv:CsvFile",
    "ndjson": "gateway.files.ndjson:NdjsonFile",
    "parquet": "gateway.files.parquet:ParquetFile",
}
ENDINGS: Mapping[str, str] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "ndjson",
    ".jsonl": "ndjson",
    ".ndjson": "ndjson",
    ".parquet": "parquet",
    ".pq": "parquet",
}


def open_file(source: Source, format_: str | None, reading: Reading) -> RowFile:
    """The rows of `source`; without a `format_`, as the end of its name says.

    Raises:
        Invalid: its name tells no format, or it cannot be read as what it should be.
    """
    module, _, cls = FORMATS[format_ or format_of(source.name)].partition(":")
    build: Callable[[Source, Reading], RowFile] = getattr(import_module(module), cls)
    return build(source, reading)


def format_of(name: str) -> str:
    """The format that the end of a file's name stands for.

    Raises:
        Invalid: it stands for none.
    """
    ending = PurePath(name).suffix.lower()
    if ending not in ENDINGS:
        raise errors.Invalid(f"{name!r} does not end in {', '.join(ENDINGS)}: say what it is")
    return ENDINGS[ending]
