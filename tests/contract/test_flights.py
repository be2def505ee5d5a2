"""336,776 real rows: what goes in by either way comes out by either way, row by row."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests import flights
from tests.client import Client, columns_of, new_name
from tests.effort import some
from tests.environments import ONE_EACH
from tests.gateway_process import PROJECT

pytestmark = pytest.mark.parametrize("site", ONE_EACH, indirect=True, scope="session")

BATCH = 50_000  # rows of a write
NAMES = list(flights.COLUMNS)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with the flights that are tried."""
    header, *lines = flights.lines(flights.archive())
    path = tmp_path_factory.mktemp("flights") / "flights.csv.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("flights.csv", "".join([header, *some(lines)]))
    return path


@pytest.fixture(scope="module")
def expected(archive: Path) -> list[dict[str, Any]]:
    """All flights, in the order of their key."""
    return flights.rows(archive)


@pytest.fixture(scope="module")
def written(client: Client, expected: list[dict[str, Any]]) -> str:
    """A table of all flights, written over HTTP, last ones first."""
    table = new_name()
    definition = columns_of(flights.COLUMNS, required=flights.KEY)
    assert client.define(table, definition, flights.KEY).status == 201
    for start in reversed(range(0, len(expected), BATCH)):
        batch = expected[start : start + BATCH]
        assert client.write(table, batch).body["count"] == len(batch)
    return table


@pytest.fixture(scope="module")
def loaded(client: Client, archive: Path) -> str:
    """A table of all flights, loaded from their file by the command line."""
    table = new_name()
    options = ["--table", table, "--create", "--primary-key", ",".join(flights.KEY), "--null", "NA"]
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "gateway", "load", str(archive)]
    subprocess.run(
        [*command, *options], cwd=PROJECT, env={**os.environ, **client.gateway.environment}, check=True
    )
    return table


def pages(client: Client, table: str) -> Iterator[list[dict[str, Any]]]:
    """Every page of a thousand, by cursor."""
    cursor = None
    while True:
        body = client.read(table, columns=NAMES, limit=1000, cursor=cursor).body
        yield body["data"]
        if (cursor := body["next_cursor"]) is None:
            return


def lines(client: Client, table: str) -> list[dict[str, Any]]:
    """Every row, as NDJSON gives it."""
    answer = client.stream(table, "application/x-ndjson", columns=NAMES)
    found: list[dict[str, Any]] = msgspec.json.Decoder().decode_lines(answer.content)
    return found


def test_flights_written_over_http_come_back_page_by_page(
    client: Client, written: str, expected: list[dict[str, Any]]
) -> None:
    assert list(chain.from_iterable(pages(client, written))) == expected


def test_flights_written_over_http_come_back_as_ndjson(
    client: Client, written: str, expected: list[dict[str, Any]]
) -> None:
    assert lines(client, written) == expected


def test_flights_loaded_by_the_command_line_come_back_as_ndjson(
    client: Client, loaded: str, expected: list[dict[str, Any]]
) -> None:
    assert lines(client, loaded) == expected


def test_the_command_line_finds_the_types_of_the_flights(client: Client, loaded: str) -> None:
    columns = client.get(client.path(loaded)).body["columns"]
    assert {column["name"]: column["data_type"] for column in columns if column["name"] in NAMES} == dict(
        flights.COLUMNS
    )
