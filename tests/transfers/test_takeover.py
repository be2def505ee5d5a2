"""A transfer whose process dies: another one goes on with it, from its last checkpoint."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from gateway.service import Gateway
from gateway.transfers.store import LEASE_SECONDS, Store
from tests.client import Client
from tests.environments import Environment
from tests.gateway_process import WORKERS, running_gateway
from tests.transfers.asking import PATH, begun, between, ended, progress, things, under_way
from tests.transfers.moving import Side
from tests.waiting import elapsed, wait_until

LONG = 4000  # rows, which take some seconds
GRACE = 20  # seconds beside the lease: every ten the others are looked at


@pytest.fixture
def served(environment: Environment) -> Environment:
    """What a gateway is told that knows the sites as connections, and moves small chunks."""
    return {**environment, "GATEWAY_TRANSFER_BYTES": "1024"}


@pytest.fixture
def source(gateway: Gateway) -> Side:
    """A schema in a file."""
    return Side.new(gateway, "sqlite")


@pytest.fixture
def target(gateway: Gateway) -> Side:
    """A schema in Postgres."""
    return Side.new(gateway, "lakebase-autoscaling")


@contextmanager
def serving(served: Environment, tmp_path: Path) -> Iterator[Client]:
    with running_gateway(served, tmp_path / "gateway.log") as running:
        yield Client(running)


def started(client: Client, source: Side, target: Side) -> str:
    """A transfer that has written some chunks."""
    transfer = begun(client, between(source, target))
    under_way(client, transfer)
    return transfer


def holder(gateway: Gateway, transfer: str) -> tuple[int, str]:
    """Which process carries a transfer out: its id, and its name as a holder.

    It is read where it is kept: a gateway that is asked for it would take over itself.
    """
    kept = Store(gateway.backend).find(transfer)
    assert kept.holder is not None
    return int(kept.holder.split("/")[1]), kept.holder


def answers(client: Client) -> bool:
    """Whether all workers are there, and one of them answers."""
    try:
        return len(client.gateway.workers()) == WORKERS and client.get(PATH).status == 200
    except requests.ConnectionError:
        return False


def test_another_worker_goes_on_with_what_a_killed_one_has_begun(
    served: Environment, tmp_path: Path, gateway: Gateway, source: Side, target: Side
) -> None:
    rows = things(source, LONG)
    with serving(served, tmp_path) as client:
        transfer = started(client, source, target)
        process, name = holder(gateway, transfer)
        assert process in client.gateway.workers()
        os.kill(process, signal.SIGKILL)
        killed = time.monotonic()
        wait_until(lambda: answers(client))  # what waited at the dead one's door is reset
        wait_until(lambda: holder(gateway, transfer)[1] != name)
        assert elapsed(killed) < LEASE_SECONDS + GRACE
        assert holder(gateway, transfer)[0] in client.gateway.workers()
        found = ended(client, transfer)
    (table,) = found["tables"]
    assert (table["rows"], table["state"]) == (LONG, "done")
    assert target.rows("things") == rows
    assert "is taken over from" in client.gateway.log_tail(1000)


def test_a_transfer_is_gone_on_with_after_the_gateway_was_stopped(
    served: Environment, tmp_path: Path, gateway: Gateway, source: Side, target: Side
) -> None:
    rows = things(source, LONG)
    with serving(served, tmp_path) as client:
        transfer = started(client, source, target)
    with serving(served, tmp_path) as client:
        assert client.send("POST", f"{PATH}/{transfer}/resume").status == 202
        begin = progress(client, transfer)["tables"][0]
        assert begin["state"] == "waiting" or begin["rows"] > 0  # what another worker does is told late
        assert ended(client, transfer)["tables"][0]["rows"] == LONG
    assert target.rows("things") == rows
