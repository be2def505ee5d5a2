"""Transfers: tables moved from one connection to another, while the client waits for nothing."""

from http import HTTPStatus

from flask import Blueprint, Response, url_for

from gateway.response import as_json
from gateway.transfer_schemas import BeginTransferSchema
from gateway.transfers import Runner, Transfers, shown
from gateway.views import acting, admin, asked

blueprint = Blueprint("transfers", __name__, url_prefix="/api/v1/transfers")


@blueprint.post("")
def begin() -> tuple[Response, int]:
    """Begin a transfer; it goes on by itself."""
    name = admin()
    found = transfers()
    return started(found, found.begin(asked(BeginTransferSchema), name))


@blueprint.get("")
def every() -> Response:
    """List all transfers, the last one first."""
    admin()
    return as_json({"transfers": [shown(kept) for kept in transfers().all()]})


@blueprint.get("/<string:transfer>")
def one(transfer: str) -> Response:
    """Tell how far a transfer is."""
    admin()
    kept, tables = transfers().find(transfer)
    return as_json({**shown(kept), "tables": [table.shown() for table in tables]})


@blueprint.get("/<string:transfer>/report")
def report(transfer: str) -> Response:
    """Tell what was compared, what differs, what could not be carried and which rows were left out."""
    admin()
    kept, tables = transfers().find(transfer)
    return as_json({**shown(kept), "tables": [table.reported() for table in tables]})


@blueprint.post("/<string:transfer>/cancel")
def cancel(transfer: str) -> tuple[Response, int]:
    """Stop a transfer after the chunk under way."""
    admin()
    return as_json(shown(transfers().cancel(transfer))), HTTPStatus.ACCEPTED


@blueprint.post("/<string:transfer>/resume")
def resume(transfer: str) -> tuple[Response, int]:
    """Go on with a transfer that was cancelled or has failed."""
    name = admin()
    found = transfers()
    return started(found, found.resume(transfer, name))


@blueprint.delete("/<string:transfer>")
def discard(transfer: str) -> tuple[str, int]:
    """Forget a transfer, with what it has loaded beside."""
    admin()
    transfers().discard(transfer)
    return "", HTTPStatus.NO_CONTENT


def transfers() -> Transfers:
    """The transfers, as the caller may ask for them."""
    return acting().transfers


def started(found: Transfers, runner: Runner) -> tuple[Response, int]:
    """The answer when a transfer has begun to run."""
    found.start(runner)
    kept, _ = found.find(runner.transfer)
    answer = as_json(shown(kept))
    answer.headers["Location"] = url_for(".one", transfer=runner.transfer)
    return answer, HTTPStatus.ACCEPTED
