"""`flask --app wsgi gateway ...`: the gateway from a terminal, over the same planner and backend as HTTP."""

import click
from flask.cli import AppGroup

from backends import errors
from gateway.cli.check import check
from gateway.cli.load import load
from gateway.cli.output import complain
from gateway.cli.read import read
from gateway.cli.tables import tables


class Commands(AppGroup):
    """Commands whose errors are told in a few lines, with exit status 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except errors.BackendError as error:
            complain(error)
            ctx.exit(1)


cli = Commands("gateway", help="Look after the gateway's database: check, tables, load, read.")
for command in (check, tables, load, read):
    cli.add_command(command)
