"""A soak: everything goes wrong for minutes, and no read fails, and no write is lost or done twice.

LAKEGATE_SOAK_SECONDS makes it longer or shorter.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.client import Client
from tests.gateway_process import Gateway
from tests.lakebase.gateways import SCHEMA, gateway_on, open_connections, open_files, sessions
from tests.lakebase.ledger import COUNTERS, EVENTS, Bookkeeper
from tests.lakebase.tally import Refusal, Tally, shown
from tests.lakebase.troubles import Troubles, troubled
from tests.workspace.handle import Workspace, running_workspace

SECONDS = float(os.environ.get("LAKEGATE_SOAK_SECONDS", "120"))
CLIENTS = 8
WORKERS = 2
POOL_SIZE = 8
TOKEN_SECONDS = 3.0
MARGIN_SECONDS = (
    7.0  # after the control plane is mended: a mint still waits as long as it was asked to, or pauses
)
GROWN_MEBIBYTES = 20.0  # of memory, all workers together
OTHER_FILES = 40  # of a worker, besides connections to the database and those to clients
MEBIBYTE = 1024 * 1024


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace whose tokens live for seconds."""
    with running_workspace(tmp_path / "workspace", token_seconds=TOKEN_SECONDS) as running:
        yield running


@pytest.fixture
def gateway(workspace: Workspace, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway that serves all clients at once, if need be by one worker, and all of them with streams."""
    limits = {"GATEWAY_POOL_SIZE": POOL_SIZE, "GATEWAY_THREADS": 2 * CLIENTS}
    with gateway_on(workspace, tmp_path, WORKERS, **limits) as running:
        yield running


def test_nothing_is_lost_or_done_twice_whatever_goes_wrong(workspace: Workspace, gateway: Gateway) -> None:
    client, tally = Client(gateway), Tally()
    client.create(COUNTERS, {"client": "INT", "id": "INT", "n": "INT"}, ["client", "id"])
    client.create(EVENTS, {"client": "INT", "id": "INT"}, [])
    keepers = [Bookkeeper(number, gateway, tally) for number in range(CLIENTS)]
    with troubled(workspace) as troubles:
        work(keepers, SECONDS / 3)
        memory = gateway.resident_bytes()
        work(keepers, SECONDS * 2 / 3)
    statistics, grown = workspace.statistics(), (gateway.resident_bytes() - memory) / MEBIBYTE
    told = {"mints": statistics.mints, "wakes": statistics.wakes, "grown MiB": round(grown, 1)}
    settled = sum(keeper.settled for keeper in keepers)
    print(shown({**tally.figures(), **troubles.figures(), **told, "settled": settled}))  # noqa: T201 - to quote

    assert tally.failures == []
    assert undue(tally, troubles) == []
    assert_kept(workspace, keepers)
    assert len(tally.seconds) > SECONDS
    assert statistics.mints <= 2 * WORKERS * SECONDS / TOKEN_SECONDS + 10
    assert grown < GROWN_MEBIBYTES
    assert_no_leaks(workspace, gateway)


def work(keepers: list[Bookkeeper], seconds: float) -> None:
    """Let all clients work for a while."""
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(keeper.work, until) for keeper in keepers]:
            done.result()


def assert_no_leaks(workspace: Workspace, gateway: Gateway) -> None:
    """There are no more connections than the pools hold, and few other files."""
    port = int(gateway.environment["PGPORT"])
    assert sessions(workspace) <= WORKERS * POOL_SIZE
    assert open_connections(gateway.pid, port) == 0
    for pid in gateway.workers():
        assert open_connections(pid, port) <= POOL_SIZE
        assert len(open_files(pid)) < 2 * POOL_SIZE + OTHER_FILES


def undue(tally: Tally, troubles: Troubles) -> list[tuple[float, Refusal]]:
    """The refusals of what could have been served, by how long the control plane had worked by then.

    Where it fails no login can be made, and writes that lose their connection are not done again.
    """
    asked = [(troubles.since_failing(refusal.began), refusal) for refusal in tally.refusals]
    return [
        (seconds, refusal)
        for seconds, refusal in asked
        if seconds > MARGIN_SECONDS and not (refusal.unknown or "nothing was written" in refusal.message)
    ]


def assert_kept(workspace: Workspace, keepers: list[Bookkeeper]) -> None:
    """The tables hold what the ledgers say."""
    for keeper in keepers:
        mine = f"WHERE client = {keeper.number}"
        counters = workspace.sql(f'SELECT id, n FROM "{SCHEMA}".{COUNTERS} {mine}')
        assert dict(counters) == keeper.counters
        events = Counter(key for (key,) in workspace.sql(f'SELECT id FROM "{SCHEMA}".{EVENTS} {mine}'))
        allowed = {key: {True: {1}, False: {0}, None: {0, 1}}[known] for key, known in keeper.events.items()}
        assert [key for key, counts in allowed.items() if events[key] not in counts] == []
