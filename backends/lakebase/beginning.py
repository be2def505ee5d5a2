"""What a process does once, when its first connection to the database is made."""

import logging
from collections.abc import Callable

import psycopg2
from psycopg2.extensions import cursor

from backends.lakebase import catalog
from backends.lakebase.driver import is_loss
from backends.lakebase.settings import Settings

_log = logging.getLogger(__name__)


def settle(settings: Settings) -> Callable[[cursor], None]:
    """What creates the usual schema, where it may, and warns if the workers may want too many connections."""

    def begin(found: cursor) -> None:
        _own_schema(found, settings.schema)
        _warn_of_too_many(found, settings)

    return begin


def _own_schema(found: cursor, schema: str) -> None:
    """Create the usual schema if it is missing: an App may use none that it did not make."""
    found.execute("BEGIN")
    try:
        catalog.create_schema(found, schema)
    except psycopg2.Error as error:
        if is_loss(error, found.connection):
            raise
        found.execute("ROLLBACK")
        _log.warning('GATEWAY_SCHEMA: "%s" is not there, and making it is refused (%s)', schema, error.pgcode)
    else:
        found.execute("COMMIT")


def _warn_of_too_many(found: cursor, settings: Settings) -> None:
    found.execute(
        "SELECT pg_catalog.current_setting('max_connections')::int"
        " - pg_catalog.current_setting('superuser_reserved_connections')::int"
    )
    ((room,),) = found.fetchall()
    if settings.most_connections > room:
        _log.warning(
            "GATEWAY_WORKERS x GATEWAY_POOL_SIZE x GATEWAY_INSTANCES = %d x %d x %d = %d connections to each"
            " database, but the server has room for %d in all: lower GATEWAY_POOL_SIZE",
            settings.workers,
            settings.pool_size,
            settings.instances or 1,
            settings.most_connections,
            room,
        )
