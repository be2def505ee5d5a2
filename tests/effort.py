"""How much a run of the tests tries: less on Spark, where a statement takes a hundred milliseconds of CPU.

LAKEGATE_EFFORT=4 draws four times as much at random. Below 1, as CI asks for, it is a quarter of what is
many of a kind (flights, types), one of the two ways to Lakebase in the contract, and on Spark a fifth of
all tests, another one each day.
"""

import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar
from zlib import crc32

from tests.workspace.handle import ENGINE

EFFORT = float(os.environ.get("LAKEGATE_EFFORT", "1"))
WHOLE = EFFORT >= 1
SPARED = 40 if ENGINE == "spark" else 1  # one of so many is drawn
SHARES = 5  # of Spark's tests, each day's run tries one
PART = max(SPARED, 1 if WHOLE else 4)  # one of so many is tried

Item = TypeVar("Item")


def is_its_turn(test: str) -> bool:
    """Whether a test is among those that are run today."""
    today = datetime.now(UTC).toordinal() % SHARES
    return WHOLE or ENGINE != "spark" or crc32(test.encode()) % SHARES == today


def examples(usual: int) -> int:
    """How often something is drawn that is usually drawn so often; at least twice."""
    return max(min(2, usual), int(usual * EFFORT) // SPARED)


def some(items: Iterable[Item], most: int = PART) -> Sequence[Item]:
    """The items that are tried of those that are usually all tried: every `most`th at the least."""
    return list(islice(items, 0, None, min(PART, most)))
