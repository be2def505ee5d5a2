"""One Spark for all tests of a process: it takes seconds to start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.workspace_tests.engine_cases.harness import Run, running

if TYPE_CHECKING:  # it wants py4j, which `make test-spark` alone installs
    from tests.workspace.warehouse.spark import SparkEngine

collect_ignore_glob = [] if os.environ.get("LAKEGATE_ENGINE") == "spark" else ["test_*.py"]


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    from tests.workspace.warehouse.spark import SparkEngine

    engine = SparkEngine(tmp_path_factory.mktemp("spark"))
    yield engine
    engine.close()


@pytest.fixture
def run(engine: SparkEngine) -> Iterator[Run]:
    with running(engine) as run:
        yield run
