"""A server as in production, and what its processes cost."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.client import HOST

ROOT = Path(__file__).parent.parent
GUNICORN = "gunicorn"
WORKERS, THREADS = 2, 8  # gunicorn's, if the environment does not say otherwise
START_SECONDS = 30.0
STOP_SECONDS = 20.0
TICKS = os.sysconf("SC_CLK_TCK")  # a second
MEBIBYTE = 1024  # KiB


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self.process.pid

    def workers(self) -> list[int]:
        """The processes that answer requests."""
        return children(self.pid) or [self.pid]

    def cpu_seconds(self) -> float:
        """What the workers have used so far, in the kernel too."""
        return sum(map(cpu_seconds, self.workers()))

    def memory(self) -> float:
        """MiB that the largest worker keeps in memory now."""
        return max(_status(pid, "VmRSS") for pid in self.workers()) / MEBIBYTE

    def peak_memory(self) -> float:
        """MiB that the largest worker kept at most since `forget_peak`."""
        return max(_status(pid, "VmHWM") for pid in self.workers()) / MEBIBYTE

    def forget_peak(self) -> None:
        """Let `peak_memory` begin anew."""
        for pid in self.workers():
            Path(f"/proc/{pid}/clear_refs").write_text("5")


@contextmanager
def launched(line: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[Server]:
    """What a command line starts, told its port; its log, the access log too, goes to a file.

    It has only just been started, and is stopped in the end.
    """
    port = _free_port()
    command = [part.format(address=f"{HOST}:{port}", port=port) for part in line]
    full_env = {**os.environ, **env, "PORT": str(port), "DATABRICKS_APP_PORT": ""}
    with (
        log.open("ab") as out,
        subprocess.Popen(command, cwd=ROOT, env=full_env, stdout=out, stderr=out) as run,
    ):
        try:
            yield Server(port, run)
        finally:
            run.send_signal(signal.SIGTERM)
            try:
                run.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                run.kill()


@contextmanager
def serving(line: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[Server]:
    """The same, when all its workers listen."""
    with launched(line, env, log) as server:
        workers = env.get("GATEWAY_WORKERS") or os.environ.get("GATEWAY_WORKERS") or WORKERS
        _await(server, int(workers) if GUNICORN in line else 1)
        yield server


def _await(server: Server, workers: int) -> None:
    """Wait until all workers listen."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        if len(server.workers()) == workers and _listens(server.port):
            time.sleep(0.3)  # the last worker to start may be a little behind the first
            return
        time.sleep(0.05)
    raise RuntimeError("the server did not start: see its log")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        found: int = probe.getsockname()[1]
    return found


def children(pid: int) -> list[int]:
    """The processes that a process of one thread has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, in the kernel too."""
    return sum(_times(pid)[:2]) / TICKS


def family_cpu_seconds(pid: int) -> float:
    """The same of a process and its children, those that have ended too."""
    used = sum(_times(pid)) / TICKS
    for child in children(pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            used += cpu_seconds(child)
    return used


def _times(pid: int) -> list[int]:
    """In ticks, utime and stime, and the same of the children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()  # counted from the state
    return [int(field) for field in fields[11:15]]


def _status(pid: int, name: str) -> int:
    """A figure of /proc/<pid>/status, in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
