"""`gateway load`: a file of rows into a table, batch by batch, all of a batch or nothing of it."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

import click
from flask.cli import with_appcontext

from backends import errors
from backends.plan import OnConflict, Table, TableName
from backends.types import Type
from gateway import body
from gateway.cli.context import DelimiterType, EncodingType, TargetType, TypedType, current_gateway
from gateway.cli.creation import created, same
from gateway.cli.output import safe, tell
from gateway.cli.place import located
from gateway.cli.progress import progress
from gateway.files import FORMATS, open_file
from gateway.files.base import Batch, Reading, RowFile
from gateway.files.source import Source, spooled
from gateway.requests import Target, WriteRecords
from gateway.service import Gateway


class Options(TypedDict):
    """What the command line says."""

    table: Target
    create: bool
    primary_key: str
    types: tuple[tuple[str, Type], ...]
    on_conflict: OnConflict
    nulls: tuple[str, ...]
    batch_rows: int
    input_format: str | None
    delimiter: str | None
    encoding: str


@click.command("load", short_help="Load a CSV, NDJSON or Parquet file into a table.")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, allow_dash=True))
@click.option("--table", type=TargetType(), required=True, metavar="C.S.T", help="Where the rows go.")
@click.option("--create", is_flag=True, help="Make the table if it is missing, its types found in the file.")
@click.option("--primary-key", default="", metavar="A,B", help="With --create: the key.")
@click.option(
    "--type",
    "types",
    type=TypedType(),
    multiple=True,
    metavar="COLUMN=TYPE",
    help="With --create: a type that is not to be found out.",
)
@click.option(
    "--on-conflict",
    type=click.Choice(["error", "update", "ignore"]),
    default="error",
    show_default=True,
    help="What to do with a row whose primary key is taken.",
)
@click.option(
    "--null",
    "nulls",
    multiple=True,
    metavar="TEXT",
    help="What an unquoted CSV field holds where it is NULL; repeatable. Nothing, by default.",
)
@click.option("--batch-rows", type=click.IntRange(1), default=20_000, show_default=True, help="Rows a write.")
@click.option("--input-format", type=click.Choice(sorted(FORMATS)), help="By default, as FILE's name ends.")
@click.option("--delimiter", type=DelimiterType(), help="Between CSV fields: a comma, or a tab in .tsv.")
@click.option("--encoding", type=EncodingType(), default="utf-8", show_default=True, help="Of CSV text.")
@with_appcontext
def load(file: str, **options: Unpack[Options]) -> None:
    """Load FILE, which is CSV, NDJSON or Parquet, into a table.

    CSV and NDJSON may be gzip'd, or the one file of a zip archive; - is standard input and needs
    --input-format. Each batch is written whole or not at all; after a failure, the batches before it
    are in the table, and loading again with --on-conflict ignore or update goes on.

    Values keep every digit: --create finds the narrowest type that holds all values of a column
    exactly, and STRING where there is none. In CSV "" is an empty text, and an empty field is NULL.
    """
    if not options["create"] and (options["primary_key"] or options["types"]):
        raise click.UsageError("--primary-key and --type go with --create")
    gateway = current_gateway()
    started = time.monotonic()
    reading = Reading(options["delimiter"], options["encoding"], frozenset(options["nulls"] or ("",)))
    with opened(file) as source:
        rows = open_file(source, options["input_format"], reading)
        table = _table(gateway, rows, options)
        done = Loading(gateway, rows, table, options["on_conflict"]).run(options["batch_rows"])
    click.echo(done.summary(table.name, time.monotonic() - started))


@contextmanager
def opened(file: str) -> Iterator[Source]:
    """The file, or a copy of it where it can be read only once."""
    if file == "-":
        with spooled(sys.stdin.buffer, "standard input") as source:
            yield source
    elif not Path(file).is_file():
        with Path(file).open("rb") as stream, spooled(stream, Path(file).name) as source:
            yield source
    else:
        yield Source(Path(file))


def _table(gateway: Gateway, rows: RowFile, options: Options) -> Table:
    """The table to load into, created if it is missing and may be.

    Raises:
        NotFound: it is missing.
        Conflict: it is there, and not as the command line wants it.
    """
    key = tuple(name.strip() for name in options["primary_key"].split(",") if name.strip())
    try:
        return same(gateway.table(options["table"]), dict(options["types"]), key)
    except errors.NotFound as error:
        if not options["create"]:
            raise errors.NotFound(f"{error.message}; --create makes one") from error
    return created(gateway, options["table"], rows, dict(options["types"]), key)


@dataclass
class Done:
    """How far a load has come."""

    read: int = 0
    written: int = 0

    def summary(self, name: TableName, seconds: float) -> str:
        """What was done, and how fast."""
        of = "" if self.written == self.read else f" of {self.read:,}"
        rate = self.read / max(seconds, 0.001)
        exact = f"{rate:,.0f}" if rate < 1000 else f"{round(rate, -3):,.0f}"
        return f"loaded {self.written:,}{of} rows into {name} in {seconds:.1f} s ({exact} rows/s)"


class Loading:
    """The batches of one file on their way into one table."""

    def __init__(self, gateway: Gateway, rows: RowFile, table: Table, on_conflict: OnConflict) -> None:
        self._gateway = gateway
        self._rows = rows
        self._table = table
        self._on_conflict = on_conflict
        self._done = Done()

    def run(self, batch_rows: int) -> Done:
        """Write every batch; the first that fails ends the command with status 1."""
        most = min(batch_rows, self._gateway.config.max_write_rows)
        try:
            with progress(self._rows.name, self._rows.size) as report:
                for batch in self._rows.batches(self._table, most):
                    self._write(batch)
                    report(batch.position, self._done.read)
        except (errors.BackendError, KeyboardInterrupt) as error:
            self._stop(error)
        return self._done

    def _write(self, batch: Batch) -> None:
        name = self._table.name
        target = Target(name.table, name.catalog, name.schema)
        request = WriteRecords(target, batch.data, on_conflict=self._on_conflict)
        try:
            self._done.written += self._gateway.write(
                request,
                self._gateway.config.local_user,
                lambda rows: body.refuse_repeated_keys(batch.data, [rows]),
            )
        except errors.BackendError as error:
            raise located(error, batch, self._rows.unit) from error
        self._done.read += len(batch.places)

    def _stop(self, error: BaseException) -> None:
        """Say what went wrong and how much is in the table."""
        if isinstance(error, errors.BackendError):
            faults = error.faults if isinstance(error, errors.Invalid) else ()
            tell(error.message, [f"{fault.loc[0]}: {fault.msg}" for fault in faults])
        else:
            tell("stopped")
        before = f"the first {self._done.read:,} rows of the file" if self._done.read else "none of the rows"
        click.echo(f"{before} went into {safe(str(self._table.name))}", err=True)
        raise click.exceptions.Exit(1) from error
