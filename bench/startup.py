"""`python -m bench.startup`: from exec to the first row, and the memory of a worker, on each backend."""

import argparse
import os
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from backends import open_backend
from bench import items
from bench.client import exchange
from bench.contenders import gunicorn
from bench.server import family_cpu_seconds, launched
from bench.speech import GATEWAY
from tests.workspace.handle import Workspace, running_workspace

SCHEMA = "bench"
GOALS = {"sqlite": (1.0, 60), "lakebase": (2.5, 130), "warehouse": (2.5, 200)}  # seconds, MiB of a worker
PATIENCE = 60.0  # seconds
TRUSTED = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")  # whom clients of the workspace believe


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is started (%(default)s)")
    rounds = parser.parse_args().rounds
    with TemporaryDirectory(prefix="bench-") as name, running_workspace(Path(name)) as workspace:
        places = environments(workspace, Path(name) / "data")
        for env in places.values():
            os.environ.update({name: env[name] for name in TRUSTED if name in env})
            with closing(open_backend(env["GATEWAY_BACKEND"], env)) as filled:
                items.fill(filled, env["GATEWAY_SCHEMA"], 1000)
        found: dict[str, list[tuple[float, float, float]]] = {backend: [] for backend in places}
        for _ in range(rounds):
            for backend, env in places.items():
                found[backend].append(begun(env, Path(name) / "log"))
    print("| backend | first row, s | goal | CPU s | MiB of a worker | goal |\n|---|---|---|---|---|---|")
    for backend, each in found.items():
        seconds, cpu, memory = (median(figures) for figures in zip(*each, strict=True))
        goal = GOALS[backend]
        print(f"| {backend} | {seconds:.2f} | {goal[0]} | {cpu:.2f} | {memory:.0f} | {goal[1]} |")


def environments(workspace: Workspace, folder: Path) -> dict[str, dict[str, str]]:
    """What a gateway is told to find each backend of the workspace."""
    place = {"GATEWAY_CATALOG": items.CATALOG, "GATEWAY_SCHEMA": SCHEMA}
    sqlite = {"GATEWAY_SQLITE_DIR": str(folder), **place, "GATEWAY_SCHEMA": "main"}
    found = {
        "sqlite": sqlite,
        "lakebase": {**workspace.environment("autoscaling"), **place},
        "warehouse": {**workspace.environment("warehouse"), **place},
    }
    return {backend: {**env, "GATEWAY_BACKEND": backend} for backend, env in found.items()}


def begun(env: Mapping[str, str], log: Path) -> tuple[float, float, float]:
    """Seconds from exec to the first row, the CPU's own, and the MiB of the largest worker then."""
    began = time.perf_counter()
    with launched(gunicorn("gateway", "wsgi:app", env).command, env, log) as server:
        while time.perf_counter() - began < PATIENCE:
            with suppress(ConnectionError):
                status, answer = exchange(server.port, GATEWAY.one(5))
                if status != 200:
                    raise RuntimeError(f"status {status}: {answer[:300]!r}")
                seconds = time.perf_counter() - began
                return seconds, family_cpu_seconds(server.pid), server.memory()
            time.sleep(0.005)
    raise RuntimeError(f"nothing was answered: see {log}")


if __name__ == "__main__":
    main()
