"""Answers SHOW and DESCRIBE."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import pyarrow as pa

from tests.workspace.warehouse.engine import Answer
from tests.workspace.warehouse.unity import commands, describe, errors
from tests.workspace.warehouse.unity.definitions import RELATIONS
from tests.workspace.warehouse.unity.metastore import INFORMATION, SYSTEM
from tests.workspace.warehouse.unity.model import Schema, Securable, Table, kind_of

if TYPE_CHECKING:
    from tests.workspace.warehouse.unity.session import UnitySession

# Databricks shows no property whose name or value looks so
SECRET = re.compile("secret|password|token|access[.]?key|url|user", re.IGNORECASE)


def texts(**columns: Iterable[str | bool | None]) -> Answer:
    """An answer of columns of text, and of those named is... that are true or false."""
    kinds = {name: pa.bool_() if name.startswith("is") else pa.string() for name in columns}
    table = pa.table({name: pa.array(list(values), kinds[name]) for name, values in columns.items()})
    return Answer(table, tuple("boolean" if kind == pa.bool_() else "string" for kind in kinds.values()))


def matcher(pattern: str | None) -> Callable[[str], bool]:
    """Whether a name matches a pattern: * and % are anything, _ and . any character, | parts alternatives."""
    if pattern is None:
        return lambda _: True
    body = "".join({"*": ".*", "%": ".*", "_": ".", ".": ".", "|": "|"}.get(c, re.escape(c)) for c in pattern)
    compiled = re.compile(body, re.IGNORECASE | re.DOTALL)
    return lambda name: compiled.fullmatch(name) is not None


def answer(session: UnitySession, command: commands.Command) -> Answer:
    """The rows of a SHOW or DESCRIBE.

    Raises:
        SqlError: what it is about is not there, or the principal may not see it.
    """
    match command:
        case commands.Show():
            return _list(session, command)
        case commands.ShowColumns(table=parts):
            return texts(col_name=[column.name for column in _table(session, parts).columns])
        case commands.ShowProperties(table=parts, key=key):
            return _properties(_table(session, parts), key)
        case commands.ShowCreate(table=parts):
            return texts(createtab_stmt=[describe.create_statement(_table(session, parts))])
        case commands.ShowGrants():
            return _grants(session, command)
        case commands.Describe(kind="TABLE", parts=parts, extended=extended):
            rows = describe.table_rows(_table(session, parts), extended=extended)
            return texts(
                **dict(zip(("col_name", "data_type", "comment"), zip(*rows, strict=True), strict=True))
            )
        case commands.Describe(kind=kind, parts=parts):
            facts = describe.space_rows(securable(session, kind, parts))
            return texts(info_name=[name for name, _ in facts], info_value=[value for _, value in facts])
        case _:
            raise errors.unsupported(type(command).__name__)


def securable(session: UnitySession, kind: str, parts: commands.Parts) -> Securable:
    """The object that a statement names.

    Raises:
        SqlError: there is none.
    """
    registry = session.unity.registry
    match kind, parts:
        case "METASTORE", _:
            return registry.root
        case "CATALOG", (name,):
            return registry.catalog(name)
        case "SCHEMA", _:
            return registry.schema(*schema_name(session, parts))
        case "VOLUME", _:
            return registry.volume(*session.resolve(parts))
        case (("TABLE" | "VIEW"), _):
            found = registry.find(*session.resolve(parts))
            if found is None:
                raise errors.no_table(*parts)
            return found
        case _:
            raise errors.unsupported(f"{kind} {errors.quoted(*parts)}")


def schema_name(session: UnitySession, parts: commands.Parts) -> tuple[str, str]:
    """A schema's name in two levels, in lower case.

    Raises:
        SqlError: it has more.
    """
    match parts:
        case ():
            return session.catalog, session.schema
        case (name,):
            return session.catalog, name.lower()
        case catalog, name:
            return catalog.lower(), name.lower()
        case _:
            raise errors.no_schema(*parts)


def _table(session: UnitySession, parts: commands.Parts) -> Table:
    found = session.table(parts)
    if not session.rights.sees(found):
        raise errors.no_privilege("BROWSE", kind_of(found), found.full_name)
    return found


def _list(session: UnitySession, command: commands.Show) -> Answer:
    matches = matcher(command.pattern)
    match command.what:
        case "CATALOGS":
            catalogs = session.unity.registry.root.catalogs
            seen = [name for name, catalog in catalogs.items() if session.rights.sees(catalog)]
            return texts(catalog=[name for name in sorted([*seen, SYSTEM]) if matches(name)])
        case "SCHEMAS":
            return texts(databaseName=[name for name in _schemas(session, command.within) if matches(name)])
        case "TABLES":
            return _tables(session, command)
        case "VIEWS":
            return _views(session, command)
        case _:
            schema = _schema(session, command.within)
            seen = [v.name for v in schema.volumes.values() if session.rights.sees(v) and matches(v.name)]
            return texts(database=[schema.name] * len(seen), volume_name=sorted(seen))


def _schemas(session: UnitySession, within: commands.Parts) -> list[str]:
    name = within[-1].lower() if within else session.catalog
    if name == SYSTEM:
        return [INFORMATION]
    catalog = session.unity.registry.catalog(name)
    session.rights.need_use(catalog)
    seen = [schema.name for schema in catalog.schemas.values() if session.rights.sees(schema)]
    return sorted([*seen, INFORMATION])


def _schema(session: UnitySession, within: commands.Parts) -> Schema:
    catalog, name = schema_name(session, within)
    found = session.unity.registry.schema(catalog, name)
    session.rights.need_use(session.unity.registry.catalog(catalog))
    session.rights.need_use(found)
    return found


def _tables(session: UnitySession, command: commands.Show) -> Answer:
    _, name = schema_name(session, command.within)
    if name == INFORMATION:
        names = sorted(RELATIONS)
    else:
        tables = _schema(session, command.within).tables
        names = sorted(name for name, table in tables.items() if session.rights.sees(table))
    names = [found for found in names if matcher(command.pattern)(found)]
    return texts(database=[name] * len(names), tableName=names, isTemporary=[False] * len(names))


def _views(session: UnitySession, command: commands.Show) -> Answer:
    schema, matches = _schema(session, command.within), matcher(command.pattern)
    tables = sorted(schema.tables.items())
    names = [name for name, table in tables if table.is_view and matches(name) and session.rights.sees(table)]
    no = [False] * len(names)
    return texts(namespace=[schema.name] * len(names), viewName=names, isTemporary=no, isMaterialized=no)


def _properties(table: Table, key: str | None) -> Answer:
    properties = {name: _redacted(name, value) for name, value in describe.properties(table).items()}
    if key is None:
        return texts(key=properties.keys(), value=properties.values())
    missing = f"Table {table.full_name} does not have property: {key}"
    return texts(key=[key], value=[properties.get(key, missing)])


def _redacted(key: str, value: str) -> str:
    """A property's value, unless it looks like a secret (https://github.com/delta-io/delta/issues/1540)."""
    return "*********(redacted)" if SECRET.search(key) or SECRET.search(value) else value


def _grants(session: UnitySession, command: commands.ShowGrants) -> Answer:
    found = securable(session, command.kind, command.parts)
    if not session.rights.sees(found):
        raise errors.not_owner(kind_of(found), found.full_name)
    given = [
        grant for grant in session.unity.grants.given(found) if command.principal in {None, grant.principal}
    ]
    return texts(
        Principal=[grant.principal for grant in given],
        ActionType=[grant.privilege for grant in given],
        ObjectType=[kind_of(grant.on).upper() for grant in given],
        ObjectKey=[grant.on.full_name for grant in given],
    )
