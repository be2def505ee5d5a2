"""A database's state: how often it is asked for, and what stands while nobody answers."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from backends import errors
from backends.base import Status
from backends.lakebase.states import States

PATIENCE = 60  # seconds


class ControlPlane:
    """Tells `state` at `now`, or that it cannot be asked; can be held shut."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.asked = 0
        self.state: Status | None = Status("ready")
        self.entered = threading.Event()
        self.open = threading.Event()
        self.open.set()
        self.states = States(self.look, lambda: self.now)

    def look(self) -> Status:
        self.asked += 1
        self.entered.set()
        assert self.open.wait(PATIENCE)
        if self.state is None:
            raise errors.Unavailable("Databricks does not answer", retry_after=9)
        return self.state


def test_it_is_asked_for_every_five_seconds() -> None:
    plane = ControlPlane()
    assert [plane.states.now().state for _ in range(10)] == ["ready"] * 10
    assert plane.asked == 1
    plane.state = Status("sleeping")
    plane.now += 4.9
    assert plane.states.now().state == "ready"
    plane.now += 0.2
    assert plane.states.now().state == "sleeping"
    assert plane.asked == 2


def test_it_is_asked_for_by_one_thread_at_a_time() -> None:
    plane = ControlPlane()
    plane.open.clear()
    with ThreadPoolExecutor(20) as pool:
        answers = [pool.submit(plane.states.now) for _ in range(20)]
        assert plane.entered.wait(PATIENCE)
        plane.open.set()
        assert [answer.result(PATIENCE) for answer in answers] == [Status()] * 20
    assert plane.asked == 1


def test_while_it_is_asked_for_the_last_one_stands() -> None:
    plane = ControlPlane()
    plane.states.now()
    plane.now += 30
    plane.state = Status("stopped")
    plane.entered.clear()
    plane.open.clear()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(plane.states.now)
        assert plane.entered.wait(PATIENCE)
        assert plane.states.now().state == "ready"
        plane.open.set()
        assert asking.result(PATIENCE).state == "stopped"


def test_the_last_one_stands_for_a_minute_while_nobody_answers() -> None:
    plane = ControlPlane()
    plane.states.now()
    plane.state = None
    plane.now += 59
    assert plane.states.now().state == "ready"
    plane.now += 2
    with pytest.raises(errors.Unavailable, match="does not answer") as raised:
        plane.states.now()
    assert raised.value.retry_after == 9


def test_who_does_not_answer_is_not_asked_all_the_time() -> None:
    plane = ControlPlane()
    plane.state = None
    for _ in range(20):
        with pytest.raises(errors.Unavailable):
            plane.states.now()
    assert plane.asked == 1
    plane.now += 5
    plane.state = Status("starting")
    assert plane.states.now().state == "starting"
