"""Tables that take long to read: many megabytes, or a moment for each row."""

from tests.client import Client, new_name
from tests.lakebase.gateways import SCHEMA
from tests.workspace.handle import Workspace

ROWS = 20_000
ROW_BYTES = 2000  # at least; all rows together are more than the sockets in between hold


def large_table(workspace: Workspace, client: Client) -> str:
    """The name of a table of `ROWS` long rows."""
    table = client.create(new_name(), {"id": "INT", "text": "STRING"})
    series = f"SELECT g, repeat('x', {ROW_BYTES}) FROM generate_series(1, {ROWS}) g"
    workspace.sql(f'INSERT INTO "{SCHEMA}"."{table}" (id, text) {series}')
    return table


def slow_view(workspace: Workspace, client: Client, seconds: float) -> str:
    """The name of a view of one row that takes so long to read."""
    view = new_name()
    client.create(new_name(), {"id": "INT"})  # which makes the schema, if need be
    workspace.sql(f'CREATE VIEW "{SCHEMA}".{view} AS SELECT 1 AS id, pg_sleep({seconds})::text AS done')
    workspace.sql(f'GRANT SELECT ON "{SCHEMA}".{view} TO PUBLIC')
    return view


def slow_table(workspace: Workspace, client: Client, seconds: float, command: str) -> str:
    """The name of a table where a command, such as INSERT, takes so long for each row."""
    table = client.create(new_name(), {"id": "INT"})
    body = f"BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END"
    workspace.sql(f'CREATE FUNCTION "{SCHEMA}".slow_{table}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$')
    workspace.sql(
        f'CREATE TRIGGER slow BEFORE {command} ON "{SCHEMA}"."{table}"'
        f' FOR EACH ROW EXECUTE FUNCTION "{SCHEMA}".slow_{table}()'
    )
    return table
