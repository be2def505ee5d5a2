"""`make run BACKEND=lakebase` or `warehouse`: a workspace with the demo's tables, and the gateway on them."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.workspace.handle import kept_environment, running_workspace
from tests.workspace.settings import Product

PLACE = {"GATEWAY_CATALOG": "demo", "GATEWAY_SCHEMA": "main"}
GATEWAY = (sys.executable, "-m", "gunicorn", "wsgi:app")


WAYS: Mapping[str, Product] = {"lakebase": "autoscaling", "warehouse": "warehouse"}


def main(backend: str) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (
        suppress(KeyboardInterrupt),
        TemporaryDirectory(prefix="lakegate-demo-") as folder,
        running_workspace(Path(folder)) as workspace,
    ):
        told = workspace.environment(WAYS[backend])
        _say(f"A workspace runs at {told['DATABRICKS_HOST']}")
        _say("Loading the demo: the flights that left New York City in 2013")
        port = os.environ.get("PORT", "8000")
        env = {**kept_environment(), **told, **PLACE, "PORT": port}
        if subprocess.run(["make", "--no-print-directory", "load-demo"], check=False, env=env).returncode:
            sys.exit("the demo could not be loaded")
        _say(f"Lakegate serves the demo at http://localhost:{port}/api/docs (Ctrl-C stops it)")
        _serve(env)


def _serve(env: Mapping[str, str]) -> None:
    with subprocess.Popen(GATEWAY, env=env) as gateway:
        try:
            gateway.wait()
        finally:
            gateway.terminate()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
