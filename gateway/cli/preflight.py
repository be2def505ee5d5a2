"""What `gateway check --deep` prints."""

import click

from backends.base import Backend
from backends.preflight import Finding
from gateway.cli.output import aligned, safe, widths

COLOURS = {"OK": "green", "WARN": "yellow", "FAIL": "red"}


def preflight(backend: Backend) -> bool:
    """Print what each check finds, and below it what is to be run; gives whether none failed."""
    found = backend.preflight()
    rows = [(finding.state, name, safe(finding.message)) for name, finding in found.items()]
    for line, finding in zip(aligned(rows, widths(rows)), found.values(), strict=True):
        click.secho(line[: len(finding.state)], fg=COLOURS[finding.state], nl=False)
        click.echo(line[len(finding.state) :])
        mends(finding)
    return all(finding.state != "FAIL" for finding in found.values())


def mends(finding: Finding) -> None:
    """Print what mends a finding, to be copied: SQL ends in a semicolon, a command begins with a dollar."""
    for mend in finding.mends:
        text = safe(mend.text)
        click.echo(f"        {text};" if mend.kind == "sql" else f"        $ {text}")
