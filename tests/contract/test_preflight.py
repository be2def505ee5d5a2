"""The preflight over HTTP: the same checks in the same order on every backend, and who may see them."""

from backends.preflight import CHECKS
from tests.client import Client
from tests.gateway_process import Gateway


def test_every_check_is_told_in_order_and_here_all_is_well(client: Client) -> None:
    answer = client.get("/api/v1/preflight")
    assert (answer.status, list(answer.body), answer.body["status"]) == (200, ["status", "checks"], "OK"), (
        answer
    )
    checks = answer.body["checks"]
    assert [check["name"] for check in checks] == list(CHECKS)
    assert all(list(check) == ["name", "status", "message", "mends"] for check in checks)
    assert all(check["message"] and check["mends"] == [] for check in checks)


def test_in_an_app_it_is_for_admins_alone(app_gateway: Gateway) -> None:
    client = Client(app_gateway)
    told = {"X-Forwarded-Email": "ann@example.com"}
    assert client.send("GET", "/api/v1/preflight", headers=told).status == 403
    told = {"X-Forwarded-Email": "lakegate"}
    assert client.send("GET", "/api/v1/preflight", headers=told).status == 200
