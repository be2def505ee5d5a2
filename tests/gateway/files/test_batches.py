"""Rows in batches, out of archives and streams."""

import gzip
import io
import json
import random
import zipfile
from pathlib import Path

import pytest

from backends import errors
from gateway.files import open_file
from gateway.files.source import Source, spooled
from tests.gateway.files.reading import PLAIN, Write, batches, infer, load


@pytest.mark.parametrize("rows", [1, 7, 1000, 1001, 2500])
def test_batches_hold_every_row_once_and_no_more_than_asked(write: Write, rows: int) -> None:
    file = write("t.csv", "a\n" + "".join(f"{number}\n" for number in range(3003)))
    found = batches(file, rows, a="INT")
    assert max(len(batch.places) for batch in found) <= rows
    assert [place for batch in found for place in batch.places] == list(range(2, 3005))
    assert [row["a"] for batch in found for row in json.loads(batch.data)] == list(range(3003))
    assert found[-1].position == file.size


def test_a_batch_of_long_rows_is_closed_early(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.files.base.BATCH_BYTES", 50_000)
    file = write("t.csv", "a\n" + "x" * 20 + "\n" + ("y" * 20 + "\n") * 4999)
    found = batches(file, 5000, a="STRING")
    assert sum(len(batch.places) for batch in found) == 5000
    assert max(len(batch.data) for batch in found) <= 50_000


# Archives


def test_gzip_and_zip_are_unpacked(write: Write, tmp_path: Path) -> None:
    packed = gzip.compress(b"a\n1\n") + gzip.compress(b"2\n")
    assert load(write("t.csv.gz", packed)) == [{"a": 1}, {"a": 2}]
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("inner/t.ndjson", '{"a":1}\n{"a":2}\n')
    assert load(open_file(Source(tmp_path / "t.zip"), None, PLAIN)) == [{"a": 1}, {"a": 2}]


def test_a_zip_of_many_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("a.csv", "a\n")
        archive.writestr("b.csv", "a\n")
    with pytest.raises(errors.Invalid, match="must hold one file, not 2"):
        Source(tmp_path / "t.zip")


@pytest.mark.parametrize("damage", [slice(0, -20), slice(0, 40)])
def test_a_damaged_archive_is_refused(write: Write, damage: slice) -> None:
    content = "a\n" + "".join(f"{random.random()}\n" for _ in range(100))
    file = write("t.csv.gz", gzip.compress(content.encode())[damage])
    with pytest.raises(errors.Invalid, match="damaged or cut short"):
        infer(file)


def test_a_stream_is_kept_so_that_it_can_be_read_twice() -> None:
    with spooled(io.BytesIO(b"a\n1\n"), "-") as source:
        file = open_file(source, "csv", PLAIN)
        assert infer(file) == {"a": "INT"}
        assert load(file) == [{"a": 1}]


def test_a_name_that_tells_no_format_is_refused(write: Write) -> None:
    with pytest.raises(errors.Invalid, match=r"'t\.txt' does not end in \.csv"):
        write("t.txt", "")
