"""What a preflight asks the control plane: who the gateway is, and whether its clock is right."""

import json
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from backends import errors
from backends.credentials.tokens import Token
from backends.credentials.workspace import LoginRefused, Workspace
from backends.preflight import Check, Finding, Mend, clock, command, failed, ok
from backends.reach import reached

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

DISCOVERY = "/oidc/.well-known/oauth-authorization-server"  # which every workspace answers, whoever asks
HTTPS = 443
_APPLICATION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# lists the workspaces that this machine knows, and whether they let in
PROFILES = command("databricks", "auth", "profiles")


class WorkspaceChecks:
    """Looks at one workspace, as the settings log in there."""

    def __init__(self, workspace: Workspace, variables: Mapping[str, str]) -> None:
        self._workspace = workspace
        self._variables = variables

    def user(self) -> str:
        """As whom Databricks knows the gateway.

        Raises:
            Unavailable, Forbidden: see `Workspace.ask`.
        """
        return str(self._workspace.ask(lambda client: client.current_user.me().user_name, "the workspace"))

    def identity(self) -> Finding:
        """Whether Databricks knows the gateway at all."""
        return self.unless_refused(lambda: ok(f'Databricks knows the gateway as "{self.user()}"'))

    def host(self) -> Finding:
        """Whether the workspace is reached."""
        url = self._variables.get("DATABRICKS_HOST") or self._workspace.ask(_url, "the workspace")
        parts = urlsplit(url if "://" in url else f"https://{url}")
        return reached(parts.hostname or "", parts.port or HTTPS, "DATABRICKS_HOST", (PROFILES,))

    def clock(self) -> Finding:
        """Whether the clock agrees with the workspace's."""
        return clock(self._workspace.ask(_ahead, "the workspace"), "Databricks'")

    def minted(self, token: Token, what: str) -> Finding:
        """What there is to say of a token that was made."""
        return ok(
            f"Databricks gives tokens for {what}: this one is good for {token.seconds / 60:.0f} minutes"
        )

    def unless_refused(self, check: Check) -> Finding:
        """What a check finds; where the login is refused, with what makes new credentials."""
        try:
            return check()
        except LoginRefused as error:
            return failed(error, *self._new_credentials())

    def _new_credentials(self) -> tuple[Mend, ...]:
        client = self._variables.get("DATABRICKS_CLIENT_ID")
        if not client:
            return (command("databricks", "tokens", "create", "--comment", "lakegate"),)
        same = f"applicationId eq {json.dumps(client)}"
        listed = command("databricks", "service-principals", "list", "--filter", same, "--output", "json")
        its_id = f"$({listed.text} | jq --raw-output '.[0].id')"
        return (Mend("command", f'databricks service-principal-secrets-proxy create "{its_id}"'),)


def is_application(name: str) -> bool:
    """Whether a name is a service principal's, which is known by the id of its application."""
    return _APPLICATION.fullmatch(name) is not None


def _url(client: "WorkspaceClient") -> str:
    return str(client.config.host)


def _ahead(client: "WorkspaceClient") -> float:
    """The seconds that our clock is ahead of the workspace's."""
    began = time.time()
    answer: Any = client.api_client.do(
        "GET", url=f"{client.config.host}{DISCOVERY}", auth=lambda request: request, response_headers=["date"]
    )
    if not (told := answer.get("date")):
        raise errors.Unavailable("Databricks does not tell the time")
    half_a_second = 0.5  # the header leaves out the rest of its second
    return (began + time.time()) / 2 - parsedate_to_datetime(told).timestamp() - half_a_second
