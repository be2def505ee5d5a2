"""Files in volumes: through the connector, with signed URLs and with the SDK."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import AlreadyExists, InvalidParameterValue, NotFound
from databricks.sql.exc import OperationalError, ProgrammingError

from tests.workspace.control import wire
from tests.workspace.control.wire import Content, Forbidden, Request
from tests.workspace.handle import Workspace
from tests.workspace.warehouse.volumes import Volumes
from tests.workspace_tests.warehouse_clients import authority, connected, execute, open_session

VOLUME = "/Volumes/main/default/files"


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """A file of the client's."""
    file = tmp_path / "local.bin"
    file.write_bytes(bytes(range(256)) * 1000)
    return file


def signed(house: Workspace) -> str:
    """The URL that a client is told to send a file to."""
    statement = f"PUT 'x' INTO '{VOLUME}/signed' OVERWRITE"
    direct = execute(house, open_session(house), statement, canReadArrowResult=False).directResults
    assert direct.resultSetMetadata.isStagingOperation
    url: str = direct.resultSet.results.columns[1].stringVal.values[0]
    return url


def fetch(house: Workspace, method: str, url: str, **options: Any) -> requests.Response:
    """Use such a URL."""
    return requests.request(method, url, verify=str(authority(house)), timeout=30, **options)


def test_a_client_sends_a_file(house: Workspace, secure: WorkspaceClient, local: Path) -> None:
    there = f"{VOLUME}/deep/er/a b.bin"
    with connected(house, staging_allowed_local_path=str(local.parent)) as connection:
        cursor = connection.cursor()
        cursor.execute(f"PUT '{local}' INTO '{there}' OVERWRITE")
        contents = secure.files.download(there).contents
        assert contents and contents.read() == local.read_bytes()


def test_a_file_is_not_replaced_unless_it_is_said(
    house: Workspace, secure: WorkspaceClient, local: Path
) -> None:
    there = f"{VOLUME}/once.bin"
    secure.files.upload(there, io.BytesIO(b"first"), overwrite=True)
    with connected(house, staging_allowed_local_path=str(local.parent)) as connection:
        with pytest.raises(OperationalError, match="409.*already exists"):
            connection.cursor().execute(f"PUT '{local}' INTO '{there}'")
        connection.cursor().execute(f"PUT '{local}' INTO '{there}' OVERWRITE")
    contents = secure.files.download(there).contents
    assert contents and contents.read() == local.read_bytes()


def test_a_client_sends_only_files_that_it_may(house: Workspace, local: Path) -> None:
    with connected(house) as connection, pytest.raises(ProgrammingError, match="staging_allowed_local_path"):
        connection.cursor().execute(f"PUT '{local}' INTO '{VOLUME}/a'")


def test_a_client_sends_a_stream(house: Workspace, secure: WorkspaceClient) -> None:
    with connected(house) as connection:
        statement = f"PUT '__input_stream__' INTO '{VOLUME}/stream' OVERWRITE"
        connection.cursor().execute(statement, input_stream=io.BytesIO(b"a stream"))
    contents = secure.files.download(f"{VOLUME}/stream").contents
    assert contents and contents.read() == b"a stream"


def test_a_signed_url_needs_no_bearer(house: Workspace, secure: WorkspaceClient) -> None:
    assert fetch(house, "PUT", signed(house), data=b"text").status_code == 204
    contents = secure.files.download(f"{VOLUME}/signed").contents
    assert contents and contents.read() == b"text"


def test_a_signed_url_is_good_for_one_thing_only(house: Workspace) -> None:
    url = signed(house)
    assert fetch(house, "GET", url).status_code == 403
    assert fetch(house, "PUT", url.replace("/files/signed", "/files/other")).status_code == 403
    assert fetch(house, "PUT", url.replace("overwrite=true", "overwrite=false")).status_code == 403
    assert fetch(house, "PUT", url.partition("?")[0]).status_code == 403


def test_a_file_can_be_read_and_removed_with_a_signed_url(tmp_path: Path) -> None:
    (tmp_path / "main" / "default" / "files").mkdir(parents=True)
    (tmp_path / "main" / "default" / "files" / "a").write_bytes(b"text")
    volumes = Volumes(tmp_path, "https://here")

    def use(method: str) -> Content:
        url = urlsplit(volumes.sign(method, f"{VOLUME}/a", overwrite=False))
        answer = volumes.answer_signed(Request(method, url.path, url.query, {}, b"", 0))
        assert isinstance(answer, Content)
        return answer

    assert use("GET").body == b"text"
    assert use("DELETE").status == 204
    with pytest.raises(wire.NotFound):
        use("GET")


def test_a_signed_url_expires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.workspace.warehouse.volumes.SIGNED_SECONDS", -1)
    volumes = Volumes(tmp_path, "https://here")
    url = urlsplit(volumes.sign("GET", f"{VOLUME}/a", overwrite=False))
    with pytest.raises(Forbidden, match="has expired"):
        volumes.answer_signed(Request("GET", url.path, url.query, {}, b"", 0))


def test_files_are_uploaded_listed_described_and_deleted(secure: WorkspaceClient) -> None:
    folder = f"{VOLUME}/sdk"
    secure.files.create_directory(f"{folder}/empty")
    secure.files.upload(f"{folder}/a.txt", io.BytesIO(b"abc"))
    entries = [(found.path, found.is_directory, found.file_size) for found in _listed(secure, folder)]
    assert entries == [(f"{folder}/a.txt", False, 3), (f"{folder}/empty", True, None)]
    assert secure.files.get_metadata(f"{folder}/a.txt").content_length == 3
    secure.files.get_directory_metadata(folder)
    with pytest.raises(InvalidParameterValue, match="not empty"):
        secure.files.delete_directory(folder)
    secure.files.delete(f"{folder}/a.txt")
    secure.files.delete_directory(f"{folder}/empty")
    secure.files.delete_directory(folder)
    with pytest.raises(NotFound):
        secure.files.get_directory_metadata(folder)


def test_a_file_is_not_made_twice(secure: WorkspaceClient) -> None:
    there = f"{VOLUME}/twice"
    secure.files.upload(there, io.BytesIO(b"a"), overwrite=True)
    with pytest.raises(AlreadyExists):
        secure.files.upload(there, io.BytesIO(b"b"))


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda files: files.download("/Volumes/main/default/none/a"), NotFound),
        (lambda files: files.download(f"{VOLUME}/none"), NotFound),
        (lambda files: files.download("/elsewhere/a"), InvalidParameterValue),
        (lambda files: files.download(f"{VOLUME}/../../../../etc/passwd"), InvalidParameterValue),
        (lambda files: files.delete(f"{VOLUME}/none"), NotFound),
        (lambda files: files.upload(VOLUME, io.BytesIO(b"a")), InvalidParameterValue),
        (lambda files: files.delete_directory(f"{VOLUME}/none"), NotFound),
    ],
)
def test_what_is_not_there_is_not_found(
    secure: WorkspaceClient, act: Callable[[Any], None], error: type[Exception]
) -> None:
    with pytest.raises(error):
        act(secure.files)


def test_who_has_no_bearer_sees_no_files(house: Workspace) -> None:
    host = house.environment("warehouse")["DATABRICKS_HOST"]
    assert fetch(house, "GET", f"{host}/api/2.0/fs/files{VOLUME}/a").status_code == 401


def _listed(client: WorkspaceClient, folder: str) -> list[Any]:
    return list(client.files.list_directory_contents(folder))
