"""A real gateway: `gunicorn wsgi:app` with several workers, as production starts it, on a free port."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
WORKERS = 2


@dataclass(frozen=True)
class Gateway:
    """A running gateway: where it listens, what it was told, and what it has written to its log."""

    url: str
    environment: Mapping[str, str]
    log: Path
    pid: int

    @property
    def catalog(self) -> str:
        """Where requests that name no catalog go."""
        return self.environment["GATEWAY_CATALOG"]

    @property
    def schema(self) -> str:
        """Where requests that name no schema go."""
        return self.environment["GATEWAY_SCHEMA"]

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, for tests that speak HTTP themselves."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)

    def workers(self) -> tuple[int, ...]:
        """The process ids of the workers."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return tuple(map(int, children.split()))

    def resident_bytes(self) -> int:
        """The memory of all workers together."""
        pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.workers())
        return sum(pages) * os.sysconf("SC_PAGE_SIZE")

    def log_tail(self, lines: int = 60) -> str:
        """The end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@contextmanager
def running_gateway(environment: Mapping[str, str], log: Path) -> Iterator[Gateway]:
    """A gateway with nothing in its environment but `environment` and what any process needs.

    Raises:
        RuntimeError: it ended, or did not answer in time; the text has the end of its log.
    """
    port = free_port()
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--workers", str(WORKERS)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**inherited, **environment, "PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    gateway = Gateway(f"http://127.0.0.1:{port}", environment, log, process.pid)
    try:
        _wait_until_it_answers(gateway, process)
        yield gateway
    finally:
        _end(process)


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_until_it_answers(gateway: Gateway, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"{gateway.url}/api/v1/healthcheck", timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.05)
    raise RuntimeError(f"the gateway did not start:\n{gateway.log_tail(12)}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
