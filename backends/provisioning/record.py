"""What deployments of an app have made and sent, as it is noted down beside its source."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Record:
    """What deployments have made, and the digests of the files that they have sent."""

    made: frozenset[str] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict)
