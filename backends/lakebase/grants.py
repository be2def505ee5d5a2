"""What this service may not do, as the SQL that an administrator runs to let it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from psycopg2.extensions import cursor, quote_ident

from backends.lakebase.catalog import WORDS, quoted
from backends.plan import Delete, Insert, Plan, Select, TableName, Update, UpdateEach

Missing = Callable[[cursor], tuple[str, ...]]  # the grants that are missing for what was refused
ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")

_PLACE = """
    SELECT current_user, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
           pg_catalog.has_schema_privilege(n.oid, 'USAGE'), pg_catalog.has_schema_privilege(n.oid, 'CREATE')
    FROM (SELECT 1) one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname::text = %s"""
# in `meant`: a table of a schema, or all of them but an extension's where no name is given
_MEANT = """
    WITH meant AS (
        SELECT c.oid, c.relname, c.relkind, c.relowner
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname::text = %(schema)s AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
          AND CASE WHEN %(table)s IS NULL THEN NOT EXISTS (
              SELECT FROM pg_catalog.pg_depend d
              WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                AND d.deptype = 'e')
          ELSE c.relname::text = %(table)s END
    )"""
_TABLES = f"""{_MEANT}
    SELECT m.relname, ARRAY(
        SELECT p FROM pg_catalog.unnest(%(privileges)s::text[]) WITH ORDINALITY AS wanted(p, at)
        WHERE NOT pg_catalog.has_table_privilege(m.oid, p) AND (p = 'SELECT' OR m.relkind NOT IN ('v', 'm'))
        ORDER BY at)
    FROM meant m ORDER BY m.relname"""  # noqa: S608 - of our own making
# those that the defaults of columns count by; a CASE, so that nothing else is asked for what a sequence has
_SEQUENCES = f"""{_MEANT}
    SELECT DISTINCT n.nspname, s.relname
    FROM meant m
    JOIN pg_catalog.pg_attrdef a ON a.adrelid = m.oid
    JOIN pg_catalog.pg_depend d ON d.objid = a.oid
     AND d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN pg_catalog.pg_class s ON s.oid = d.refobjid
    JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
    WHERE CASE s.relkind WHEN 'S' THEN NOT pg_catalog.has_sequence_privilege(s.oid, 'USAGE, UPDATE') END
    ORDER BY n.nspname, s.relname"""  # noqa: S608 - of our own making
# those of the types that columns have: statements name them
_SCHEMAS = f"""{_MEANT}
    SELECT DISTINCT n.nspname
    FROM meant m
    JOIN pg_catalog.pg_attribute a ON a.attrelid = m.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname::text <> %(schema)s AND NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    ORDER BY n.nspname"""  # noqa: S608 - of our own making
_OWNED = f"""{_MEANT}
    SELECT m.relkind FROM meant m WHERE NOT pg_catalog.pg_has_role(m.relowner, 'USAGE')"""  # noqa: S608 - of our own making


class _Place(NamedTuple):
    """A row of `_PLACE`; a schema that is not there may neither be used nor not."""

    user: str
    creates_schemas: bool
    usage: bool | None
    create: bool | None


def needed(plan: Plan) -> tuple[str, ...]:
    """The privileges on its table that a plan needs."""
    match plan:
        case Select():
            return ("SELECT",)
        case Insert(on_conflict="error"):
            return ("INSERT",)
        case Insert(on_conflict="ignore"):
            return ("SELECT", "INSERT")
        case Insert():
            return ("SELECT", "INSERT", "UPDATE")
        case Update() | UpdateEach():
            return ("SELECT", "UPDATE")
        case Delete():
            return ("SELECT", "DELETE")


def missing(found: cursor, name: TableName, privileges: Sequence[str]) -> tuple[str, ...]:
    """The grants that are missing for these privileges on a table."""
    place = _place(found, name.schema)
    lacking = ["USAGE"] if place.usage is False else []
    return (*_on_schema(found, place, name.schema, lacking), *_on_tables(found, place, name, privileges))


def missing_to_create(found: cursor, catalog: str, schema: str) -> tuple[str, ...]:
    """The grants that are missing to create tables in a schema, or the schema itself."""
    return tuple(_to_create(found, _place(found, schema), TableName(catalog, schema, "")))


def missing_in(found: cursor, catalog: str, schema: str) -> tuple[str, ...]:
    """All grants that are missing to create tables in a schema, and to read and write those it has.

    However many tables there are, the questions are four.
    """
    place = _place(found, schema)
    every = TableName(catalog, schema, "")
    grants = [*_to_create(found, place, every), *_on_tables(found, place, every, ALL)]
    return tuple(dict.fromkeys(grants))


def missing_to_drop(found: cursor, name: TableName) -> tuple[str, ...]:
    """What is missing to drop a table or view: only its owner may."""
    place = _place(found, name.schema)
    lacking = ["USAGE"] if place.usage is False else []
    found.execute(_OWNED, {"schema": name.schema, "table": name.table})
    owned = [
        f"ALTER {WORDS[kind]} {quoted(found, name)} OWNER TO {quote_ident(place.user, found)}"
        for (kind,) in found.fetchall()
    ]
    return (*_on_schema(found, place, name.schema, lacking), *owned)


def _place(found: cursor, schema: str) -> _Place:
    found.execute(_PLACE, (schema,))
    (row,) = found.fetchall()
    return _Place(*row)


def _to_create(found: cursor, place: _Place, name: TableName) -> Iterator[str]:
    if place.usage is None and not place.creates_schemas:
        yield _granted(found, place, "CREATE", f"DATABASE {quote_ident(name.catalog, found)}")
    lacking = [name for name, has in (("USAGE", place.usage), ("CREATE", place.create)) if has is False]
    yield from _on_schema(found, place, name.schema, lacking)


def _on_schema(found: cursor, place: _Place, schema: str, lacking: Iterable[str]) -> Iterator[str]:
    if privileges := ", ".join(lacking):
        yield _granted(found, place, privileges, f"SCHEMA {quote_ident(schema, found)}")


def _on_tables(found: cursor, place: _Place, name: TableName, privileges: Sequence[str]) -> Iterator[str]:
    """What is missing for one table, or for a schema's every one where no table is named."""
    meant = {"schema": name.schema, "table": name.table or None, "privileges": list(privileges)}
    found.execute(_TABLES, meant)
    for table, lacking in found.fetchall():
        if lacking:
            on = quoted(found, TableName(name.catalog, name.schema, table))
            yield _granted(found, place, ", ".join(lacking), f"TABLE {on}")
    found.execute(_SCHEMAS, meant)
    for (schema,) in found.fetchall():
        yield from _on_schema(found, place, schema, ["USAGE"])
    if "INSERT" in privileges:
        found.execute(_SEQUENCES, meant)
        for schema, sequence in found.fetchall():
            on = quoted(found, TableName(name.catalog, schema, sequence))
            yield _granted(found, place, "USAGE", f"SEQUENCE {on}")


def _granted(found: cursor, place: _Place, privileges: str, on: str) -> str:
    return f"GRANT {privileges} ON {on} TO {quote_ident(place.user, found)}"
