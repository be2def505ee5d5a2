"""Many threads of several workers on one file: nothing is locked out, lost or half there."""

import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
import requests

from tests.app_client import AppClient
from tests.client import Client, Row
from tests.environments import sqlite
from tests.gateway_process import Gateway, running_gateway
from tests.sqlite.conftest import Others

WORKERS = 4
WRITERS = 8
SECONDS = 5.0  # of writing, in each of the two long tests
BATCH = 200  # rows


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of several workers on files of its own."""
    folder = tmp_path_factory.mktemp("concurrency")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.gateway_process.WORKERS", WORKERS)
        with running_gateway(sqlite(folder), folder / "gateway.log") as running:
            yield running


def at_once(run: Callable[[int], None], workers: int = WRITERS) -> None:
    """Run `run(0)`, `run(1)`, ... in threads; the first error is raised here."""
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(run, number) for number in range(workers)]:
            done.result()


def file_of(gateway: Gateway, catalog: str = "main") -> Path:
    return Path(gateway.environment["GATEWAY_SQLITE_DIR"]) / f"{catalog}.db"


def test_many_writers_at_once_lose_nothing(gateway: Gateway) -> None:
    client = Client(gateway)
    client.create("events", {"id": "STRING", "n": "INT"})
    counters = [{"id": writer, "n": -1, "hot": 0} for writer in range(WRITERS)]
    client.fill("counters", {"id": "INT", "n": "INT", "hot": "INT"}, counters)
    written, counted = [0] * WRITERS, [-1] * WRITERS
    end = time.monotonic() + SECONDS

    def write(writer: int) -> None:
        own = Client(gateway)
        while time.monotonic() < end:
            number = counted[writer] + 1
            rows = [{"id": f"{writer}-{number}-{part}", "n": number} for part in range(3)]
            answers = [
                own.write("events", rows),
                own.update("counters", key_column="id", key_value=writer, updates={"n": number}),
                own.write("counters", [{"id": 0, "hot": number}], on_conflict="update"),
            ]
            assert [answer.status for answer in answers] == [201, 200, 201], answers
            written[writer] += len(rows)
            counted[writer] = number

    at_once(write)
    assert min(counted) >= 5
    assert client.count("events") == sum(written)
    assert [row["n"] for row in client.read("counters").rows] == counted


def test_a_worker_killed_amid_writes_leaves_batches_whole_or_absent(gateway: Gateway) -> None:
    client = Client(gateway)
    client.create("batches", {"id": "STRING", "batch": "STRING", "text": "STRING"})
    acknowledged: list[str] = []
    over = threading.Event()

    def write(writer: int) -> None:
        own = Client(gateway)
        for number in count():
            if over.is_set():
                return
            batch = f"{writer}-{number}"
            if was_written(own, batch):
                acknowledged.append(batch)

    killing = threading.Thread(target=kill_workers, args=(gateway, over))
    killing.start()
    at_once(write)
    killing.join()
    stored = rows_by_batch(gateway)
    assert set(stored.values()) == {BATCH}
    assert [batch for batch in acknowledged if batch not in stored] == []
    assert len(acknowledged) > 10
    with closing(sqlite3.connect(file_of(gateway))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def was_written(client: Client, batch: str) -> bool:
    """Write a batch; whether that was acknowledged."""
    rows = [{"id": f"{batch}-{number}", "batch": batch, "text": "x" * 200} for number in range(BATCH)]
    try:
        answer = client.write("batches", rows)
    except requests.RequestException:
        return False
    assert answer.status == 201, answer
    return True


def kill_workers(gateway: Gateway, over: threading.Event) -> None:
    """Kill one worker after another, a few times a second, and say when it is over."""
    end = time.monotonic() + SECONDS
    for turn in count():
        time.sleep(0.2)
        if time.monotonic() > end:
            break
        if workers := gateway.workers():
            os.kill(workers[turn % len(workers)], signal.SIGKILL)
    over.set()


def rows_by_batch(gateway: Gateway) -> Counter[str]:
    """How many rows of each batch the file holds."""
    with closing(sqlite3.connect(file_of(gateway))) as connection:
        return Counter(batch for (batch,) in connection.execute("SELECT batch FROM batches"))


def test_a_catalog_that_many_make_at_once_is_made(gateway: Gateway) -> None:
    definition = [{"name": "id", "data_type": "INT"}]
    for number in range(5):
        asked: Row = {"catalog": f"new_{number}", "auto_create": True, "schema_definition": definition}

        def write(writer: int, asked: Row = asked) -> None:
            answer = Client(gateway).write("t", [{"id": writer}], primary_key=["id"], **asked)
            assert answer.status == 201, answer

        at_once(write)
        found = Client(gateway).read("t", catalog=f"new_{number}", columns=["id"]).rows
        assert [row["id"] for row in found] == list(range(WRITERS))


def test_files_are_in_wal_mode(gateway: Gateway) -> None:
    Client(gateway).create("wal", {"id": "INT"})
    with closing(sqlite3.connect(file_of(gateway))) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_readers_go_on_and_writers_wait_while_another_program_writes(
    client: AppClient, others: Others
) -> None:
    path = others("PRAGMA journal_mode=WAL; CREATE TABLE t (id INTEGER PRIMARY KEY)")
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO t VALUES (1)")
        begun = time.monotonic()
        assert client.ids("t") == []
        assert time.monotonic() - begun < 1
        ending = threading.Timer(1, lambda: other.execute("COMMIT"))
        ending.start()
        assert client.write("t", [{"id": 2}]).status == 201
        ending.join()
    assert client.ids("t") == [1, 2]


def test_a_writer_that_waits_too_long_is_told_to_try_again(
    client: AppClient, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.sqlite.file.BUSY_SECONDS", 0.2)
    path = others("PRAGMA journal_mode=WAL; CREATE TABLE t (id INTEGER PRIMARY KEY)")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = client.write("t", [{"id": 1}])
    assert (answer.status, answer.error_type) == (503, "Unavailable")
    assert "Retry-After" in answer.headers and client.ids("t") == []
    assert client.write("t", [{"id": 1}]).status == 201


def test_a_file_that_another_program_is_reading_is_read_at_once(client: AppClient, others: Others) -> None:
    path = others("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM t").fetchall()
        begun = time.monotonic()
        assert client.ids("t") == [1]
        assert time.monotonic() - begun < 5


def test_more_streams_than_connections_are_told_to_try_again(
    client: AppClient, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.sqlite.file.BUSY_SECONDS", 0.2)
    monkeypatch.setattr("backends.sqlite.file.POOL_SIZE", 1)
    others("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    others("INSERT INTO t VALUES (?)", *((number,) for number in range(5000)))
    with client.streaming("t"):
        answer = client.read("t")
    assert (answer.status, answer.error_type) == (503, "Unavailable")
    assert client.read("t").status == 200
