"""Requests without end, and what becomes of them when the gateway is told to stop."""

import http.client
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.gateway_process import Gateway

ACCEPTED_SECONDS = 0.3  # after which a connection is certain to have left the kernel's queue


@dataclass
class Load:
    """Requests sent one after another until the gateway takes no more, and what became of them."""

    gateway: Gateway
    table: str
    stopped: float = float("inf")  # when the signal was sent, on the monotonic clock
    statuses: list[int] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # those that were accepted, and got no answer

    def on_new_connections(self) -> None:
        """Send each request on a connection of its own, until none is to be had."""
        while True:
            began = time.monotonic()
            try:
                with closing(self._connection()) as connection:
                    self._ask(connection)
            except OSError as error:
                if began > self.stopped - ACCEPTED_SECONDS:
                    return
                self.broken.append(repr(error))

    def on_one_connection(self) -> None:
        """Send all requests on one connection, until an answer says that it closes."""
        with closing(self._connection()) as connection:
            try:
                while self._ask(connection) != "close":
                    pass
            except OSError as error:
                self.broken.append(repr(error))

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(*self.gateway.address, timeout=60)

    def _ask(self, connection: http.client.HTTPConnection) -> str | None:
        body = f'{{"table":"{self.table}"}}'
        connection.request("POST", "/api/v1/records/read", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        self.statuses.append(answer.status)
        return answer.headers.get("Connection")


def is_gone(pid: int) -> bool:
    """Whether a child has ended."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
