"""Tables that others made, past the gateway, in a schema that the gateway may use."""

from dataclasses import dataclass
from typing import Any

from tests.client import Client
from tests.warehouse.gateways import CATALOG, full
from tests.workspace.handle import Workspace

SCHEMA = "others"


@dataclass(frozen=True)
class Others:
    """Whoever else uses the warehouse; and `client`, which speaks to a gateway there."""

    workspace: Workspace
    client: Client

    def run(self, *statements: str) -> list[list[Any]]:
        """Run statements as the administrator and return the rows of the last; {s} is the schema."""
        rows: list[list[Any]] = []
        for statement in statements:
            rows = self.workspace.warehouse.sql(statement.replace("{s}", f"{CATALOG}.{SCHEMA}"))
        return rows

    def rows(self, table: str, order: str = "1") -> list[list[Any]]:
        """What a table holds."""
        return self.run(f"SELECT * FROM {full(table, SCHEMA)} ORDER BY {order}")

    def columns(self, table: str) -> dict[str, dict[str, Any]]:
        """A table's columns as the gateway describes them, by name."""
        answer = self.client.get(self.client.path(table))
        assert answer.status == 200, answer
        return {column["name"]: column for column in answer.body["columns"]}
