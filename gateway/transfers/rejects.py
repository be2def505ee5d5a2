"""The rows that were left out, in a file of JSON lines: which, and why."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import msgspec

from backends import errors
from gateway.transfers.pages import Reject

SHOWN = ("table", "key", "column", "reason")
LISTED = 100  # that a report shows; the file has all
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Rejects:
    """Those of one table of one transfer."""

    def __init__(self, folder: Path, transfer: str, position: int, table: str) -> None:
        self.name = f"{transfer}.{position}.{quote(table, safe='')[:150]}.ndjson"
        self.path = folder / self.name
        self._table = table

    def begin(self, chunk: int) -> list[dict[str, object]]:
        """Forget what the chunks from one on have left out; gives the first of those that stay.

        Raises:
            Unavailable: the file cannot be written.
        """
        if not self.path.exists():
            return []
        first: list[dict[str, object]] = []
        beside = self.path.with_suffix(".new")
        with writing(), beside.open("wb") as file:
            for line in self._lines():
                told = json.loads(line)
                if told["chunk"] < chunk:
                    file.write(line)
                    first += [{name: told[name] for name in SHOWN}] if len(first) < LISTED else []
        with writing():
            beside.replace(self.path)
        return first

    def add(self, rejects: Iterable[Reject], chunk: int) -> None:
        """Write down what a chunk leaves out.

        Raises:
            Unavailable: the file cannot be written.
        """
        lines = [_encode({**shown(self._table, each), "row": each.row, "chunk": chunk}) for each in rejects]
        with writing():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(b"".join(line + b"\n" for line in lines))

    def _lines(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            yield from (line for line in file if line.endswith(b"\n"))  # the last one may be cut off


@contextmanager
def writing() -> Iterator[None]:
    """What happens to files, as the contract's errors."""
    try:
        yield
    except OSError as error:
        raise errors.Unavailable("the file of rejects cannot be written") from error


def shown(table: str, reject: Reject) -> dict[str, object]:
    """A row that was left out, as reports and errors have it."""
    return {
        "table": table,
        "key": plain(reject.key or reject.row),
        "column": reject.column,
        "reason": reject.reason,
    }


def plain(value: object) -> object:
    """A value as Python's json writes it: with its digits as text, if it is a decimal."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return str(value) if isinstance(value, Decimal) else value


def refused(table: str, reject: Reject) -> errors.Invalid:
    """The error for a row that the target cannot hold."""
    found = reject.key or reject.row  # the whole of it, where there is no key
    key = found if isinstance(found, dict) else {}
    named = ", ".join(f"{name} {value}" for name, value in key.items())
    where = f'"{table}", row {named}' if named else f'"{table}"'
    if reject.column:
        where += f', column "{reject.column}"'
    error = errors.Invalid(f"{where}: {reject.reason}")
    error.details.update(shown(table, reject))
    return error
