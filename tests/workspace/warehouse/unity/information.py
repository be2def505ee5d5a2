"""INFORMATION_SCHEMA's relations as Arrow tables; each principal finds what it may see."""

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import pyarrow as pa

from tests.workspace.warehouse.unity import definitions
from tests.workspace.warehouse.unity.definitions import RELATIONS
from tests.workspace.warehouse.unity.grants import Given, Grants, Rights
from tests.workspace.warehouse.unity.metastore import INFORMATION, SYSTEM, Registry
from tests.workspace.warehouse.unity.model import Catalog, Column, Key, Schema, Table, Volume
from tests.workspace.warehouse.unity.tables import keys_of
from tests.workspace.warehouse.unity.types import SqlType

Row = tuple[object, ...]
SYSTEM_USER = "System user"
BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64, "float": 24, "double": 53}


def moment(seconds: float) -> dt.datetime:
    """A point in time, in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


class Information:
    """What one principal finds in a catalog's INFORMATION_SCHEMA, or of all catalogs in SYSTEM's."""

    def __init__(self, registry: Registry, grants: Grants, principal: str) -> None:
        self._registry = registry
        self._grants = grants
        self._rights = Rights(grants, registry, principal)
        self._equal: Mapping[str, str | None] = {}  # of the relation that is asked for

    def relation(
        self, catalog: str, name: str, equal: Mapping[str, str | None] = MappingProxyType({})
    ) -> pa.Table | None:
        """One relation's rows, or None where there is no relation of this name.

        Rows that have not what is in `equal` may be left out.
        """
        columns = RELATIONS.get(name.lower())
        if columns is None:
            return None
        with self._registry.lock:
            self._equal = equal
        rows = [*getattr(self, f"_{name.lower()}")(None if catalog == SYSTEM else catalog)]
        schema = pa.schema([(column, sql_type.arrow) for column, sql_type in columns.items()])
        arrays = [pa.array([row[at] for row in rows], field.type) for at, field in enumerate(schema)]
        return pa.Table.from_arrays(arrays, schema=schema)

    def _visible_catalogs(self, only: str | None) -> list[Catalog]:
        catalogs = sorted(self._registry.root.catalogs.items())
        return [value for key, value in catalogs if only in {None, key} and self._rights.sees(value)]

    def _visible_schemas(self, only: str | None) -> list[Schema]:
        found = (schema for schema in self._registry.schemas() if only in {None, schema.catalog})
        return [schema for schema in found if self._rights.sees(schema)]

    def _visible_tables(self, only: str | None) -> list[Table]:
        found = (table for table in self._registry.tables() if only in {None, table.catalog})
        return [table for table in found if self._may_fit(table) and self._rights.sees(table)]

    def _may_fit(self, table: Table) -> bool:
        wanted = {"table_schema": table.schema, "table_name": table.name}
        return all(self._equal.get(column, own) == own for column, own in wanted.items())

    def _own_tables(self, catalog: Catalog) -> Iterable[Table]:
        if self._equal.get("table_schema", INFORMATION) != INFORMATION:
            return ()
        return definitions.own_tables(catalog.name, catalog.created)

    def _catalogs(self, only: str | None) -> Iterable[Row]:
        for catalog in self._visible_catalogs(only):
            made = moment(catalog.created)
            yield catalog.name, catalog.owner, catalog.comment, made, catalog.owner, made, catalog.owner

    def _schemata(self, only: str | None) -> Iterable[Row]:
        for schema in self._visible_schemas(only):
            yield _schema_row(schema)
        for catalog in self._visible_catalogs(only):
            comment = "System schema, contains information about all the accessible catalogs"
            own = Schema(catalog.name, INFORMATION, SYSTEM_USER, comment, created=catalog.created)
            yield _schema_row(own)

    def _tables(self, only: str | None) -> Iterable[Row]:
        for table in self._visible_tables(only):
            yield _table_row(table)
        for catalog in self._visible_catalogs(only):
            for table in self._own_tables(catalog):
                yield _table_row(table)

    def _columns(self, only: str | None) -> Iterable[Row]:
        for table in self._visible_tables(only):
            for place, column in enumerate(table.columns):
                yield _column_row(table, place, column)
        for catalog in self._visible_catalogs(only):
            for table in self._own_tables(catalog):
                for place, column in enumerate(table.columns):
                    yield _column_row(table, place, column)

    def _views(self, only: str | None) -> Iterable[Row]:
        for table in self._visible_tables(only):
            if table.is_view:
                yield (*table.parts, table.query, "NONE", "NO", "NO", None, "NO")

    def _table_constraints(self, only: str | None) -> Iterable[Row]:
        for table in self._visible_tables(only):
            for key in keys_of(table):
                kind = "FOREIGN KEY" if key.parent else "PRIMARY KEY"
                yield (*_constraint(table, key), *table.parts, kind, "YES", "NO", "NO", None)

    def _key_column_usage(self, only: str | None) -> Iterable[Row]:
        for table in self._visible_tables(only):
            for key in keys_of(table):
                for place, column in enumerate(key.columns, 1):
                    position = place if key.parent else None
                    yield (*_constraint(table, key), *table.parts, column, place, position)

    def _constraint_column_usage(self, only: str | None) -> Iterable[Row]:
        for table in self._visible_tables(only):
            for key in keys_of(table):
                used = key.parent_columns if key.parent else key.columns
                for column in used:
                    yield (*(key.parent or table.parts), column, *_constraint(table, key))

    def _constraint_table_usage(self, only: str | None) -> Iterable[Row]:
        for table in self._visible_tables(only):
            for key in keys_of(table):
                yield (*_constraint(table, key), *(key.parent or table.parts))

    def _referential_constraints(self, only: str | None) -> Iterable[Row]:
        for table in self._visible_tables(only):
            for key in table.foreign_keys:
                parent = self._registry.find(*key.parent)
                primary = parent.primary_key.name if parent and parent.primary_key else None
                unique = (*key.parent[:2], primary)
                yield (*_constraint(table, key), *unique, "FULL", "NO ACTION", "NO ACTION")

    def _volumes(self, only: str | None) -> Iterable[Row]:
        for schema in self._visible_schemas(only):
            for volume in schema.volumes.values():
                if self._rights.sees(volume):
                    yield _volume_row(volume)

    def _table_privileges(self, only: str | None) -> Iterable[Row]:
        for table in self._visible_tables(only):
            for given in self._grants.given(table):
                if given.privilege not in {"USE CATALOG", "USE SCHEMA", "CREATE CATALOG"}:
                    yield self._grant_row(given, table.parts, table)

    def _schema_privileges(self, only: str | None) -> Iterable[Row]:
        for schema in self._visible_schemas(only):
            for given in self._grants.given(schema):
                if given.privilege not in {"USE CATALOG", "CREATE CATALOG"}:
                    yield self._grant_row(given, (schema.catalog, schema.name), schema)

    def _catalog_privileges(self, only: str | None) -> Iterable[Row]:
        for catalog in self._visible_catalogs(only):
            for given in self._grants.given(catalog):
                yield self._grant_row(given, (catalog.name,), catalog)

    def _grant_row(self, given: Given, parts: tuple[str, ...], on: Catalog | Schema | Table) -> Row:
        origin = "NONE" if given.on is on else type(given.on).__name__.upper()
        privilege = given.privilege.replace(" ", "_")
        return (self._registry.root.owner, given.principal, *parts, privilege, "NO", origin)


def _constraint(table: Table, key: Key) -> tuple[str, str, str]:
    return table.catalog, table.schema, key.name


def _schema_row(schema: Schema) -> Row:
    made = moment(schema.created)
    return schema.catalog, schema.name, schema.owner, schema.comment, made, schema.owner, made, schema.owner


def _table_row(table: Table) -> Row:
    made, altered = moment(table.created), moment(table.altered)
    form = "UNKNOWN_DATA_SOURCE_FORMAT" if table.is_view else "DELTA"
    path = None if table.is_view else f"s3://lakegate/__unitystorage/tables/{table.uid}"
    return (
        *table.parts, table.kind, "NO" if table.is_view else "YES", "PRESERVE", table.owner,
        table.comment, made,
        table.owner, altered, table.owner, form, path, None,
    )  # fmt: skip


def _column_row(table: Table, place: int, column: Column) -> Row:
    kind = column.type
    return (
        *table.parts, column.name, place + 1, column.default, "YES" if column.nullable else "NO", kind.text,
        data_type(kind), None, None, *_digits(kind), _datetime_precision(kind), None, None, None,
        "NO", None, None, None, None, None, None, "NO", None, "NO", "NO", None,
        "NO" if table.is_view else "YES", None, column.comment,
    )  # fmt: skip


def _volume_row(volume: Volume) -> Row:
    made = moment(volume.created)
    path = f"s3://lakegate/__unitystorage/volumes/{volume.uid}"
    return (
        volume.catalog, volume.schema, volume.name, "MANAGED", volume.owner,
        volume.comment, made, volume.owner, made,
        volume.owner, path,
    )  # fmt: skip


def data_type(kind: SqlType) -> str:
    """The simple name of a type: LONG is what Databricks calls BIGINT here."""
    return {"bigint": "LONG", "smallint": "SHORT", "tinyint": "BYTE"}.get(kind.name, kind.name.upper())


def _digits(kind: SqlType) -> tuple[int | None, int | None, int | None]:
    if kind.name == "decimal":
        return kind.precision, 10, kind.scale
    bits = BITS.get(kind.name)
    return bits, 2 if bits else None, 0 if kind.is_integer else None


def _datetime_precision(kind: SqlType) -> int | None:
    return {"date": 0, "timestamp": 3, "timestamp_ntz": 3}.get(kind.name)
