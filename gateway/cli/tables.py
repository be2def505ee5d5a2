"""`gateway tables`: what there is, and what a table looks like."""

from collections.abc import Iterator

import click
from flask.cli import with_appcontext

from backends.base import Backend
from backends.plan import Table
from gateway.cli.context import TargetType, current_gateway
from gateway.cli.output import echo_table
from gateway.requests import Target


@click.command("tables", short_help="List tables, or describe one.")
@click.argument("name", required=False)
@with_appcontext
def tables(name: str | None) -> None:
    """List all tables, or those of a catalog or of catalog.schema; or describe one table.

    A name that is no catalog or schema is taken as a table: NAME is then table, schema.table or
    catalog.schema.table.
    """
    gateway = current_gateway()
    found = within(gateway.backend, name)
    if found is not None:
        return echo_table(list(found))
    target: Target = TargetType().convert(name, None, None)
    return describe(gateway.table(target))


def within(backend: Backend, name: str | None) -> Iterator[tuple[str, str]] | None:
    """The full name and the kind of each table that `name` covers; None where it may be a table."""
    catalogs = backend.catalogs()
    if name is None:
        return (row for catalog in catalogs for row in _of_catalog(backend, catalog))
    if name in catalogs:
        return _of_catalog(backend, name)
    catalog, _, schema = name.partition(".")
    if catalog in catalogs and schema in backend.schemas(catalog):
        return _of_schema(backend, catalog, schema)
    return None


def _of_catalog(backend: Backend, catalog: str) -> Iterator[tuple[str, str]]:
    for schema in backend.schemas(catalog):
        yield from _of_schema(backend, catalog, schema)


def _of_schema(backend: Backend, catalog: str, schema: str) -> Iterator[tuple[str, str]]:
    for summary in backend.tables(catalog, schema):
        yield f"{catalog}.{schema}.{summary.name}", summary.kind


def describe(table: Table) -> None:
    """Print a table's columns."""
    click.echo(f"{table.name}  {table.kind}\n")
    key = {name: str(at) for at, name in enumerate(table.primary_key, 1)}
    rows = [
        (
            column.name,
            str(column.type),
            "" if column.nullable else "NOT NULL",
            key.get(column.name, ""),
            column.comment or "",
        )
        for column in table.columns
    ]
    echo_table([("column", "type", "null", "key", "comment"), *rows])
