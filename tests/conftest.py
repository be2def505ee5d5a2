"""What all tests share: hypothesis's settings, a workspace, and the gateway's log beside a failure."""

from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.gateway_process import Gateway
from tests.workspace.handle import Workspace, running_workspace

settings.register_profile(
    "gateway", deadline=None, print_blob=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("gateway")


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A local Databricks workspace that goes on well: a test of its faults starts one of its own."""
    with running_workspace(tmp_path_factory.mktemp("workspace")) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the end of the log of each gateway that a failed test spoke to."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for name, value in item.funcargs.items():
            if isinstance(value, Gateway):
                report.sections.append((f"log of {name}", value.log_tail()))
    return report
