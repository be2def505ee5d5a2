"""Every operation of the interface: what it takes and answers, and examples. The views tell the summaries."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import marshmallow as ma

from gateway import schemas
from gateway.database_schemas import CreateDatabaseSchema, ResizeDatabaseSchema
from gateway.openapi import examples, parameters
from gateway.openapi.fields import WriteRecordsBody
from gateway.revision_schemas import MoveSchema, UpgradeSchema
from gateway.transfer_schemas import BeginTransferSchema

BODY = (400, 413, 415)
DATABASE = (401, 403, 500, 502, 503, 504)
NAMED = (400, 404)

TAGS = {
    "Records": "Rows of any table: write, read, update, delete.",
    "Catalog": "Which catalogs, schemas and tables there are, and what a table is made of.",
    "Migrations": "Revisions of the database's structure. On a Databricks App they are for `GATEWAY_ADMINS`.",
    "Transfers": "Tables moved from one database to another. On a Databricks App for `GATEWAY_ADMINS` alone.",
    "Databases": "Lakebase databases of the workspace. On a Databricks App they are for `GATEWAY_ADMINS`.",
    "Health": "Whether the gateway lives, and its database answers.",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `answers` are components by status; None is an answer without a body."""

    name: str
    tag: str
    answers: Mapping[int, str | None]
    refusals: tuple[int, ...]
    words: str = ""
    body: type[ma.Schema] | None = None
    requests: Mapping[str, object] = field(default_factory=dict)
    answer: object = None
    table: str = "flights"
    parameters: tuple[Mapping[str, object], ...] = ()
    streams: Mapping[str, str] = field(default_factory=dict)


ANSWER_WORDS = {
    200: "Done.",
    201: "Created.",
    202: "It goes on.",
    204: "It is gone.",
    503: "The database does not answer.",
}

READ_WORDS = """With `Accept: application/x-ndjson` or `text/csv` the rows come as a stream, without an
envelope and without a limit but yours. Pages follow each other by `next_cursor`."""
WRITE_WORDS = """All rows or none. With `auto_create` the table is created first if it is missing, and gets
audit columns (`created_at`, `created_by`, `updated_at`, `updated_by`, `deleted_at`) besides its own; the
gateway fills them on every table that has them."""
UPDATE_WORDS = """Exactly one of `key_value`, `key_values`, `keys`, `filters` and `bulk_updates` says which
rows are meant."""
DELETE_WORDS = """Exactly one of `key_value`, `key_values`, `keys` and `filters` says which rows are meant.
A soft delete needs a column `deleted_at`; reads then skip the row unless they say `include_deleted`."""

MOVE_WORDS = """One at a time whoever asks, each revision once. What takes longer than 10 seconds answers
202 with a job. A step that fails leaves nothing where the database has transactions; else it is gone on with
from the statement that failed."""

TRANSFER_WORDS = """A connection is named by the environment: `CONNECTION_<NAME>__<VARIABLE>` holds its
settings. Both sides are looked at first; what cannot go is refused before anything is written. `Location`
says where to ask how far it is."""
CANCEL_WORDS = """It stops after the chunk under way; `resume` goes on from there."""
RESUME_WORDS = """From where it stopped, if it was cancelled, has failed, or who carried it out is dead."""
DISCARD_WORDS = """Only what does not run. A target that was written to itself keeps what was written."""

JOB_WORDS = """It goes on by itself: `Location` tells where to ask how far it is. What Databricks refuses at
once is refused here: `details.reason` is `quota`, `region`, `permission`, `taken` or `state`."""
CREATE_WORDS = f"""One that is there and equal is taken for it; one that differs is a 409 that lists the
differences. The job ends when it is ready; with a `transfer`, when that has begun. {JOB_WORDS}"""
DROP_WORDS = f"""`confirm` is its name again. An Autoscaling project goes with the last endpoint of its main
branch, another branch with its own. {JOB_WORDS}"""
TEST_WORDS = """resolve, tcp, tls, login, query: each in milliseconds, up to the first that fails. One that
sleeps wakes."""
PREFLIGHT_WORDS = """Each of nine checks is OK, WARN or FAIL, with the SQL or the commands that mend it, in
their order. None that fails stops another, a database that sleeps is not woken, and nothing is written. On a
Databricks App it is for `GATEWAY_ADMINS`. It takes 20 seconds at most."""

