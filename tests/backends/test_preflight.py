"""The preflight's own part: checks made beside each other, and what numbers mean."""

import json
import shlex
import socket
import threading
import time
from typing import Any

import pytest

from backends.errors import Forbidden
from backends.lakebase.resources import Endpoint, Instance
from backends.preflight import (
    CHECKS,
    Finding,
    Mend,
    budget,
    clock,
    command,
    fail,
    in_turn,
    looked_at,
    ok,
    warn,
)
from backends.reach import reached


def test_what_fails_or_hangs_stops_no_other_check() -> None:
    gone = threading.Event()

    def hang() -> Finding:
        gone.wait(30)
        return ok("too late")

    def break_() -> Finding:
        raise ZeroDivisionError("not to be told")

    def refuse() -> Finding:
        raise Forbidden("a grant is missing: G", grants=["G"])

    began = time.monotonic()
    found = looked_at(
        {"host": hang, "identity": break_, "grants": refuse, "clock": lambda: warn("late")}, seconds=2
    )
    assert time.monotonic() - began < 20
    gone.set()
    assert tuple(found) == CHECKS
    assert found["host"] == fail("there was no answer in time")
    assert found["identity"] == fail("the check itself failed: the gateway's log tells why")
    assert found["grants"] == fail("a grant is missing: G", Mend("sql", "G"))
    assert found["clock"] == warn("late")
    assert {found[name].state for name in CHECKS[4:6]} == {"OK"}


@pytest.mark.parametrize(
    ("pool", "state"), [(1, "OK"), (10, "OK"), (11, "WARN"), (12, "WARN"), (13, "FAIL")]
)  # of 8 x 12.5 connections
def test_connections_are_counted_against_the_room(pool: int, state: str) -> None:
    found = budget({"WORKERS": 8, "POOL": pool}, 100, "the server", (command("x"),))
    assert found.state == state
    assert found.message.startswith(f"WORKERS x POOL = 8 x {pool} = {8 * pool} connections")


@pytest.mark.parametrize(
    ("ahead", "state"), [(0, "OK"), (-5, "OK"), (5.1, "WARN"), (-300, "WARN"), (300.1, "FAIL")]
)
def test_a_clock_is_right_wrong_or_useless(ahead: float, state: str) -> None:
    assert clock(ahead, "theirs").state == state


@pytest.mark.parametrize("text", ["o'neil@example.com", "a b", "$(id); x", 'say "so"', ""])
def test_what_is_copied_reaches_a_program_as_it_is(text: str) -> None:
    names = (Instance(text).with_role(text).text, Endpoint(text).started().text, command("x", text).text)
    role, started, plain = map(shlex.split, names)
    assert role[3] == f"/api/2.0/database/instances/{text}/roles"
    assert json.loads(role[5]) == {"name": text, "identity_type": "USER"}
    assert started[3] == f"/api/2.0/postgres/{text}?update_mask=spec.disabled"
    assert plain == ["x", text]
    assert shlex.split(in_turn(command("x", text), command("y")).text) == ["x", text, "&&", "y"]


def test_a_host_is_reached_at_any_of_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = socket.getaddrinfo

    def two(host: str, port: int, *how: int) -> list[Any]:
        assert host == "db.example"
        return [each for address in ("127.0.0.2", "127.0.0.1") for each in looked_up(address, port, *how)]

    with socket.create_server(("127.0.0.1", 0)) as server, monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", two)
        port = server.getsockname()[1]
        assert reached("db.example", port, "PGHOST") == ok(f'"db.example" answers at port {port}')


@pytest.mark.parametrize("name", ["nowhere.invalid", "a" * 64 + ".example"])
def test_what_is_no_name_is_told(name: str) -> None:
    assert reached(name, 443, "PGHOST") == fail(f'no name server knows "{name}", which PGHOST names')
