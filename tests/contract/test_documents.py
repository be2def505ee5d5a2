"""The OpenAPI document and its page."""

import re

import pytest

from tests.client import Client


def test_the_document_is_openapi_3(client: Client) -> None:
    answer = client.get("/api/openapi.json")
    assert answer.status == 200 and answer.body["openapi"].startswith("3.")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/v1/records/write", {"post"}),
        ("/api/v1/records/read", {"post"}),
        ("/api/v1/records/update", {"post"}),
        ("/api/v1/records/delete", {"post"}),
        ("/api/v1/catalogs", {"get"}),
        ("/api/v1/catalogs/{}/schemas", {"get"}),
        ("/api/v1/catalogs/{}/schemas/{}/tables", {"get"}),
        ("/api/v1/catalogs/{}/schemas/{}/tables/{}", {"get", "put", "delete"}),
        ("/api/v1/healthcheck", {"get"}),
        ("/api/health/live", {"get"}),
        ("/api/health/ready", {"get"}),
        ("/api/health", {"get"}),
    ],
)
def test_the_document_tells_of_every_path(client: Client, path: str, methods: set[str]) -> None:
    paths = client.get("/api/openapi.json").body["paths"]
    documented = {re.sub(r"\{\w+\}", "{}", name).rstrip("/"): set(told) for name, told in paths.items()}
    assert methods <= documented[path]


def test_the_page_works_without_the_internet(client: Client) -> None:
    answer = client.get("/api/docs")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/html")
    loaded = re.findall(rb"""(?:src|href)\s*=\s*["']?((?:https?:)?//[^"'\s>]+)""", answer.content)
    assert loaded == []
