"""`gateway check`: what is in force, where it comes from, and whether the database answers."""

import re
import time
from collections.abc import Iterator, Mapping

import click
from flask.cli import with_appcontext

from backends import errors
from backends.base import Backend
from gateway.cli.context import current_environment, current_gateway
from gateway.cli.output import echo_table, safe
from gateway.cli.preflight import preflight
from gateway.secrecy import hidden
from gateway.service import Gateway
from gateway.transfers import DEFAULT, Connections

_OURS = re.compile(r"CONNECTION_.*__|GATEWAY_|DATABRICKS_|LAKEBASE_|PG[A-Z]+$|DATABASE_URL$|PORT$")


@click.command("check", short_help="Show the settings, and whether the database answers.")
@click.option("--deep", is_flag=True, help="Look at all that the database needs, and tell what mends it.")
@with_appcontext
def check(*, deep: bool) -> None:
    """Show what is in force, secrets hidden, whether the database answers, and which grants it lacks.

    Ends with status 1 if it does not answer, grants are missing, or a connection is told wrongly. With
    --deep each of nine checks is OK, WARN or FAIL, with the SQL or the command that mends it; a database
    that sleeps is not woken, and status 1 means that one failed.
    """
    gateway = current_gateway()
    found = settings(gateway, current_environment())
    echo_table([("setting", "value", "from"), *found])
    click.echo()
    right = connections(gateway.transfers.connections)
    look = preflight if deep else shallow
    if not (look(gateway.backend) and right):
        raise click.exceptions.Exit(1)


def shallow(backend: Backend) -> bool:
    """Say how the database is, and whether it answers with all grants; leaves with status 1 if not."""
    status(backend)
    answer(backend)
    grants(backend)
    return True


def settings(gateway: Gateway, env: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Each setting's name, its value with secrets hidden, and where that comes from."""
    in_force = dict(_in_force(gateway))
    others = {name: env[name] for name in sorted(env) if _OURS.match(name) and env[name]}
    merged = {**in_force, **{name: text for name, text in others.items() if name not in in_force}}
    return [(name, hidden(name, value), _origin(name, env)) for name, value in merged.items()]


def _in_force(gateway: Gateway) -> Iterator[tuple[str, str]]:
    config, backend = gateway.config, gateway.backend
    yield "GATEWAY_BACKEND", config.backend
    yield "GATEWAY_CATALOG", backend.catalog
    yield "GATEWAY_SCHEMA", backend.schema
    yield "GATEWAY_MAX_BODY_BYTES", str(config.max_body_bytes)
    yield "GATEWAY_MAX_LIMIT", str(config.max_limit)
    yield "GATEWAY_MAX_WRITE_ROWS", str(config.max_write_rows)
    yield "GATEWAY_LOCAL_USER", config.local_user
    yield "GATEWAY_TRANSFER_BYTES", str(config.transfer_bytes)
    yield "GATEWAY_REJECTS_DIR", str(config.rejects)
    yield from backend.settings.items()


def _origin(name: str, env: Mapping[str, str]) -> str:
    if name == "GATEWAY_BACKEND" and env.get(name, "auto").lower() in ("", "auto"):
        return "default (auto)"
    return "environment" if env.get(name) else "default"


def connections(found: Connections) -> bool:
    """Print which other databases there are; none is asked. Gives whether all of them are told rightly."""
    rows, wrong = [], []
    for name in (name for name in found.names if name != DEFAULT):
        try:
            connection = found.open(name, "")
        except errors.Invalid as error:
            wrong.append(f'connection "{name}" is wrong: {safe(error.message)}')
        else:
            rows.append((name, connection.kind, connection.backend.catalog, connection.backend.schema))
    if rows:
        echo_table([("connection", "backend", "catalog", "schema"), *rows])
    for line in wrong:
        click.echo(line)
    if rows or wrong:
        click.echo()
    return not wrong


def status(backend: Backend) -> None:
    """Say what is known of the database without waking it."""
    found = backend.status()
    click.echo(f"database is {found.state}" + (f": {safe(found.message)}" if found.message else ""))


def answer(backend: Backend) -> None:
    """Say how long the database took to answer, or leave with status 1 if it did not."""
    started = time.perf_counter()
    try:
        backend.ping()
    except errors.BackendError as error:
        click.echo(f"database does not answer: {safe(error.message)}")
        raise click.exceptions.Exit(1) from error
    click.echo(f"database answered in {(time.perf_counter() - started) * 1000:.1f} ms")


def grants(backend: Backend) -> None:
    """Print the SQL of every grant that is missing; leave with status 1 if there is any."""
    missing = backend.missing_grants()
    if missing:
        click.echo("grants are missing; whoever may give them runs:")
        for grant in missing:
            click.echo(f"{safe(grant)};")
        raise click.exceptions.Exit(1)
