"""Where apps run: a process started from uploaded source, as a Databricks App is, and a proxy before it."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60.0  # the platform gives ten minutes
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05
DIES_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG


@dataclass(frozen=True)
class Hosting:
    """What apps find where they run.

    Attributes:
        folder: where their source is unpacked.
        environment: what is in every app's environment.
    """

    folder: Path
    environment: Mapping[str, str]


class Failed(Exception):
    """An app could not be started, or ended while it was."""


class Process:
    """An app that runs, on a port of 127.0.0.1; it ends with the workspace, however that ends."""

    def __init__(self, source: Path, command: list[str], environment: Mapping[str, str]) -> None:
        """Start the command in the folder of its source, with this environment and no more.

        Raises:
            Failed: there is no such command.
        """
        self.port = _free_port()
        binaries = Path(sys.executable).parent
        env = {
            "PATH": f"{binaries}:{os.defpath}",
            "HOME": str(source),
            **environment,
            "DATABRICKS_APP_PORT": str(self.port),
        }
        program = shutil.which(command[0], path=env["PATH"])
        if program is None:
            raise Failed(f"Error: app command not found: {command[0]}")
        words = [word.replace("${DATABRICKS_APP_PORT}", str(self.port)) for word in command[1:]]
        self.log = source.with_suffix(".log")
        self._started = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        # the thread outlives the process: a child ends when the thread that made it does
        threading.Thread(target=self._run, args=([program, *words], source, env), daemon=True).start()
        self._started.wait()

    def _run(self, command: list[str], source: Path, env: Mapping[str, str]) -> None:
        libc = ctypes.CDLL(None)
        try:
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    command,
                    cwd=source,
                    env=dict(env),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    preexec_fn=lambda: libc.prctl(DIES_WITH_PARENT, signal.SIGTERM),  # noqa: PLW1509
                )
        finally:
            self._started.set()
        self._process.wait()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def wait(self) -> None:
        """Wait until it listens.

        Raises:
            Failed: it ended, or did not in time.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.running:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(POLL_SECONDS)
        self.stop()
        raise Failed("Error: app crashed unexpectedly. Please check /logz for more details.")

    def ask_to_stop(self) -> None:
        """Send it SIGTERM."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """End it as the platform does: SIGTERM, and after a while SIGKILL."""
        self.ask_to_stop()
        if self._process is None:
            return
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def unpacked(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A new folder with the files in it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def in_background(work: Callable[[], None]) -> None:
    """Do something without waiting for it."""
    threading.Thread(target=work, daemon=True).start()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
