"""Unity Catalog on DuckDB: SHOW and DESCRIBE, and a whole read."""

from collections.abc import Iterator

import pytest

from tests.workspace.warehouse.duck import DuckEngine
from tests.workspace_tests.engine_cases.harness import Run, running
from tests.workspace_tests.engine_cases.shows import ShowCases


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckEngine]:
    engine = DuckEngine(tmp_path_factory.mktemp("duck"))
    yield engine
    engine.close()


@pytest.fixture
def run(engine: DuckEngine) -> Iterator[Run]:
    with running(engine) as run:
        yield run


class TestShows(ShowCases):
    pass
