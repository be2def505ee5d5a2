"""`flask --app wsgi gateway ...`: the gateway from a terminal, over the same planner and backend as HTTP."""

import click
from flask.cli import AppGroup

from backends import errors
from gateway.cli import check, databases, deploy, load, migrations, read, tables, transfers
from gateway.cli.output import complain


class Commands(AppGroup):
    """Commands whose errors are told in a few lines, with exit status 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except errors.BackendError as error:
            complain(error)
            ctx.exit(1)


cli = Commands(
    "gateway",
    help="Look after the gateway's database: check, tables, load, read, migrations, transfer, databases,"
    " deploy.",
)
COMMANDS = (
    check.check, tables.tables, load.load, read.read, migrations.migrations, deploy.deploy,
    transfers.transfer, transfers.transfers, databases.databases,
)  # fmt: skip
for command in COMMANDS:
    cli.add_command(command)
