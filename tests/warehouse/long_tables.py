"""Tables that take long to read: they have many megabytes."""

from tests.client import Client, new_name
from tests.warehouse.gateways import full
from tests.workspace.handle import Workspace

FIRST = 20
DOUBLINGS = 10
ROWS = FIRST << DOUBLINGS
ROW_BYTES = 2000  # at least; all rows together are more than the sockets in between hold


def large_table(workspace: Workspace, client: Client) -> str:
    """The name of a table of `ROWS` long rows."""
    table = client.create(new_name(), {"id": "INT", "text": "STRING"})
    text = "x" * ROW_BYTES
    values = ", ".join(f"({number}, '{text}')" for number in range(FIRST))
    workspace.warehouse.sql(f"INSERT INTO {full(table)} (id, text) VALUES {values}")
    for doubling in range(DOUBLINGS):
        workspace.warehouse.sql(
            f"INSERT INTO {full(table)} (id, text) SELECT id + {FIRST << doubling}, text FROM {full(table)}"
        )
    return table
