"""What deployments of an app have made and sent, as it is noted down beside its source."""

from collections.abc import Mapping
from dataclasses import dataclass, field

INTENDED = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What deployments have made, and the digests of the files that they have sent.

    Attributes:
        made: the identity of each thing that was made, by its name; `INTENDED` until it is known.
    """

    made: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
