"""The parts of a transfer that need no database."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transfers.comparing import Sum, sum_of
from gateway.transfers.pages import Page, Reject, ahead
from gateway.transfers.planning import in_order
from gateway.transfers.rejects import Rejects
from gateway.transfers.store import is_gone, new_holder

NAMES = st.sampled_from("abcdefg")


@given(st.dictionaries(NAMES, st.sets(NAMES)))
def test_what_is_pointed_at_comes_before_what_points(pointed_at: dict[str, set[str]]) -> None:
    """But for what is in a circle; and every name comes once, always in the same order."""
    found = in_order(pointed_at)
    assert sorted(found) == sorted(pointed_at)
    assert found == in_order(dict(reversed([*pointed_at.items()])))

    def reachable(name: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        for other in pointed_at.get(name, set()) - seen:
            seen = reachable(other, seen | {other})
        return seen

    for name, others in pointed_at.items():
        for other in others & pointed_at.keys():
            if name not in reachable(other) and other != name:
                assert found.index(other) < found.index(name)


def test_items_come_ahead_in_their_order_and_with_their_error() -> None:
    def items() -> Iterator[int]:
        yield from range(10)
        raise ValueError("the eleventh")

    with ahead(items()) as found:
        assert [next(found) for _ in range(10)] == [*range(10)]
        with pytest.raises(ValueError, match="eleventh"):
            next(found)


def test_who_makes_items_stops_when_nobody_takes_them() -> None:
    made = []

    def items() -> Iterator[int]:
        for item in range(1000):
            made.append(item)
            yield item

    with ahead(items()) as found:
        assert next(found) == 0
    assert len(made) < 10


def test_sums_do_not_mind_the_order() -> None:
    one = sum_of(iter([Page(b'[{"a":1},{"a":2}]', 2, None), Page(b'[{"a":2}]', 1, None)]))
    other = sum_of(iter([Page(b'[{"a":2},{"a":1},{"a":2}]', 3, None)]))
    assert one == other
    assert sum_of(iter([Page(b'[{"a":1},{"a":1},{"a":2}]', 3, None)])) != one
    assert Sum.read(one.shown()) == one
    assert one - one == Sum()


def test_rejects_of_chunks_that_are_done_again_are_forgotten(tmp_path: Path) -> None:
    rejects = Rejects(tmp_path / "new", "t1", 3, "a/table")
    assert rejects.begin(0) == []
    for chunk in range(3):
        rejects.add([Reject({"id": chunk}, "n", "too large", {"id": chunk})], chunk)
    (file,) = (tmp_path / "new").iterdir()
    file.write_bytes(file.read_bytes() + b'{"cut off')
    assert [each["key"] for each in rejects.begin(2)] == [{"id": 0}, {"id": 1}]
    assert len(file.read_bytes().splitlines()) == 2
    assert file.name == "t1.3.a%2Ftable.ndjson"


def test_a_process_of_this_machine_is_known_to_be_gone() -> None:
    assert not is_gone(new_holder())
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert is_gone(f"{socket.gethostname()}/{ended.pid}/1")
    assert not is_gone(f"elsewhere/{ended.pid}/1")
    assert not is_gone("")
    assert not is_gone(f"{socket.gethostname()}/{os.getppid()}/1")
