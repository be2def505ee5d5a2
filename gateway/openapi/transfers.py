"""What the gateway answers about transfers, as JSON Schema."""

from gateway.openapi.answers import COUNT, TEXT, WORDS_OR_NONE, Json, closed, listed
from gateway.transfers import MODES

MOMENT: Json = {"type": "string", "format": "date-time"}
ROW_KEY: Json = {
    "type": ["object", "null"],
    "description": "The row's key, digits of decimals as text; `{}` where the table has none.",
}
SIDE: Json = {"$ref": "#/components/schemas/Side"}
TABLE_STATES = (
    "waiting", "checking", "loading", "removing", "verifying", "verified", "finishing", "done", "failed",
)  # fmt: skip


def schemas() -> dict[str, Json]:
    """The components that answers about transfers are made of."""
    whole = _transfer()
    error = {"type": TEXT, "message": TEXT, "details": {"type": "object"}}
    return {
        "Transfer": closed("A transfer.", whole),
        "Transfers": closed("All that are kept, the last one first.", {"transfers": listed("Transfer")}),
        "TransferProgress": closed("How far it is.", {**whole, "tables": listed("TableProgress")}),
        "TransferReport": closed("What became of it.", {**whole, "tables": listed("TableReport")}),
        "TransferError": closed("Why it stopped.", error),
        "TableProgress": closed("How far a table is.", _progress()),
        **_reports(),
    }


def _transfer() -> Json:
    return {
        "transfer": TEXT,
        "from": TEXT,
        "to": TEXT,
        "mode": {"type": "string", "enum": list(MODES)},
        "on_error": {"type": "string", "enum": ["stop", "skip"]},
        "state": {"type": "string", "enum": ["running", "cancelling", "cancelled", "done", "failed"]},
        "begun_at": MOMENT,
        "ended_at": {"type": ["string", "null"], "format": "date-time"},
        "begun_by": WORDS_OR_NONE,
        "error": _or_null("TransferError"),
    }


def _progress() -> Json:
    return {
        **_table(),
        "rows": {**COUNT, "description": "That were moved."},
        "total": {"type": ["integer", "null"], "minimum": 0, "description": "Of the source, when it began."},
        "rejected": {**COUNT, "description": "That were left out."},
        "rows_per_second": {"type": ["integer", "null"], "minimum": 0},
        "seconds_left": {"type": ["number", "null"], "minimum": 0},
    }


def _reports() -> dict[str, Json]:
    told = _report()
    side = {"rows": COUNT, "checksum": TEXT, "count": {**COUNT, "description": "Counted by the database."}}
    place: Json = {"type": ["array", "null"], "description": "A key; null is without a bound."}
    rows = {**listed("DifferingRow"), "description": "At most 100."}
    differing = {"after": place, "to": place, "source": SIDE, "target": SIDE, "rows": rows}
    row = {
        "key": ROW_KEY,
        "missing_in": {"type": "string", "enum": ["source", "target"]},
        "columns": {"type": "array", "items": TEXT, "description": "In which they differ."},
    }
    rejected = {"table": TEXT, "key": ROW_KEY, "column": WORDS_OR_NONE, "reason": TEXT}
    return {
        "TableReport": closed("What became of a table.", told, tuple(told.keys() - _table().keys())),
        "Side": closed("The rows of one side, counted and summed up.", side, ("count",)),
        "DifferingRange": closed("Rows between two keys.", differing),
        "DifferingRow": closed("A row that differs.", row, ("missing_in", "columns")),
        "RejectedRow": closed("A row that was left out.", rejected),
    }


def _report() -> Json:
    return {
        **_table(),
        "remarks": {"type": "array", "items": TEXT, "description": "What could not be carried."},
        "rejects": {**listed("RejectedRow"), "description": "At most 100; the file of rejects has all."},
        "same": {"type": "boolean", "description": "Whether both sides hold the same rows."},
        "ranges": {**COUNT, "description": "Of the key, that were compared."},
        "source": SIDE,
        "target": SIDE,
        "before": {**SIDE, "description": "The target's rows, before any was appended."},
        "extra": {**COUNT, "description": "Rows that only the target has, before a sync removes them."},
        "differing_rows": COUNT,
        "differing_ranges": {**listed("DifferingRange"), "description": "At most 100."},
    }


def _table() -> Json:
    state = {"type": "string", "enum": list(TABLE_STATES)}
    return {"table": TEXT, "state": state, "error": _or_null("TransferError")}


def _or_null(component: str) -> Json:
    return {"oneOf": [{"$ref": f"#/components/schemas/{component}"}, {"type": "null"}]}
