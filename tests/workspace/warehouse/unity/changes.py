"""Carries out what changes the metadata; its caller holds the metastore's lock."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from tests.workspace.warehouse.engine import Answer, Parameter
from tests.workspace.warehouse.unity import alterations, commands, errors, tables
from tests.workspace.warehouse.unity.grants import EVERYONE
from tests.workspace.warehouse.unity.metastore import INFORMATION, SYSTEM
from tests.workspace.warehouse.unity.model import Catalog, Schema, Securable, Table, Volume, kind_of
from tests.workspace.warehouse.unity.show import schema_name, securable

if TYPE_CHECKING:
    from tests.workspace.warehouse.unity.session import UnitySession


def carry_out(session: UnitySession, command: commands.Command, parameters: tuple[Parameter, ...]) -> Answer:
    """Do what a statement says.

    Raises:
        SqlError: it cannot be done; nothing was changed.
    """
    match command:
        case commands.Use():
            _use(session, command)
        case commands.CreateSpace():
            _create_space(session, command)
        case commands.CreateTable():
            return tables.create_table(session, command, parameters)
        case commands.CreateView():
            tables.create_view(session, command, parameters)
        case commands.Drop():
            _drop(session, command)
        case commands.CommentOn():
            _comment(session, command)
        case commands.Grant():
            _grant(session, command)
        case commands.SetOwner():
            _set_owner(session, command)
        case commands.AlterTable():
            alterations.alter(session, command)
        case _:
            raise errors.unsupported(type(command).__name__)
    return Answer(pa.table({}))


def _use(session: UnitySession, command: commands.Use) -> None:
    registry = session.unity.registry
    if command.kind == "CATALOG":
        catalog = registry.catalog(command.parts[-1])
        session.rights.need_use(catalog)
        session.catalog, session.schema = catalog.name, "default"
        return
    schema = registry.schema(*schema_name(session, command.parts))
    session.rights.need_use(registry.catalog(schema.catalog))
    session.rights.need_use(schema)
    session.catalog, session.schema = schema.catalog, schema.name


def _create_space(session: UnitySession, command: commands.CreateSpace) -> None:
    match command.kind:
        case "CATALOG":
            _create_catalog(session, command)
        case "SCHEMA":
            _create_schema(session, command)
        case _:
            _create_volume(session, command)


def _create_catalog(session: UnitySession, command: commands.CreateSpace) -> None:
    (name,) = command.parts
    registry = session.unity.registry
    if command.tolerant and name.lower() in registry.root.catalogs:
        return
    session.rights.need("CREATE CATALOG", registry.root)
    registry.add_catalog(Catalog(name.lower(), session.principal, command.comment))
    _add_schema(session, Schema(name.lower(), "default", session.principal))


def _create_schema(session: UnitySession, command: commands.CreateSpace) -> None:
    catalog, name = schema_name(session, command.parts)
    parent = session.unity.registry.catalog(catalog)
    if command.tolerant and name in parent.schemas:
        return
    session.rights.need_use(parent)
    session.rights.need("CREATE SCHEMA", parent)
    _add_schema(session, Schema(catalog, name, session.principal, command.comment))


def _add_schema(session: UnitySession, schema: Schema) -> None:
    session.unity.registry.add_schema(schema)
    session.physical.create_schema(schema)


def _create_volume(session: UnitySession, command: commands.CreateSpace) -> None:
    catalog, schema, name = session.resolve(command.parts)
    parent = session.unity.registry.schema(catalog, schema)
    if command.tolerant and name in parent.volumes:
        return
    session.rights.need_use(session.unity.registry.catalog(catalog))
    session.rights.need_use(parent)
    session.rights.need("CREATE VOLUME", parent)
    session.unity.registry.add_volume(Volume(catalog, schema, name, session.principal, command.comment))
    session.unity.files.folder.joinpath(catalog, schema, name).mkdir(parents=True, exist_ok=True)


def _drop(session: UnitySession, command: commands.Drop) -> None:
    match command.kind:
        case "TABLE" | "VIEW":
            _drop_table(session, command)
        case "VOLUME":
            _drop_volume(session, command)
        case "SCHEMA":
            _drop_schema(session, command)
        case _:
            _drop_catalog(session, command)


def _drop_table(session: UnitySession, command: commands.Drop) -> None:
    registry = session.unity.registry
    found = registry.find(*session.resolve(command.parts))
    if found is None:
        if command.tolerant:
            return
        raise errors.no_table(*command.parts)
    if found.is_view and command.kind == "TABLE":
        raise errors.table_needed("DROP TABLE", *found.parts)
    if not found.is_view and command.kind == "VIEW":
        raise errors.view_needed("DROP VIEW", *found.parts)
    session.rights.need_ownership(found)
    session.physical.drop_table(found)
    registry.remove_table(found)


def _drop_volume(session: UnitySession, command: commands.Drop) -> None:
    catalog, schema, name = session.resolve(command.parts)
    volumes = session.unity.registry.schema(catalog, schema).volumes
    if name not in volumes:
        if command.tolerant:
            return
        raise errors.no_volume(catalog, schema, name)
    session.rights.need_ownership(volumes[name])
    shutil.rmtree(session.unity.files.folder.joinpath(catalog, schema, name), ignore_errors=True)
    del volumes[name]
    session.unity.registry.changed()


def _drop_schema(session: UnitySession, command: commands.Drop) -> None:
    catalog, name = schema_name(session, command.parts)
    registry = session.unity.registry
    schemas = registry.catalog(catalog).schemas
    if name == INFORMATION:
        raise errors.unsupported("DROP SCHEMA information_schema")
    if name not in schemas:
        if command.tolerant:
            return
        raise errors.no_schema(catalog, name)
    found = schemas[name]
    session.rights.need_ownership(found)
    if (found.tables or found.volumes) and not command.cascade:
        raise errors.schema_not_empty(catalog, name)
    _remove_schema(session, found)


def _remove_schema(session: UnitySession, schema: Schema) -> None:
    session.physical.drop_schema(schema)
    shutil.rmtree(session.unity.files.folder.joinpath(schema.catalog, schema.name), ignore_errors=True)
    del session.unity.registry.catalog(schema.catalog).schemas[schema.name]
    session.unity.registry.changed()


def _drop_catalog(session: UnitySession, command: commands.Drop) -> None:
    name = command.parts[-1].lower()
    registry = session.unity.registry
    if name == SYSTEM:
        raise errors.unsupported("DROP CATALOG system")
    if name not in registry.root.catalogs:
        if command.tolerant:
            return
        raise errors.no_catalog(name)
    found = registry.catalog(name)
    session.rights.need_ownership(found)
    if not command.cascade and any(
        schema.name != "default" or schema.tables for schema in found.schemas.values()
    ):
        raise errors.catalog_not_empty(name)
    for schema in list(found.schemas.values()):
        _remove_schema(session, schema)
    del registry.root.catalogs[name]
    registry.changed()


def _comment(session: UnitySession, command: commands.CommentOn) -> None:
    if command.kind == "COLUMN":
        table = session.table(command.parts[:-1], "MODIFY")
        column = table.column(command.parts[-1])
        changed = table.with_column(column, replace(column, comment=command.comment))
        session.unity.registry.put_table(changed)
        return
    found = securable(session, command.kind, command.parts)
    if isinstance(found, Table):
        session.rights.need("MODIFY", found)
        session.unity.registry.put_table(replace(found, comment=command.comment))
        return
    session.rights.need_ownership(found)
    if isinstance(found, Catalog | Schema | Volume):
        found.comment = command.comment
    session.unity.registry.changed()


def _grant(session: UnitySession, command: commands.Grant) -> None:
    found = securable(session, command.kind, command.parts)
    if not session.unity.grants.owns(session.principal, found):
        raise errors.not_owner(kind_of(found), found.full_name)
    principal = EVERYONE if command.principal.lower() == EVERYONE else command.principal
    for privilege in command.privileges:
        if command.revoke:
            session.unity.grants.take(privilege, found, principal)
        else:
            session.unity.grants.give(privilege, found, principal)


def _set_owner(session: UnitySession, command: commands.SetOwner) -> None:
    found: Securable = securable(session, command.kind, command.parts)
    session.rights.need_ownership(found)
    if isinstance(found, Table):
        session.unity.registry.put_table(replace(found, owner=command.owner))
        return
    found.owner = command.owner
    session.unity.registry.changed()