OPERATIONS: dict[str, Operation] = {
    "POST /api/v1/records/read": Operation(
        "read_records", "Records", {200: "Page"}, (*BODY, 404, *DATABASE), READ_WORDS,
        body=schemas.ReadRecordsSchema, requests=examples.READ, answer=examples.PAGE,
        streams={"application/x-ndjson": examples.NDJSON, "text/csv": examples.CSV},
    ),
    "POST /api/v1/records/write": Operation(
        "write_records", "Records", {201: "Done"}, (*BODY, 404, 409, *DATABASE), WRITE_WORDS,
        body=WriteRecordsBody, requests=examples.WRITE, answer=examples.WRITTEN,
    ),
    "POST /api/v1/records/update": Operation(
        "update_records", "Records", {200: "Done"}, (*BODY, 404, 409, *DATABASE), UPDATE_WORDS,
        body=schemas.UpdateRecordsSchema, requests=examples.UPDATE, answer=examples.UPDATED,
    ),
    "POST /api/v1/records/delete": Operation(
        "delete_records", "Records", {200: "Done"}, (*BODY, 404, 409, *DATABASE), DELETE_WORDS,
        body=schemas.DeleteRecordsSchema, requests=examples.DELETE, answer=examples.DELETED,
    ),
    "GET /api/v1/catalogs": Operation(
        "list_catalogs", "Catalog", {200: "Catalogs"}, DATABASE, answer={"catalogs": ["demo"]}
    ),
    "GET /api/v1/catalogs/{catalog}/schemas": Operation(
        "list_schemas", "Catalog", {200: "Schemas"}, (*NAMED, *DATABASE), answer={"schemas": ["main"]}
    ),
    "GET /api/v1/catalogs/{catalog}/schemas/{schema}/tables": Operation(
        "list_tables", "Catalog", {200: "Tables"}, (*NAMED, *DATABASE),
        answer={"tables": [{"name": "airlines", "kind": "table"}, {"name": "flights", "kind": "table"}]},
    ),
    "GET /api/v1/catalogs/{catalog}/schemas/{schema}/tables/{table}": Operation(
        "describe_table", "Catalog", {200: "Table"}, (*NAMED, *DATABASE), answer=examples.TABLE
    ),
    "PUT /api/v1/catalogs/{catalog}/schemas/{schema}/tables/{table}": Operation(
        "define_table", "Catalog", {201: "Table", 200: "Table"}, (*BODY, 404, 409, *DATABASE),
        "200 if the table is there already and has these columns, 409 if it differs.",
        body=schemas.DefineTableSchema, requests=examples.DEFINE, answer=examples.TABLE, table="refunds",
    ),
    "DELETE /api/v1/catalogs/{catalog}/schemas/{schema}/tables/{table}": Operation(
        "drop_table", "Catalog", {204: None}, (*NAMED, 409, *DATABASE), table="refunds"
    ),
    "GET /api/v1/migrations": Operation(
        "migration_status", "Migrations", {200: "Migrations"}, (404, 409, *DATABASE)
    ),
    "GET /api/v1/migrations/plan": Operation(
        "plan_migrations", "Migrations", {200: "MigrationPlan"}, (*NAMED, 409, *DATABASE),
        parameters=(parameters.revision(),),
    ),
    "POST /api/v1/migrations/upgrade": Operation(
        "upgrade", "Migrations", {200: "Moved", 202: "JobBegun"}, (*BODY, 404, 409, *DATABASE), MOVE_WORDS,
        body=UpgradeSchema, requests={"All of them": {"to": "head"}},
    ),
    "POST /api/v1/migrations/downgrade": Operation(
        "downgrade", "Migrations", {200: "Moved", 202: "JobBegun"}, (*BODY, 404, 409, *DATABASE), MOVE_WORDS,
        body=MoveSchema, requests={"The last one": {"to": "-1"}},
    ),
    "POST /api/v1/migrations/stamp": Operation(
        "stamp", "Migrations", {200: "Stamped"}, (*BODY, 404, 409, *DATABASE),
        body=MoveSchema, requests={"The last one": {"to": "head"}},
    ),
    "GET /api/v1/migrations/jobs/{job}": Operation(
        "migration_job", "Migrations", {200: "Job"}, (*NAMED, 409, *DATABASE)
    ),
    "POST /api/v1/transfers": Operation(
        "begin_transfer", "Transfers", {202: "Transfer"}, (*BODY, 404, 409, *DATABASE), TRANSFER_WORDS,
        body=BeginTransferSchema, requests=examples.TRANSFER,
    ),
    "GET /api/v1/transfers": Operation("list_transfers", "Transfers", {200: "Transfers"}, DATABASE),
    "GET /api/v1/transfers/{transfer}": Operation(
        "transfer_progress", "Transfers", {200: "TransferProgress"}, (*NAMED, *DATABASE)
    ),
    "DELETE /api/v1/transfers/{transfer}": Operation(
        "discard_transfer", "Transfers", {204: None}, (*NAMED, 409, *DATABASE), DISCARD_WORDS
    ),
    "GET /api/v1/transfers/{transfer}/report": Operation(
        "transfer_report", "Transfers", {200: "TransferReport"}, (*NAMED, *DATABASE)
    ),
    "POST /api/v1/transfers/{transfer}/cancel": Operation(
        "cancel_transfer", "Transfers", {202: "Transfer"}, (*NAMED, 409, *DATABASE), CANCEL_WORDS
    ),
    "POST /api/v1/transfers/{transfer}/resume": Operation(
        "resume_transfer", "Transfers", {202: "Transfer"}, (*NAMED, 409, *DATABASE), RESUME_WORDS
    ),
    "GET /api/v1/databases": Operation("list_databases", "Databases", {200: "Databases"}, (400, *DATABASE)),
    "POST /api/v1/databases": Operation(
        "create_database", "Databases", {202: "JobBegun"}, (*BODY, 404, 409, *DATABASE), CREATE_WORDS,
        body=CreateDatabaseSchema, requests=examples.DATABASE,
    ),
    "GET /api/v1/databases/{name}": Operation(
        "show_database", "Databases", {200: "Database"}, (*NAMED, *DATABASE)
    ),
    "PATCH /api/v1/databases/{name}": Operation(
        "resize_database", "Databases", {202: "JobBegun"}, (*BODY, 404, 409, *DATABASE), JOB_WORDS,
        body=ResizeDatabaseSchema, requests={"Twice as large": {"capacity": "CU_2"}},
    ),
    "DELETE /api/v1/databases/{name}": Operation(
        "drop_database", "Databases", {202: "JobBegun"}, (*NAMED, 409, *DATABASE), DROP_WORDS,
        parameters=(parameters.confirmation(),),
    ),
    "POST /api/v1/databases/{name}/start": Operation(
        "start_database", "Databases", {202: "JobBegun"}, (*NAMED, 409, *DATABASE), JOB_WORDS
    ),
    "POST /api/v1/databases/{name}/stop": Operation(
        "stop_database", "Databases", {202: "JobBegun"}, (*NAMED, 409, *DATABASE), JOB_WORDS
    ),
    "POST /api/v1/databases/{name}/test": Operation(
        "test_database", "Databases", {200: "DatabaseTest"}, (*NAMED, *DATABASE), TEST_WORDS
    ),
    "GET /api/v1/databases/jobs/{job}": Operation(
        "database_job", "Databases", {200: "Job"}, (*NAMED, 409, *DATABASE)
    ),
    "GET /api/v1/preflight": Operation(
        "preflight", "Health", {200: "Preflight"}, (401, 403, 500), PREFLIGHT_WORDS, answer=examples.PREFLIGHT
    ),
    "GET /api/health": Operation("health", "Health", {200: "Health", 503: "Health"}, (500,)),
    "GET /api/health/ready": Operation(
        "health_ready", "Health", {200: "Readiness", 503: "Readiness"}, (500,)
    ),
    "GET /api/health/live": Operation("health_live", "Health", {200: "Alive"}, (500,)),
    "GET /api/v1/healthcheck": Operation("healthcheck", "Health", {200: "Alive"}, (500,)),
}  # fmt: skip
