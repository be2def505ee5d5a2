"""Whether the gateway lives, and whether its database answers."""

import time
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, Response

from backends import errors
from gateway.config import VERSION
from gateway.response import as_json
from gateway.views import gateway

blueprint = Blueprint("health", __name__, url_prefix="/api")

_started = time.monotonic()
AT_REST = ("ready", "idle", "sleeping")  # a sleeping database wakes when it is asked


@blueprint.get("/v1/healthcheck")
@blueprint.get("/health/live")
def live() -> Response:
    """Tell that the gateway answers; no database is touched."""
    return as_json({"status": "OK", "timestamp": datetime.now(UTC).isoformat(timespec="seconds")})


@blueprint.get("/health/ready")
def ready() -> tuple[Response, int]:
    """Tell whether requests can be served; asking does not wake a sleeping database."""
    check = _database()
    served = check["status"] == "ok"
    status = HTTPStatus.OK if served else HTTPStatus.SERVICE_UNAVAILABLE
    answer = {"status": "ready" if served else "unavailable", "backend": gateway().config.backend}
    return as_json({**answer, "checks": [check]}), status


@blueprint.get("/health")
def health() -> tuple[Response, int]:
    """Tell how the gateway is."""
    check = _database()
    well = check["status"] == "ok"
    answer = {
        "status": "healthy" if well else "unhealthy",
        "backend": gateway().config.backend,
        "version": VERSION,
        "uptime_seconds": round(time.monotonic() - _started, 3),
        "checks": [check],
    }
    return as_json(answer), HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE


def _database() -> dict[str, object]:
    """How the database is: asked, unless that would wake it."""
    backend, began = gateway().backend, time.perf_counter()
    try:
        status = backend.status()
        if status.state == "ready":
            backend.ping()
        word, message = ("ok" if status.state in AT_REST else "failed"), status.message
    except errors.BackendError as error:
        word, message = "failed", error.message
    latency = round((time.perf_counter() - began) * 1000, 3)
    return {"name": "database", "status": word, "latency_ms": latency, "message": message}
