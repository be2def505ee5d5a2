"""What a preflight finds in an environment; and its mends, carried out as they stand."""

import json
import shlex
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass

import requests

from backends import open_backend
from backends.preflight import Finding
from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN_TOKEN

Sql = Callable[[str], object]


def found(env: Mapping[str, str], backend: str = "lakebase") -> dict[str, Finding]:
    """What is found where a gateway is told `env`."""
    with closing(open_backend(backend, env)) as opened:
        return opened.preflight()


def states(findings: Mapping[str, Finding]) -> dict[str, str]:
    """The states, by check."""
    return {name: finding.state for name, finding in findings.items()}


def texts(finding: Finding, kind: str) -> list[str]:
    """The mends of one kind."""
    return [mend.text for mend in finding.mends if mend.kind == kind]


def exported(finding: Finding) -> dict[str, str]:
    """The variables that a mend tells a shell to set."""
    told = [shlex.split(text) for text in texts(finding, "command")]
    return dict(words[1].split("=", 1) for words in told if words[0] == "export")


@dataclass(frozen=True)
class Admin:
    """Who may mend: runs SQL as a superuser, and what the Databricks CLI would send."""

    workspace: Workspace
    sql: Sql

    def mend(self, finding: Finding) -> None:
        """Carry out all that mends a finding."""
        assert finding.mends, finding
        for mend in finding.mends:
            if mend.kind == "sql":
                self.sql(mend.text)
            else:
                self.run(mend.text)

    def run(self, command: str) -> None:
        """Send what `databricks api` would."""
        program, group, method, place, *rest = shlex.split(command)
        assert (program, group) == ("databricks", "api"), command
        assert rest[:1] in ([], ["--json"]), command
        body = json.loads(rest[1]) if rest else None
        answer = requests.request(
            method.upper(),
            self.workspace.url + place,
            json=body,
            headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
            timeout=60,
        )
        assert answer.ok, answer.text
