"""Tables that take long to read: many megabytes, or a moment for each row."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse

from tests.client import Client, new_name
from tests.gateway_process import Gateway
from tests.lakebase.gateways import SCHEMA
from tests.workspace.handle import Workspace

ROWS = 20_000
ROW_BYTES = 2000  # at least; all rows together are more than the sockets in between hold


def large_table(workspace: Workspace, client: Client) -> str:
    """The name of a table of `ROWS` long rows."""
    table = client.create(new_name(), {"id": "INT", "text": "STRING"})
    series = f"SELECT g, repeat('x', {ROW_BYTES}) FROM generate_series(1, {ROWS}) g"
    workspace.sql(f'INSERT INTO "{SCHEMA}"."{table}" (id, text) {series}')
    return table


def slow_view(workspace: Workspace, client: Client, seconds: float) -> str:
    """The name of a view of one row that takes so long to read."""
    view = new_name()
    client.create(new_name(), {"id": "INT"})  # which makes the schema, if need be
    workspace.sql(f'CREATE VIEW "{SCHEMA}".{view} AS SELECT 1 AS id, pg_sleep({seconds})::text AS done')
    workspace.sql(f'GRANT SELECT ON "{SCHEMA}".{view} TO PUBLIC')
    return view


def slow_table(workspace: Workspace, client: Client, seconds: float, command: str) -> str:
    """The name of a table where a command, such as INSERT, takes so long for each row."""
    table = client.create(new_name(), {"id": "INT"})
    body = f"BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END"
    workspace.sql(f'CREATE FUNCTION "{SCHEMA}".slow_{table}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$')
    workspace.sql(
        f'CREATE TRIGGER slow BEFORE {command} ON "{SCHEMA}"."{table}"'
        f' FOR EACH ROW EXECUTE FUNCTION "{SCHEMA}".slow_{table}()'
    )
    return table


@dataclass(frozen=True)
class Reader:
    """Somebody who reads an answer at a pace of their own."""

    socket: socket.socket
    response: HTTPResponse

    def rest(self) -> bytes:
        """All that is still to come.

        Raises:
            http.client.IncompleteRead: the answer ended before it was complete.
        """
        return self.response.read()


@contextmanager
def reading(gateway: Gateway, table: str, accept: str = "application/x-ndjson") -> Iterator[Reader]:
    """A stream of which only the beginning has been read; hangs up at the end."""
    body = f'{{"table":"{table}"}}'
    head = f"Host: test\r\nContent-Type: application/json\r\nAccept: {accept}\r\nContent-Length: {len(body)}"
    with socket.create_connection(gateway.address, timeout=60) as connected:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connected.sendall(f"POST /api/v1/records/read HTTP/1.1\r\n{head}\r\n\r\n{body}".encode())
        response = HTTPResponse(connected, method="POST")
        response.begin()
        assert response.status == 200
        assert response.read(1000)
        yield Reader(connected, response)


def elapsed(since: float) -> float:
    """The seconds that have passed since a moment of the monotonic clock."""
    return time.monotonic() - since
