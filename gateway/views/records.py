"""Rows: write, read, update, delete."""

from dataclasses import replace

from flask import Blueprint, Response, request

from backends.errors import Fault, Invalid
from gateway import body, response
from gateway.requests import DeleteRecords, ReadRecords, Target, UpdateRecords, WriteRecords
from gateway.schemas import (
    DeleteRecordsSchema,
    ReadRecordsSchema,
    UpdateRecordsSchema,
    WriteRecordsSchema,
    load,
)
from gateway.views import acting, asked, caller, gateway, raw_body

blueprint = Blueprint("records", __name__, url_prefix="/api/v1/records")

STREAMS = {"application/x-ndjson": response.ndjson, "text/csv": response.csv}


@blueprint.post("/write")
def write() -> Response:
    """Write rows, all of them or none."""
    text = raw_body()
    fields, data = body.split(text, "data")
    asked_for: WriteRecords = load(WriteRecordsSchema, fields)
    if data is None:
        raise Invalid.of([Fault(("data",), "missing")])

    def once(rows: bytes) -> None:
        body.refuse_repeated_keys(text, [{**fields, "data": None}, rows])

    count = acting().write(replace(asked_for, data=data), caller(), once)
    return _told("Inserted", count, "into", asked_for.target, 201)


@blueprint.post("/read")
def read() -> Response:
    """Read rows, filtered, sorted and paged; or all of them as a stream of NDJSON or CSV."""
    asked_for: ReadRecords = asked(ReadRecordsSchema)
    caller()
    kind = _stream_kind(request.environ.get("HTTP_ACCEPT", "").lower())
    if kind is None:
        return response.page(acting().read(asked_for))
    return STREAMS[kind](acting().stream(asked_for))


@blueprint.post("/update")
def update() -> Response:
    """Update the rows that a key or a condition selects."""
    asked_for: UpdateRecords = asked(UpdateRecordsSchema)
    return _told("Updated", acting().update(asked_for, caller()), "in", asked_for.target)


@blueprint.post("/delete")
def delete() -> Response:
    """Delete the rows that a key or a condition selects, or mark them as deleted."""
    asked_for: DeleteRecords = asked(DeleteRecordsSchema)
    caller()
    deed = "Soft deleted" if asked_for.soft else "Deleted"
    return _told(deed, acting().delete(asked_for), "in", asked_for.target)


def _told(deed: str, count: int, where: str, target: Target, status: int = 200) -> Response:
    message = f"{deed} {count} record(s) {where} {gateway().name(target)}"
    return response.as_json({"message": message, "count": count}, status)


def _stream_kind(accept: str) -> str | None:
    """The kind of stream that the caller prefers to JSON; None for a page."""
    if "ndjson" not in accept and "csv" not in accept:
        return None
    best = request.accept_mimetypes.best_match(["application/json", *STREAMS])
    return best if best in STREAMS else None
