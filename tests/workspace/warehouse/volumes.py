"""Files in volumes over HTTP: with URLs that were signed for a moment, and with the Files interface."""

import hashlib
import hmac
import secrets
import shutil
import time
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urlencode

from tests.workspace.control.wire import (
    AlreadyExists,
    Answer,
    Content,
    Forbidden,
    Invalid,
    NoSuchPath,
    NotFound,
    Request,
)

SIGNED = "/signed"
FILES = "/api/2.0/fs/files"
DIRECTORIES = "/api/2.0/fs/directories"
SIGNED_SECONDS = 900
VOLUME_PARTS = 3  # catalog, schema and volume


class Volumes:
    """The volumes of a workspace: /Volumes/c/s/v/... is c/s/v/... in a folder.

    Args:
        folder: where; a volume is there when its folder is.
        url: what signed URLs begin with.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        self._key = secrets.token_bytes(32)

    def sign(self, method: str, path: str, overwrite: bool) -> str:
        """A URL that lets whoever has it do one thing with a file, for some time."""
        fields = {
            "method": method,
            "overwrite": str(overwrite).lower(),
            "expires": str(int(time.time()) + SIGNED_SECONDS),
        }
        query = urlencode({**fields, "signature": self._signature(path, fields)})
        return f"{self._url}{SIGNED}{quote(path)}?{query}"

    def answer_signed(self, request: Request) -> Answer | Content:
        """Answer to one who has such a URL.

        Raises:
            ApiError: it was signed for something else, or too long ago; or it cannot be done.
        """
        path = unquote(request.path.removeprefix(SIGNED))
        fields = dict(request.parameters())
        signature = fields.pop("signature", "")
        if not hmac.compare_digest(signature, self._signature(path, fields)):
            raise Forbidden("SignatureDoesNotMatch")
        if fields["method"] != request.method or float(fields["expires"]) < time.time():
            raise Forbidden("AccessDenied: the URL was signed for something else, or has expired.")
        return self._file(request, path, overwrite=fields["overwrite"] == "true")

    def answer(self, request: Request) -> Answer | Content:
        """Answer to one who has a bearer.

        Raises:
            ApiError: it cannot be done.
        """
        if request.path.startswith(f"{FILES}/"):
            path = unquote(request.path.removeprefix(FILES))
            return self._file(request, path, overwrite=request.parameters().get("overwrite") == "true")
        return self._directory(request, unquote(request.path.removeprefix(DIRECTORIES)))

    def _file(self, request: Request, path: str, *, overwrite: bool) -> Answer | Content:
        place = self._place(path)
        match request.method:
            case "PUT":
                return self._put(place, request.body, overwrite=overwrite)
            case "GET" | "HEAD":
                return Content(_existing(place).read_bytes())
            case "DELETE":
                _existing(place).unlink()
                return Content(b"", status=HTTPStatus.NO_CONTENT)
            case _:
                raise NoSuchPath(f"No API found for '{request.line}'")

    def _put(self, place: Path, body: bytes, *, overwrite: bool) -> Content:
        if place.is_dir():
            raise Invalid("The path is a directory.")
        if place.exists() and not overwrite:
            raise AlreadyExists("The file being created already exists.")
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
        draft.write_bytes(body)
        draft.replace(place)
        return Content(b"", status=HTTPStatus.NO_CONTENT)

    def _directory(self, request: Request, path: str) -> Answer | Content:
        place = self._place(path.rstrip("/"))
        match request.method:
            case "PUT":
                place.mkdir(parents=True, exist_ok=True)
            case "GET":
                return _listing(place, path.rstrip("/"))
            case "HEAD":
                _existing_directory(place)
            case "DELETE":
                _remove(place)
            case _:
                raise NoSuchPath(f"No API found for '{request.line}'")
        return Content(b"", status=HTTPStatus.NO_CONTENT)

    def _place(self, path: str) -> Path:
        """Where a path leads to.

        Raises:
            Invalid: it is not in a volume.
            NotFound: there is no such volume.
        """
        parts = PurePosixPath(path).parts
        if parts[:2] != ("/", "Volumes") or ".." in parts or len(parts) < 2 + VOLUME_PARTS:
            raise Invalid(f"Invalid path: '{path}' is not in a volume.")
        volume = self._folder.joinpath(*(part.lower() for part in parts[2 : 2 + VOLUME_PARTS]))
        if not volume.is_dir():
            raise NotFound(f"Volume '{'.'.join(parts[2 : 2 + VOLUME_PARTS])}' does not exist.")
        return volume.joinpath(*parts[2 + VOLUME_PARTS :])

    def _signature(self, path: str, fields: dict[str, str]) -> str:
        text = "\n".join([path, *(f"{name}={value}" for name, value in sorted(fields.items()))])
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def _existing(place: Path) -> Path:
    if not place.is_file():
        raise NotFound("The file being accessed is not found.")
    return place


def _existing_directory(place: Path) -> Path:
    if not place.is_dir():
        raise NotFound("The directory being accessed is not found.")
    return place


def _remove(place: Path) -> None:
    if any(_existing_directory(place).iterdir()):
        raise Invalid("The directory being deleted is not empty.")
    shutil.rmtree(place)


def _listing(place: Path, path: str) -> Answer:
    entries = sorted(_existing_directory(place).iterdir())
    return Answer({"contents": [_entry(entry, path) for entry in entries]} if entries else {})


def _entry(place: Path, parent: str) -> dict[str, object]:
    found: dict[str, object] = {
        "path": f"{parent}/{place.name}",
        "name": place.name,
        "is_directory": place.is_dir(),
        "last_modified": int(place.stat().st_mtime * 1000),
    }
    return found if place.is_dir() else {**found, "file_size": place.stat().st_size}
