"""What a preflight finds in the database: each check on a connection of its own, which only reads."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

import psycopg2
from psycopg2.extensions import cursor, quote_ident

from backends import errors
from backends.base import AWAKE
from backends.lakebase import grants, quoting
from backends.lakebase.access import Access
from backends.lakebase.catalog import WORDS, quoted
from backends.lakebase.faults import Overdue, translated
from backends.lakebase.logins import Logins
from backends.lakebase.settings import Settings
from backends.plan import TableName
from backends.preflight import (
    ROOM,
    Check,
    Finding,
    Mend,
    NotAsked,
    budget,
    clock,
    command,
    fail,
    failed,
    ok,
    sql,
    warn,
)

SECONDS = 8  # for a connection, and for each statement of a check
_KINDS = {**WORDS, "S": "SEQUENCE"}

# a sequence that a column counts by has its table's owner; what an extension made is the extension's
_OTHERS = """
    SELECT c.relname, c.relkind
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname::text = %s AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
      AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend d
          WHERE d.objid = c.oid AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND (d.deptype = 'e' OR (d.deptype IN ('a', 'i') AND c.relkind = 'S')))
    ORDER BY c.relname"""
_ROOM = """
    SELECT pg_catalog.current_setting('max_connections')::int
           - pg_catalog.current_setting('superuser_reserved_connections')::int
           - coalesce(pg_catalog.current_setting('reserved_connections', true)::int, 0),
           r.rolconnlimit, d.datconnlimit, r.rolname
    FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
    WHERE r.rolname = current_user AND d.datname = pg_catalog.current_database()"""


class _Room(NamedTuple):
    """A row of `_ROOM`; a limit below 0 is none."""

    server: int
    role: int
    database: int
    user: str


class Looking:
    """Looks at the usual database and schema."""

    def __init__(self, settings: Settings, access: Access) -> None:
        self._settings = replace(
            settings, connect_seconds=min(SECONDS, settings.connect_seconds), statement_seconds=SECONDS
        )
        self._access = access

    def checks(self) -> Mapping[str, Check]:
        """See `Backend.checks`; what the access can tell without the database, it tells."""
        mine: dict[str, Check] = {
            "identity": self._identity,
            "credentials": self._credentials,
            "clock": self._clock,
            "state": lambda: ok("a plain Postgres never sleeps"),
            "database": self._database,
            "grants": self._grants,
            "ownership": self._ownership,
            "connections": self._connections,
        }
        return {**mine, **self._access.checks()}

    def _asked(self, work: Callable[[cursor], Finding]) -> Finding:
        """What is found in the database. Raises as `_must_run` does."""
        self._must_run()
        return self._told(work)

    def _must_run(self) -> None:
        """Let pass where the database is awake, and Databricks tells all that a login takes.

        Raises:
            NotAsked: it sleeps, or may do so, or does not run.
            NotFound, Forbidden, Unavailable: Databricks does not tell; see `Access`.
        """
        if (status := self._access.unwoken()).state not in AWAKE:
            raise NotAsked(status.message or "the database does not run")
        self._access.arguments()
        self._access.password()

    def _told(self, work: Callable[[cursor], Finding]) -> Finding:
        try:
            with closing(Logins(self._settings.catalog, self._access, self._settings).connection()) as made:
                made.deadline = time.monotonic() + SECONDS
                with made.cursor() as found:
                    return work(found)
        except psycopg2.Error as error:
            raise translated(error) from error
        except Overdue as error:
            raise errors.Timeout("the database did not answer in time") from error

    def _identity(self) -> Finding:
        def ask(found: cursor) -> Finding:
            found.execute("SELECT current_user")
            ((user,),) = found.fetchall()
            return ok(f'the database knows the gateway as "{user}"')

        return self._asked(ask)

    def _credentials(self) -> Finding:
        return self._asked(lambda _: ok("the database takes the password"))

    def _clock(self) -> Finding:
        def ask(found: cursor) -> Finding:
            began = time.time()
            found.execute("SELECT extract(epoch FROM pg_catalog.clock_timestamp())::float8")
            ((told,),) = found.fetchall()
            return clock((began + time.time()) / 2 - told, "the database's")

        return self._asked(ask)

    def _database(self) -> Finding:
        def ask(found: cursor) -> Finding:
            found.execute(
                "SELECT pg_catalog.current_setting('server_version'), pg_catalog.pg_is_in_recovery()"
            )
            ((version, copies),) = found.fetchall()
            seconds = time.monotonic() - began
            if copies:
                return fail(
                    f'the database "{self._settings.catalog}" takes no writes: its host is a read-only one'
                )
            told = f"Postgres {str(version).split()[0]} answered in {seconds * 1000:.0f} ms"
            return ok(f'the database "{self._settings.catalog}" is there: {told}')

        self._must_run()  # or what the workspace lacks would be taken for the database
        began = time.monotonic()
        try:
            return self._told(ask)
        except errors.NotFound as error:
            return failed(error, *sql([f"CREATE DATABASE {quoting.name(self._settings.catalog)}"]))
        except errors.Forbidden as error:
            if error.details.get("grants"):
                raise
            user = self._access.arguments().get("user")  # libpq has its own where none is told
            return failed(error, *(self._access.letting_in(str(user)) if user else ()))

    def _grants(self) -> Finding:
        catalog, schema = self._settings.catalog, self._settings.schema

        def ask(found: cursor) -> Finding:
            if missing := grants.missing_in(found, catalog, schema):
                return fail(f'grants are missing in the schema "{schema}"', *sql(missing))
            return ok(f'no grant is missing in the schema "{schema}"')

        return self._asked(ask)

    def _ownership(self) -> Finding:
        catalog, schema = self._settings.catalog, self._settings.schema

        def ask(found: cursor) -> Finding:
            found.execute("SELECT current_user")
            ((user,),) = found.fetchall()
            found.execute(_OTHERS, (schema,))
            others = [
                f"ALTER {_KINDS[kind]} {quoted(found, TableName(catalog, schema, name))}"
                f" OWNER TO {quote_ident(user, found)}"
                for name, kind in found.fetchall()
            ]
            if not others:
                return ok(f'all that is in the schema "{schema}" belongs to the gateway')
            told = f'{len(others)} in the schema "{schema}" belong to others'
            return warn(f"{told}, who alone may change or drop them: migrations need that", *sql(others))

        return self._asked(ask)

    def _connections(self) -> Finding:
        """What all workers want, against the least room of the server, the database and the role."""
        instances = self._settings.instances or self._access.instances()
        settings = replace(self._settings, instances=instances)
        factors = {
            "GATEWAY_WORKERS": settings.workers,
            "GATEWAY_POOL_SIZE": settings.pool_size,
            "GATEWAY_INSTANCES": instances,
        }

        def ask(found: cursor) -> Finding:
            limit, whose, mends = min(each for each in _limits(found, settings) if each[0] >= 0)
            return budget(factors, limit, whose, mends)

        return self._asked(ask)


def _limits(found: cursor, settings: Settings) -> list[tuple[int, str, tuple[Mend, ...]]]:
    """How many connections there may be, who says so, and what mends that they are too few."""
    found.execute(_ROOM)
    room = _Room(*found.fetchall()[0])
    each = settings.most_connections // settings.pool_size
    fewer = command("export", f"GATEWAY_POOL_SIZE={max(1, int(ROOM * room.server) // each)}")
    role, database = quote_ident(room.user, found), quote_ident(settings.catalog, found)
    more = f"CONNECTION LIMIT {2 * settings.most_connections}"
    return [
        (room.server, "the server", (fewer,)),
        (room.role, f"the role {role}", sql([f"ALTER ROLE {role} {more}"])),
        (room.database, f"the database {database}", sql([f"ALTER DATABASE {database} {more}"])),
    ]
