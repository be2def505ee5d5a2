"""Who is measured: the gateway, and what it is held against."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.server import GUNICORN
from bench.speech import GATEWAY, Speech
from bench.statements import Request

BARE, QUERY = "bare", "query"
LAKEGATE = "lakegate"
DRIVER, DRIVER_TLS, POSTGRES, LAKEBASE = "driver", "driver tls", "postgres", "lakebase"
FASTAPI, RESTLESS, SAFRS, DATASETTE, ROAPI = "fastapi", "restless", "safrs", "datasette", "roapi"
PEERS = (FASTAPI, RESTLESS, SAFRS, DATASETTE, ROAPI)
NAMES = {  # by database
    "sqlite": (BARE, QUERY, DATASETTE, ROAPI, LAKEGATE),
    "lakebase": (BARE, QUERY, FASTAPI, RESTLESS, SAFRS, DRIVER, DRIVER_TLS, POSTGRES, LAKEBASE),
}
READING = ("one", "page 10", "page 100", "page 1000")
ROW_BY_ROW = (*READING, "update", "insert 1", "delete")
HAND_WRITTEN = (*ROW_BY_ROW, "insert 1000", "bulk")


@dataclass(frozen=True, slots=True)
class Served:
    """An application that a command line serves, and the workloads that it answers (none named: all)."""

    name: str
    command: tuple[str, ...]  # {address} and {port} stand for where it is to listen
    env: Mapping[str, str]
    only: tuple[str, ...] = ()
    speech: Speech = GATEWAY

    def answers(self, workload: str) -> bool:
        """Whether it takes part in a workload."""
        return not self.only or workload in self.only

    @property
    def app(self) -> str:
        """Where its WSGI application is."""
        return self.command[-1]


@dataclass(frozen=True, slots=True)
class Driver:
    """The driver alone, on libpq's `dsn`: it sends what the gateway was recorded to send for a workload."""

    name: str
    dsn: str
    recorded: Mapping[str, tuple[Request, ...]]

    @staticmethod
    def answers(workload: str) -> bool:
        """Whether it takes part in a workload: a delete is recorded for no row but the first."""
        return workload != "delete"


Contender = Served | Driver


def gunicorn(name: str, app: str, env: Mapping[str, str], only: tuple[str, ...] = ()) -> Served:
    """An application under gunicorn, with the project's own configuration."""
    command = (sys.executable, "-m", GUNICORN, "--bind", "{address}", app)
    return Served(name, command, env, only)


def bare() -> Served:
    """Flask, and nothing else."""
    return gunicorn(BARE, "bench.bare:app", {}, only=("one",))


def query(app: str, env: Mapping[str, str]) -> Served:
    """Views written by hand."""
    return gunicorn(QUERY, app, env, only=HAND_WRITTEN)


def alike(contenders: Iterable[Contender]) -> list[Served]:
    """Those that gunicorn serves as it serves the gateway."""
    return [each for each in contenders if isinstance(each, Served) and each.name not in PEERS]
