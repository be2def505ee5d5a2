"""`gateway deploy`: an environment of deployment.yaml brought about on Databricks, or taken down.

What it takes is imported when it is asked for: no other command, and no server, needs it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask.cli import with_appcontext

from gateway.cli.context import current_environment
from gateway.cli.output import echo_table, safe

if TYPE_CHECKING:
    from gateway.deploying.site import Site
    from gateway.deploying.steps import Row, Step

FILE = "deployment.yaml"

_environment = click.option("--environment", metavar="NAME", help="Which of the file's environments.")
_file = click.option(
    "--file",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(FILE),
    show_default=True,
    help="What tells of the environments; the gateway is deployed from the folder that it is in.",
)
_dry_run = click.option("--dry-run", is_flag=True, help="Tell what would be done, and change nothing.")


@click.group("deploy", invoke_without_command=True, short_help="Deploy to Databricks Apps.")
@_environment
@_file
@_dry_run
@click.pass_context
@with_appcontext
def deploy(context: click.Context, environment: str | None, file: Path, *, dry_run: bool) -> None:
    """Bring an environment of deployment.yaml about: database, app, source, deployment, schema, revisions.

    Each step does only what is still to be done: run again, nothing is changed, what was stopped is finished.
    """
    if context.invoked_subcommand is not None:
        return
    from gateway.deploying import run

    found = _site(environment, file)
    _take(run.steps(found), found, dry_run=dry_run)


@deploy.command("delete", short_help="Take down what a deployment has made.")
@_environment
@_file
@_dry_run
@click.option("--database", is_flag=True, help="The database too, with all its data.")
@click.option("--confirm", metavar="NAME", help="The name of the database again.")
@with_appcontext
def delete(
    environment: str | None, file: Path, *, dry_run: bool, database: bool, confirm: str | None
) -> None:
    """Take down what deployments from here made: the app, its source, and, told so twice, the database."""
    if database != (confirm is not None):
        raise click.UsageError("a database is deleted by --database and --confirm NAME together")
    from gateway.deploying import removal

    found = _site(environment, file)
    _take(removal.steps(found, confirm), found, dry_run=dry_run)


def _site(name: str | None, file: Path) -> "Site":
    from gateway.deploying.environment import environment as read
    from gateway.deploying.site import site

    if name is None:
        raise click.UsageError("Missing option '--environment'.")
    path = file.absolute()
    return site(read(path, name), path.parent, (path,), current_environment())


def _take(steps: tuple["Step", ...], found: "Site", *, dry_run: bool) -> None:
    from gateway.deploying.steps import planned, taken

    _told(planned(steps, found) if dry_run else taken(steps, found, _reporting()))


def _reporting() -> Callable[[str, str], None]:
    """Tells on standard error what is done and waited for, once as long as it is the same."""
    told = ""

    def report(step: str, words: str) -> None:
        nonlocal told
        line = safe(f"{step}: {words}")
        if line != told:
            click.echo(line, err=True)
        told = line

    return report


def _told(rows: Iterator["Row"]) -> None:
    """Print what became of the steps, also of those before one that fails."""
    done: list[Row] = []
    try:
        for row in rows:
            done.append(row)  # noqa: PERF402 - those before an error count
    finally:
        _table(done)
    if all(row.outcome in ("unchanged", "asked") for row in done):
        click.echo("nothing had to be changed")


def _table(rows: list["Row"]) -> None:
    if rows:
        echo_table([("step", "found", "did"), *((row.step, row.found, row.did) for row in rows)])
    for row in rows:
        for words in row.details:
            click.echo(f"{row.step}: {safe(words)}")
