"""Catalogs are files in a folder: which names are files, and what of files that are none or that change."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from backends import errors
from backends.sqlite.faults import translated
from gateway import create_app
from tests.app_client import AppClient
from tests.sqlite.conftest import Others

NOBODY = 65534
DEFINITION = [{"name": "id", "data_type": "INT"}]
OUTSIDE = [
    "../x", "..", ".", "a/b", "/tmp/x", "a\\b", "..\\x", "a\0b", "\0", "../catalogs/main", "./main", ".main",
    "%2e%2e/x",
    "x" * 255, "\U0001f600" * 100, "file:main", "main?mode=ro", ":memory:", "",
]  # fmt: skip


def files(folder: Path) -> set[str]:
    """Every file beside and below the folder, but for what SQLite keeps beside its own."""
    found = (path for path in folder.parent.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder.parent)) for path in found if not path.name.endswith(("-wal", "-shm"))
    }


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_name_of_a_catalog_leads_out_of_the_folder(client: AppClient, folder: Path, name: str) -> None:
    before = files(folder)
    asked = {"catalog": name, "auto_create": True, "schema_definition": DEFINITION}
    answers = [
        client.read("t", catalog=name),
        client.write("t", [{"id": 1}], catalog=name),
        client.write("t", [{"id": 1}], **asked),
        client.delete("t", catalog=name, key_column="id", key_value=1),
    ]
    assert {answer.status for answer in answers} <= {400, 404}, answers
    assert files(folder) == before


@pytest.mark.parametrize("name", [name for name in OUTSIDE if name])
def test_no_path_of_a_catalog_leads_out_of_the_folder(client: AppClient, folder: Path, name: str) -> None:
    before = files(folder)
    for part in (quote(name, safe=""), quote(quote(name, safe=""), safe="")):
        path = f"/api/v1/catalogs/{part}/schemas"
        assert client.get(path).status in (400, 404)
        assert client.get(f"{path}/main/tables").status in (400, 404)
        assert client.send("DELETE", f"{path}/main/tables/t").status in (400, 404)
    assert files(folder) == before


def test_a_file_that_appears_is_a_catalog(client: AppClient, others: Others) -> None:
    assert client.get("/api/v1/catalogs").body == {"catalogs": ["main"]}
    assert client.read("t", catalog="late").status == 404
    others("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)", catalog="late")
    assert client.get("/api/v1/catalogs").body == {"catalogs": ["late", "main"]}
    assert client.ids("t", catalog="late") == [1]


def test_a_catalog_may_have_any_name_that_a_file_has(client: AppClient, others: Others) -> None:
    for name in ("a.b", "a b", "a'b%41?#&", "\u00e9\U0001f600", "x.db", "-"):
        others("CREATE TABLE t (s TEXT)", catalog=name)
        assert client.write("t", [{"s": name}], catalog=name).status == 201
        assert client.read("t", catalog=name).rows == [{"s": name}]
        assert client.get(client.path(catalog=name)).body["tables"] == [{"name": "t", "kind": "table"}]


def test_what_is_no_catalog_is_not_listed(client: AppClient, folder: Path) -> None:
    for name in (".db", ".hidden.db", "notes.txt", "main.db-journal", "a\\b.db"):
        (folder / name).touch()
    (folder / "folder.db").mkdir()
    assert client.get("/api/v1/catalogs").body == {"catalogs": ["main"]}
    assert client.read("t", catalog="folder").status == 404


def test_an_empty_file_is_an_empty_catalog(client: AppClient, folder: Path) -> None:
    (folder / "empty.db").touch()
    assert client.get(client.path(catalog="empty")).body == {"tables": []}


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to have had a header\n" * 100, b"\x00" * 4096]
)
def test_a_file_that_is_no_database_says_so(client: AppClient, folder: Path, content: bytes) -> None:
    (folder / "broken.db").write_bytes(content)
    for answer in (client.read("t", catalog="broken"), client.get(client.path(catalog="broken"))):
        assert (answer.status, answer.error_type) == (400, "Unsupported"), answer
        assert "not a sound SQLite database" in answer.body["message"]
    assert (folder / "broken.db").read_bytes() == content
    assert client.write("t", [{"id": 1}], auto_create=True, schema_definition=DEFINITION).status == 201


def test_a_damaged_file_says_so(client: AppClient, others: Others) -> None:
    path = others("CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT)")
    others("INSERT INTO t (s) VALUES (?)", *(("x" * 500,) for _ in range(100)))
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    answer = client.read("t")
    assert (answer.status, answer.error_type) == (400, "Unsupported")


def test_the_folder_is_made_when_it_is_first_needed(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    app = create_app({"GATEWAY_BACKEND": "sqlite", "GATEWAY_SQLITE_DIR": str(folder)})
    assert not folder.exists()
    asked = {"auto_create": True, "schema_definition": DEFINITION}
    assert AppClient(app).write("t", [{"id": 1}], **asked).status == 201
    assert (folder / "main.db").is_file()


def test_a_catalog_is_made_on_demand_and_only_then(client: AppClient, folder: Path) -> None:
    assert client.write("t", [{"id": 1}], catalog="new").status == 404
    assert not (folder / "new.db").exists()
    asked = {"catalog": "new", "auto_create": True, "schema_definition": DEFINITION}
    assert client.write("t", [{"id": 1}], **asked).status == 201
    assert client.get("/api/v1/catalogs").body == {"catalogs": ["main", "new"]}


def test_a_column_that_another_program_adds_is_there_in_the_next_request(
    client: AppClient, others: Others
) -> None:
    others("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
    assert client.read("t").rows == [{"id": 1}]
    assert client.write("t", [{"id": 2, "s": "x"}]).status == 400
    others("ALTER TABLE t ADD COLUMN s TEXT DEFAULT 'd'")
    assert client.read("t").rows == [{"id": 1, "s": "d"}]
    others("ALTER TABLE t ADD COLUMN n INTEGER")
    assert client.write("t", [{"id": 2, "n": 5}]).status == 201
    others("ALTER TABLE t RENAME COLUMN n TO m")
    assert client.update("t", key_column="id", key_value=1, updates={"m": 7}).status == 200
    assert client.read("t", order_by=["-m"]).rows == [
        {"id": 1, "s": "d", "m": 7},
        {"id": 2, "s": "d", "m": 5},
    ]
    others("ALTER TABLE t DROP COLUMN m")
    assert client.read("t", columns=["m"]).status == 400
    assert client.stream("t", "application/x-ndjson").content == b'{"id":1,"s":"d"}\n{"id":2,"s":"d"}\n'


def test_a_table_that_another_program_drops_is_gone_in_the_next_request(
    client: AppClient, others: Others
) -> None:
    others("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    assert client.write("t", [{"id": 1}]).status == 201
    others("DROP TABLE t")
    answers = [
        client.read("t"),
        client.write("t", [{"id": 2}]),
        client.delete("t", key_column="id", key_value=1, soft=False),
        client.get(client.path("t")),
    ]
    assert [(answer.status, answer.error_type) for answer in answers] == [(404, "NotFound")] * 4


def test_a_table_made_anew_by_another_program_is_the_new_one(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT)")
    assert client.write("t", [{"id": 1, "s": "x"}]).status == 201
    others("DROP TABLE t; CREATE TABLE t (s INTEGER PRIMARY KEY, id TEXT)")
    assert client.write("t", [{"id": "now text", "s": 5}]).status == 201
    assert client.read("t").rows == [{"s": 5, "id": "now text"}]


def test_a_cursor_from_before_a_column_came_goes_on_or_is_refused(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1), (2), (3)")
    cursor = client.read("t", limit=1).body["next_cursor"]
    others("ALTER TABLE t ADD COLUMN s TEXT")
    answer = client.read("t", limit=1, cursor=cursor)
    assert (answer.status, answer.places) == (400, [("cursor",)])


@contextmanager
def as_nobody() -> Iterator[None]:
    """As a user whom the permissions of files concern."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that everybody may enter and nobody write to, with a file of the same kind in it."""
    folder = Path(tempfile.mkdtemp())
    path = folder / "main.db"
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
    connection.close()
    path.chmod(0o444)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_file_that_may_not_be_written_is_read(read_only: Path) -> None:
    app = create_app({"GATEWAY_BACKEND": "sqlite", "GATEWAY_SQLITE_DIR": str(read_only)})
    client = AppClient(app)
    with as_nobody():
        assert client.ids("t") == [1]
        answer = client.write("t", [{"id": 2}])
        made = client.write("u", [{"id": 2}], auto_create=True, schema_definition=DEFINITION)
        other = client.write("t", [{"id": 2}], catalog="new", auto_create=True, schema_definition=DEFINITION)
    assert (answer.status, answer.error_type) == (403, "Forbidden")
    assert (made.status, made.error_type) == (403, "Forbidden")
    assert (other.status, other.error_type) == (503, "Unavailable")
    for each in (answer, made, other):
        assert str(read_only) not in each.content.decode()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, errors.Conflict),
        (sqlite3.SQLITE_CONSTRAINT_ROWID, errors.Conflict),
        (sqlite3.SQLITE_CONSTRAINT | (12 << 8), errors.Conflict),  # of a STRICT table: DATATYPE
        (sqlite3.SQLITE_BUSY, errors.Unavailable),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, errors.Unavailable),
        (sqlite3.SQLITE_LOCKED, errors.Unavailable),
        (sqlite3.SQLITE_INTERRUPT, errors.Timeout),
        (sqlite3.SQLITE_READONLY, errors.Forbidden),
        (sqlite3.SQLITE_READONLY_DIRECTORY, errors.Forbidden),
        (sqlite3.SQLITE_PERM, errors.Forbidden),
        (sqlite3.SQLITE_CANTOPEN, errors.Unavailable),
        (sqlite3.SQLITE_IOERR_READ, errors.Unavailable),
        (sqlite3.SQLITE_FULL, errors.Unavailable),
        (sqlite3.SQLITE_NOTADB, errors.Unsupported),
        (sqlite3.SQLITE_CORRUPT_INDEX, errors.Unsupported),
        (sqlite3.SQLITE_TOOBIG, errors.Invalid),
        (sqlite3.SQLITE_ERROR, errors.BackendError),
        (sqlite3.SQLITE_MISUSE, errors.BackendError),
    ],
)
def test_an_error_of_sqlite_is_told_in_our_words(code: int, kind: type[errors.BackendError]) -> None:
    error = sqlite3.OperationalError("/secret/path: SELECT secret")
    error.sqlite_errorcode = code
    found = translated(error)
    assert (type(found), "secret" in found.message) == (kind, False)


def test_an_error_without_a_code_is_told_in_our_words() -> None:
    assert (
        type(translated(sqlite3.ProgrammingError("Cannot operate on a closed database.")))
        is errors.BackendError
    )
