"""What a client asks of a transfer, typed."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

Mode = Literal["create", "append", "replace", "sync"]
OnError = Literal["stop", "skip"]
MODES: tuple[Mode, ...] = ("create", "append", "replace", "sync")


@dataclass(frozen=True, slots=True)
class Asked:
    """Tables of one schema of a connection, to be moved into one of another; without names, all of them.

    Schemas that are None are the connections' own.
    """

    source: str
    target: str
    mode: Mode
    tables: tuple[str, ...] = ()
    schema: str | None = None
    to_schema: str | None = None
    on_error: OnError = "stop"

    def text(self) -> str:
        """As JSON; `read` reads it."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> "Asked":
        """What `text` wrote."""
        told = json.loads(text)
        return cls(**{**told, "tables": tuple(told["tables"])})
