"""The script, a chapter a module: the same requests in the same order, every time."""

from collections.abc import Iterator

from tests.parity.calls import Call
from tests.parity.script import (
    bulk,
    catalog,
    changes,
    conditions,
    hostile,
    migrations,
    protocol,
    reading,
    shapes,
    transfers,
    values,
    writing,
)

CHAPTERS = {
    "catalog": catalog.calls,
    "values": values.calls,
    "shapes": shapes.calls,
    "writing": writing.calls,
    "conditions": conditions.calls,
    "reading": reading.calls,
    "changes": changes.calls,
    "hostile": hostile.calls,
    "bulk": bulk.calls,
    "migrations": migrations.calls,
    "transfers": transfers.calls,
    "protocol": protocol.calls,
}


def calls() -> Iterator[Call]:
    """All of it."""
    for chapter in CHAPTERS.values():
        yield from chapter()
