"""Postgres's tables described in the contract's words, and made from them."""

from typing import NamedTuple

import psycopg2
from psycopg2.extensions import cursor, quote_ident

from backends import errors
from backends.lakebase.columns import columns
from backends.lakebase.declaring import table_statements
from backends.lakebase.spelling import Native
from backends.plan import Kind, Table, TableName, TableSummary

_KINDS: dict[str, Kind] = {"r": "table", "p": "table", "f": "table", "v": "view", "m": "view"}
WORDS = {"r": "TABLE", "p": "TABLE", "f": "FOREIGN TABLE", "v": "VIEW", "m": "MATERIALIZED VIEW"}
# for case-insensitive comparison: in collation "C" only ASCII's letters have two cases
_FOLDING = ("und-x-icu", "pg_unicode_fast", "pg_c_utf8", "C.utf8", "en_US.utf8", "default")
# while a change of a table waits for who reads it, everybody after it waits behind it
NO_QUEUE = "SET LOCAL lock_timeout = '5s'"
_RELATION = """
    SELECT c.oid, c.relkind, k.conname, k.condeferrable,
           (SELECT l.collname FROM pg_catalog.pg_collation l
            WHERE l.collname::text = ANY (%s) AND l.collnamespace = 'pg_catalog'::pg_catalog.regnamespace
            ORDER BY pg_catalog.array_position(%s, l.collname::text) LIMIT 1)
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
    WHERE n.nspname::text = %s AND c.relname::text = %s AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"""


class _Relation(NamedTuple):
    """A row of `_RELATION`."""

    oid: int
    kind: str
    key_constraint: str | None
    deferrable: bool | None
    folding: str


class Described(NamedTuple):
    """A table, and what only Postgres knows of it."""

    table: Table
    number: int  # the table's own, which no other ever had
    natives: dict[str, Native]  # of its columns
    key_constraint: str | None  # the name of the primary key's
    key_deferrable: bool  # whether a transaction may put off what it demands
    folding: str  # a collation that knows all letters


def catalogs(found: cursor) -> tuple[str, ...]:
    """The databases that this service may connect to."""
    found.execute(
        "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate"
        " AND pg_catalog.has_database_privilege(datname, 'CONNECT')"
    )
    return tuple(sorted(name for (name,) in found.fetchall()))


def schemas(found: cursor) -> tuple[str, ...]:
    """The schemas of a database, but for Postgres's own."""
    found.execute(
        "SELECT nspname FROM pg_catalog.pg_namespace"
        " WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
    )
    return tuple(sorted(name for (name,) in found.fetchall()))


def tables(found: cursor, schema: str) -> tuple[TableSummary, ...]:
    """The tables and views of a schema."""
    found.execute(
        "SELECT c.relname, c.relkind FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname::text = %s AND c.relkind IN ('r', 'p', 'f', 'v', 'm')",
        (schema,),
    )
    return tuple(
        sorted((TableSummary(name, _KINDS[kind]) for name, kind in found), key=lambda each: each.name)
    )


def describe(found: cursor, name: TableName) -> Described:
    """A table as the database describes it.

    Raises:
        NotFound: there is none.
        Unsupported: a column's type cannot be told.
    """
    relation = _relation(found, name)
    rows = columns(found, relation.oid)
    natives = {row.name: row.native() for row in rows}
    described = tuple(row.column(natives[row.name].type) for row in rows)
    key = sorted((row.key, row.name) for row in rows if row.key is not None)
    table = Table(name, described, tuple(column for _, column in key), _KINDS[relation.kind])
    return Described(
        table, relation.oid, natives, relation.key_constraint, bool(relation.deferrable), relation.folding
    )


def create(found: cursor, table: Table) -> bool:
    """Create a table in a transaction, and its schema where that is new; False if it is there.

    Raises:
        Conflict: there is one whose name differs in case only.
    """
    found.execute(NO_QUEUE)
    lock = f"{table.name.schema}.{table.name.table}".lower()
    found.execute("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(%s, 0))", (lock,))
    if _exists(found, table.name):
        return False
    create_schema(found, table.name.schema)
    found.execute("; ".join(table_statements(table, {})))
    return True


