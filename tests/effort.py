"""How much a run of the tests tries: less on Spark, where a statement takes a hundred milliseconds of CPU.

LAKEGATE_EFFORT=4 draws four times as much at random. Below 1, as CI asks for, a quarter is tried of what is
many of a kind (flights, types), and Lakebase's contract with one of its two ways to a token.
"""

import os
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TypeVar

from tests.workspace.handle import ENGINE

EFFORT = float(os.environ.get("LAKEGATE_EFFORT", "1"))
WHOLE = EFFORT >= 1
SPARED = 40 if ENGINE == "spark" else 1  # one of so many is drawn
PART = max(SPARED, 1 if WHOLE else 4)  # one of so many is tried

Item = TypeVar("Item")


def examples(usual: int) -> int:
    """How often something is drawn that is usually drawn so often; at least twice."""
    return max(min(2, usual), int(usual * EFFORT) // SPARED)


def some(items: Iterable[Item], most: int = PART) -> Sequence[Item]:
    """The items that are tried of those that are usually all tried: every `most`th at the least."""
    return list(islice(items, 0, None, min(PART, most)))
