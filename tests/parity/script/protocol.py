"""HTTP itself: unknown paths, wrong methods, other media, malformed bodies, health, documents."""

from collections.abc import Iterator

from tests.parity.calls import JSON_HEADERS, MOST_BYTES, Call, get, path_of, put, read, sent, write

RECORDS = ("write", "read", "update", "delete")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "LOCK")
PATHS = (
    "/", "/api", "/api/", "/api/v1", "/api/v2/records/read", "/api/v1/records", "/api/v1/records/",
    "/api/v1/records/read/", "/api/v1/records/upsert", "/api/v1/catalogs/", "/api/v1/catalogs/parity",
    "/api/v1/catalogs/parity/schemas/", "/api/v1/catalogs/parity/schemas/main", "/api/v1/catalogs//schemas",
    "/favicon.ico", "/api/v1/CATALOGS", "/api/v1/catalogs/parity/schemas/main/tables/",
    "/api/v1/catalogs/parity/schemas/main/tables/served/rows", "/%00", "/api/%2e%2e",
)  # fmt: skip
BODIES = (
    b"", b" ", b"{", b"}", b"[]", b"null", b"1", b'"x"', b"true", b"{}", b"{,}", b'{"table"}', b'{"table": }',
    b"{'table': 'served'}", b'{"table": "served",}', b'{"table": "served"} x',
    b'{"table": "served", "table": "served"}', b'{"table": "served"}{}',
    b'{"table": "served", "filters": [{"column": "id", "column": "id", "value": 1}]}', b"\xff\xfe",
    b'{"table": "\xff"}', b"\xef\xbb\xbf{}", b'{"table": "served", "limit": NaN}',
    b'{"table": "served", "limit": Infinity}', b'{"table": "served", "limit": 01}',
    b'{"table": "served", "limit": 1e400}', b'{"table": "served", "limit": 1e99999999999}',
    b'{"table": "\\ud800"}', b'{"table": "\\x"}', b'{"table": "served\n"}',
    b'{"table": "served", "filters": ' + b"[" * 2000 + b"]" * 2000 + b"}", b"[" * 100_000,
    b'{"table": "served", "filters": [{"column": "id", "value": ' + b"9" * 5000 + b"}]}", b"/* */ {}",
    b'{"table": 1}', b'{"table": null}', b'{"table": ["served"]}',
    b'{"table": "served", "columns": {"a": {"a": {"a": 1}}}}', b"\x00", b'{"table": "s\x00"}',
)  # fmt: skip
WRITE_BODIES = (
    b'{"table": "served", "data": [{"id": 1, "id": 2}]}',
    b'{"table": "served", "data": [{"id": 1}], "data": [{"id": 2}]}',
    b'{"table": "served", "data": [{"id": 1},]}', b'{"table": "served", "data": [{"id": 1}]',
    b'{"data": [{"id": 1}]}', b'{"table": "served", "data": [{"id": NaN}]}',
    b'{"table": "served", "data": [{"name": "\xff", "id": 1}]}',
    b'{"table": "served", "data": [{"id": 1, "\\u0069d": 2}]}',
    b'{"table": "served", "data": [{"id": 1, "name": "\\ud800"}]}',
    b'{"table": "served", "data": ' + b"[" * 5000 + b"]" * 5000 + b"}", b'{"table": "served"}',
    b'{"table": "served", "data": [{"id": 1e400}]}',
    b'{"table": "served", "data": [{"id": 1, "name": "\\u0000"}]}',
    b'{"table": "served", "data": [{"id": 1, "x": 1e99999999999}]}',
)  # fmt: skip
MEDIA = (
    "text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=utf-8",
    "application/vnd.api+json", "APPLICATION/JSON", "application/json;", "application/jsonx",
    "multipart/form-data", "application/json, text/plain",
)  # fmt: skip


def calls() -> Iterator[Call]:
    """The chapter."""
    yield put("served", {"id": "INT", "name": "STRING", "x": "DOUBLE"})
    yield put("served", {"id": "INT"}, schema="served")
    yield get("/api/v1//catalogs")
    for path in PATHS:
        yield get(path, 404)
    for method in METHODS:
        for path in (
            *(f"/api/v1/records/{verb}" for verb in RECORDS),
            path_of(schema="served"),
            path_of("nowhere"),
            "/api/v1/catalogs",
            "/api/health",
        ):
            yield Call(method, path, status=_status(method, path))
    for body in BODIES:
        yield Call("POST", "/api/v1/records/read", body, JSON_HEADERS, _of_body(body))
        yield Call("POST", "/api/v1/records/update", body, JSON_HEADERS, 400)
        yield Call("POST", "/api/v1/records/delete", body, JSON_HEADERS, 400)
        yield Call("PUT", path_of("served"), body, JSON_HEADERS, 400)
    for body in (*BODIES, *WRITE_BODIES):
        yield Call("POST", "/api/v1/records/write", body, JSON_HEADERS, 400)
    for media in MEDIA:
        accepted = media.lower().startswith("application/json") and media.lower()[16:17] in ("", ";")
        body = b'{"table": "served", "columns": "id"}'
        yield Call("POST", "/api/v1/records/read", body, {"Content-Type": media}, 200 if accepted else 415)
    yield Call("POST", "/api/v1/records/read", b"x" * (MOST_BYTES + 1), JSON_HEADERS, 413)
    yield read("served")
    yield from _served()


def _status(method: str, path: str) -> int:
    """What a method finds at a path, sent without a body."""
    if method == "OPTIONS":
        return 200
    allowed = {"records": ("POST",), "nowhere": ("GET", "HEAD", "PUT", "DELETE")}
    known = next((methods for part, methods in allowed.items() if part in path), ("GET", "HEAD"))
    if method not in known:
        return 405
    if method in ("POST", "PUT"):
        return 415
    return 404 if "nowhere" in path else 200


def _of_body(body: bytes) -> int:
    return 404 if body == b'{"table": "served\\n"}' else 400


def _served() -> Iterator[Call]:
    for path in (
        "/api/v1/healthcheck",
        "/api/health/live",
        "/api/health/ready",
        "/api/health",
        "/api/openapi.json",
        "/api/docs",
    ):
        yield get(path)
        yield sent("HEAD", path)
    yield sent("GET", "/api/docs/page.js")
    yield get("/api/docs/nothing.js", 404)
    for host in (
        {"X-Forwarded-Email": "eve@example.com"},
        {"X-Forwarded-User": "1@2"},
        {"If-None-Match": "*"},
    ):
        yield sent(
            "POST", "/api/v1/records/write", {"table": "served", "data": [{"id": len(str(host))}]}, 201, host
        )
    yield read("served", columns=["id", "created_by"])
    yield write("served", [{"id": 1}], 400, catalog=" " * 300)
