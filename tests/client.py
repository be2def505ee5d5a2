"""A client of the gateway, as short as the tests want it, and exact about numbers."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import quote

import requests

from tests.gateway_process import Gateway

Row = dict[str, Any]
TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Number:
    """A number as it stands in the JSON text: 1.10 is not 1.1."""

    text: str

    @property
    def value(self) -> Decimal:
        """What it is worth."""
        return Decimal(self.text)


def exact(text: str | bytes) -> Any:
    """JSON with every number as its own text; NaN and Infinity, which JSON lacks, are refused."""
    return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=_refused)


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @cached_property
    def body(self) -> Any:
        """The JSON, floats as Python has them."""
        return json.loads(self.content, parse_constant=_refused)

    @property
    def rows(self) -> list[Row]:
        """The rows of a read that succeeded."""
        assert self.status == 200, self
        rows: list[Row] = self.body["data"]
        return rows

    @property
    def exact_rows(self) -> list[Row]:
        """The rows of a read that succeeded, numbers as their text."""
        assert self.status == 200, self
        rows: list[Row] = exact(self.content)["data"]
        return rows

    @property
    def error_type(self) -> str:
        """The error's class name."""
        return str(self.body["details"]["type"])

    @property
    def places(self) -> list[tuple[str | int, ...]]:
        """Where the faults are."""
        return [tuple(fault["loc"]) for fault in self.body["details"]["errors"]]


class Client:
    """Speaks to one gateway, every request on a connection of its own, so that every worker gets some."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.catalog = gateway.catalog
        self.schema = gateway.schema
        self._session = requests.Session()
        self._session.headers["Connection"] = "close"

    def send(
        self,
        method: str,
        path: str,
        content: bytes | str | None = None,
        headers: Mapping[str, str | bytes] | None = None,
    ) -> Answer:
        """One request: `content` as it is, said to be JSON unless `headers` say otherwise."""
        body = content.encode() if isinstance(content, str) else content
        sent = {**({"Content-Type": "application/json"} if body is not None else {}), **(headers or {})}
        response = self._session.request(
            method, self.gateway.url + path, data=body, headers=sent, timeout=TIMEOUT_SECONDS
        )
        return Answer(response.status_code, response.headers, response.content)

    def get(self, path: str) -> Answer:
        """GET, under the gateway's URL."""
        return self.send("GET", path)

    def post(self, path: str, body: object, headers: Mapping[str, str | bytes] | None = None) -> Answer:
        """POST JSON."""
        return self.send("POST", path, json.dumps(body), headers)

    def write(self, table: str, rows: Sequence[object], **fields: object) -> Answer:
        """Write records."""
        return self.post("/api/v1/records/write", {"table": table, "data": rows, **fields})

    def read(self, table: str, **fields: object) -> Answer:
        """Read one page of records."""
        return self.post("/api/v1/records/read", {"table": table, **fields})

    def update(self, table: str, **fields: object) -> Answer:
        """Update records."""
        return self.post("/api/v1/records/update", {"table": table, **fields})

    def delete(self, table: str, **fields: object) -> Answer:
        """Delete records."""
        return self.post("/api/v1/records/delete", {"table": table, **fields})

    def stream(self, table: str, accept: str, **fields: object) -> Answer:
        """Read records without an envelope."""
        return self.post("/api/v1/records/read", {"table": table, **fields}, {"Accept": accept})

    def pages(self, table: str, **fields: object) -> list[list[Row]]:
        """Every page of a read, by following its cursors."""
        answer = self.read(table, **fields)
        pages = [answer.rows]
        while cursor := answer.body["next_cursor"]:
            answer = self.read(table, **fields, cursor=cursor)
            pages.append(answer.rows)
        return pages

    def path(self, table: str | None = None, schema: str | None = None, catalog: str | None = None) -> str:
        """The catalog's path of a table, or of the list of tables."""
        names = f"{quote(catalog or self.catalog, safe='')}/schemas/{quote(schema or self.schema, safe='')}"
        table_path = "" if table is None else "/" + quote(table, safe="")
        return f"/api/v1/catalogs/{names}/tables{table_path}"

    def define(self, table: str, columns: Sequence[object], primary_key: Iterable[str] = ()) -> Answer:
        """Ask for a table."""
        body = {"columns": columns, "primary_key": list(primary_key)}
        return self.send("PUT", self.path(table), json.dumps(body))

    def create(self, table: str, columns: Mapping[str, str], primary_key: Iterable[str] = ("id",)) -> str:
        """Make a table, columns given as name and type, and return its name."""
        definition = columns_of(columns)
        answer = self.define(table, definition, primary_key)
        assert answer.status == 201, answer
        return table

    def fill(self, table: str, columns: Mapping[str, str], rows: Sequence[Row]) -> str:
        """Make a table whose key is `id`, with `rows` in it."""
        self.create(table, columns)
        answer = self.write(table, rows)
        assert answer.status == 201, answer
        return table

    def ids(self, table: str, **fields: object) -> list[Any]:
        """The `id` of each row of one page, at most 1000."""
        return [row["id"] for row in self.read(table, **{"columns": ["id"], "limit": 1000, **fields}).rows]

    def count(self, table: str) -> int:
        """How many rows a table holds, the soft-deleted ones too."""
        total: int = self.read(table, limit=1, include_total=True, include_deleted=True).body["total"]
        return total


def columns_of(columns: Mapping[str, str], *, required: Iterable[str] = ()) -> list[Row]:
    """A `schema_definition`; `required` columns are NOT NULL."""
    return [
        {"name": name, "data_type": type_, "nullable": name not in set(required)}
        for name, type_ in columns.items()
    ]


def new_name() -> str:
    """A name that nothing else has."""
    return f"t_{secrets.token_hex(8)}"
