"""Writes larger than one statement's values: through a table of their own, then by one statement."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Raw

from backends import errors
from backends.plan import TableName
from backends.sql.statements import Prepared
from backends.warehouse.catalog import STAGING
from backends.warehouse.connections import Sessions
from backends.warehouse.defining import full_name
from backends.warehouse.driver import Session
from backends.warehouse.inlining import MOST_BYTES, literal
from backends.warehouse.settings import Settings

SLICE_BYTES = 1000 * 1000  # of JSON: with it a statement has little else to carry

_items = msgspec.json.Decoder(list[Raw])


def fits(json: bytes) -> bool:
    """Whether rows are carried by one statement."""
    return len(json) <= MOST_BYTES - 64 * 1024  # what else a statement binds


@contextmanager
def staged(sessions: Sessions, settings: Settings, target: TableName, json: bytes) -> Iterator[str]:
    """A table with the slices of a JSON array in its column `rows`, dropped afterwards.

    Raises:
        Unavailable, Timeout: it could not be filled; nothing was written.
    """
    name = TableName(target.catalog, target.schema, f"{STAGING}{int(time.time())}_{uuid4().hex}")
    place = full_name(name)
    try:
        _prepared(sessions, lambda session: session.run(f"CREATE TABLE {place} (`rows` STRING)"))
        if settings.volume and len(json) >= settings.volume_bytes:
            _copy(sessions, settings.volume, place, name.table, json)
        else:
            for piece in slices(json):
                statement = Prepared(f"INSERT INTO {place} VALUES (?)", (piece.decode(),))  # noqa: S608 - quoted
                _prepared(sessions, lambda session, s=statement: session.change(s))  # type: ignore[misc]
        yield place
    finally:
        with suppress(Exception):  # what is left behind is hidden from lists, and told by its name
            sessions.write(lambda session: session.run(f"DROP TABLE IF EXISTS {place}"))


def _copy(sessions: Sessions, volume: str, place: str, name: str, json: bytes) -> None:
    """Fill the table from a file that is put into the volume, and removed again."""
    remote = f"{volume}/{name}.parquet"
    with tempfile.TemporaryDirectory(dir=sessions.folder) as folder:
        local = Path(folder) / "rows.parquet"
        pieces = [piece.decode() for piece in slices(json)]
        pq.write_table(pa.table({"rows": pa.array(pieces, pa.string())}), local, compression="zstd")
        try:
            _prepared(sessions, lambda session: session.put(str(local), remote))
            copy = f"COPY INTO {place} FROM {literal(remote)} FILEFORMAT = PARQUET"
            _prepared(sessions, lambda session: session.run(copy))
        finally:
            with suppress(Exception):
                sessions.write(lambda session: session.remove(remote))


def slices(json: bytes, most: int = SLICE_BYTES) -> Iterator[bytes]:
    """A JSON array as shorter ones of at most so many bytes; a longer row is alone."""
    piece: list[Raw] = []
    size = 0
    for item in _items.decode(json):
        if piece and size + len(item) > most:
            yield b"[%b]" % b",".join(piece)
            piece, size = [], 0
        piece.append(item)
        size += len(item) + 1
    yield b"[%b]" % b",".join(piece)


def _prepared(sessions: Sessions, work: Callable[[Session], object]) -> None:
    """Do what only prepares a write: if it fails, nothing was written."""
    try:
        sessions.write(work)
    except (errors.Unavailable, errors.Timeout) as error:
        if error.details.get("outcome") != "unknown":
            raise
        raise errors.Unavailable("the connection was lost; nothing was written") from error
