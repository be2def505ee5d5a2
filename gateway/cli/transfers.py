"""`gateway transfer` moves tables from one database to another; `gateway transfers` looks after that."""

import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypedDict, Unpack

import click
from flask.cli import with_appcontext

from gateway.cli.context import current_gateway
from gateway.cli.output import echo_table, safe, tell
from gateway.transfers import MODES, Asked, Runner, Transfers, shown
from gateway.transfers.asked import Mode, OnError
from gateway.transfers.connections import known_as
from gateway.transfers.progress import TableProgress
from gateway.transfers.rejects import Rejects

DRAWN_SECONDS = 0.2  # between two looks at how far it is
TOLD_SECONDS = 5.0  # between two lines, where there is no terminal


class Options(TypedDict):
    """What else the command line says of a transfer."""

    tables: tuple[str, ...]
    mode: Mode
    schema: str | None
    to_schema: str | None
    on_error: OnError


@click.command("transfer", short_help="Move tables from one database to another.")
@click.argument("tables", nargs=-1)
@click.option("--from", "source", required=True, metavar="NAME", help="The connection to read from.")
@click.option("--to", "target", required=True, metavar="NAME", help="The connection to write to.")
@click.option("--mode", type=click.Choice(MODES), required=True, help="What becomes of what is there.")
@click.option("--schema", help="To read from; the connection's own, if not given.")
@click.option("--to-schema", help="To write to; the connection's own, if not given.")
@click.option(
    "--on-error", type=click.Choice(("stop", "skip")), default="stop", show_default=True,
    help="What becomes of rows that the target cannot hold.",
)  # fmt: skip
@with_appcontext
def transfer(source: str, target: str, **options: Unpack[Options]) -> None:
    """Move TABLES, or all of a schema, from one connection to another.

    A connection is named by the environment: CONNECTION_<NAME>__<VARIABLE> holds its settings. The
    gateway's own database is "default".

    create makes the tables; append adds rows to those that are there; replace loads beside them and
    takes their place in the end; sync adds, changes and removes rows by the key. Ctrl-C stops it, and
    `transfers resume` goes on.
    """
    follow(_transfers().begin(Asked(known_as(source), known_as(target), **options), _caller()))


@click.group("transfers", short_help="Look at transfers, stop them and go on with them.")
def transfers() -> None:
    """Transfers that were begun here or over HTTP."""


@transfers.command("list", short_help="All transfers, the last one first.")
@with_appcontext
def every() -> None:
    """List all transfers, the last one first."""
    rows = [
        (each.id, each.state, f"{each.asked.source} to {each.asked.target}", each.asked.mode, each.begun_at)
        for each in _transfers().all()
    ]
    if rows:
        echo_table(rows)


@transfers.command("show", short_help="How far a transfer is.")
@click.argument("transfer")
@with_appcontext
def show(transfer: str) -> None:
    """Show how far a transfer is, table by table."""
    kept, tables = _transfers().find(transfer)
    click.echo(f"{kept.state}: {kept.asked.source} to {kept.asked.target}, {kept.asked.mode}")
    echo_table([_line(each) for each in tables])


@transfers.command("report", short_help="What was compared, and what differs, as JSON.")
@click.argument("transfer")
@with_appcontext
def report(transfer: str) -> None:
    """Print what was compared, what differs and what was left out, as JSON."""
    kept, tables = _transfers().find(transfer)
    told = {**shown(kept), "tables": [each.reported() for each in tables]}
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))


@transfers.command("cancel", short_help="Stop a transfer after the chunk under way.")
@click.argument("transfer")
@with_appcontext
def cancel(transfer: str) -> None:
    """Stop a transfer after the chunk under way."""
    click.echo(_transfers().cancel(transfer).state)


@transfers.command("resume", short_help="Go on with a transfer.")
@click.argument("transfer")
@with_appcontext
def resume(transfer: str) -> None:
    """Go on with a transfer that was stopped, has failed, or whose process is dead."""
    follow(_transfers().resume(transfer, _caller()))


@transfers.command("discard", short_help="Forget a transfer, with what it has loaded beside.")
@click.argument("transfer")
@with_appcontext
def discard(transfer: str) -> None:
    """Forget a transfer that does not run, with what it has loaded beside."""
    _transfers().discard(transfer)


