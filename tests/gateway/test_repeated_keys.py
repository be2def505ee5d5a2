"""Requests that name a key twice: refused wherever it stands, and nothing is written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import create_app
from gateway.views import gateway
from tests.app_client import AppClient

COLUMNS = {"id": "INT", "s": "STRING", "n": "STRUCT<a:INT,b:INT>", "m": "MAP<INT,INT>", "c": "CHAR(9)"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[AppClient]:
    """Speaks to an app whose table `t` is empty."""
    app = create_app({"GATEWAY_BACKEND": "sqlite", "GATEWAY_SQLITE_DIR": str(tmp_path)})
    found = AppClient(app)
    found.create("t", COLUMNS)
    yield found
    with app.app_context():
        gateway().backend.close()


@pytest.mark.parametrize(
    "text",
    [
        '{"table":"t","data":[{"id":1,"id":2}]}',
        '{"table":"t","data":[{"id":1,"s":"x","s":"\\u0022:"}]}',
        '{"table":"t","data":[{"id":1}],"data":[{"id":2}]}',
        '{"table":"t","table":"t","data":[{"id":1}]}',
        '{"table":"t","data":[{"id":1,"n":{"a":1,"a":2}}]}',
        '{"table":"t","data":[{"id":1,"n":{"a":1,"a":2,"b":3}}]}',
        '{"table":"t","data":[{"id":1,"n":{"a":null,"a":2}}]}',
        '{"table":"t","data":[{"id":1,"id":2,"n":{"a":1}}]}',
        '{"table":"t","data":[{"id":1,"n":{"a":1}},{"id":2,"id":3}]}',
        '{"table":"t","data":[{"id":1,"m":{"1":1,"1":2}}]}',
        '{"table":"t","data":[{"id":1},{"id":1,"s":"x"},{"id":2,"s":"x","s":"y"}],"on_conflict":"ignore"}',
    ],
)
def test_a_write_that_names_a_key_twice_writes_nothing(client: AppClient, text: str) -> None:
    answer = client.send("POST", "/api/v1/records/write", text)
    assert (answer.status, answer.error_type) == (400, "Invalid"), answer
    assert "twice" in answer.body["message"]
    assert client.count("t") == 0


@pytest.mark.parametrize(
    "text",
    [
        '{"table":"t","data":[{"id":1,"s":"\\":"}]}',
        '{"table":"t","data":[{"id":1,"n":{"b":1}},{"id":2,"n":{}}]}',
        '{"table":"t","data":[{"id":1,"n":{"b":1},"m":{"1":2}},{"id":2,"c":"\\u0022:  "}]}',
        '{"table":"t","data":[{"id":1,"s":"a"},{"id":1,"s":"b"}],"on_conflict":"ignore"}',
    ],
)
def test_a_write_that_names_each_key_once_is_taken(client: AppClient, text: str) -> None:
    assert client.send("POST", "/api/v1/records/write", text).status == 201


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("read", '{"table":"t","limit":1,"limit":2}'),
        ("read", '{"table":"t","filters":[{"column":"id","value":1,"value":2}]}'),
        ("update", '{"table":"t","key_column":"id","key_value":1,"updates":{"s":"a","s":"b"}}'),
        ("delete", '{"table":"t","key_column":"id","key_value":1,"key_value":2}'),
    ],
)
def test_other_requests_that_name_a_key_twice_are_refused(client: AppClient, path: str, text: str) -> None:
    answer = client.send("POST", f"/api/v1/records/{path}", text)
    assert (answer.status, "twice" in answer.body["message"]) == (400, True)
