"""The Lakebase databases of the workspace: made, changed, tested. What takes time goes on by itself."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from backends.errors import Fault, Invalid
from backends.provisioning import Instance, Report
from gateway.database_schemas import CreateDatabaseSchema, ResizeDatabaseSchema
from gateway.migrations.jobs import Jobs
from gateway.provisioning import CreateDatabase, Databases, refuse_wrong_source, shown, steps_shown
from gateway.response import as_json
from gateway.transfers import Transfers
from gateway.views import acting, admin, asked, gateway

blueprint = Blueprint("databases", __name__, url_prefix="/api/v1/databases")

Json = dict[str, object]
ONE = "/<path:name>"  # a path itself, where the database is Autoscaling


@blueprint.get("")
def every() -> Response:
    """List the Lakebase databases of the workspace."""
    admin()
    return as_json({"databases": [shown(found) for found in databases().list()]})


@blueprint.post("")
def create() -> tuple[Response, int]:
    """Make a Lakebase database, or find the equal one that is there."""
    name, found = admin(), databases()
    wanted: CreateDatabase = asked(CreateDatabaseSchema)
    transfers = acting().transfers
    refuse_wrong_source(wanted, transfers)

    def work(report: Report) -> Json:
        made = {"database": shown(found.create(wanted, report))}
        return {**made, "transfer": filled(found, wanted, transfers, name)}

    return begun("create", name, work)


@blueprint.get(ONE, merge_slashes=False)
def one(name: str) -> Response:
    """Show a Lakebase database as it is now."""
    admin()
    return as_json(shown(databases().show(name)))


@blueprint.patch(ONE, merge_slashes=False)
def resize(name: str) -> tuple[Response, int]:
    """Give a Lakebase database another size."""
    by, found, changes = admin(), databases(), asked(ResizeDatabaseSchema)
    return begun("resize", by, changed(lambda report: found.resize(name, changes, report)))


@blueprint.delete(ONE, merge_slashes=False)
def delete(name: str) -> tuple[Response, int]:
    """Delete a Lakebase database for good, with all its data."""
    by, found, confirm = admin(), databases(), confirmation()
    return begun("delete", by, changed(lambda report: found.delete(name, confirm, report)))


@blueprint.post(f"{ONE}/start", merge_slashes=False)
def start(name: str) -> tuple[Response, int]:
    """Start a Lakebase database that is stopped."""
    by, found = admin(), databases()
    return begun("start", by, changed(lambda report: found.start(name, report)))


@blueprint.post(f"{ONE}/stop", merge_slashes=False)
def stop(name: str) -> tuple[Response, int]:
    """Stop a Lakebase database; it keeps its data."""
    by, found = admin(), databases()
    return begun("stop", by, changed(lambda report: found.stop(name, report)))


@blueprint.post(f"{ONE}/test", merge_slashes=False)
def test(name: str) -> Response:
    """Connect to a Lakebase database, each step timed."""
    admin()
    return as_json(steps_shown(name, databases().test(name)))


@blueprint.get("/jobs/<string:job>")
def job(job: str) -> Response:
    """Tell how far a change of a Lakebase database is."""
    admin()
    return as_json(jobs().find(job))


def databases() -> Databases:
    """The databases of the workspace."""
    return gateway().databases


def jobs() -> Jobs:
    """The jobs, as the caller may ask for them."""
    return Jobs(acting().backend, gateway().config.backend)


def confirmation() -> str:
    """The name that a deletion asks for again.

    Raises:
        Invalid: the query has something else.
    """
    if unknown := request.args.keys() - {"confirm"}:
        raise Invalid.of([Fault((name,), "there is no such parameter") for name in sorted(unknown)])
    return request.args.get("confirm", "")


def changed(change: Callable[[Report], Instance]) -> Callable[[Report], Json]:
    """What a change gives in the end."""
    return lambda report: {"database": shown(change(report))}


def filled(found: Databases, wanted: CreateDatabase, transfers: Transfers, by: str) -> str | None:
    """The id of the transfer into a new database, which has begun; None where none was asked for."""
    runner = found.filled(wanted, transfers, by)
    if runner is None:
        return None
    transfers.start(runner)
    return runner.transfer


def begun(verb: str, by: str, work: Callable[[Report], Json]) -> tuple[Response, int]:
    """Begin a change, and answer with the job that goes on."""
    kind = f"databases.{verb}"
    found = jobs().begun(kind, by, lambda tell: work(lambda seen: tell({"database": shown(seen)})))
    answer = as_json({"job": found, "kind": kind, "state": "running"})
    answer.headers["Location"] = url_for(".job", job=found)
    return answer, HTTPStatus.ACCEPTED
