"""Files to read."""

from pathlib import Path

import pytest

from gateway.files import open_file
from gateway.files.base import Reading, RowFile
from gateway.files.source import Source
from tests.gateway.files.reading import PLAIN, Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file and opens it."""

    def write(name: str, content: str | bytes, reading: Reading = PLAIN) -> RowFile:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_file(Source(path), None, reading)

    return write
