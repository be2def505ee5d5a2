"""What another role may not yet do in a schema, as the SQL by which the schema's owner lets it."""

from collections.abc import Iterator
from typing import NamedTuple

from psycopg2.extensions import cursor, quote_ident

from backends import errors
from backends.lakebase.grants import ALL

SEQUENCES = ("USAGE", "SELECT", "UPDATE")

_PLACE = """
    SELECT r.oid, n.oid,
           pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE'),
           pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE'),
           pg_catalog.has_schema_privilege(n.oid, 'CREATE')
    FROM (SELECT 1) one
    LEFT JOIN pg_catalog.pg_roles r ON r.rolname::text = %s
    LEFT JOIN pg_catalog.pg_namespace n ON n.nspname::text = %s"""
# whether there is a table, or a sequence, on which the role lacks one of the privileges
_TABLES = """
    SELECT FROM pg_catalog.pg_class c, pg_catalog.unnest(%(privileges)s::text[]) p
    WHERE c.relnamespace = %(schema)s AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
      AND NOT pg_catalog.has_table_privilege(%(role)s::oid, c.oid, p) LIMIT 1"""
_SEQUENCES = """
    SELECT FROM pg_catalog.pg_class c, pg_catalog.unnest(%(privileges)s::text[]) p
    WHERE c.relnamespace = %(schema)s AND c.relkind = 'S'
      AND NOT pg_catalog.has_sequence_privilege(%(role)s::oid, c.oid, p) LIMIT 1"""
# what the role will have on what we make there from now on
_DEFAULTS = """
    SELECT a.privilege_type
    FROM pg_catalog.pg_default_acl d, pg_catalog.aclexplode(d.defaclacl) a
    WHERE d.defaclnamespace = %(schema)s AND d.defaclobjtype = %(kind)s AND a.grantee = %(role)s
      AND d.defaclrole = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)"""


class _Place(NamedTuple):
    """A row of `_PLACE`."""

    role: int | None
    schema: int | None
    uses: bool | None
    creates: bool | None
    we_create: bool | None


class _Kind(NamedTuple):
    """Tables or sequences: how they are called, looked for and granted."""

    word: str
    letter: str
    privileges: tuple[str, ...]
    lacking: str


_KINDS = (_Kind("TABLES", "r", ALL, _TABLES), _Kind("SEQUENCES", "S", SEQUENCES, _SEQUENCES))


def missing(found: cursor, schema: str, role: str) -> tuple[str, ...]:
    """The statements that are missing so that a role may use a schema as its own; see `Backend.admission`."""
    found.execute(_PLACE, (role, schema))
    (row,) = found.fetchall()
    place = _Place(*row)
    if place.role is None:
        raise errors.NotFound(
            f'the database has no role "{role}": Databricks makes it when the app is given the database'
        )
    return tuple(_statements(found, place, quote_ident(schema, found), quote_ident(role, found)))


def _statements(found: cursor, place: _Place, schema: str, role: str) -> Iterator[str]:
    if place.schema is None:
        yield f"CREATE SCHEMA IF NOT EXISTS {schema}"
    if not (place.uses and place.creates):
        yield f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}"
    for kind in _KINDS:
        given = f"{', '.join(kind.privileges)} ON"
        meant: dict[str, object] = {
            "schema": place.schema,
            "role": place.role,
            "privileges": list(kind.privileges),
        }
        if _is_any(found, kind.lacking, meant):
            yield f"GRANT {given} ALL {kind.word} IN SCHEMA {schema} TO {role}"
        if place.we_create in (None, True) and not _by_default(found, kind, meant):
            yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {given} {kind.word} TO {role}"


def _is_any(found: cursor, question: str, meant: dict[str, object]) -> bool:
    found.execute(question, meant)
    return found.rowcount > 0


def _by_default(found: cursor, kind: _Kind, meant: dict[str, object]) -> bool:
    found.execute(_DEFAULTS, {**meant, "kind": kind.letter})
    return {privilege for (privilege,) in found.fetchall()} >= set(kind.privileges)
