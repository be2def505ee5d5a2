"""Migrations: where the database stands among its revisions, what they would do, and taking them."""

import re
from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from backends.errors import Fault, Invalid
from gateway.fields import REVISION, REVISION_RULE
from gateway.migrations import Migrations, Planned, Status
from gateway.migrations.jobs import Jobs
from gateway.migrations.scripts import HEAD, Direction, Step
from gateway.response import as_json
from gateway.revision_schemas import MoveSchema, UpgradeSchema
from gateway.views import acting, admin, asked, gateway

blueprint = Blueprint("migrations", __name__, url_prefix="/api/v1/migrations")

Json = dict[str, object]


@blueprint.get("")
def status() -> Response:
    """Tell where the database stands among its revisions."""
    admin()
    return as_json(shown(acting().migrations().status()))


@blueprint.get("/plan")
def plan() -> Response:
    """Show the SQL that it takes to come to a revision; nothing is run."""
    admin()
    if unknown := request.args.keys() - {"to"}:
        raise Invalid.of([Fault((name,), "there is no such parameter") for name in sorted(unknown)])
    to = request.args.get("to", HEAD).replace(" ", "+")  # which a query has for a +
    if not re.match(REVISION, to):
        raise Invalid.of([Fault(("to",), REVISION_RULE)])
    return as_json({"to": to, "revisions": list(map(planned, acting().migrations().plan(to)))})


@blueprint.post("/upgrade")
def upgrade() -> tuple[Response, int]:
    """Take the revisions up to one."""
    name = admin()
    return move("upgrade", asked(UpgradeSchema), name)


@blueprint.post("/downgrade")
def downgrade() -> tuple[Response, int]:
    """Take back the revisions after one."""
    name = admin()
    return move("downgrade", asked(MoveSchema), name)


@blueprint.post("/stamp")
def stamp() -> Response:
    """Say that the database is at a revision; nothing is run."""
    admin()
    return as_json({"current": acting().migrations().stamp(asked(MoveSchema))})


@blueprint.get("/jobs/<string:job>")
def job(job: str) -> Response:
    """Tell how far a migration is that took longer than a request."""
    admin()
    return as_json(Jobs(acting().backend, gateway().config.backend).find(job))


def move(direction: Direction, to: str, by: str) -> tuple[Response, int]:
    """Come to a revision, or answer with the job that goes on."""
    acted = acting()
    migrations = acted.migrations()
    kind = f"migrations.{direction}"
    found = Jobs(acted.backend, acted.config.backend).done(
        kind, by, lambda: moved(migrations, migrations.move(to, direction, by))
    )
    if not isinstance(found, str):
        return as_json(found), HTTPStatus.OK
    answer = as_json({"job": found, "kind": kind, "state": "running"})
    answer.headers["Location"] = url_for(".job", job=found)
    return answer, HTTPStatus.ACCEPTED


def moved(migrations: Migrations, steps: tuple[Step, ...]) -> Json:
    """What a move did."""
    return {"current": migrations.status().current, "steps": list(map(step_shown, steps))}


def shown(found: Status) -> Json:
    """A status as the interface shows it."""
    unfinished = found.unfinished and {
        "revision": found.unfinished.revision,
        "direction": found.unfinished.direction,
        "done": found.unfinished.done,
        "statement": found.unfinished.statement,
    }
    pending = [{"revision": each.id, "message": each.message} for each in found.pending]
    return {"current": found.current, "head": found.head, "pending": pending, "unfinished": unfinished}


def planned(found: Planned) -> Json:
    """A planned step as the interface shows it."""
    return {**step_shown(found.step), "statements": found.statements}


def step_shown(step: Step) -> Json:
    """A step as the interface shows it."""
    return {
        "revision": step.revision.id,
        "message": step.revision.message,
        "direction": step.direction,
    }
