"""How much a run of the tests tries: less on Spark, where a statement takes a hundred milliseconds of CPU.

LAKEGATE_EFFORT=4 draws four times as much at random; what is not drawn is always tried.
"""

import os
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TypeVar

from tests.workspace.handle import ENGINE

PART = 40 if ENGINE == "spark" else 1  # one of so many is tried
EFFORT = float(os.environ.get("LAKEGATE_EFFORT", "1"))

Item = TypeVar("Item")


def examples(usual: int) -> int:
    """How often something is drawn that is usually drawn so often; at least twice."""
    return max(min(2, usual), int(usual * EFFORT) // PART)


def some(items: Iterable[Item], most: int = PART) -> Sequence[Item]:
    """The items that are tried of those that are usually all tried: every `most`th at the least."""
    return list(islice(items, 0, None, min(PART, most)))
