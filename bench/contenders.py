"""Who is measured: the gateway, and what it is held against. One more is one entry here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.items import CATALOG


@dataclass(frozen=True, slots=True)
class Contender:
    """An application that gunicorn serves, and the workloads that it answers (none named: all)."""

    name: str
    app: str
    only: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)

    def answers(self, workload: str) -> bool:
        """Whether it takes part in a workload."""
        return not self.only or workload in self.only

    def environment(self, folder: Path) -> dict[str, str]:
        """What it is started with; `folder` has the data."""
        shared = {"GATEWAY_BACKEND": "sqlite", "GATEWAY_SQLITE_DIR": str(folder), "GATEWAY_CATALOG": CATALOG}
        return {**shared, "GATEWAY_SCHEMA": "", **self.env}


BARE, QUERY, LAKEGATE = "bare", "query", "lakegate"
CONTENDERS = (
    Contender(BARE, "bench.bare:app", only=("one",)),
    Contender(QUERY, "bench.query:app", only=(
        "one", "page 10", "page 100", "page 1000", "update", "insert 1", "insert 1000", "bulk",
    )),
    Contender(LAKEGATE, "wsgi:app"),
)  # fmt: skip