def create_catalog(found: cursor, name: str) -> None:
    """Create a database, if it is missing; of many callers at once one does.

    One at a time: Postgres copies a template that nobody may be connected to.

    Raises:
        Forbidden: this service may create none; the message has the SQL that lets it.
    """
    found.execute("SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended('lakegate', 2))")
    try:
        found.execute(f"CREATE DATABASE {quote_ident(name, found)}")
    except psycopg2.errors.DuplicateDatabase:
        pass
    except psycopg2.errors.InsufficientPrivilege as error:
        found.execute("SELECT current_user")
        ((user,),) = found.fetchall()
        missing = f"ALTER ROLE {quote_ident(user, found)} CREATEDB"
        raise errors.Forbidden(f"a grant is missing: {missing}", grants=[missing]) from error
    finally:
        found.execute("SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended('lakegate', 2))")


def refuse_template(found: cursor) -> None:
    """Refuse a database that others are made from: while anybody is connected to it none can be.

    Raises:
        NotFound: it is one.
    """
    found.execute(
        "SELECT datname FROM pg_catalog.pg_database"
        " WHERE datname = pg_catalog.current_database() AND datistemplate"
    )
    for (name,) in found.fetchall():
        raise errors.NotFound(f'there is no catalog "{name}"')


def number(found: cursor, name: TableName) -> int | None:
    """The number of a table, which no other ever had; None where there is none of its name."""
    found.execute("SELECT pg_catalog.to_regclass(%s)::oid", (quoted(found, name),))
    ((found_number,),) = found.fetchall()
    return None if found_number is None else int(found_number)


def create_schema(found: cursor, schema: str) -> None:
    """Create a schema, if it is missing; of many callers at once one does."""
    found.execute("SELECT FROM pg_catalog.pg_namespace WHERE nspname::text = %s", (schema,))
    if found.rowcount:
        return
    found.execute("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(%s, 1))", (schema,))
    found.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_ident(schema, found)}")


def drop(found: cursor, name: TableName) -> None:
    """Remove a table or view.

    Raises:
        NotFound: there is none.
    """
    found.execute(NO_QUEUE)
    found.execute(f"DROP {WORDS[_relation(found, name).kind]} {quoted(found, name)}")


def quoted(found: cursor, name: TableName) -> str:
    """A table's name as SQL has it on a connection to its catalog."""
    return f"{quote_ident(name.schema, found)}.{quote_ident(name.table, found)}"


def _relation(found: cursor, name: TableName) -> _Relation:
    found.execute(_RELATION, (list(_FOLDING), list(_FOLDING), name.schema, name.table))
    row: tuple[int, str, str | None, bool | None, str] | None = found.fetchone()
    if row is None:
        raise errors.NotFound(f'there is no table "{name}"')
    return _Relation(*row)


def _exists(found: cursor, name: TableName) -> bool:
    """Whether there is a table, view or anything else of that name.

    Raises:
        Conflict: there is one, or such a schema, whose name differs in case only.
    """
    found.execute(
        "SELECT n.nspname, c.relname FROM pg_catalog.pg_namespace n"
        " LEFT JOIN pg_catalog.pg_class c"
        " ON c.relnamespace = n.oid AND pg_catalog.lower(c.relname) = pg_catalog.lower(%s)"
        " AND c.relkind IN ('r', 'p', 'f', 'v', 'm')"
        " WHERE pg_catalog.lower(n.nspname) = pg_catalog.lower(%s)",
        (name.table, name.schema),
    )
    alike = found.fetchall()
    if (name.schema, name.table) in alike:
        return True
    if any(schema != name.schema or table is not None for schema, table in alike):
        raise errors.Conflict(f'"{name}" differs only in case from what exists')
    return False
