"""What all tests share: hypothesis's settings, a workspace, and the gateway's log beside a failure."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.effort import is_its_turn
from tests.gateway_process import Gateway
from tests.workspace.handle import ENGINE, Workspace, running_workspace

settings.register_profile(
    "gateway", deadline=None, print_blob=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("gateway")


SHARED = pytest.StashKey[Workspace]()
TOLD = "workspace"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """On Spark, xdist's workers have one workspace: a virtual machine each were twice the work."""
    if ENGINE != "spark":
        return
    if SHARED not in node.config.stash:
        running = ExitStack()
        node.config.add_cleanup(running.close)
        node.config.stash[SHARED] = running.enter_context(running_workspace(Path(mkdtemp())))
    shared = node.config.stash[SHARED]
    node.workerinput[TOLD] = {**asdict(shared), "log": str(shared.log)}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what another day's run tries."""
    if left := [item for item in items if not is_its_turn(item.nodeid)]:
        items[:] = [item for item in items if is_its_turn(item.nodeid)]
        config.hook.pytest_deselected(items=left)


@pytest.fixture(scope="session")
def workspace(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """A local Databricks workspace that goes on well: a test of its faults starts one of its own."""
    if told := getattr(request.config, "workerinput", {}).get(TOLD):
        yield Workspace(**{**told, "log": Path(told["log"])})
        return
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
