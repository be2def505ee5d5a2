"""How far a long command is: a bar on a terminal, plain lines elsewhere, both on standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

EVERY_SECONDS = 5.0

Report = Callable[[int, int], None]  # how much of the whole has been read, and how many rows


@contextmanager
def progress(label: str, whole: int) -> Iterator[Report]:
    """Give what is to be called whenever there is progress on the way to `whole`."""
    terminal = sys.stderr.isatty()
    with bar(label, whole) if terminal else lines(label, whole) as report:
        yield report


@contextmanager
def bar(label: str, whole: int) -> Iterator[Report]:
    """A bar that is drawn anew."""
    rows = 0

    def shown(_: object) -> str:
        return f"{rows:,} rows" if rows else ""

    with click.progressbar(
        length=max(whole, 1),
        label=label,
        file=sys.stderr,
        item_show_func=shown,
    ) as drawn:

        def report(position: int, count: int) -> None:
            nonlocal rows
            rows = count
            drawn.update(position - drawn.pos)

        yield report


@contextmanager
def lines(label: str, whole: int) -> Iterator[Report]:
    """A line every few seconds."""
    last = time.monotonic()

    def report(position: int, count: int) -> None:
        nonlocal last
        if time.monotonic() - last >= EVERY_SECONDS:
            last = time.monotonic()
            rows = f", {count:,} rows" if count else ""
            click.echo(f"{label}: {100 * position // max(whole, 1)} %{rows}", err=True)

    yield report
