"""Who is measured: the gateway, and what it is held against."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.statements import Request

BARE, QUERY = "bare", "query"
LAKEGATE = "lakegate"
DRIVER, DRIVER_TLS, POSTGRES, LAKEBASE = "driver", "driver tls", "postgres", "lakebase"
NAMES = {  # by database
    "sqlite": (BARE, QUERY, LAKEGATE),
    "lakebase": (BARE, QUERY, DRIVER, DRIVER_TLS, POSTGRES, LAKEBASE),
}
HAND_WRITTEN = ("one", "page 10", "page 100", "page 1000", "update", "insert 1", "insert 1000", "bulk")


@dataclass(frozen=True, slots=True)
class Served:
    """An application that gunicorn serves, and the workloads that it answers (none named: all)."""

    name: str
    app: str
    env: Mapping[str, str]
    only: tuple[str, ...] = ()

    def answers(self, workload: str) -> bool:
        """Whether it takes part in a workload."""
        return not self.only or workload in self.only


@dataclass(frozen=True, slots=True)
class Driver:
    """The driver alone, on libpq's `dsn`: it sends what the gateway was recorded to send for a workload."""

    name: str
    dsn: str
    recorded: Mapping[str, tuple[Request, ...]]


Contender = Served | Driver


def bare() -> Served:
    """Flask, and nothing else."""
    return Served(BARE, "bench.bare:app", {}, only=("one",))


def query(app: str, env: Mapping[str, str]) -> Served:
    """Views written by hand."""
    return Served(QUERY, app, env, only=HAND_WRITTEN)


def served(contenders: Iterable[Contender]) -> list[Served]:
    """Those that gunicorn serves."""
    return [each for each in contenders if isinstance(each, Served)]
