"""Unity Catalog on DuckDB: volumes and their files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workspace.warehouse.duck import DuckEngine
from tests.workspace_tests.engine_cases.files import FileCases
from tests.workspace_tests.engine_cases.harness import Run, running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("duck")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[DuckEngine]:
    engine = DuckEngine(folder)
    yield engine
    engine.close()


@pytest.fixture
def run(engine: DuckEngine) -> Iterator[Run]:
    with running(engine) as run:
        yield run


class TestFiles(FileCases):
    pass
