"""A Lakebase database as it is now, in words that both kinds share beside Databricks' own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from backends.provisioning.specs import Kind, Size

State = Literal["NOT_CREATED", "CREATING", "READY", "STOPPED", "ERROR"]
STATES: tuple[State, ...] = ("NOT_CREATED", "CREATING", "READY", "STOPPED", "ERROR")


@dataclass(frozen=True, slots=True)
class Instance:
    """A database, or the lack of one.

    Attributes:
        name: an instance's, or an endpoint's path.
        word: what Databricks calls its state; None where it tells none.
        changing: whether it is on the way to another state, or another size.
        host: where it is reached; None before it is known.
        size: what it has, by the names that its spec has.
        creator: who made it, where that is told.
    """

    kind: Kind
    name: str
    state: State = "NOT_CREATED"
    word: str | None = None
    changing: bool = False
    host: str | None = None
    size: Size | None = None
    creator: str | None = None

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return self.state != "NOT_CREATED"

    def __str__(self) -> str:
        return f'{"database instance" if self.kind == "provisioned" else "endpoint"} "{self.name}"'


Report = Callable[[Instance], None]
"""Is told what a database is like, each time that is looked at."""


def untold(_: Instance) -> None:
    """Tell nobody."""
