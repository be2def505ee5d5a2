"""Where in a file a fault is that the gateway found in a batch."""

import json
from decimal import Decimal

from backends import errors
from backends.errors import BackendError, Fault
from gateway.files.base import Batch

SHOWN = 40  # characters of a value at fault


def located(error: BackendError, batch: Batch, unit: str) -> BackendError:
    """The same error, its places those of the file: the line and column of each fault, or all lines."""
    if isinstance(error, errors.Invalid) and error.faults:
        rows = json.loads(batch.data, parse_float=Decimal)
        return errors.Invalid.of([_located(fault, rows, batch, unit) for fault in error.faults])
    return type(error)(f"{span(batch, unit)}: {error.message}")


def span(batch: Batch, unit: str) -> str:
    """The lines of a batch, such as "lines 2 to 20,001"."""
    first, last = batch.places[0], batch.places[-1]
    return f"{unit} {first:,}" if first == last else f"{unit}s {first:,} to {last:,}"


def _located(fault: Fault, rows: list[dict[str, object]], batch: Batch, unit: str) -> Fault:
    """The fault of row i of the batch as one of line n of the file, with the value."""
    match fault.loc:
        case ("data", int(at), *inside) if at < len(rows):
            place = ", ".join([f"{unit} {batch.places[at]:,}", *_column(inside)])
            return Fault((place,), fault.msg + _value(rows[at], inside))
    return Fault((span(batch, unit),), ": ".join([".".join(map(str, fault.loc)), fault.msg]))


def _column(inside: list[str | int]) -> list[str]:
    return [".".join(map(str, inside))] if inside else []


def _value(row: object, inside: list[str | int]) -> str:
    """The value at fault, as far as it is there."""
    for step in inside:
        match row:
            case dict() if step in row:
                row = row[step]
            case list() if isinstance(step, int) and step < len(row):
                row = row[step]
            case _:
                return ""
    if row is None or not inside:
        return ""
    text = json.dumps(row, ensure_ascii=False, default=str)
    return f": {text if len(text) <= SHOWN else text[: SHOWN - 1] + '…'}"
