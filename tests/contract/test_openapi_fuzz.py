"""Whatever schemathesis makes of the gateway's own document, the answers stay within the document.

Requests are made as the document says and against it. As they come, they rarely mean a table that is
there; so a second round has the document narrowed to one table, its columns and values they may hold.
"""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client, new_name
from tests.effort import examples
from tests.environments import ONE_EACH

pytestmark = pytest.mark.parametrize("site", ONE_EACH, indirect=True, scope="session")

Json = dict[str, Any]

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
OPTIONS = (
    f"--checks={','.join(CHECKS)}", "--continue-on-failure", "--generation-deterministic", "--warnings=off",
    "--no-color", "--request-timeout=60",
)  # fmt: skip
AT_RANDOM = "--phases=examples,fuzzing"
AT_BOUNDS = "--phases=coverage"

# A column of each kind, and values for it: some fit, some only look as if they did.
COLUMNS: dict[str, tuple[str, Json]] = {
    "id": ("BIGINT", {"type": "integer"}),
    "name": ("STRING", {"type": ["string", "null"]}),
    "code": ("CHAR(3)", {"type": ["string", "null"], "maxLength": 4}),
    "amount": ("DECIMAL(10,2)", {"enum": [0, 1.5, "1.50", "-99999999.99", 1e8, 0.001, "x", None]}),
    "ratio": ("DOUBLE", {"type": ["number", "null"]}),
    "small": ("TINYINT", {"type": ["integer", "null"], "minimum": -129, "maximum": 128}),
    "flag": ("BOOLEAN", {"enum": [True, False, None, 0]}),
    "day": ("DATE", {"enum": ["2024-02-29", "0001-01-01", "9999-12-31", "2023-02-29", None]}),
    "at": (
        "TIMESTAMP",
        {"enum": ["2024-02-29T23:59:60Z", "2024-02-29T12:00:00.5+14:00", "2024-02-29", None]},
    ),
    "raw": ("BINARY", {"enum": ["", "AAAA", "====", "Zg==", None]}),
    "tags": ("ARRAY<STRING>", {"type": ["array", "null"], "items": {"type": ["string", "null"]}}),
    "spot": ("STRUCT<x:INT,y:DOUBLE>", {"enum": [{"x": 1, "y": 0.5}, {"x": 1}, {}, {"z": 1}, None]}),
}


@pytest.fixture(scope="module")
def told(client: Client) -> Json:
    """The document; its catalog is one that is there, for another one would be made."""
    document: Json = client.get("/api/openapi.json").body
    for schema in requests_of(document):
        schema["properties"]["catalog"] = {"enum": [client.catalog]}
    types = [*(type_ for type_, _ in COLUMNS.values()), "decimal", "VARCHAR(0)", "MAP<INT,INT>", "SERIAL"]
    document["components"]["schemas"]["Column"]["properties"]["data_type"] = {"enum": types}
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "catalog":
                    parameter["schema"] = {"enum": [client.catalog]}
    return document


@pytest.fixture(scope="module")
def narrowed(client: Client) -> Json:
    """The document of the four requests for records, as if there were but one table."""
    document: Json = client.get("/api/openapi.json").body
    table = client.create(new_name(), {name: type_ for name, (type_, _) in COLUMNS.items()})
    document["paths"] = {path: told for path, told in document["paths"].items() if "/records/" in path}
    schemas, names = document["components"]["schemas"], list(COLUMNS)
    row = {"type": "object", "additionalProperties": False, "minProperties": 1,
           "properties": {name: values for name, (_, values) in COLUMNS.items()}}  # fmt: skip
    schemas["ColumnName"] = {"enum": names}
    schemas["SortKey"] = {"enum": [*names, *(f"-{name}" for name in names)]}
    schemas["BulkUpdate"]["properties"].update(key_value={"type": "integer"}, updates=row)
    for schema in requests_of(document):
        fields = schema["properties"]
        fields.update(
            catalog={"enum": [client.catalog]}, schema={"enum": [client.schema]}, table={"enum": [table]}
        )
        known = {"key_column": {"enum": [*names, None]}, "keys": row, "updates": row,
                 "data": {"type": "array", "minItems": 1, "items": {**row, "required": ["id"]}},
                 "schema_definition": {"enum": [[]]}, "primary_key": {"enum": [[], ["id"]]}}  # fmt: skip
        fields.update({name: form for name, form in known.items() if name in fields})
    return document


def requests_of(document: Json) -> list[Json]:
    """The schemas of the requests for records."""
    schemas = document["components"]["schemas"]
    return [schemas[f"{verb}Records"] for verb in ("Read", "Write", "Update", "Delete")]


def search(document: Json, client: Client, folder: Path, *options: str) -> None:
    """Send what schemathesis makes of a document; its report tells how to find a fault again."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    run = [sys.executable, "-m", "schemathesis.cli", "run", str(file), f"--url={client.gateway.url}"]
    ended = subprocess.run(
        [*run, *OPTIONS, *options], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    "options",
    [
        (AT_RANDOM, f"--max-examples={examples(12)}"),
        (AT_BOUNDS, "--exclude-path-regex=records", "--max-time=10"),
    ],
)
def test_no_answer_is_outside_the_document(
    told: Json, client: Client, tmp_path: Path, options: tuple[str, ...]
) -> None:
    search(told, client, tmp_path, *options)


def test_no_answer_about_a_table_is_outside_the_document(
    narrowed: Json, client: Client, tmp_path: Path
) -> None:
    search(narrowed, client, tmp_path, AT_RANDOM, f"--max-examples={examples(20)}")


@pytest.mark.parametrize("verb", ["read", "write", "update", "delete"])
def test_no_answer_about_the_bounds_of_a_table_is_outside_the_document(
    narrowed: Json, client: Client, tmp_path: Path, verb: str
) -> None:
    document = copy.deepcopy(narrowed)
    for schema in requests_of(document):
        schema.pop("oneOf", None)  # what holds between fields takes schemathesis half a minute here
    search(document, client, tmp_path, AT_BOUNDS, "--max-time=3", f"--include-path=/api/v1/records/{verb}")
