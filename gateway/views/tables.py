"""The catalog: what is there, and tables made and removed."""

import re

from flask import Blueprint, Response

from backends.errors import Fault, Invalid
from backends.plan import Table
from gateway.fields import NAME, NAME_RULE
from gateway.requests import DefineTable, Target
from gateway.response import as_json
from gateway.schemas import DefineTableSchema
from gateway.views import acting, admin, asked, caller

blueprint = Blueprint("tables", __name__, url_prefix="/api/v1/catalogs")

TABLE = "/<string:catalog>/schemas/<string:schema>/tables/<string:table>"


@blueprint.url_value_preprocessor
def refuse_names(_: str | None, names: dict[str, str] | None) -> None:
    """Refuse a path that holds what can be no name."""
    faults = [Fault((part,), NAME_RULE) for part, name in (names or {}).items() if not re.match(NAME, name)]
    if faults:
        raise Invalid.of(faults)


@blueprint.get("")
def catalogs() -> Response:
    """List the catalogs."""
    caller()
    return as_json({"catalogs": acting().backend.catalogs()})


@blueprint.get("/<string:catalog>/schemas")
def schemas(catalog: str) -> Response:
    """List the schemas of a catalog."""
    caller()
    return as_json({"schemas": acting().backend.schemas(catalog)})


@blueprint.get("/<string:catalog>/schemas/<string:schema>/tables")
def tables(catalog: str, schema: str) -> Response:
    """List the tables and views of a schema."""
    caller()
    return as_json({"tables": acting().backend.tables(catalog, schema)})


@blueprint.get(TABLE)
def table(catalog: str, schema: str, table: str) -> Response:
    """Describe a table."""
    caller()
    return as_json(described(acting().table(Target(table, catalog, schema))))


@blueprint.put(TABLE)
def define(catalog: str, schema: str, table: str) -> tuple[Response, int]:
    """Create a table, or find that it is there as asked."""
    admin()
    columns, primary_key = asked(DefineTableSchema)
    target = Target(table, catalog, schema)
    created = acting().define(DefineTable(target, columns, primary_key))
    return as_json(described(acting().table(target))), 201 if created else 200


@blueprint.delete(TABLE)
def drop(catalog: str, schema: str, table: str) -> tuple[str, int]:
    """Remove a table with all it holds."""
    admin()
    acting().drop(Target(table, catalog, schema))
    return "", 204


def described(table: Table) -> dict[str, object]:
    """A table as the interface shows it."""
    return {
        "catalog": table.name.catalog,
        "schema": table.name.schema,
        "name": table.name.table,
        "kind": table.kind,
        "columns": [
            {
                "name": column.name,
                "data_type": str(column.type),
                "nullable": column.nullable,
                "comment": column.comment,
            }
            for column in table.columns
        ],
        "primary_key": table.primary_key,
    }