def follow(runner: Runner) -> None:
    """Carry out a transfer and show how far it is; ends with status 1 where it did not come to its end."""
    begun = time.monotonic()
    ended = threading.Event()  # a thread whose join is interrupted is taken for one that has ended

    def run() -> None:
        try:
            runner.run()
        finally:
            ended.set()

    threading.Thread(target=run, daemon=True).start()
    try:
        with drawn(runner.tables) as draw:
            while not ended.wait(DRAWN_SECONDS):
                draw()
            draw()
    except KeyboardInterrupt:
        click.echo("stopping after the chunk under way", err=True)
        runner.stop.set()
        ended.wait()
    _summary(runner, time.monotonic() - begun)


@contextmanager
def drawn(tables: Sequence[TableProgress]) -> Iterator["Drawing | Lines"]:
    """What is to be called whenever there may be progress."""
    if not sys.stderr.isatty():
        yield Lines(tables)
        return
    drawing = Drawing(tables)
    try:
        yield drawing
    finally:
        drawing.close()


class Drawing:
    """A bar for all tables, and one for the table under way, drawn anew."""

    def __init__(self, tables: Sequence[TableProgress]) -> None:
        from tqdm import tqdm

        self._tables = tables
        self._all = tqdm(desc="tables", total=len(tables), unit="table", position=0, file=sys.stderr)
        self._one = tqdm(desc="", unit="row", unit_scale=True, position=1, leave=False, file=sys.stderr)
        self._shown: TableProgress | None = None

    def __call__(self) -> None:
        """Draw."""
        self._all.n = sum(each.state in ("verified", "finishing", "done") for each in self._tables)
        current = next((each for each in self._tables if each.under_way), self._shown)
        if current is not None:
            if current is not self._shown:
                self._shown = current
                self._one.reset(current.total)
                self._one.initial = current.rows  # which took no time of this run
            self._one.total = current.total
            self._one.set_description(f"{safe(current.name)}: {current.state}", refresh=False)
            self._one.n = current.rows
            self._one.refresh()
        self._all.refresh()

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._one.close()
        self._all.close()


class Lines:
    """A line for each table every few seconds."""

    def __init__(self, tables: Sequence[TableProgress]) -> None:
        self._tables = tables
        self._last = time.monotonic()

    def __call__(self) -> None:
        """Tell of the tables under way."""
        if time.monotonic() - self._last < TOLD_SECONDS:
            return
        self._last = time.monotonic()
        for each in self._tables:
            if each.under_way:
                click.echo("  ".join(_line(each)), err=True)


def _line(table: TableProgress) -> tuple[str, ...]:
    told = table.shown()
    of = "" if table.total is None else f" of {table.total:,}"
    rate = "" if told["rows_per_second"] is None else f"{told['rows_per_second']:,} rows/s"
    left = "" if told["seconds_left"] is None else f"{told['seconds_left']} s left"
    why = str(table.error["message"]) if table.error else ""
    return safe(table.name), table.state, f"{table.rows:,}{of} rows", rate, left, safe(why)


def _summary(runner: Runner, seconds: float) -> None:
    """Say how it ended."""
    kept, tables = _transfers().find(runner.transfer)
    echo_table([_line(each) for each in tables])
    for each in tables:
        remarks = each.report.get("remarks", ())
        assert isinstance(remarks, list | tuple)  # noqa: S101 - sentences
        for remark in remarks:
            click.echo(safe(f"{each.name}: {remark}"))
        if each.rejected:
            file = Rejects(current_gateway().config.rejects, runner.transfer, each.position, each.name).path
            click.echo(safe(f"{each.name}: {each.rejected:,} rows were left out, which are in {file}"))
    if kept.state == "done":
        rows = sum(each.rows for each in tables)
        click.echo(f"moved {rows:,} rows of {len(tables)} tables in {seconds:.1f} s: both sides are the same")
        return
    tell(str(kept.error["message"]) if kept.error else f"it is {kept.state}")
    click.echo(f"go on with: flask --app wsgi gateway transfers resume {runner.transfer}", err=True)
    raise click.exceptions.Exit(1)


def _transfers() -> Transfers:
    return current_gateway().transfers.passing()


def _caller() -> str:
    return current_gateway().config.local_user
