"""Health: the shapes that load balancers and people read."""

from datetime import UTC, datetime, timedelta

import pytest

from backends import BACKENDS
from tests.client import Client


@pytest.mark.parametrize("path", ["/api/v1/healthcheck", "/api/health/live"])
def test_a_living_gateway_says_ok_and_the_time(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status, list(answer.body), answer.body["status"]) == (200, ["status", "timestamp"], "OK")
    moment = datetime.fromisoformat(answer.body["timestamp"])
    assert moment.tzinfo == UTC and abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


def test_the_time_is_to_the_second(client: Client) -> None:
    assert len(client.get("/api/v1/healthcheck").body["timestamp"]) == len("2025-12-06T10:30:00+00:00")


def test_a_ready_gateway_names_its_backend_and_its_checks(client: Client) -> None:
    answer = client.get("/api/health/ready")
    assert (answer.status, list(answer.body)) == (200, ["status", "backend", "checks"])
    assert answer.body["status"] == "ready" and answer.body["backend"] in BACKENDS


def test_a_ready_gateway_has_checked_its_database(client: Client) -> None:
    check = client.get("/api/health/ready").body["checks"][0]
    assert (check["name"], check["status"], check["message"]) == ("database", "ok", None)
    assert list(check) == ["name", "status", "latency_ms", "message"] and 0 <= check["latency_ms"] < 60_000


def test_a_healthy_gateway_says_what_it_is(client: Client) -> None:
    answer = client.get("/api/health")
    assert (answer.status, list(answer.body)) == (
        200, ["status", "backend", "version", "uptime_seconds", "checks"],
    )  # fmt: skip
    assert answer.body["status"] == "healthy" and answer.body["uptime_seconds"] >= 0
