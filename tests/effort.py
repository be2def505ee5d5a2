"""How much a run of the tests tries: less on Spark, where a statement takes a hundred milliseconds of CPU."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TypeVar

from tests.workspace.handle import ENGINE

PART = 15 if ENGINE == "spark" else 1  # one of so many is tried

Item = TypeVar("Item")


def examples(usual: int) -> int:
    """How often something is tried that is usually tried so often; at least twice."""
    return max(min(2, usual), usual // PART)


def some(items: Iterable[Item]) -> Sequence[Item]:
    """The items that are tried of those that are usually all tried."""
    return list(islice(items, 0, None, PART))
