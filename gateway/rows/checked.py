"""What both ways of reading rows share."""

from dataclasses import dataclass

import msgspec

from backends.errors import Fault, Invalid
from backends.misfit import Misfit
from backends.plan import Column
from backends.values import Renderer
from gateway.audit import fills

encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows fit to be written: canonical JSON, the columns that some row brings, whether not all do."""

    json: bytes
    columns: tuple[str, ...]
    ragged: bool


def bounded(count: int, most: int) -> None:
    """Raise Invalid where a write has no rows, or too many."""
    if not 1 <= count <= most:
        raise Invalid.of([Fault(("data",), f"{count} rows; a write takes 1 to {most}")])


def is_required(column: Column) -> bool:
    """Whether every row must bring a column."""
    return not column.nullable and column.default is None and not fills(column)


def text_of(column: Column, render: Renderer, value: object) -> str:
    """The canonical JSON text of a column's value. Raises Misfit."""
    if value is not None:
        return render(value)
    if column.nullable:
        return "null"
    raise Misfit("takes no NULL")
