"""Migrations that take longer than a request."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import create_app
from gateway.migrations import jobs
from tests.app_client import AppClient
from tests.client import Answer
from tests.structures.ladder import write_revision
from tests.waiting import wait_until

PATH = "/api/v1/migrations"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppClient:
    """Of a gateway that does not wait for a job."""
    monkeypatch.setattr(jobs, "WAIT_SECONDS", 0.0)
    monkeypatch.setattr(jobs, "ALIVE_SECONDS", 0.05)
    told = {"GATEWAY_BACKEND": "sqlite", "GATEWAY_SQLITE_DIR": str(tmp_path / "data")}
    app = create_app({**told, "GATEWAY_MIGRATIONS_DIR": str(tmp_path / "revisions")})
    return AppClient(app, "main", "main")


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[threading.Event]:
    """What the revision waits for."""
    (tmp_path / "revisions").mkdir()
    gate = threading.Event()
    GATES[str(tmp_path)] = gate
    up = (
        "from tests.gateway.test_jobs import GATES\n"
        f"assert GATES[{str(tmp_path)!r}].wait(30)\n"
        'op.create_table("t", op.column("a", "INT"), op.column("a" if FAILS else "b", "INT"))'
    )
    write_revision(tmp_path / "revisions", "rev1", None, up.replace("FAILS", "False"), "op.drop_table('t')")
    yield gate
    gate.set()
    GATES.pop(str(tmp_path))


GATES: dict[str, threading.Event] = {}


def asked(client: AppClient, begun: Answer) -> Answer:
    """How the job is."""
    assert begun.status == 202, begun
    assert begun.headers["Location"] == f"{PATH}/jobs/{begun.body['job']}"
    return client.get(begun.headers["Location"])


def test_it_is_answered_with_a_job_that_tells_how_it_ended(client: AppClient, gate: threading.Event) -> None:
    begun = client.post(f"{PATH}/upgrade", {})
    running = asked(client, begun).body
    assert (running["kind"], running["state"], running["result"]) == ("migrations.upgrade", "running", None)
    gate.set()
    wait_until(lambda: asked(client, begun).body["state"] == "done")
    ended = asked(client, begun).body
    assert [step["revision"] for step in ended["result"]["steps"]] == ["rev1"]
    assert ended["seen_at"] >= running["seen_at"]
    assert client.get(client.path("t")).status == 200


def test_a_job_that_fails_tells_why(client: AppClient, gate: threading.Event, tmp_path: Path) -> None:
    path = tmp_path / "revisions" / "rev1.py"
    path.write_text(path.read_text().replace('"a" if False', '"a" if True'))
    begun = client.post(f"{PATH}/upgrade", {})
    gate.set()
    wait_until(lambda: asked(client, begun).body["state"] == "failed")
    assert "twice" in asked(client, begun).body["result"]["message"]
    assert client.get(client.path("t")).status == 404
