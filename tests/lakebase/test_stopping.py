"""SIGTERM under load: what has begun is finished, and then the process is gone."""

import http.client
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.client import Client, new_name
from tests.gateway_process import Gateway
from tests.lakebase.gateways import gateway_on, sessions
from tests.lakebase.long_tables import ROWS, large_table, slow_view
from tests.load import Load, is_gone
from tests.reading import reading
from tests.waiting import elapsed, wait_until
from tests.workspace.handle import Workspace, running_workspace

GONE_SECONDS = 12
SLOW_SECONDS = 4.0
LOAD_SECONDS = 1.5  # before the signal


@pytest.fixture
def gateway(workspace: Workspace, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of two workers."""
    with gateway_on(workspace, tmp_path, workers=2) as running:
        yield running


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One of its own: others keep connections."""
    with running_workspace(tmp_path_factory.mktemp("stopping")) as running:
        yield running


def test_what_has_begun_is_finished_within_the_time_there_is(workspace: Workspace, gateway: Gateway) -> None:
    client = Client(gateway)
    load = Load(gateway, client.fill(new_name(), {"id": "INT"}, [{"id": 1}]))
    slow, large = slow_view(workspace, client, SLOW_SECONDS), large_table(workspace, client)
    with ThreadPoolExecutor(12) as pool, reading(gateway, large) as reader:
        running = [pool.submit(load.on_new_connections) for _ in range(3)]
        running += [pool.submit(load.on_one_connection) for _ in range(3)]
        time.sleep(LOAD_SECONDS - 1)
        answers = [pool.submit(client.read, slow) for _ in range(4)]
        writing = pool.submit(client.write, load.table, [{"id": number} for number in range(2, 5000)])
        time.sleep(1)
        load.stopped = time.monotonic()
        os.kill(gateway.pid, signal.SIGTERM)
        watch = threading.Thread(target=wait_until, args=[lambda: is_gone(gateway.pid)])
        watch.start()
        assert reader.rest().count(b"\n") > ROWS - 1000
        watch.join()
        assert elapsed(load.stopped) < GONE_SECONDS
        assert [answer.result().status for answer in answers] == [200] * 4
        assert writing.result().status == 201
        for each in running:
            each.result()
    assert set(load.statuses) == {200} and len(load.statuses) > 50
    assert load.broken == []
    assert sessions(workspace) == 0


def test_an_idle_connection_is_closed_in_between_requests(workspace: Workspace, gateway: Gateway) -> None:
    with closing(http.client.HTTPConnection(*gateway.address, timeout=60)) as connection:
        connection.request("GET", "/api/health/ready")
        assert connection.getresponse().read()
        os.kill(gateway.pid, signal.SIGTERM)
        began = time.monotonic()
        assert connection.sock.recv(1) == b""
        wait_until(lambda: is_gone(gateway.pid))
        assert elapsed(began) < GONE_SECONDS
    assert sessions(workspace) == 0
