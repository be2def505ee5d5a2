"""Runs a local Databricks workspace and prints the environment that points a gateway at it.

It ends at SIGTERM, at Ctrl-C, or, with --json, when its input ends.
"""

import argparse
import json
import os
import shlex
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from tests.workspace.process import Ports, Running, running
from tests.workspace.settings import Settings


def main() -> None:
    """Run a workspace until it is told to end."""
    asked = _arguments()
    settings = Settings(
        asked.token_seconds,
        asked.bearer_seconds,
        asked.start_seconds,
        not asked.no_createdb,
        asked.engine,
        asked.session_seconds,
    )
    ports = Ports(asked.port_control, asked.port_database, asked.port_secure)
    folder = os.environ.get("LAKEGATE_STATEMENTS")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with (
        tempfile.TemporaryDirectory(prefix="lakegate-") as name,
        running(Path(name), settings, ports, Path(folder) if folder else None) as workspace,
    ):
        if asked.json:
            _show(json.dumps(asdict(workspace)))
            threading.Thread(target=_wait_for_end_of_input, args=(ended.set,), daemon=True).start()
        else:
            _show_exports(workspace)
        ended.wait()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.workspace", description=__doc__)
    seconds = Settings()
    parser.add_argument("--token-seconds", type=float, default=seconds.token_seconds)
    parser.add_argument("--bearer-seconds", type=float, default=seconds.bearer_seconds)
    parser.add_argument("--start-seconds", type=float, default=seconds.start_seconds)
    parser.add_argument("--session-seconds", type=float, default=seconds.session_seconds)
    parser.add_argument(
        "--engine",
        default=os.environ.get("LAKEGATE_ENGINE", seconds.engine),
        help="what runs the warehouse's SQL: duckdb, spark, or a class as module:Class",
    )
    parser.add_argument("--no-createdb", action="store_true", help="let no role create databases")
    parser.add_argument("--port-control", type=int, default=0, help="of the control plane; 0: a free one")
    parser.add_argument("--port-database", type=int, default=0, help="of the data plane; 0: a free one")
    parser.add_argument("--port-secure", type=int, default=0, help="of the warehouse; 0: a free one")
    parser.add_argument("--json", action="store_true", help="print one line of JSON; end when the input ends")
    return parser.parse_args()


def _show_exports(workspace: Running) -> None:
    """For a shell: what is for Autoscaling counts, and what is for others stands there to be used."""
    found = workspace.environments
    autoscaling, provisioned, warehouse = found["autoscaling"], found["provisioned"], found["warehouse"]
    common = {name: value for name, value in autoscaling.items() if provisioned.get(name) == value}
    _show("# whatever gives credentials")
    _show(_exports(common))
    _show("# credentials of Lakebase Autoscaling (w.postgres)")
    _show(_exports(_rest(autoscaling, common)))
    _show("# in their place, credentials of Lakebase Provisioned (w.database), and no LAKEBASE_ENDPOINT:")
    _show(_exports(_rest(provisioned, common), "# export"))
    _show("# in the place of all of them, the SQL warehouse:")
    _show(_exports(warehouse, "# export"))


def _exports(variables: Mapping[str, str], export: str = "export") -> str:
    return "\n".join(f"{export} {name}={shlex.quote(value)}" for name, value in variables.items())


def _show(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _rest(variables: Mapping[str, str], common: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in variables.items() if name not in common}


def _wait_for_end_of_input(end: Callable[[], None]) -> None:
    sys.stdin.read()
    end()


if __name__ == "__main__":
    main()
