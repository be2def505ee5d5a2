"""docs/deploy.md tells the truth: what goes wrong is seen as it says, and what it names is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.preflight import CHECKS
from tests.deploy import troubles
from tests.deploy.container import PROJECT
from tests.deploy.test_bundle import BUNDLE
from tests.deploy.troubles import Trouble
from tests.workspace.handle import Workspace, running_workspace

GUIDE = (PROJECT / "docs" / "deploy.md").read_text()

CAUSES: dict[str, Trouble] = {
    "No database is told, though the backend is": troubles.no_database,
    "A service principal without its secret": troubles.no_secret,
    "No warehouse is told": troubles.no_warehouse,
    "The port is taken": troubles.port_taken,
    "`GATEWAY_SQLITE_DIR` is a file": troubles.file_in_the_way,
    "A file that is no SQLite database": troubles.damaged,
    "The secret is wrong, old or revoked": troubles.wrong_secret,
    "The workspace is not at `DATABRICKS_HOST`, or is away": troubles.wrong_workspace,
    "`LAKEBASE_INSTANCE` names no instance": troubles.wrong_instance,
    "Nothing tells which Lakebase it is": troubles.not_found,
    "The service principal may not use the database": troubles.not_permitted,
    "It has no role in the database": troubles.no_role,
    "A wrong password of a plain Postgres": troubles.wrong_password,
    "The database of that name is not there": troubles.no_such_database,
    "The endpoint is disabled": troubles.disabled,
    "The network swallows everything, or a firewall": troubles.black_hole,
    "More connections than the server takes": troubles.too_many,
    "No tables may be made in `public`": troubles.public,
    "The schema is somebody else's": troubles.schema_of_others,
    "A table is somebody else's, and is to be dropped or changed": troubles.table_of_others,
    "The caller is no admin": troubles.stranger,
    "A page of another site, or of another port, has a browser send it": troubles.other_site,
    "The warehouse is stopped": troubles.stopped_warehouse,
    "There is no such warehouse": troubles.wrong_warehouse,
    "A grant in Unity Catalog is missing": troubles.no_use,
    "User authorization is off": troubles.no_caller,
    "The caller has no grant, and statements run as the caller": troubles.callers_grants,
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace of these tests' own."""
    with running_workspace(tmp_path_factory.mktemp("workspace"), engine="duckdb") as running:
        yield running


def table(heading: str) -> list[list[str]]:
    """The cells of the rows of the table whose header begins with a word."""
    lines = GUIDE.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    rows = []
    for line in lines[at + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


SEEN = {cause: seen.strip("`") for cause, seen, _ in table("cause")}


def test_every_cause_is_made() -> None:
    assert SEEN.keys() == CAUSES.keys()


@pytest.mark.parametrize("cause", CAUSES)
def test_what_is_seen_is_what_the_guide_says(broken: Workspace, tmp_path: Path, cause: str) -> None:
    try:
        seen = CAUSES[cause](broken, tmp_path)
    finally:
        broken.mend()
    assert re.fullmatch(re.escape(SEEN[cause]).replace("…", ".+"), seen), seen


def test_what_it_names_is_there() -> None:
    assert [row[0] for row in table("check")] == list(CHECKS)
    named = {name for row in table("target") for name in re.findall(r"`(\w+)`", row[0])}
    assert named == BUNDLE["targets"].keys()
    assert set(re.findall(r"-var (\w+)=", GUIDE)) <= BUNDLE["variables"].keys()
    targets = re.findall(r"^([\w-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:^|`)make ([\w-]+)", GUIDE, re.MULTILINE)) <= set(targets)
    for path in re.findall(r"deploy/kubernetes/[\w.]*", GUIDE):
        assert (PROJECT / path).exists()
