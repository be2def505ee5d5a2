"""SIGTERM under load: what has begun is finished, and then the process is gone."""

import http.client
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.client import Client, new_name
from tests.gateway_process import Gateway
from tests.lakebase.gateways import gateway_on, sessions, wait_until
from tests.lakebase.long_tables import ROWS, elapsed, large_table, reading, slow_view
from tests.workspace.handle import Workspace

GONE_SECONDS = 12
SLOW_SECONDS = 4.0
LOAD_SECONDS = 1.5  # before the signal
ACCEPTED_SECONDS = 0.3  # after which a connection is certain to have left the kernel's queue


@pytest.fixture
def gateway(workspace: Workspace, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of two workers."""
    with gateway_on(workspace, tmp_path, workers=2) as running:
        yield running


@dataclass
class Load:
    """Requests sent one after another until the gateway takes no more, and what became of them."""

    gateway: Gateway
    table: str
    stopped: float = float("inf")  # when the signal was sent, on the monotonic clock
    statuses: list[int] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # those that were accepted, and got no answer

    def on_new_connections(self) -> None:
        """Send each request on a connection of its own, until none is to be had."""
        while True:
            began = time.monotonic()
            try:
                with closing(self._connection()) as connection:
                    self._ask(connection)
            except OSError as error:
                if began > self.stopped - ACCEPTED_SECONDS:
                    return
                self.broken.append(repr(error))

    def on_one_connection(self) -> None:
        """Send all requests on one connection, until an answer says that it closes."""
        with closing(self._connection()) as connection:
            try:
                while self._ask(connection) != "close":
                    pass
            except OSError as error:
                self.broken.append(repr(error))

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(*self.gateway.address, timeout=60)

    def _ask(self, connection: http.client.HTTPConnection) -> str | None:
        body = f'{{"table":"{self.table}"}}'
        connection.request("POST", "/api/v1/records/read", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        self.statuses.append(answer.status)
        return answer.headers.get("Connection")


def is_gone(pid: int) -> bool:
    """Whether a child has ended."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


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
