"""Readers beside somebody who makes and drops other tables: no row is ever missing from an answer."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.app_client import AppClient

SECONDS = 2.0
READERS = 6


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Another program, which makes and drops a table again and again."""
    stop = threading.Event()

    def change() -> None:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            while not stop.is_set():
                connection.executescript("CREATE TABLE other (a); DROP TABLE other;")
                time.sleep(0.001)  # without a pause SQLite itself gives up, rightly

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def page(client: AppClient) -> int:
    """How many rows a page has."""
    return len(client.read("t").rows)


def total(client: AppClient) -> int:
    """How many rows a page and its total tell of, which is the same number."""
    body = client.read("t", include_total=True).body
    return len(body["data"]) if len(body["data"]) == body["total"] else -1


def lines(client: AppClient) -> int:
    """How many rows a stream has."""
    answer = client.stream("t", "application/x-ndjson")
    return 1 if answer.status == 503 else answer.content.count(b"\n")  # all places may be taken


@pytest.mark.parametrize("count", [page, total, lines])
def test_a_row_is_there_whatever_happens_to_other_tables(
    client: AppClient, folder: Path, count: Callable[[AppClient], int]
) -> None:
    client.fill("t", {"id": "INT"}, [{"id": 1}])
    until = time.monotonic() + SECONDS

    def read(_: int) -> set[int]:
        found = set()
        while time.monotonic() < until:
            found.add(count(client))
        return found

    with changing(folder / "main.db"), ThreadPoolExecutor(READERS) as readers:
        counts = set().union(*readers.map(read, range(READERS)))
    assert counts == {1}
