"""`gateway databases`: the Lakebase databases of the workspace, whichever backend the gateway runs on."""

import time
from typing import Any, TypedDict, Unpack

import click
from flask.cli import with_appcontext

from backends.provisioning import Instance, named, specs
from gateway.cli.context import current_gateway
from gateway.cli.output import echo_table, safe, tell
from gateway.cli.transfers import follow
from gateway.provisioning import CreateDatabase, Databases, Refill, refuse_wrong_source
from gateway.transfers import MODES
from gateway.transfers.asked import Mode
from gateway.transfers.connections import known_as

TOLD_SECONDS = 5.0  # between two lines while nothing changes


class SizeOptions(TypedDict):
    """A size on the command line; what is None was not given."""

    capacity: str | None
    retention_days: int | None
    nodes: int | None
    least_cu: float | None
    most_cu: float | None
    suspend_seconds: int | None


def sized(command: click.Command) -> click.Command:
    """A command with an option for each part of a size; which of them a database has is its kind's."""
    command.params += [
        click.Option(["--capacity"], type=click.Choice(specs.CAPACITIES), help="Provisioned: its size."),
        click.Option(["--retention-days"], type=int, help="Provisioned: 2 to 35 days to go back to."),
        click.Option(["--nodes"], type=int, help="Provisioned: 1 to 3."),
        click.Option(["--least-cu"], type=float, help="Autoscaling: compute units at least, from 0.5."),
        click.Option(["--most-cu"], type=float, help="Autoscaling: at most; 64, and 16 above the least."),
        click.Option(["--suspend-seconds"], type=int, help="Autoscaling: until it sleeps; 0 is never."),
    ]
    return command


@click.group("databases", short_help="Make Lakebase databases, change and test them.")
def databases() -> None:
    """Lakebase databases of the workspace that DATABRICKS_HOST names.

    NAME is a Provisioned instance's name, or projects/P/branches/B/endpoints/E for Autoscaling.
    """


@databases.command("list", short_help="All that are seen.")
@with_appcontext
def every() -> None:
    """List all databases that are seen, with their states and Databricks' own words for them."""
    rows = [(found.name, found.state, found.word or "", size_told(found)) for found in _databases().list()]
    if rows:
        echo_table(rows)


@databases.command("show", short_help="One as it is now.")
@click.argument("name")
@with_appcontext
def show(name: str) -> None:
    """Show a database as it is now."""
    told(_databases().show(name))


@sized
@databases.command("create", short_help="Make one, or find it.")
@click.argument("name")
@click.option("--transfer-from", metavar="CONNECTION", help="Fill it with the tables of a connection.")
@click.option("--transfer-mode", type=click.Choice(MODES), default="create", show_default=True)
@click.option("--to-schema", help="Where in it they go; its own schema, if not given.")
@with_appcontext
def create(
    name: str,
    transfer_from: str | None,
    transfer_mode: Mode,
    to_schema: str | None,
    **size: Unpack[SizeOptions],
) -> None:
    """Make a database and wait until it is ready; one that is there and equal is taken for it."""
    refill = Refill(known_as(transfer_from), transfer_mode, to_schema=to_schema) if transfer_from else None
    asked = CreateDatabase(named(name, _given(size)), refill)
    gateway = current_gateway()
    transfers = gateway.transfers.passing()
    refuse_wrong_source(asked, transfers)
    told(gateway.databases.create(asked, Progress()))
    if (runner := gateway.databases.filled(asked, transfers, gateway.config.local_user)) is not None:
        follow(runner)


@databases.command("start", short_help="Start one that is stopped.")
@click.argument("name")
@with_appcontext
def start(name: str) -> None:
    """Start a database that is stopped, and wait until it is ready."""
    told(_databases().start(name, Progress()))


@databases.command("stop", short_help="Stop one; it keeps its data.")
@click.argument("name")
@with_appcontext
def stop(name: str) -> None:
    """Stop a database, which keeps its data, and wait until it has stopped."""
    told(_databases().stop(name, Progress()))


@sized
@databases.command("resize", short_help="Give one another size.")
@click.argument("name")
@with_appcontext
def resize(name: str, **size: Unpack[SizeOptions]) -> None:
    """Change what is given of a database's size, and wait until it has it."""
    changes = _given(size)
    if not changes:
        raise click.UsageError("nothing is to be changed")
    told(_databases().resize(name, changes, Progress()))


@databases.command("delete", short_help="Delete one for good.")
@click.argument("name")
@click.option("--confirm", prompt="Its name again, to delete it with all its data", help="NAME again.")
@with_appcontext
def delete(name: str, confirm: str) -> None:
    """Delete a database for good, with all its data; asks for its name again."""
    _databases().delete(name, confirm, Progress())
    click.echo(f"{safe(name)} is deleted")


@databases.command("test", short_help="Connect to one, each step timed.")
@click.argument("name")
@with_appcontext
def test(name: str) -> None:
    """Connect to a database as the gateway would, each step timed; one that sleeps wakes."""
    steps = _databases().test(name)
    echo_table([(each.name, f"{each.ms:.1f} ms", "failed" if each.reason else "ok") for each in steps])
    if steps[-1].reason is not None:
        tell(steps[-1].reason)
        raise click.exceptions.Exit(1)


class Progress:
    """Tells on standard error what a database is like: when that changes, and now and then."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._last = ("", 0.0)

    def __call__(self, found: Instance) -> None:
        """Look at it."""
        now, line = time.monotonic(), state_told(found)
        if line != self._last[0] or now - self._last[1] >= TOLD_SECONDS:
            self._last = (line, now)
            click.echo(f"{now - self._begun:5.0f} s  {safe(line)}", err=True)


def told(found: Instance) -> None:
    """Print what is known of a database."""
    rows = [("name", found.name), ("kind", found.kind), ("state", state_told(found))]
    rows += [("size", size_told(found)), ("host", found.host or ""), ("creator", found.creator or "")]
    echo_table([row for row in rows if row[1]])


def state_told(found: Instance) -> str:
    """A state beside Databricks' own word for it."""
    word = f" ({found.word})" if found.word else ""
    return f"{found.state}{word}{', changing' if found.changing else ''}"


def size_told(found: Instance) -> str:
    """A size in one line."""
    return ", ".join(f"{name} {value}" for name, value in (found.size or {}).items())


def _given(size: SizeOptions) -> dict[str, Any]:
    return {name: value for name, value in size.items() if value is not None}


def _databases() -> Databases:
    return current_gateway().databases
