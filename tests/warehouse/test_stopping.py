"""SIGTERM while statements run: what has begun is finished, sessions are closed, and the process is gone."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.client import Client, new_name
from tests.gateway_process import Gateway
from tests.load import Load, is_gone
from tests.reading import reading
from tests.waiting import elapsed, wait_until
from tests.warehouse.gateways import COLUMNS, UserClient, gateway_on, left_behind, stored, user_token
from tests.warehouse.long_tables import ROWS, large_table
from tests.workspace.handle import Workspace

GONE_SECONDS = 12
SLOW_SECONDS = 1.5


@pytest.fixture
def gateway(workspace: Workspace, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of two workers, the only one that has sessions."""
    with gateway_on(workspace, tmp_path, GATEWAY_WORKERS=2) as running:
        yield running


def test_what_has_begun_is_finished_and_no_session_stays_open(workspace: Workspace, gateway: Gateway) -> None:
    client = Client(gateway)
    load = Load(gateway, client.fill(new_name(), COLUMNS, [{"id": 1}]))
    large = large_table(workspace, client)
    workspace.warehouse.end_sessions()
    with ThreadPoolExecutor(8) as pool, reading(gateway, large) as reader:
        running = [pool.submit(load.on_new_connections), pool.submit(load.on_one_connection)]
        workspace.warehouse.slow("ExecuteStatement MERGE", SLOW_SECONDS, times=2)
        rows = [{"id": number, "n": number} for number in range(2, 50_000)]  # more than a statement takes
        writing = [
            pool.submit(client.write, load.table, rows),
            pool.submit(client.write, load.table, [{"id": 0}]),
        ]
        wait_until(lambda: sum("MERGE" in each.text for each in workspace.statements()) == 2 + 1)
        load.stopped = time.monotonic()
        os.kill(gateway.pid, signal.SIGTERM)
        watch = threading.Thread(target=wait_until, args=[lambda: is_gone(gateway.pid)])
        watch.start()
        assert reader.rest().count(b"\n") > ROWS - 1000
        watch.join()
        assert elapsed(load.stopped) < GONE_SECONDS
        assert [answer.result().status for answer in writing] == [201] * 2
        for each in running:
            each.result()
    assert set(load.statuses) == {200} and load.broken == []
    assert (stored(workspace, load.table), left_behind(workspace)) == (50_000, [])
    assert workspace.warehouse.statistics().open_sessions == 0


def test_idle_sessions_are_closed(workspace: Workspace, gateway: Gateway) -> None:
    client = Client(gateway)
    workspace.warehouse.end_sessions()
    assert client.read("nothing").status == 404
    assert workspace.warehouse.statistics().open_sessions > 0
    os.kill(gateway.pid, signal.SIGTERM)
    wait_until(lambda: is_gone(gateway.pid))
    assert workspace.warehouse.statistics().open_sessions == 0


def test_the_sessions_of_all_users_are_closed(workspace: Workspace, tmp_path: Path) -> None:
    workspace.warehouse.end_sessions()
    with gateway_on(workspace, tmp_path, GATEWAY_RUN_AS="user") as gateway:
        for name in ("ada@example.test", "bob@example.test"):
            UserClient(gateway, user_token(workspace, name)).get("/api/v1/catalogs")
        assert workspace.warehouse.statistics().open_sessions == 2
        os.kill(gateway.pid, signal.SIGTERM)
        wait_until(lambda: is_gone(gateway.pid))
        assert workspace.warehouse.statistics().open_sessions == 0
