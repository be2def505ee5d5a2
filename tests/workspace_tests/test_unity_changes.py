"""Unity Catalog on DuckDB: changes of tables."""

from collections.abc import Iterator

import pytest

from tests.workspace.warehouse.duck import DuckEngine
from tests.workspace_tests.engine_cases.changes import ChangeCases
from tests.workspace_tests.engine_cases.harness import Run, running


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckEngine]:
    engine = DuckEngine(tmp_path_factory.mktemp("duck"))
    yield engine
    engine.close()


@pytest.fixture
def run(engine: DuckEngine) -> Iterator[Run]:
    with running(engine) as run:
        yield run


class TestChanges(ChangeCases):
    pass
