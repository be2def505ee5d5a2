"""Somebody who deploys: a folder with the gateway, a deployment.yaml, and the command line."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml
from click.testing import Result

from gateway import create_app
from gateway.deploying import run
from gateway.deploying.environment import environment
from gateway.deploying.site import Site, site
from gateway.deploying.steps import taken
from gateway.views import EXTENSION
from tests.gateway_process import PROJECT
from tests.workspace.handle import Workspace

PARTS = ("backends", "gateway", "app.yaml", "gunicorn.conf.py", "requirements.txt", "wsgi.py")
Report = Callable[[str, str], None]
SETTLED = ("source", "schema", "deployment", "grants", "migrations", "health")
KNOWN = ("database", "warehouse", "app", *SETTLED)
STEPS = ["database", "app", *SETTLED]
REVISION = (
    'op.create_table("people", op.column("id", "INT"), op.column("name", "STRING"), primary_key=["id"])'
)
# what is asked for in POST and changes nothing: bearers, and passwords for databases
MINTING = ("/oidc/v1/token", "/api/2.0/database/credentials", "/api/2.0/postgres/credentials")


@dataclass(frozen=True)
class Deployer:
    """A service principal who may use the workspace, and a copy of the gateway."""

    workspace: Workspace
    folder: Path
    env: Mapping[str, str]

    def describe(self, **environments: Mapping[str, Any]) -> None:
        """Write deployment.yaml."""
        (self.folder / "deployment.yaml").write_text(yaml.safe_dump({"environments": environments}))

    def run(self, *args: str) -> Result:
        """Run `gateway deploy ...`."""
        app = create_app(self.env)
        try:
            runner = app.test_cli_runner()
            file = ["--file", str(self.folder / "deployment.yaml")]
            words = ["delete", *file, *args[1:]] if args[0] == "delete" else [*file, *args]
            found = runner.invoke(args=["gateway", "deploy", *words])
        finally:
            app.extensions[EXTENSION].backend.close()
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found

    def site(self) -> Site:
        """What the command line makes of "dev", the app as it is now."""
        file = self.folder / "deployment.yaml"
        found = site(environment(file, "dev"), self.folder, (file,), self.env)
        found.app = found.workshop.apps.find(found.wanted.app)
        found.sent = found.record.files
        return found

    def take(self, *names: str, site: Site | None = None, report: Report = lambda *_: None) -> dict[str, str]:
        """What some of the steps did, or all of them."""
        found = site or self.site()
        steps = tuple(step for step in run.steps(found) if not names or step.name in names)
        return {row.step: row.did for row in taken(steps, found, report)}

    def deploy(self, *args: str) -> dict[str, str]:
        """What each step did, once all went well."""
        found = self.run("--environment", "dev", *args)
        assert found.exit_code == 0, found.output
        return did(found)

    def writes(self) -> list[str]:
        """What was asked of the control plane that changes something, since it was told to forget."""
        found = self.workspace.requests()
        return [f"{how} {path}" for how, path, _ in found if how != "GET" and path not in MINTING]

    def url(self) -> str:
        """Where the app is."""
        found = self.site().app
        assert found
        return found.url

    def bearer(self) -> str:
        """A bearer of this principal's."""
        pair = (self.env["DATABRICKS_CLIENT_ID"], self.env["DATABRICKS_CLIENT_SECRET"])
        form = {"grant_type": "client_credentials", "scope": "all-apis"}
        told = requests.post(f"{self.workspace.url}/oidc/v1/token", auth=pair, data=form, timeout=20)
        return str(told.json()["access_token"])

    def ask(self, url: str, path: str, body: Mapping[str, Any]) -> Any:
        """What a deployed gateway answers to a body."""
        return self._asked("POST", url, path, body)

    def get(self, url: str, path: str) -> Any:
        """What a deployed gateway tells."""
        return self._asked("GET", url, path, None)

    def _asked(self, how: str, url: str, path: str, body: Mapping[str, Any] | None) -> Any:
        headers = {"Authorization": f"Bearer {self.bearer()}"}
        answer = requests.request(how, f"{url}/api/v1/{path}", json=body, headers=headers, timeout=60)
        assert answer.ok, answer.text
        return answer.json()


def did(found: Result) -> dict[str, str]:
    """What each step did, by the table that was printed."""
    lines = found.stdout.splitlines()
    at = lines[0].index("did")
    return {line.split()[0]: line[at:].strip() for line in lines[1:] if line.split()[0] in KNOWN}


def copied(folder: Path) -> Path:
    """A copy of the gateway with a revision."""
    for name in PARTS:
        place = PROJECT / name
        if place.is_dir():
            shutil.copytree(place, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(place, folder)
    (folder / "migrations").mkdir()
    return folder
