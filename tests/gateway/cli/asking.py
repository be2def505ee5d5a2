"""What the tests of the command line ask."""

import json
from collections.abc import Callable

from click.testing import Result

Run = Callable[..., Result]

PLANES = "tail,seats,built,weight\nN1,55,2004-01-31,39.02\nN2,,2005-02-28,10.357019999999999\nN3,2,,100\n"


def rows(run: Run, table: str, *args: str) -> list[dict[str, object]]:
    """What `read` gives, the audit columns left out."""
    found = run("read", table, "--format", "ndjson", *args)
    assert found.exit_code == 0, found.stderr
    decoded = [json.loads(line, parse_float=str) for line in found.stdout.splitlines()]
    return [{name: row[name] for name in row if not name.endswith(("_at", "_by"))} for row in decoded]
