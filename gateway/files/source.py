"""The bytes of a file, whether it is plain, gzip'd, or the one member of a zip archive."""

import gzip
import io
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

from backends import errors

BUFFER = 256 * 1024  # bytes unpacked at a time
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"


class Source:
    """A file that can be read from its start more than once; what it is shows in its first bytes."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        """Raises `Invalid` if it cannot be opened, or is an archive of none or many files."""
        self.path = path
        with readable(path.name), path.open("rb") as raw:
            self.size = raw.seek(0, io.SEEK_END)
            raw.seek(0)
            self._start = raw.read(4)
            self.name = self._inner_name(raw) if self._start == _ZIP else name or path.name
        if self._start[:2] == _GZIP:
            self.name = self.name.removesuffix(".gz").removesuffix(".GZ")
        self._raw: BinaryIO | None = None

    @property
    def packed(self) -> bool:
        """Whether it has to be unpacked as it is read."""
        return self._start == _ZIP or self._start[:2] == _GZIP

    def position(self) -> int:
        """How many of its `size` bytes have been read."""
        return self._raw.tell() if self._raw and not self._raw.closed else self.size

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its unpacked bytes.

        Raises:
            Invalid: it cannot be read to its end.
        """
        with readable(self.path.name), self.path.open("rb") as raw:
            self._raw = raw
            if self._start == _ZIP:
                with zipfile.ZipFile(raw) as archive, archive.open(_member(archive)) as member:
                    yield io.BufferedReader(cast("io.RawIOBase", member), BUFFER)
            elif self._start[:2] == _GZIP:
                with gzip.open(raw) as unpacked:
                    yield io.BufferedReader(unpacked, BUFFER)
            else:
                yield raw

    @staticmethod
    def _inner_name(raw: BinaryIO) -> str:
        with zipfile.ZipFile(raw) as archive:
            return Path(_member(archive).filename).name


def _member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [info for info in archive.infolist() if not info.is_dir()]
    if len(members) != 1:
        raise errors.Invalid(f"a zip archive must hold one file, not {len(members)}")
    if members[0].flag_bits & 1:
        raise errors.Invalid("the zip archive is encrypted")
    return members[0]


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn the errors of reading a file into ours."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise errors.Invalid(f"{name!r} is damaged or cut short") from error
    except NotImplementedError as error:
        raise errors.Invalid(f"{name!r} is packed in a way that cannot be read") from error
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        raise errors.Invalid(f"{name!r} cannot be read: {why}") from error


@contextmanager
def spooled(stream: BinaryIO, name: str) -> Iterator[Source]:
    """All of a stream, kept in a temporary file so that it can be read twice."""
    with NamedTemporaryFile(prefix="lakegate-") as copy:
        shutil.copyfileobj(stream, copy)
        copy.flush()
        yield Source(Path(copy.name), name)


def first_undecodable_line(source: Source, encoding: str) -> int | None:
    """The number of the first line that is not text in `encoding`; None where all are."""
    with source.opened() as stream:
        for number, line in enumerate(stream, 1):
            with suppress(UnicodeDecodeError):
                line.decode(encoding)
                continue
            return number
    return None
