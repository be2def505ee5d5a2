"""Tables that the gateway made, when other programs change them or their files."""

import pytest

from tests.app_client import AppClient
from tests.sqlite.conftest import Others

COLUMNS = {"id": "INT", "b": "BOOLEAN", "d": "DECIMAL(5,2)", "a": "ARRAY<INT>"}


@pytest.mark.parametrize("change", ["b = 2", "d = 'abc'", "d = '1,2'", "a = '[1'", "a = '1] ['"])
def test_what_is_not_json_is_never_sent(client: AppClient, others: Others, change: str) -> None:
    client.fill("t", COLUMNS, [{"id": 1, "b": True, "d": 1, "a": [1]}])
    others(f"UPDATE t SET {change}")
    assert (client.read("t").status, client.read("t").error_type) == (400, "Unsupported")
    assert client.read("t", columns=["id"]).rows == [{"id": 1}]


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers look at once whether the file is still the same, not now and then."""
    monkeypatch.setattr("backends.sqlite.folder.LOOK_SECONDS", 0.0)


@pytest.mark.usefixtures("looking")
def test_a_catalog_whose_file_is_removed_is_made_anew(client: AppClient, others: Others) -> None:
    client.fill("t", COLUMNS, [{"id": 1}])
    path = others("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in path.parent.iterdir():
        file.unlink()
    assert client.read("t").status == 404
    client.fill("t", {"id": "INT"}, [{"id": 2}])
    assert (client.ids("t"), path.exists()) == ([2], True)


@pytest.mark.usefixtures("looking")
def test_a_catalog_whose_file_is_replaced_shows_the_new_one(client: AppClient, others: Others) -> None:
    client.fill("t", COLUMNS, [{"id": 1}])
    path = others("PRAGMA wal_checkpoint(TRUNCATE)")
    beside = others('CREATE TABLE t ("id" INTEGER PRIMARY KEY); INSERT INTO t VALUES (7)', catalog="beside")
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    beside.replace(path)
    assert client.ids("t") == [7]


def test_a_writer_always_looks_whether_the_file_is_still_the_same(client: AppClient, others: Others) -> None:
    client.fill("t", COLUMNS, [{"id": 1}])
    path = others("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in path.parent.iterdir():
        file.unlink()
    assert client.write("t", [{"id": 2}]).status == 404
