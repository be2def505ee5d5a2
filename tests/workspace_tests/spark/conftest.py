"""One Spark for all tests of a process: it takes seconds to start."""

from collections.abc import Iterator

import pytest

from tests.workspace.warehouse.spark import SparkEngine
from tests.workspace_tests.engine_cases.harness import Run, running


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    engine = SparkEngine(tmp_path_factory.mktemp("spark"))
    yield engine
    engine.close()


@pytest.fixture
def run(engine: SparkEngine) -> Iterator[Run]:
    with running(engine) as run:
        yield run
