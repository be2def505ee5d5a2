"""`gateway migrations`: revisions of the database's structure."""

import time
from pathlib import Path

import click
from flask.cli import with_appcontext

from backends import errors
from gateway.cli.context import TargetType, current_gateway
from gateway.cli.output import echo_table, safe
from gateway.migrations import Migrations
from gateway.migrations.drafting import draft
from gateway.migrations.scripts import HEAD, Direction
from gateway.requests import Target

SIGNED = {"ignore_unknown_options": True}  # -1 is no option
PAUSE_SECONDS = 1.0


@click.group("migrations", short_help="Change the database's structure, revision by revision.")
def migrations() -> None:
    """Revisions of the database's structure: written once, run on any backend.

    A revision is named by its id or the beginning of it, by `head` and `base`, or by so many on: +1, -2.
    """


@migrations.command("status", short_help="Where the database stands.")
@with_appcontext
def status() -> None:
    """Show where the database stands, which revisions are pending, and where a run stopped."""
    found = _migrations().status()
    echo_table([("current", found.current or "base"), ("head", found.head or "base")])
    for revision in found.pending:
        click.echo(f"pending  {revision.id}  {safe(revision.message)}")
    if found.unfinished:
        at = found.unfinished
        click.echo(
            f"{at.direction} {at.revision} is unfinished: {at.done} statement(s) done; the next one is"
        )
        click.echo(safe(at.statement or "none"))


@migrations.command("plan", short_help="The SQL that it takes; nothing is run.", context_settings=SIGNED)
@click.argument("to", default=HEAD)
@with_appcontext
def plan(to: str) -> None:
    """Print the SQL that it takes to come to a revision."""
    for each in _migrations().plan(to):
        click.echo(f"-- {each.step.direction} {each.step.revision.id}: {safe(each.step.revision.message)}")
        for statement in each.statements:
            click.echo(statement if statement.startswith("--") else f"{statement};")


@migrations.command("upgrade", short_help="Take the revisions up to one.")
@click.argument("to", default=HEAD)
@click.option("--wait", default=0.0, help="Seconds to go on trying while others migrate.")
@with_appcontext
def upgrade(to: str, wait: float) -> None:
    """Take the revisions up to one; all of them, if none is named."""
    until = time.monotonic() + wait
    while True:
        try:
            return _move(to, "upgrade")
        except errors.Unavailable:
            if time.monotonic() > until:
                raise
        time.sleep(PAUSE_SECONDS)


@migrations.command("downgrade", short_help="Take back the revisions after one.", context_settings=SIGNED)
@click.argument("to")
@with_appcontext
def downgrade(to: str) -> None:
    """Take back the revisions after one; -1 takes back the last."""
    _move(to, "downgrade")


@migrations.command(
    "stamp", short_help="Say where the database stands; nothing is run.", context_settings=SIGNED
)
@click.argument("to")
@with_appcontext
def stamp(to: str) -> None:
    """Say that the database is at a revision, and run nothing."""
    click.echo(f"the database is said to be at {_migrations().stamp(to) or 'base'}")


@migrations.command("history", short_help="All revisions, the last one first.")
@with_appcontext
def history() -> None:
    """List all revisions, the last one first."""
    found = _migrations()
    current = found.current()
    rows = [
        (each.id, "current" if each.id == current else "", each.message)
        for each in reversed(found.revisions.all)
    ]
    if rows:
        echo_table(rows)


@migrations.command("new", short_help="Write a revision.")
@click.argument("message")
@click.option("--from", "table", type=TargetType(), help="A table that is there, for the revision to make.")
@with_appcontext
def new(message: str, table: Target | None) -> None:
    """Write a revision that follows the last one, to be filled in; or one that makes a table as it is."""
    gateway = current_gateway()
    bodies = ("", "")
    if table is not None:
        structure = gateway.backend.structure(gateway.name(table))
        bodies = draft(structure, (gateway.backend.catalog, gateway.backend.schema))
    click.echo(_shown(_migrations().revisions.new(message, *bodies)))


def _migrations() -> Migrations:
    return current_gateway().migrations()


def _move(to: str, direction: Direction) -> None:
    found = _migrations()
    taken = found.move(to, direction, current_gateway().config.local_user, click.echo)
    if not taken:
        click.echo(f"nothing to {direction}: the database is at {found.status().current or 'base'}")


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
