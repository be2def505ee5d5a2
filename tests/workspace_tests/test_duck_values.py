"""DuckDB as the warehouse's engine: types, casts, comparisons, functions."""

from collections.abc import Iterator

import pytest

from tests.workspace.warehouse.duck import DuckEngine
from tests.workspace_tests.engine_cases.harness import Run, running
from tests.workspace_tests.engine_cases.values import ValueCases


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckEngine]:
    engine = DuckEngine(tmp_path_factory.mktemp("duck"))
    yield engine
    engine.close()


@pytest.fixture
def run(engine: DuckEngine) -> Iterator[Run]:
    with running(engine) as run:
        yield run


class TestValues(ValueCases):
    pass
