"""The preflight: all that the database needs, looked at before it is relied upon."""

from collections.abc import Mapping

from flask import Blueprint, Response

from backends.preflight import STATES, Finding
from gateway.response import as_json
from gateway.views import acting, admin

blueprint = Blueprint("preflight", __name__, url_prefix="/api/v1")


@blueprint.get("/preflight")
def preflight() -> Response:
    """Look at all that the database needs, and tell what mends what is wrong."""
    admin()
    found = acting().backend.preflight()
    return as_json({"status": worst(found), "checks": [shown(name, found[name]) for name in found]})


def worst(found: Mapping[str, Finding]) -> str:
    """The worst of all states."""
    return max((finding.state for finding in found.values()), key=STATES.index)


def shown(name: str, finding: Finding) -> dict[str, object]:
    """A finding as the interface shows it."""
    mends = [{"kind": mend.kind, "text": mend.text} for mend in finding.mends]
    return {"name": name, "status": finding.state, "message": finding.message, "mends": mends}
