"""Flights, and the four tables beside them, from each database to each other one and back."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from backends import types
from backends.plan import TableName
from backends.structure import ForeignKey, Structure
from gateway.service import Gateway
from tests import flights
from tests.effort import EFFORT, WHOLE
from tests.environments import ONE_EACH
from tests.structures.changing import column, table
from tests.transfers.moving import Side, Sides

WEATHER = {
    "origin": "STRING",
    **dict.fromkeys(("year", "month", "day", "hour"), "INT"),
    **dict.fromkeys(("temp", "dewp", "humid"), "DECIMAL(5,2)"),
    "wind_dir": "INT",
    **dict.fromkeys(("wind_speed", "wind_gust"), "DOUBLE"),
    "precip": "DECIMAL(4,2)",
    "pressure": "DECIMAL(6,1)",
    "visib": "DECIMAL(5,2)",
    "time_hour": "TIMESTAMP",
}
AIRPORTS = {
    **dict.fromkeys(("faa", "name"), "STRING"),
    **dict.fromkeys(("lat", "lon"), "DOUBLE"),
    **dict.fromkeys(("alt", "tz"), "INT"),
    **dict.fromkeys(("dst", "tzone"), "STRING"),
}
PLANES = {
    "tailnum": "STRING",
    "year": "INT",
    **dict.fromkeys(("type", "manufacturer", "model"), "STRING"),
    **dict.fromkeys(("engines", "seats", "speed"), "INT"),
    "engine": "STRING",
}
TABLES = {  # columns, key, and what points where
    "airlines": ({"carrier": "STRING", "name": "STRING"}, ("carrier",), {}),
    "airports": (AIRPORTS, ("faa",), {}),
    "planes": (PLANES, ("tailnum",), {}),
    "weather": (WEATHER, ("origin", "time_hour"), {"origin": ("airports", "faa")}),
    "flights": (
        dict(flights.COLUMNS),
        flights.KEY,
        {"carrier": ("airlines", "carrier"), "origin": ("airports", "faa")},
    ),
}
CHUNK = 50_000
PART = 1 if EFFORT >= 4 else 10 if WHOLE else 40  # one flight of so many is moved
ROWS = -(-336_776 // PART)


def structure(name: str) -> Structure:
    """What one of the tables is made of."""
    columns, key, targets = TABLES[name]
    made = table(TableName("", "", name), *(column(*each) for each in columns.items()), key=key)
    keys = (
        ForeignKey(f"{name}_{own}", (own,), TableName("", "", target), (its,))
        for own, (target, its) in targets.items()
    )
    return replace(made, foreign_keys=tuple(keys))


def rows(name: str) -> Iterator[dict[str, Any]]:
    """The rows of one of the tables."""
    folder = flights.archive().parent
    if name == "flights":
        yield from islice(flights.rows(), 0, None, PART)
        return
    text = (folder / f"{name}.csv").read_text()
    known = structure(name).table.by_name
    for line in csv.DictReader(io.StringIO(text)):
        yield {each: _value(known[each].type, value) for each, value in line.items()}


def _value(type_: types.Type, text: str) -> object:
    if text in ("", "NA"):
        return None
    if isinstance(type_, types.Integer):
        return int(float(text))
    return float(text) if isinstance(type_, types.Float) else text


def fill(side: Side) -> None:
    """Make all five tables."""
    for name in TABLES:
        side.make(structure(name))
        found = list(rows(name))
        for at in range(0, len(found), CHUNK):
            side.write(name, found[at : at + CHUNK])


def digests(side: Side) -> dict[str, tuple[int, str]]:
    """How many rows each table has, and the checksum of all of them one by one."""
    return {name: side.digest(name) for name in TABLES}


@pytest.mark.parametrize("way", [ONE_EACH, [*reversed(ONE_EACH)]], ids="-".join)
def test_flights_go_all_the_way_round(way: list[str], gateway: Gateway) -> None:
    """Both ways round are all six directions, and each ends where it began."""
    first = last = Side.new(gateway, way[0])
    fill(first)
    before = digests(first)
    assert before["flights"][0] == ROWS
    for site in (*way[1:], way[0]):
        both = Sides(gateway, last, Side.new(gateway, site))
        both.move("create")
        assert digests(both.target) == before
        assert all(both.target.made_of(name) == first.made_of(name) for name in TABLES)
        last = both.target
