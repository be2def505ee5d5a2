"""Streams read at a pace of one's own."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse

from tests.gateway_process import Gateway


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
