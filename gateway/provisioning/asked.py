"""What a client asks of databases, typed."""

from dataclasses import dataclass

from backends.provisioning import Spec
from gateway.transfers import Asked
from gateway.transfers.asked import Mode, OnError
from gateway.transfers.connections import DATABASE


@dataclass(frozen=True, slots=True)
class Refill:
    """A transfer that begins when its target is there; what is None is the connections' own."""

    source: str
    mode: Mode
    tables: tuple[str, ...] = ()
    schema: str | None = None
    to_schema: str | None = None
    on_error: OnError = "stop"

    def into(self, database: str) -> Asked:
        """The transfer into a database of the workspace."""
        target = f"{DATABASE}{database}"
        return Asked(self.source, target, self.mode, self.tables, self.schema, self.to_schema, self.on_error)


@dataclass(frozen=True, slots=True)
class CreateDatabase:
    """A database to be made, and what it is filled from."""

    spec: Spec
    transfer: Refill | None = None
