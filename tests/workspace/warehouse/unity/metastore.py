"""Finds, adds and removes catalogs, schemas, tables and volumes; counts how often it has changed."""

import re
import threading
from collections.abc import Iterator

from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.model import Catalog, Metastore, Schema, Table, Volume

BAD_NAME = re.compile(r"[\s./\x00-\x1f\x7f]")
SYSTEM = "system"
INFORMATION = "information_schema"


def checked_name(name: str) -> str:
    """A new object's name, in lower case as Unity Catalog keeps it.

    Raises:
        SqlError: Unity Catalog has no such names.
    """
    if not name or len(name) > 255 or BAD_NAME.search(name):
        raise errors.bad_name(name)
    return name.lower()


class Registry:
    """The metastore's content. Who changes it holds `lock`.

    Attributes:
        version: differs whenever anything was changed, so that what was made of it can be kept until then.
    """

    def __init__(self, owner: str) -> None:
        self.root = Metastore(owner)
        self.lock = threading.RLock()
        self.version = 0

    def changed(self) -> None:
        """Something is not what it was."""
        self.version += 1

    def catalog(self, name: str) -> Catalog:
        """One catalog, its name in whatever case.

        Raises:
            SqlError: there is none.
        """
        found = self.root.catalogs.get(name.lower())
        if found is None:
            raise errors.no_catalog(name)
        return found

    def schema(self, catalog: str, name: str) -> Schema:
        """One schema, its name in whatever case.

        Raises:
            SqlError: there is none, or no such catalog.
        """
        found = self.catalog(catalog).schemas.get(name.lower())
        if found is None:
            raise errors.no_schema(catalog, name)
        return found

    def find(self, catalog: str, schema: str, name: str) -> Table | None:
        """A table or view, if there is one."""
        found = self.root.catalogs.get(catalog.lower())
        space = found.schemas.get(schema.lower()) if found else None
        return space.tables.get(name.lower()) if space else None

    def table(self, catalog: str, schema: str, name: str) -> Table:
        """A table or view.

        Raises:
            SqlError: there is none.
        """
        found = self.find(catalog, schema, name)
        if found is None:
            raise errors.no_table(catalog, schema, name)
        return found

    def volume(self, catalog: str, schema: str, name: str) -> Volume:
        """A volume.

        Raises:
            SqlError: there is none.
        """
        found = self.schema(catalog, schema).volumes.get(name.lower())
        if found is None:
            raise errors.no_volume(catalog, schema, name)
        return found

    def tables(self) -> Iterator[Table]:
        """All tables and views, in order of their names."""
        for schema in self.schemas():
            yield from (table for _, table in sorted(schema.tables.items()))

    def schemas(self) -> Iterator[Schema]:
        """All schemas, in order of their names."""
        for _, catalog in sorted(self.root.catalogs.items()):
            yield from (schema for _, schema in sorted(catalog.schemas.items()))

    def add_catalog(self, catalog: Catalog) -> None:
        """Keep a new catalog.

        Raises:
            SqlError: one of its name is there, or its name will not do.
        """
        name = checked_name(catalog.name)
        if name in self.root.catalogs or name == SYSTEM:
            raise errors.catalog_exists(name)
        self.root.catalogs[name] = catalog
        self.changed()

    def add_schema(self, schema: Schema) -> None:
        """Keep a new schema.

        Raises:
            SqlError: one of its name is there, or its name will not do.
        """
        name = checked_name(schema.name)
        schemas = self.catalog(schema.catalog).schemas
        if name in schemas or name == INFORMATION:
            raise errors.schema_exists(schema.catalog, name)
        schemas[name] = schema
        self.changed()

    def put_table(self, table: Table) -> None:
        """Keep a table, in the place of one of its name."""
        self.schema(table.catalog, table.schema).tables[table.name] = table
        self.changed()

    def remove_table(self, table: Table) -> None:
        """Forget a table."""
        del self.schema(table.catalog, table.schema).tables[table.name]
        self.changed()

    def add_volume(self, volume: Volume) -> None:
        """Keep a new volume.

        Raises:
            SqlError: one of its name is there, or its name will not do.
        """
        name = checked_name(volume.name)
        volumes = self.schema(volume.catalog, volume.schema).volumes
        if name in volumes:
            raise errors.volume_exists(volume.catalog, volume.schema, name)
        volumes[name] = volume
        self.changed()
