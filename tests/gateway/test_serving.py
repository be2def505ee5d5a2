"""How gunicorn serves, as gunicorn.conf.py tells it: ports, stopping, wrong settings, the access log."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import pytest

PROJECT = Path(__file__).resolve().parents[2]
GUNICORN = (sys.executable, "-m", "gunicorn")
SAMPLE = (*GUNICORN, "tests.gateway.sample_app:app")
GATEWAY = (*GUNICORN, "wsgi:app")
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi", "routes")
PATIENCE = 30  # seconds
KILLED_AFTER = 15  # seconds from SIGTERM, by Databricks Apps


@dataclass(frozen=True)
class Server:
    """A gunicorn that serves the sample application."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    def get(self, path: str, headers: Mapping[str, str] | None = None, source: str = "127.0.0.1") -> bytes:
        """The body of a GET on a new connection from the address `source`."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE, source_address=(source, 0)
        )
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 200, (answer.status, body)
        return body

    def told(self, path: str, headers: Mapping[str, str] | None = None, source: str = "127.0.0.1") -> object:
        """The same, decoded."""
        return json.loads(self.get(path, headers, source))

    def lines_with(self, text: str) -> list[str]:
        """The access log's lines that hold `text`; waits for the first, then for stragglers."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.log and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        return [line for line in self.log.splitlines() if text in line]

    @property
    def log(self) -> str:
        """What was written to stdout."""
        return (self.folder / "stdout").read_text()

    def end(self) -> int:
        """Stop it as Databricks Apps does, and return its exit code."""
        self.process.terminate()
        return self.process.wait(KILLED_AFTER)


def environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Nothing but `settings`, and homes in `folder` that are empty."""
    (folder / "home").mkdir(exist_ok=True)
    homes = {"HOME": str(folder / "home"), "XDG_RUNTIME_DIR": str(folder / "home")}
    return {"PATH": os.environ["PATH"], **homes, "GATEWAY_SQLITE_DIR": str(folder / "data"), **settings}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running(folder: Path, settings: Mapping[str, str], port: int) -> Iterator[Server]:
    """The sample application, served with `settings`, which make it listen on `port`."""
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            SAMPLE, cwd=PROJECT, env=environment(folder, settings), stdout=stdout, stderr=stderr
        )
    try:
        await_listener(process, port)
        yield Server(process, port, folder)
    finally:
        process.kill()
        process.wait()


def await_listener(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError


def refused(command: tuple[str, ...], folder: Path, settings: Mapping[str, str]) -> list[str]:
    """What a start that fails says on stderr; on stdout it says nothing."""
    ended = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment(folder, settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode != 0
    assert ended.stdout == ""
    return ended.stderr.splitlines()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port = free_port()
    with running(tmp_path_factory.mktemp("server"), {"PORT": str(port)}, port) as server:
        yield server


def test_the_port_of_an_app_wins(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, {"DATABRICKS_APP_PORT": str(port), "PORT": "1"}, port) as server:
        assert server.get("/")


@pytest.mark.parametrize(
    ("variable", "value", "takes"),
    [
        ("PORT", "80x", "a whole number from 1 to 65535"),
        ("PORT", "0", "a whole number from 1 to 65535"),
        ("DATABRICKS_APP_PORT", "65536", "a whole number from 1 to 65535"),
        ("GATEWAY_WORKERS", "none", "a whole number from 1 to 64"),
        ("GATEWAY_THREADS", "-1", "a whole number from 1 to 256"),
        ("GATEWAY_ACCESS_LOG", "maybe\n", "one of on, off"),
        ("GATEWAY_BACKEND", "oracle", "one of "),
        ("GATEWAY_MAX_LIMIT", "many", "a whole number from 1 to 1000000"),
    ],
)
def test_a_wrong_setting_stops_the_start_in_one_line(
    tmp_path: Path, variable: str, value: str, takes: str
) -> None:
    (line,) = refused(GATEWAY, tmp_path, {"PORT": str(free_port()), variable: value})
    assert line.startswith(f"lakegate: {variable} takes {takes}")
    assert repr(value) in line


def test_a_wrong_setting_stops_flask_too(tmp_path: Path) -> None:
    (line,) = refused(FLASK, tmp_path, {"GATEWAY_MAX_LIMIT": "many"})
    assert line.startswith("lakegate: GATEWAY_MAX_LIMIT takes a whole number from 1 to 1000000")


def test_a_taken_port_stops_the_start(tmp_path: Path, server: Server) -> None:
    lines = refused(SAMPLE, tmp_path, {"PORT": str(server.port)})
    assert lines[-1] == f"lakegate: PORT takes a free port, but {server.port} is in use"


def test_no_control_socket_is_made(server: Server) -> None:
    assert list((server.folder / "home").iterdir()) == []


def test_every_worker_gets_connections(server: Server) -> None:
    assert len({server.get("/") for _ in range(64)}) == 2


def test_three_long_names_fit_into_a_path(server: Server) -> None:
    name = "%E9%A3%9B" * 255
    assert server.get(f"/api/v1/catalogs/{name}/schemas/{name}/tables/{name}")


def test_a_stranger_cannot_set_the_scheme(server: Server) -> None:
    told = server.told("/", {"X-Forwarded-Proto": "https"}, source="127.0.0.2")
    assert isinstance(told, dict)
    assert told["scheme"] == "http"


def test_the_proxy_of_an_app_sets_the_scheme(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, {"DATABRICKS_APP_NAME": "lakegate", "PORT": str(port)}, port) as server:
        told = server.told("/", {"X-Forwarded-Proto": "https"}, source="127.0.0.2")
    assert isinstance(told, dict)
    assert told["scheme"] == "https"


def test_a_header_with_underscores_is_not_taken_for_the_proxys(server: Server) -> None:
    told = server.told("/", {"X_Forwarded_Email": "eve@example.org"})
    assert isinstance(told, dict)
    assert told["email"] is None


def test_the_access_log_has_one_line_of_json_for_each_request(server: Server) -> None:
    server.get("/log/a", {"X-Forwarded-Email": "ada@example.org"})
    (line,) = server.lines_with("/log/a")
    fields = json.loads(line)
    assert list(fields) == ["time", "request_id", "method", "path", "status", "ms", "bytes", "caller"]
    assert (fields["request_id"], fields["status"], fields["caller"]) == ("r-1", 200, "ada@example.org")


def test_the_access_log_measures_the_request(server: Server) -> None:
    server.get("/log/slow?seconds=0.25")
    (line,) = server.lines_with("/log/slow")
    assert 250 <= json.loads(line)["ms"] < 2000


def test_the_access_log_keeps_secrets(server: Server) -> None:
    server.get("/log/secret?token=hunter2", {"Authorization": "Bearer hunter2", "Cookie": "hunter2"})
    (line,) = server.lines_with("/log/secret")
    assert "hunter2" not in line


def test_the_access_log_can_be_switched_off(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, {"GATEWAY_ACCESS_LOG": "OFF", "PORT": str(port)}, port) as server:
        server.get("/")
        assert server.end() == 0
        assert server.log == ""


def test_a_request_under_way_is_answered_before_the_end(tmp_path: Path) -> None:
    port = free_port()
    answers: list[bytes] = []
    with running(tmp_path, {"PORT": str(port)}, port) as server:
        caller = Thread(target=lambda: answers.append(server.get("/?seconds=2")))
        caller.start()
        time.sleep(0.5)
        assert server.end() == 0
        caller.join()
    assert len(answers) == 1


def test_a_request_without_end_does_not_outlast_the_graceful_time(tmp_path: Path) -> None:
    port = free_port()
    with (
        running(tmp_path, {"PORT": str(port)}, port) as server,
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection,
    ):
        connection.sendall(b"GET /?seconds=60 HTTP/1.1\r\nHost: gateway\r\n\r\n")
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(KILLED_AFTER - 1) == 0


def test_clients_that_never_stop_asking_leave_a_thread_to_others(tmp_path: Path) -> None:
    port, over = free_port(), Event()

    def ask(times: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        answers = 0
        while answers < times and not over.is_set():
            connection.request("GET", "/")
            answers += connection.getresponse().read() != b""
        connection.close()
        return answers

    settings = {"PORT": str(port), "GATEWAY_WORKERS": "1", "GATEWAY_THREADS": "2"}
    with running(tmp_path, settings, port), ThreadPoolExecutor(8) as clients:
        restless = [clients.submit(ask, 1 << 30) for _ in range(4)]
        others = [clients.submit(ask, 20) for _ in range(4)]
        try:
            assert [other.result(PATIENCE) for other in others] == [20] * 4
        finally:
            over.set()
        assert all(each.result() for each in restless)
