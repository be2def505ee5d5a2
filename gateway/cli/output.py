"""What a person reads: aligned columns, and errors in a few lines."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import click

from backends import errors

LISTED = 20  # faults shown; the rest are counted
WIDEST = 80  # characters of a cell
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def complain(error: errors.BackendError) -> None:
    """Say on standard error what went wrong, with the faults where there are several."""
    faults = error.faults if isinstance(error, errors.Invalid) else ()
    tell(error.message, [f"{'.'.join(map(str, fault.loc))}: {fault.msg}" for fault in faults])


def tell(message: str, faults: Sequence[str] = ()) -> None:
    """Write an error to standard error; one fault alone is taken to be in the message."""
    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(safe(message), err=True)
    if len(faults) > 1:
        for fault in faults[:LISTED]:
            click.echo(f"  {safe(fault)}", err=True)
        if len(faults) > LISTED:
            click.echo(f"  and {len(faults) - LISTED:,} more", err=True)


def safe(text: str) -> str:
    """`text` without characters that a terminal would obey."""
    return _CONTROL.sub(lambda match: _ESCAPES.get(match[0], f"\\x{ord(match[0]):02x}"), text)


def cell(text: str) -> str:
    """`text` as it is shown in a table: one line, not too wide."""
    shown = safe(text)
    return shown if len(shown) <= WIDEST else shown[: WIDEST - 1] + "…"


def widths(rows: Iterable[Sequence[str]]) -> list[int]:
    """How wide each column has to be."""
    return [max(map(_width, column)) for column in zip(*rows, strict=True)]


def aligned(
    rows: Iterable[Sequence[str]], columns: Sequence[int], right: frozenset[int] = frozenset()
) -> Iterator[str]:
    """Lines with each cell as wide as its column; those of the columns in `right` end where it ends."""
    for row in rows:
        cells = [
            " " * (width - _width(text)) + text if at in right else text + " " * (width - _width(text))
            for at, (text, width) in enumerate(zip(row, columns, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def echo_table(rows: Sequence[Sequence[str]]) -> None:
    """Print a small table."""
    shown = [[cell(text) for text in row] for row in rows]
    for line in aligned(shown, widths(shown)):
        click.echo(line)


def _width(text: str) -> int:
    """How many places of a terminal a text takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))
