"""Gateways on a workspace whose faults are tried, and what shows of their connections."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.gateway_process import Gateway, running_gateway
from tests.workspace.handle import Workspace

SCHEMA = "faults"
ESTABLISHED = "01"


def environment(workspace: Workspace, **settings: object) -> dict[str, str]:
    """What a gateway is told: `settings` beside what is usual; nothing of what is None."""
    told = workspace.environment("autoscaling")
    limits = {"GATEWAY_CATALOG": told["PGDATABASE"], "GATEWAY_SCHEMA": SCHEMA, "GATEWAY_ACCESS_LOG": "off"}
    wanted = {**told, **limits, **settings}
    return {name: str(value) for name, value in wanted.items() if value is not None}


@contextmanager
def gateway_on(workspace: Workspace, folder: Path, workers: int = 1, **settings: object) -> Iterator[Gateway]:
    """A gateway of so many workers, told `settings` beside what is usual."""
    told = environment(workspace, GATEWAY_WORKERS=workers, **settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.gateway_process.WORKERS", workers)
        with running_gateway(told, folder / f"gateway-{workers}-{len(settings)}.log") as running:
            yield running


def sessions(workspace: Workspace, condition: str = "true") -> int:
    """How many of the gateways' sessions there are in the database that meet a condition of SQL."""
    [[count]] = workspace.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        f" AND usename = '{workspace.client}' AND ({condition})"
    )
    return int(count)


def open_connections(pid: int, port: int) -> int:
    """How many connections to a port a process holds."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    inodes = {f[9] for f in fields if f[3] == ESTABLISHED and int(f[2].partition(":")[2], 16) == port}
    return len({f"socket:[{inode}]" for inode in inodes} & set(open_files(pid)))


def open_files(pid: int) -> list[str]:
    """What the file descriptors of a process are of."""
    found: list[str] = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(entry.readlink()))
        except FileNotFoundError:  # closed meanwhile
            continue
    return found
