"""`gateway read`: rows of a table as a table to look at, as CSV or as NDJSON."""

import sys
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import TypedDict, Unpack

import click
import msgspec
from flask.cli import with_appcontext

from backends import errors, types
from backends.plan import Column, TableName
from gateway.cli import where
from gateway.cli.context import TargetType, current_gateway
from gateway.cli.output import aligned, cell, widths
from gateway.requests import ReadRecords, Target
from gateway.response import csv_chunks
from gateway.schemas import ReadRecordsSchema
from gateway.schemas import load as request_of

MEASURED_ROWS = 1000  # what the widths of a table's columns are taken from


class Options(TypedDict):
    """What the command line says."""

    where: tuple[str, ...]
    columns: str
    order_by: str | None
    limit: int
    format_: str | None
    include_deleted: bool


@click.command("read", short_help="Print rows of a table.")
@click.argument("table", type=TargetType())
@click.option("--where", multiple=True, metavar="CONDITION", help=f"Such as {where.EXAMPLES}. All must hold.")
@click.option("--columns", default="*", metavar="A,B", help="Which columns; all by default.")
@click.option("--order-by", metavar="A,-B", help="By which columns; - is descending. By default the key.")
@click.option("--limit", type=click.IntRange(0), default=100, show_default=True, help="0 reads all.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "ndjson", "table"]),
    help="By default table on a terminal, else ndjson.",
)
@click.option("--include-deleted", is_flag=True, help="Also rows that are marked as deleted.")
@with_appcontext
def read(table: Target, **options: Unpack[Options]) -> None:
    """Print rows of TABLE, which is table, schema.table or catalog.schema.table."""
    gateway = current_gateway()
    described = gateway.table(table)
    filters = [(text, item) for text in options["where"] for item in where.conditions(text, described)]
    try:
        found = gateway.stream(asked(described.name, options, [item for _, item in filters]))
    except errors.Invalid as error:
        raise where.named(error, [text for text, _ in filters]) from error
    columns = [found.plan.table.by_name[name] for name in found.plan.columns]
    format_ = options["format_"] or ("table" if sys.stdout.isatty() else "ndjson")
    match format_:
        case "csv":
            _write(csv_chunks(columns, found.chunks))
        case "ndjson":
            _write(found.chunks)
        case _:
            _echo_rows(columns, found.chunks)


def asked(name: TableName, options: Options, filters: Sequence[object]) -> ReadRecords:
    """The request that the command line stands for.

    Raises:
        Invalid: a condition, or a name, cannot be meant.
    """
    fields: dict[str, object] = {
        "catalog": name.catalog,
        "schema": name.schema,
        "table": name.table,
        "columns": options["columns"],
        "filters": list(filters),
        "include_deleted": options["include_deleted"],
    }
    if options["order_by"]:
        fields["order_by"] = options["order_by"]
    if options["limit"]:
        fields["limit"] = options["limit"]
    request: ReadRecords = request_of(ReadRecordsSchema, fields)
    return request


def _write(chunks: Iterator[bytes]) -> None:
    stream = sys.stdout.buffer
    for chunk in chunks:
        stream.write(chunk)
    stream.flush()


def _echo_rows(columns: Sequence[Column], chunks: Iterator[bytes]) -> None:
    """Print aligned rows; NULL is empty. Rows after the first thousand go by the widths of those."""
    rows = _cells(columns, chunks)
    first = list(islice(rows, MEASURED_ROWS))
    names = [cell(column.name) for column in columns]
    sizes = widths([names, *first])
    right = frozenset(at for at, column in enumerate(columns) if _is_number(column.type))
    for line in aligned(chain([names, ["-" * size for size in sizes]], first, rows), sizes, right):
        click.echo(line)


def _cells(columns: Sequence[Column], chunks: Iterator[bytes]) -> Iterator[list[str]]:
    decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
    for chunk in chunks:
        for line in chunk.splitlines():
            row = decode(line)
            yield [cell(_shown(bytes(row[column.name]))) for column in columns]


def _shown(value: bytes) -> str:
    """A JSON value as a person reads it: text without quotes, numbers with all their digits."""
    if value == b"null":
        return ""
    return str(msgspec.json.decode(value)) if value.startswith(b'"') else value.decode()


def _is_number(type_: types.Type) -> bool:
    return isinstance(type_, types.Integer | types.Float | types.Decimal)
