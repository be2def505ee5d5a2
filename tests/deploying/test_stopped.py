"""A deployment that is stopped, wherever that is, and run again: it finishes, and does nothing twice."""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress

import pytest

from backends.errors import BackendError
from backends.provisioning.record import Record
from tests.deploying.deployer import STEPS, Deployer, did
from tests.deploying.test_apps import admin
from tests.gateway_process import PROJECT

# each of them once, however often it was stopped; what may be repeated is beside it
ONCE = ("POST /api/2.0/database/instances", "POST /api/2.0/apps")


class Stopped(BaseException):
    """Ctrl-C, so to speak."""


class Impatience:
    """Stops what reports to it at each report that it has not heard before."""

    def __init__(self) -> None:
        self.heard: set[tuple[str, str]] = set()

    def __call__(self, step: str, words: str) -> None:
        if (step, words) not in self.heard:
            self.heard.add((step, words))
            raise Stopped


def described(deployer: Deployer, name: str) -> None:
    variables = {"GATEWAY_WORKERS": "1"}
    deployer.describe(dev={"app": name, "database": {"name": name}, "variables": variables})


def test_stopped_at_each_report_it_goes_on_from_there(deployer: Deployer, name: str) -> None:
    described(deployer, name)
    deployer.workspace.set_start_seconds(0.3)
    report = Impatience()
    done: dict[str, str] = {}
    while not done:
        with suppress(Stopped):
            done = deployer.take(report=report)
    heard = Counter(step for step, _ in report.heard)
    assert list(done) == STEPS and all(heard[step] > 1 for step in STEPS), heard
    writes = Counter(deployer.writes())
    assert [writes[each] for each in ONCE] == [1, 1]
    assert writes[f"POST /api/2.0/apps/{name}/deployments"] == 1
    assert deployer.ask(deployer.url(), "records/read", {"table": "people"})["data"] == []


def test_what_was_done_and_not_answered_is_found(other: Deployer, name: str) -> None:
    described(other, name)
    for pattern in (r"POST .*/instances$", "POST .*/apps$", "POST .*/workspace/import$"):
        other.workspace.lose(pattern)
    assert tries(other, ("database", "app", "source")) == 1
    other.workspace.set_start_seconds(6.0)
    other.workspace.lose("POST .*/deployments$")
    assert tries(other, ("deployment",)) == 2
    asked = other.workspace.requests(f"/apps/{name}/deployments")
    assert [status for how, _, status in asked if how == "POST"] == [0, 400]  # the second is refused
    assert set(other.take("database", "app", "source", "deployment").values()) == {"nothing"}


@pytest.mark.parametrize("times", [1, 3])
def test_files_that_did_not_come_through_are_sent_again_and_only_those(
    other: Deployer, name: str, times: int
) -> None:
    described(other, name)
    for number in range(20):
        (other.folder / f"{number}.txt").write_text(str(number))
    other.take("database", "app")
    other.workspace.fail(r"POST .*/workspace/import$", 500, times=times)
    assert tries(other, ("source",)) == times + 1
    (other.folder / "7.txt").write_text("another")
    (other.folder / "8.txt").unlink()
    assert other.take("source") == {"source": "sent 1, removed 1"}
    assert other.take("source") == {"source": "nothing"}


def test_what_was_on_its_way_when_it_was_stopped_is_not_left_behind(other: Deployer, name: str) -> None:
    described(other, name)
    for each in ("a.txt", "b.txt", "c.txt"):
        (other.folder / each).write_text(each)
    other.take("source")
    (other.folder / "a.txt").unlink()
    (other.folder / "b.txt").write_text("another")
    other.workspace.fail(r"POST .*/workspace/delete$", 500)
    with pytest.raises(BackendError):
        other.take("source")
    (other.folder / "b.txt").unlink()
    assert other.take("source") == {"source": "sent 0, removed 2"}
    assert sent(other) == {"app.yaml", "c.txt"}


def test_a_source_of_which_nothing_is_known_is_replaced(other: Deployer, name: str) -> None:
    described(other, name)
    (other.folder / "old.txt").write_text("old")
    other.take("source")
    (other.folder / "old.txt").unlink()
    site = other.site()
    site.sources.note(Record())
    other.take("source")
    assert sent(other) == {"app.yaml"}


def sent(deployer: Deployer) -> set[str]:
    """The files among the workspace's."""
    path = deployer.site().sources.path
    found = admin(deployer).workspace.list(path)
    return {str(each.path).rpartition("/")[2] for each in found}


def test_files_that_somebody_took_away_are_sent_again(other: Deployer, name: str) -> None:
    described(other, name)
    site = other.site()
    assert other.take("source") == {"source": "sent 1"}
    site.sources.remove()
    assert other.take("source") == {"source": "sent 1"}


def test_the_steps_before_one_that_fails_are_told(other: Deployer, name: str) -> None:
    described(other, name)
    other.workspace.fail(r"POST .*/apps$", 500)
    found = other.run("--environment", "dev")
    assert found.exit_code == 1
    assert did(found) == {"database": "created it"}
    assert found.stderr.splitlines()[-1] == "error: Databricks is not able to answer now"


def tries(deployer: Deployer, steps: tuple[str, ...]) -> int:
    """How often steps must be run until all goes well."""
    for number in range(1, 10):
        try:
            deployer.take(*steps)
        except BackendError:
            continue
        return number
    raise AssertionError("it never went well")


def test_killed_while_it_waits_it_waits_for_the_same_deployment(other: Deployer, name: str) -> None:
    described(other, name)
    other.take("database", "app", "source")
    other.workspace.set_start_seconds(6.0)
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "gateway", "deploy", "--environment", "dev"]
    process = subprocess.Popen(
        [*command, "--file", str(other.folder / "deployment.yaml")],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **other.env},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr
    with process.stderr as lines:
        for line in lines:
            if "IN_PROGRESS" in line:
                process.send_signal(signal.SIGKILL)
                break
    assert process.wait() == -signal.SIGKILL
    assert other.take("deployment") == {"deployment": "waited for it"}
    assert Counter(other.writes())[f"POST /api/2.0/apps/{name}/deployments"] == 1
