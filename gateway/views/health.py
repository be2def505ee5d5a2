"""Whether the gateway lives, and whether its database answers."""

import time
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, Response, current_app

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
    checks = _checks()
    served = checks[0]["status"] == "ok"
    status = HTTPStatus.OK if served else HTTPStatus.SERVICE_UNAVAILABLE
    answer = {"status": "ready" if served else "unavailable", "backend": gateway().config.backend}
    return as_json({**answer, "checks": checks}), status


@blueprint.get("/health")
def health() -> tuple[Response, int]:
    """Tell how the gateway is."""
    checks = _checks()
    words = [check["status"] for check in checks]
    well = words[0] == "ok"
    answer = {
        "status": ("healthy" if set(words) == {"ok"} else "degraded") if well else "unhealthy",
        "backend": gateway().config.backend,
        "version": VERSION,
        "uptime_seconds": round(time.monotonic() - _started, 3),
        "checks": checks,
    }
    return as_json(answer), HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE


def _checks() -> list[dict[str, object]]:
    """The database; and where there are revisions, whether it has taken them all, if it may be asked."""
    database = _database()
    found = gateway()
    if database["status"] != "ok" or not found.revisions.exist or found.backend.status().state != "ready":
        return [database]
    return [database, _migrations()]


def _migrations() -> dict[str, object]:
    began = time.perf_counter()
    try:
        pending = gateway().migrations().pending()
        word, message = ("pending", f"{pending} revision(s) pending") if pending else ("ok", None)
    except errors.BackendError as error:
        current_app.logger.warning("revisions: %s", error.message)
        word, message = "failed", "where the database stands among its revisions cannot be told"
    return {"name": "migrations", "status": word, "latency_ms": _since(began), "message": message}


def _since(began: float) -> float:
    """Milliseconds."""
    return round((time.perf_counter() - began) * 1000, 3)


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
    return {"name": "database", "status": word, "latency_ms": _since(began), "message": message}
