"""Requests of the script, each with the status that both gateways are to answer with."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

CATALOG = "parity"
SCHEMA = "main"
OTHER_CATALOG = "parity_other"  # made by the script
APART = "parity_apart"  # where what is not alike is kept
NEW_CATALOG = "parity_new"  # made to see what it is born with
MOST_BYTES = 8 << 20  # of a body
MOST_ROWS = 6000  # of a write
NDJSON = "application/x-ndjson"
CSV = "text/csv"
Fields = dict[str, Any]
JSON_HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        status: what both are to answer; None: it is not foretold.
        turns: whether the cursors of its pages are followed.
    """

    method: str
    path: str
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = 200
    turns: bool = False

    def __str__(self) -> str:
        sent = "" if self.content is None else self.content[:600].decode(errors="replace")
        told = {name: value for name, value in self.headers.items() if name != "Content-Type"}
        return " ".join(filter(None, [self.method, self.path, str(told or ""), sent]))


class Written(str):
    """JSON text that stands in a body as it is written."""

    __slots__ = ()


def text_of(value: object) -> str:
    """JSON, with what is `Written` as it is."""
    match value:
        case Written():
            return value
        case Mapping():
            return "{" + ", ".join(f"{json.dumps(key)}: {text_of(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(text_of, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def sent(
    method: str,
    path: str,
    body: object = None,
    status: int | None = 200,
    headers: Mapping[str, str] | None = None,
) -> Call:
    """A request with a JSON body, or none if it is None."""
    if body is None:
        return Call(method, path, None, headers or {}, status)
    return Call(method, path, text_of(body).encode(), {**JSON_HEADERS, **(headers or {})}, status)


def get(path: str, status: int = 200) -> Call:
    """GET."""
    return sent("GET", path, None, status)


def write(table: str, rows: object, status: int | None = 201, **fields: object) -> Call:
    """Write records; `rows` may be anything, where that is to be refused."""
    return sent("POST", "/api/v1/records/write", {"table": table, "data": rows, **fields}, status)


def read(table: str, status: int | None = 200, **fields: object) -> Call:
    """Read one page of records."""
    return sent("POST", "/api/v1/records/read", {"table": table, **fields}, status)


def pages(table: str, status: int | None = 200, **fields: object) -> Call:
    """Read every page of records."""
    return replace(read(table, status, **fields), turns=True)


def stream(table: str, accept: str, status: int | None = 200, **fields: object) -> Call:
    """Read records without an envelope."""
    return sent("POST", "/api/v1/records/read", {"table": table, **fields}, status, {"Accept": accept})


def update(table: str, status: int | None = 200, **fields: object) -> Call:
    """Update records."""
    return sent("POST", "/api/v1/records/update", {"table": table, **fields}, status)


def delete(table: str, status: int | None = 200, **fields: object) -> Call:
    """Delete records."""
    return sent("POST", "/api/v1/records/delete", {"table": table, **fields}, status)


def where(column: str, op: str, value: object = None) -> Fields:
    """A condition; None stands for no value."""
    return {"column": column, "op": op, **({} if value is None else {"value": value})}


def path_of(table: str | None = None, schema: str = SCHEMA, catalog: str = CATALOG) -> str:
    """The catalog's path of a table, or of the list of tables."""
    listed = f"/api/v1/catalogs/{quote(catalog, safe='')}/schemas/{quote(schema, safe='')}/tables"
    return listed if table is None else f"{listed}/{quote(table, safe='')}"


def definition(columns: Mapping[str, str], required: Iterable[str] = ()) -> list[Fields]:
    """Columns by name and type; `required` ones take no NULL."""
    needed = set(required)
    return [
        {"name": name, "data_type": type_, "nullable": name not in needed} for name, type_ in columns.items()
    ]


def put(
    table: str,
    columns: Mapping[str, str] | Sequence[object],
    key: Sequence[str] = ("id",),
    status: int | None = 201,
    schema: str = SCHEMA,
    catalog: str = CATALOG,
) -> Call:
    """Ask for a table."""
    listed = definition(columns) if isinstance(columns, Mapping) else columns
    body = {"columns": listed, "primary_key": list(key)}
    return sent("PUT", path_of(table, schema, catalog), body, status)


def describe(table: str, status: int = 200, schema: str = SCHEMA) -> Call:
    """Describe a table."""
    return get(path_of(table, schema), status)


def drop(table: str, status: int = 204, schema: str = SCHEMA) -> Call:
    """Remove a table."""
    return sent("DELETE", path_of(table, schema), None, status)
