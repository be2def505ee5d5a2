"""The switches of a running workspace, turned over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import requests

from tests.workspace.control.endpoints import EndpointState
from tests.workspace.lakebase.faults import How, When
from tests.workspace.roles import DATABASE
from tests.workspace.settings import ADMIN, ADMIN_TOKEN, ENDPOINT, USER, USER_TOKEN, Api, Product
from tests.workspace.warehouse.ledger import Statement
from tests.workspace.warehouse.switchboard import WarehouseSwitchboard

SWITCH_SECONDS = 60

Forgery = Literal["unsigned", "foreign key"]


@dataclass(frozen=True)
class Statistics:
    """What the data plane has done since the start, and how many database tokens were minted since `forget`.

    Attributes:
        suspended: whether the database sleeps, or is waking.
        severs: whether a query is waited for that will lose its client.
        mints_by_process: by process id; 0 stands for those that could not be looked into.
    """

    connections_accepted: int
    connections_refused: int
    open_connections: int
    logins_accepted: int
    logins_refused: int
    wakes: int
    cancels: int
    suspended: bool
    severs: bool
    mints: int
    mints_by_subject: Mapping[str, int]
    mints_by_process: Mapping[int, int]


@dataclass(frozen=True)
class Workspace:
    """A running workspace.

    Attributes:
        url: the control plane's, what an app is told as DATABRICKS_HOST.
        log: the file that the process writes its errors to.
        pid: the process.
    """

    url: str
    postgres_port: int
    environments: Mapping[str, Mapping[str, str]]
    log: Path
    pid: int

    def environment(self, product: Product) -> dict[str, str]:
        """What an app finds in its environment that uses the warehouse, or Lakebase, by what lets it in."""
        return dict(self.environments[product])

    def token_environment(self, token: str, api: Api = "autoscaling") -> dict[str, str]:
        """The same for somebody with a personal access token, such as `ADMIN_TOKEN`."""
        env = self.environment(api)
        del env["DATABRICKS_CLIENT_ID"], env["DATABRICKS_CLIENT_SECRET"]
        return {**env, "DATABRICKS_TOKEN": token, "PGUSER": {ADMIN_TOKEN: ADMIN, USER_TOKEN: USER}[token]}

    @property
    def client(self) -> str:
        """The app's client id, that is, its role in Postgres."""
        return self.environments["autoscaling"]["DATABRICKS_CLIENT_ID"]

    @property
    def warehouse(self) -> WarehouseSwitchboard:
        """The switches of the SQL warehouse."""
        return WarehouseSwitchboard(self.environments["warehouse"]["DATABRICKS_WAREHOUSE_ID"], self._turn)

    def statements(self) -> list[Statement]:
        """The statements that the warehouse was sent since `forget`, in order, those too that failed."""
        return self.warehouse.statements()

    def plain_url(self, user: str = "plain", password: str = "p@ss/word", database: str = DATABASE) -> str:
        """The URL of the same Postgres without TLS and tokens; the role is made, and may create databases."""
        self._turn("password_role", name=user, password=password)
        who = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"postgresql://{who}@127.0.0.1:{self.postgres_port}/{database}"

    def sql(self, statement: str, database: str = DATABASE) -> list[list[Any]]:
        """Run a statement as superuser, committed at once; values that JSON does not have come as texts.

        Raises:
            WorkspaceError: the server refused it.
        """
        rows: list[list[Any]] = self._turn("sql", statement=statement, database=database)["rows"]
        return rows

    def mint(
        self,
        resource: str = ENDPOINT,
        *,
        subject: str | None = None,
        seconds: float | None = None,
        forgery: Forgery | None = None,
    ) -> str:
        """A database token for an endpoint or "instances/<name>"; without `subject` it is the app's.

        Args:
            resource: what it is good for.
            subject: whom it is issued to.
            seconds: its life, the workspace's if it is None; one that is not above 0 has expired.
            forgery: what is wrong with its signature.
        """
        who = subject or self.client
        minted = self._turn("mint", subject=who, resource=resource, seconds=seconds, forgery=forgery)
        return str(minted["token"])

    def fail(
        self, pattern: str, status: int, *, retry_after: int | None = None, times: int | None = 1
    ) -> None:
        """Answer the next requests whose "METHOD path" has a pattern in it with a status; None: all."""
        self._turn("fail", pattern=pattern, status=status, retry_after=retry_after, times=times)

    def refuse(self, pattern: str, status: int, code: str, message: str, *, times: int | None = 1) -> None:
        """Answer the next such requests with an error of Databricks' own code; None: all."""
        self._turn("fail", pattern=pattern, status=status, code=code, message=message, times=times)

    def fail_operation(self, code: str, message: str) -> None:
        """Let the next operation of Autoscaling end in an error, and be as if it had never begun."""
        self._turn("fail_operation", code=code, message=message)

    def delay(self, pattern: str, seconds: float, *, times: int | None = 1) -> None:
        """Answer such requests later."""
        self._turn("delay", pattern=pattern, seconds=seconds, times=times)

    def drop(self, pattern: str, *, times: int | None = 1) -> None:
        """Drop the connections of such requests."""
        self._turn("drop", pattern=pattern, times=times)

    def lose(self, pattern: str, *, times: int | None = 1) -> None:
        """Do what such requests ask for, and drop their connections."""
        self._turn("lose", pattern=pattern, times=times)

    def set_down(self, down: bool) -> None:
        """Drop the connections of all requests, or answer them again."""
        self._turn("down", down=down)

    def revoke_secret(self) -> None:
        """Refuse the app's client secret; the bearers it has are still good."""
        self._turn("secret", client=self.client, revoked=True)

    def restore_secret(self) -> None:
        """Take the app's client secret again."""
        self._turn("secret", client=self.client, revoked=False)

    def principal_environment(self) -> dict[str, str]:
        """How a new service principal logs in, who may use the workspace and has a role in no database."""
        made = self._turn("principal")
        return {
            "DATABRICKS_HOST": self.url,
            "DATABRICKS_CLIENT_ID": made["client"],
            "DATABRICKS_CLIENT_SECRET": made["secret"],
        }

    def cancel_deployment(self, app: str) -> None:
        """Cancel the deployment of an app that is under way."""
        self._turn("cancel", app=app)

    def revoke_bearers(self) -> None:
        """Refuse all OAuth bearers that were given out so far."""
        self._turn("revoke_bearers")

    def set_token_seconds(self, seconds: float) -> None:
        """Let new database tokens live so long, or shorter if that is asked for."""
        self._turn("settings", token_seconds=seconds)

    def set_bearer_seconds(self, seconds: float) -> None:
        """Let new OAuth bearers live so long."""
        self._turn("settings", bearer_seconds=seconds)

    def set_start_seconds(self, seconds: float) -> None:
        """Let instances, endpoints, apps and operations take so long."""
        self._turn("settings", start_seconds=seconds)

    def set_clock_ahead(self, seconds: float) -> None:
        """Let the control plane tell a time that is so far ahead."""
        self._turn("settings", ahead_seconds=seconds)

    def show_endpoint_as(self, state: EndpointState | None, endpoint: str = ENDPOINT) -> None:
        """Say that an endpoint is in a state, whatever it is in; None: say the truth again."""
        self._turn("endpoint_state", endpoint=endpoint, state=state)

    def refuse_logins(self, sqlstate: str, message: str) -> None:
        """Refuse every login."""
        self._turn("refuse_logins", sqlstate=sqlstate, message=message)

    def accept_logins(self) -> None:
        """Refuse no more logins than have to be."""
        self._turn("refuse_logins")

    def set_refuse_connections(self, refuse: bool) -> None:
        """Close each new connection to the database at once, or not."""
        self._turn("line", refuse_connections=refuse)

    def set_login_delay(self, seconds: float) -> None:
        """Let each login take so much longer."""
        self._turn("line", login_delay=seconds)

    def set_latency(self, seconds: float) -> None:
        """Let all that a client of the database sends or is sent be under way for so long."""
        self._turn("line", latency=seconds)

    def set_black_hole(self, on: bool) -> None:
        """Take what clients of the database send and never pass it on, nor what they are sent."""
        self._turn("line", black_hole=on)

    def kill_all(self, how: How = "abort") -> int:
        """End all connections to the database and return their number; see `Faults.kill_all`."""
        return int(self._turn("kill", how=how)["killed"])

    def suspend(self, wake_seconds: float, *, refusals: int = 0) -> int:
        """Put the database to sleep; return how many connections that ended.

        Args:
            wake_seconds: how long it takes to wake for the next login.
            refusals: how many logins are told meanwhile that it is starting; the others wait.
        """
        self._turn("line", wake_refusals=refusals)
        return int(self._turn("suspend", wake_seconds=wake_seconds)["killed"])

    def wake(self) -> None:
        """Let the database run again at once."""
        self._turn("wake")

    def sever(self, containing: str, when: When = "after") -> None:
        """Once, lose the client that sends a query with a text in it; see `Faults.sever`."""
        self._turn("sever", containing=containing, when=when)

    def statistics(self) -> Statistics:
        """What has happened, in numbers."""
        found = self._turn("statistics")
        by_process = {int(pid): number for pid, number in found.pop("mints_by_process").items()}
        return Statistics(**found, mints_by_process=by_process)

    def requests(self, pattern: str = "") -> list[tuple[str, str, int]]:
        """Method, path and status of the requests so far whose path has a text in it, oldest first.

        The status is 0 where the connection was dropped.
        """
        found = self._turn("requests")["requests"]
        return [tuple(asked.values()) for asked in found if pattern in asked["path"]]

    def forget(self) -> None:
        """Begin to count requests and mints anew."""
        self._turn("forget")

    def mend(self) -> None:
        """Turn all faults off, wake the database, and set lives and delays as they were at the start."""
        self._turn("mend")

    def _turn(self, switch: str, **body: str | float | None) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/_workspace/{switch}", json=body, timeout=SWITCH_SECONDS)
        found: dict[str, Any] = answer.json()
        if not answer.ok:
            raise WorkspaceError(f"{switch}: {found['message']}")
        return found


class WorkspaceError(Exception):
    """The workspace could not do what a test asked of it."""
