"""A client of an app in this process, for what needs no server."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import Flask

from tests.client import Answer, Client


class AppClient(Client):
    """Speaks to one app as `Client` does to a gateway."""

    def __init__(self, app: Flask, catalog: str = "main", schema: str = "main") -> None:
        self.catalog = catalog
        self.schema = schema
        self._app = app

    def send(
        self,
        method: str,
        path: str,
        content: bytes | str | None = None,
        headers: Mapping[str, str | bytes] | None = None,
    ) -> Answer:
        """See `Client.send`."""
        told = {**({"Content-Type": "application/json"} if content is not None else {}), **(headers or {})}
        response = self._app.test_client().open(path, method=method, data=content, headers=list(told.items()))
        return Answer(response.status_code, dict(response.headers), response.get_data())

    @contextmanager
    def streaming(self, table: str) -> Iterator[Iterator[bytes]]:
        """A stream of a table's rows of which only the first chunk has been read."""
        response = self._app.test_client().post(
            "/api/v1/records/read",
            json={"table": table},
            headers={"Accept": "application/x-ndjson"},
            buffered=False,
        )
        chunks = response.iter_encoded()
        next(chunks)
        try:
            yield chunks
        finally:
            response.close()
